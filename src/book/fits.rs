//! Whether a record is still one of this lesson: the same steps, and in each the same claims, the same end, the same facts
//! to look at. What the kernel says today is not asked here; `boxlab verify` does that, with the same records.

use crate::evidence::expect::{Claim, Target};
use crate::evidence::stored::{Stored, StoredStep};
use crate::lesson::model::{Lesson, Need, Step};

/// Why it is not, as the end of a sentence.
pub fn fits(lesson: &Lesson, record: &Stored) -> Result<(), String> {
    if record.lesson != lesson.id {
        return Err(format!("it is of lesson {}", record.lesson));
    }
    for stored in &record.steps {
        let number = stored.number;
        let Some(step) = lesson.steps.get(number.wrapping_sub(1)) else {
            return Err(format!("it has a step {number}, and the lesson has {}", lesson.steps.len()));
        };
        same(step, stored).map_err(|why| format!("step {number} {why}"))?;
    }
    for (at, step) in lesson.steps.iter().enumerate() {
        // A lesson with two records has these steps in one of them only; swap is not said by all groups of version 1.
        let of_one = [Need::Subids, Need::Cgroup1, Need::Cgroup2, Need::Swap];
        let elsewhere = step.needs.iter().any(|need| of_one.contains(need));
        if !elsewhere && !record.steps.iter().any(|it| it.number == at + 1) {
            return Err(format!("step {} was not recorded", at + 1));
        }
    }
    Ok(())
}

fn same(step: &Step, stored: &StoredStep) -> Result<(), String> {
    let done = serde_json::to_value(&step.operation).ok();
    if stored.operation.is_none() {
        return Err("does not say what was done".to_owned());
    }
    if stored.actor.as_ref() != Some(&step.actor) || stored.operation != done {
        return Err("is of another act, or of another actor".to_owned());
    }
    let end = step.fails.map_or_else(|| "done".to_owned(), |errno| errno.name());
    let mut claims: Vec<(Option<&Target>, Claim)> = vec![(None, Claim::Is(end))];
    claims.extend(step.expect.iter().map(|(target, claim)| (Some(target), claim.clone())));
    claims.extend(step.output.iter().chain(&step.drawn).map(|claim| (None, claim.clone())));
    let recorded: Vec<_> = stored.evidence.claims.iter().map(|it| (it.target.as_ref(), it.claim.clone())).collect();
    if recorded != claims {
        let odd =
            claims.iter().find(|it| !recorded.contains(it)).or_else(|| recorded.iter().find(|it| !claims.contains(it)));
        let said = odd.map(|(target, claim)| {
            let of = target.map(|it| format!("{it}: ")).unwrap_or_default();
            format!(" (`{of}{}`)", String::from(claim.clone()))
        });
        return Err(format!("claims something else{}", said.unwrap_or_default()));
    }
    if let Some(broken) = stored.evidence.claims.iter().find(|it| !it.holds) {
        return Err(format!("was recorded with a claim that did not hold: {}", broken.sentence()));
    }
    let asked = |subject: &str, key: &_, view| {
        step.look.iter().any(|it| it.actor == subject && it.key == *key && it.view == view)
    };
    match stored.evidence.looked.iter().find(|it| !asked(&it.subject, &it.key, it.view)) {
        Some(fact) => Err(format!("does not look at {}.{}", fact.subject, fact.key)),
        None => Ok(()),
    }
}
