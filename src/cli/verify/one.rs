//! One lesson: run to its end, or as far as it goes, and judged. What this machine cannot do is no fault of the lesson.

use super::{Printed, Verify};
use crate::cli::course::{Course, brought, explain};
use crate::cli::drawings;
use crate::evidence::record::{Record, Skipped};
use crate::evidence::stored::Stored;
use crate::evidence::verified::{Finding, Status, Verified};
use crate::lesson::judge;
use crate::lesson::load::Numbered;
use crate::lesson::model::{Lesson, Need};
use crate::lesson::places;
use crate::lesson::plan::{Plan, Wish};
use crate::lesson::shelf::Entry;
use crate::lesson::walk::{Walk, WalkError};
use crate::machine;
use crate::problem::{Problem, WRONG, print};
use crate::stage::lab::LabError;
use std::rc::Rc;
use std::time::{Duration, Instant};

impl Verify {
    /// Runs one lesson; one that shows what ids beside one's own are good for also in a lab host that has them.
    pub(super) fn one(
        &self,
        course: &Course,
        all: &[Lesson],
        it: &Numbered,
        entry: Option<&Entry>,
    ) -> Result<Verified, Problem> {
        let nothing = Verified::new(it.number, &it.lesson.id, &it.lesson.title, &it.file);
        if let Some(lacks) = machine::lacks_before_run(&it.lesson.needs) {
            return Ok(nothing.skipped(lacks.what));
        }
        let run = |lacks| self.variant((course, all), it, entry, nothing.clone(), lacks);
        let both = it.lesson.steps.iter().any(|step| step.needs.contains(&Need::Subids)) && machine::subids().is_ok();
        if !both {
            return run(machine::lacks_for_step);
        }
        let without = run(|need| match need {
            Need::Subids => Some("of the other record".to_owned()),
            other => machine::lacks_for_step(other),
        })?;
        if without.status == Status::Skipped {
            return Ok(without);
        }
        Ok(without.and(run(machine::lacks_for_step)?))
    }

    /// Runs one lesson to its end, or as far as it goes.
    fn variant(
        &self,
        (course, all): (&Course, &[Lesson]),
        it: &Numbered,
        entry: Option<&Entry>,
        mut verified: Verified,
        lacks: fn(Need) -> Option<String>,
    ) -> Result<Verified, Problem> {
        let began = Instant::now();
        let lesson = &it.lesson;
        let plan = Plan::new(all, lesson, Wish { deeper: true, rootfs: false, lacks });
        let mut brought = brought(course, lesson, None)?;
        if let Some(seconds) = self.step_limit {
            brought.patience = Some(Duration::from_secs(seconds));
        }
        let mut walk = match Walk::start(Rc::new(plan), Rc::new(brought)) {
            Ok(walk) => walk,
            Err(WalkError::Lab(no @ LabError::NoLab(_))) => return Ok(verified.skipped(explain(no.into()).what)),
            Err(error @ WalkError::Lab(LabError::Fork(_))) => return Err(explain(error)),
            Err(error) => {
                verified.found(None, Finding::Fault { what: self.sentence(error) });
                return Ok(verified);
            }
        };
        let mut steps = Vec::new();
        let stopped = loop {
            match walk.step(None) {
                Ok(Some(step)) => steps.push(step),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let (record, next) = (walk.record(steps), walk.next());
        // The lab ends before anybody is told of it.
        drop(walk);
        let lines = entry.map(places::lines).unwrap_or_default();
        judge::steps(&mut verified, lesson, &record, &lines);
        match (stopped, next) {
            (Some(error), Some((number, step))) => {
                let fault = Finding::Fault { what: self.sentence(error) };
                verified.stopped(number, &step.say, lines.get(number - 1).copied(), fault);
            }
            (Some(error), None) => verified.found(None, Finding::Fault { what: self.sentence(error) }),
            (None, _) => {
                judge::whole(&mut verified, &record);
                self.judge(&mut verified, lesson, entry, &record)?;
            }
        }
        verified.millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(verified.judged())
    }

    /// What stopped a lesson, in one line among those of the other lessons.
    fn sentence(&self, error: WalkError) -> String {
        match error {
            WalkError::Lab(LabError::TooLong { limit, .. })
            | WalkError::Step { error: LabError::TooLong { limit, .. }, .. } => {
                let more = (limit.as_secs() * 3).min(3600);
                format!("{} (more time: --step-limit {more})", explain(error).what)
            }
            error => explain(error).what,
        }
    }

    /// Compares with the record, or writes it anew. What a false claim would record is not written.
    fn judge(
        &self,
        verified: &mut Verified,
        lesson: &Lesson,
        entry: Option<&Entry>,
        record: &Record,
    ) -> Result<(), Problem> {
        let (which, stored) = (judge::which(lesson, record), Stored::of(record));
        if !self.update && self.print.is_none() {
            judge::compare(verified, entry, which, &stored, &record.skipped);
            return Ok(());
        }
        let holds = verified.clone().judged().status <= Status::Skipped;
        let another = |it: &&Skipped| !judge::of_another_record(lesson, it.number);
        let missed = record.skipped.iter().find(another);
        let mut lacks = |what: String| verified.found(None, Finding::Lacks { what });
        if let Some(step) = missed {
            lacks(format!("record not written, since step {} cannot run here: {}", step.number, step.why));
        }
        if !holds && missed.is_none() {
            lacks("record not written: mend the claim first".to_owned());
        }
        if !holds || missed.is_some() {
            return Ok(());
        }
        let text = format!("{}\n", serde_json::to_string_pretty(&stored).unwrap_or_default());
        match self.print {
            Some(Printed::Record) => return print(&text),
            Some(Printed::Drawings) => return drawings::show(lesson, record),
            None => {}
        }
        if let Some(path) = entry.and_then(|entry| entry.record_path(which)) {
            crate::state::replace(path, &text).map_err(|error| {
                Problem::new(WRONG, format!("{} could not be written.", path.display())).because(error.to_string())
            })?;
            verified.wrote.push(path.to_owned());
        }
        if let Some(entry) = entry {
            verified.wrote.extend(drawings::keep(lesson, entry, which, record)?);
        }
        Ok(())
    }
}
