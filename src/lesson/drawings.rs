//! A lesson's drawings: which of a run are kept beside it, and whether those that are kept are still of its steps.

use super::model::{Lesson, Need, Step};
use crate::evidence::drawings::{Drawings, Drawn};
use crate::evidence::expect;
use crate::evidence::record::Record;

/// What the steps of a run have drawn; none where none has.
pub fn of(lesson: &Lesson, record: &Record) -> Option<Drawings> {
    let drawn = record.steps.iter().filter_map(|it| {
        let draw = lesson.steps.get(it.number.checked_sub(1)?)?.draw.clone()?;
        let drawing = it.evidence.measured.as_ref()?.drawing.clone()?.thin();
        let operation = serde_json::to_value(&it.text.operation).ok()?;
        Some(Drawn { number: it.number, actor: it.text.actor.clone(), operation, draw, drawing })
    });
    let drawings: Vec<Drawn> = drawn.collect();
    (!drawings.is_empty()).then(|| Drawings {
        lesson: record.lesson.clone(),
        kernel: record.kernel.clone(),
        groups: record.groups,
        boxlab: record.boxlab.clone(),
        drawings,
    })
}

/// Why they are not of this lesson as it is, as the end of a sentence.
pub fn fits(lesson: &Lesson, kept: &Drawings) -> Result<(), String> {
    if kept.lesson != lesson.id {
        return Err(format!("they are of lesson {}", kept.lesson));
    }
    for drawn in &kept.drawings {
        let number = drawn.number;
        let step = lesson.steps.get(number.wrapping_sub(1));
        let step = step.ok_or_else(|| format!("there is one of step {number}, and the lesson has no such step"))?;
        same(step, drawn).map_err(|why| format!("that of step {number} {why}"))?;
    }
    let version = match kept.groups {
        Some(1) => Need::Cgroup2,
        _ => Need::Cgroup1,
    };
    for (at, step) in lesson.steps.iter().enumerate() {
        let asked = step.draw.is_some() && !step.needs.contains(&version);
        if asked && !kept.drawings.iter().any(|it| it.number == at + 1) {
            return Err(format!("step {} draws something that is not among them", at + 1));
        }
    }
    Ok(())
}

fn same(step: &Step, drawn: &Drawn) -> Result<(), String> {
    if step.actor != drawn.actor || serde_json::to_value(&step.operation).ok().as_ref() != Some(&drawn.operation) {
        return Err("is of another act, or of another actor".to_owned());
    }
    if step.draw.as_ref() != Some(&drawn.draw) {
        return Err("is of another group, or of another kind".to_owned());
    }
    let word = drawn.drawing.word();
    match &step.drawn {
        Some(claim) if !expect::check_output(claim, &word).holds => {
            Err(format!("shows `{word}`, and the lesson says `{}`", String::from(claim.clone())))
        }
        _ => Ok(()),
    }
}
