//! `boxlab verify [LESSON…]`: runs lessons unattended and compares each with its record. With `--update` the record is
//! written anew, to be read before it is committed.

use super::course::{Course, brought, explain};
use crate::evidence::expect::Claim;
use crate::evidence::record::{Checked, Record, Skipped};
use crate::evidence::stored::Stored;
use crate::lesson::model::{Lesson, Need};
use crate::lesson::plan::{Plan, Wish};
use crate::lesson::shelf::{Entry, Kept};
use crate::lesson::walk::{Walk, WalkError};
use crate::machine;
use crate::problem::{CANNOT, FAILED, Problem, WRONG, print};
use crate::stage::host::Brought;
use crate::stage::lab::LabError;
use crate::stage::patience::STEP_LIMIT;
use clap::{Args, ValueEnum};
use colored::Colorize;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

#[derive(Args)]
#[command(
    after_help = "Exit status: 0 if nothing failed, 1 if a claim or a record did not hold, 3 if nothing at all could run here."
)]
pub struct Verify {
    /// Lessons, by name or number; all of them if none is named
    #[arg(value_name = "LESSON")]
    chosen: Vec<String>,
    /// Write the records anew, beside the lessons of --lessons
    #[arg(long)]
    update: bool,
    /// Print the record of a lesson, or its drawings, to be kept where they cannot be written: those of a micro-VM
    #[arg(long, hide = true, conflicts_with = "update", num_args = 0..=1, default_missing_value = "record", require_equals = true)]
    print: Option<Printed>,
    /// A skipped lesson, or a step that leaves its record unproved, is a failure
    #[arg(long)]
    no_skip: bool,
    /// How long a step may take before its lesson has failed
    #[arg(long, value_name = "SECONDS", default_value_t = STEP_LIMIT.as_secs(), value_parser = clap::value_parser!(u64).range(1..=3600))]
    step_limit: u64,
}

/// What may be printed of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Printed {
    Record,
    Drawings,
}

/// How one lesson went.
enum Outcome {
    Passed { steps: usize, wrote: Vec<PathBuf>, left_out: Vec<Skipped> },
    Failed(Vec<String>),
    Skipped(String),
}

impl Verify {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        if self.update && course.folder().is_none() {
            return Err(Problem::new(WRONG, "The records of the built-in course cannot be written.")
                .because("They are part of the program.")
                .next("boxlab --lessons FOLDER verify --update"));
        }
        let (shelf, lessons) = course.all()?;
        let all: Vec<_> = lessons.iter().map(|it| it.lesson.clone()).collect();
        let chosen = if self.chosen.is_empty() {
            lessons.clone()
        } else {
            self.chosen.iter().map(|name| course.find(&shelf, &lessons, name)).collect::<Result<Vec<_>, _>>()?
        };
        super::scope::enter_if_needed(chosen.iter().map(|it| &it.lesson));
        let (mut passed, mut failed, mut skipped, mut unproved) = (0, 0, 0, 0);
        for it in &chosen {
            let title = format!("{:02} {}", it.number, it.lesson.id);
            match self.one(&all, &it.lesson, shelf.find(&it.folder).ok())? {
                Outcome::Passed { steps, wrote, left_out } => {
                    passed += 1;
                    skipped += left_out.len();
                    unproved += left_out.iter().filter(|step| !of_another_record(&it.lesson, step.number)).count();
                    let wrote: String =
                        wrote.iter().map(|path| format!("         wrote {}\n", path.display())).collect();
                    let without: String = left_out
                        .chunk_by(|one, other| one.why == other.why)
                        .map(|run| format!("{}  {title}, {}: {}\n", "skipped".yellow(), numbers(run), run[0].why))
                        .collect();
                    if self.print.is_none() {
                        print(&format!("{}  {title}: {steps} steps\n{wrote}{without}", "passed ".green()))?;
                    }
                }
                Outcome::Skipped(why) => {
                    (skipped, unproved) = (skipped + 1, unproved + 1);
                    print(&format!("{}  {title}: {why} (boxlab doctor {})\n", "skipped".yellow(), it.lesson.id))?;
                }
                Outcome::Failed(reasons) => {
                    failed += 1;
                    let reasons: String = reasons.iter().map(|reason| format!("         {reason}\n")).collect();
                    print(&format!("{}  {title}\n{reasons}", "failed ".red()))?;
                }
            }
        }
        if self.print.is_none() || failed > 0 {
            print(&format!("{passed} passed, {failed} failed, {skipped} skipped\n"))?;
        }
        Ok(match (passed, failed, skipped) {
            (_, 1.., _) => FAILED,
            _ if self.no_skip && unproved > 0 => FAILED,
            (0, 0, 1..) => CANNOT,
            _ => 0,
        })
    }

    /// Runs one lesson; one that shows what ids beside one's own are good for also in a lab host that has them.
    fn one(&self, all: &[Lesson], lesson: &Lesson, entry: Option<&Entry>) -> Result<Outcome, Problem> {
        if let Some(lacks) = machine::lacks_before_run(&lesson.needs) {
            return Ok(Outcome::Skipped(lacks.what));
        }
        let both = lesson.steps.iter().any(|step| step.needs.contains(&Need::Subids)) && machine::subids().is_ok();
        if !both {
            return self.variant(all, lesson, entry, machine::lacks_for_step);
        }
        let without = self.variant(all, lesson, entry, |need| match need {
            Need::Subids => Some("of the other record".to_owned()),
            other => machine::lacks_for_step(other),
        })?;
        let with = self.variant(all, lesson, entry, machine::lacks_for_step)?;
        Ok(match (without, with) {
            (Outcome::Passed { wrote: mut first, .. }, Outcome::Passed { steps, wrote, left_out }) => {
                first.extend(wrote);
                Outcome::Passed { steps, wrote: first, left_out }
            }
            (Outcome::Failed(mut first), Outcome::Failed(more)) => {
                first.extend(more.into_iter().filter(|it| !first.contains(it)).collect::<Vec<_>>());
                Outcome::Failed(first)
            }
            (Outcome::Passed { .. }, other) | (other, _) => other,
        })
    }

    /// Runs one lesson to its end, or as far as it goes.
    fn variant(
        &self,
        all: &[Lesson],
        lesson: &Lesson,
        entry: Option<&Entry>,
        lacks: fn(Need) -> Option<String>,
    ) -> Result<Outcome, Problem> {
        let plan = Plan::new(all, lesson, Wish { deeper: true, rootfs: false, lacks });
        let patience = Some(Duration::from_secs(self.step_limit));
        let brought = Brought { patience, ..brought(lesson, None)? };
        let mut walk = match Walk::start(Rc::new(plan), Rc::new(brought)) {
            Ok(walk) => walk,
            // The machine does not allow it, which is no fault of the lesson.
            Err(WalkError::Lab(no @ LabError::NoLab(_))) => return Ok(Outcome::Skipped(explain(no.into()).what)),
            Err(error @ WalkError::Lab(LabError::Fork(_))) => return Err(explain(error)),
            Err(error) => return Ok(Outcome::Failed(vec![self.sentence(error)])),
        };
        match walk.rest(|_| {}) {
            Ok(record) => {
                drop(walk);
                self.judge(lesson, entry, &record)
            }
            Err(error) => {
                let at = walk.next().map(|(number, _)| format!("step {number}: ")).unwrap_or_default();
                Ok(Outcome::Failed(vec![at + &self.sentence(error)]))
            }
        }
    }

    /// What stopped a lesson, in one line among those of the other lessons.
    fn sentence(&self, error: WalkError) -> String {
        let more = matches!(error, WalkError::Lab(LabError::TooLong { .. }));
        let what = explain(error).what;
        if more { format!("{what} (more time: --step-limit {})", (self.step_limit * 3).min(3600)) } else { what }
    }

    /// Claims first, then the record. What a false claim would record is not written.
    fn judge(&self, lesson: &Lesson, entry: Option<&Entry>, record: &Record) -> Result<Outcome, Problem> {
        let mut reasons = claims(record);
        // A lesson that has steps for subordinate ids has a record without these steps, and one with them. A lesson on
        // control groups has one for each version.
        let subids = record.steps.iter().any(|step| needs_subids(lesson, step.number));
        let which = match record.groups {
            Some(1) => Kept::Groups1,
            _ if subids => Kept::Subids,
            _ => Kept::Usual,
        };
        let missed: Vec<&Skipped> = record.skipped.iter().filter(|it| !of_another_record(lesson, it.number)).collect();
        let left_out: Vec<usize> = record.skipped.iter().map(|step| step.number).collect();
        let stored = Stored::of(record);
        let text = || format!("{}\n", serde_json::to_string_pretty(&stored).unwrap_or_default());
        let mut wrote = Vec::new();
        if self.update || self.print.is_some() {
            if let Some(step) = missed.first() {
                reasons.push(format!("record not written, since step {} cannot run here: {}", step.number, step.why));
            }
            match entry.and_then(|entry| entry.record_path(which)) {
                _ if self.print == Some(Printed::Record) && reasons.is_empty() => print(&text())?,
                _ if self.print.is_some() && reasons.is_empty() => super::drawings::show(lesson, record)?,
                Some(path) if reasons.is_empty() => {
                    std::fs::write(path, text()).map_err(|error| {
                        Problem::new(WRONG, format!("{} could not be written.", path.display()))
                            .because(error.to_string())
                    })?;
                    wrote.push(path.to_owned());
                    if let Some(entry) = entry {
                        wrote.extend(super::drawings::keep(lesson, entry, which, record)?);
                    }
                }
                _ if !missed.is_empty() => {}
                _ => reasons.push("record not written: mend the claim first".to_owned()),
            }
        } else {
            let old = entry.map(|entry| entry.record(which)).transpose();
            match old.map_err(|mistake| Problem::new(WRONG, mistake.to_string()))?.flatten() {
                Some(text) => match serde_json::from_str::<Stored>(&text) {
                    Ok(old) => reasons.extend(old.differences(&stored, &left_out)),
                    Err(error) => reasons.push(format!("the record cannot be read: {error}")),
                },
                None => reasons.push("there is no record of it: `boxlab verify --update` writes one".to_owned()),
            }
        }
        Ok(if reasons.is_empty() {
            Outcome::Passed { steps: record.steps.len(), wrote, left_out: record.skipped.clone() }
        } else {
            Outcome::Failed(reasons)
        })
    }
}

fn needs_subids(lesson: &Lesson, number: usize) -> bool {
    needs(lesson, number, &[Need::Subids])
}

/// A step that only one of a lesson's records has: that of this run proves nothing of it, and need not.
fn of_another_record(lesson: &Lesson, number: usize) -> bool {
    needs(lesson, number, &[Need::Subids, Need::Cgroup1, Need::Cgroup2])
}

fn needs(lesson: &Lesson, number: usize, one_of: &[Need]) -> bool {
    let step = number.checked_sub(1).and_then(|at| lesson.steps.get(at));
    step.is_some_and(|step| step.needs.iter().any(|need| one_of.contains(need)))
}

/// `step 4`, `steps 4, 5 and 12`.
fn numbers(skipped: &[Skipped]) -> String {
    let numbers: Vec<String> = skipped.iter().map(|it| it.number.to_string()).collect();
    match numbers.as_slice() {
        [one] => format!("step {one}"),
        [most @ .., last] => format!("steps {} and {last}", most.join(", ")),
        [] => String::new(),
    }
}

/// The claims that do not hold; and a lesson without any, which nothing could prove wrong.
fn claims(record: &Record) -> Vec<String> {
    let mut reasons = Vec::new();
    for step in &record.steps {
        for (at, claim) in step.evidence.claims.iter().enumerate().filter(|(_, claim)| !claim.holds) {
            // The first is how it ended; another one without a target is about what it printed.
            let own = if at == 0 { "its end" } else { "its output" };
            let about = claim.target.as_ref().map_or(own.to_owned(), ToString::to_string);
            let claimed = String::from(claim.claim.clone());
            reasons.push(format!("step {}: {about}: claimed `{claimed}`, found `{}`", step.number, claim.found));
        }
    }
    if record.steps.is_empty() {
        reasons
            .push("it has no step that runs, so nothing was verified: give it steps that claim something".to_owned());
    } else if record.steps.iter().all(|step| only_ends(&step.evidence.claims)) {
        reasons.push("none of its steps claims anything: write `expect`, `output` or `fails`".to_owned());
    }
    reasons
}

/// Every step claims that it is done, whether its author says so or not.
fn only_ends(claims: &[Checked]) -> bool {
    claims.len() <= 1 && claims.iter().all(|it| it.claim == Claim::Is("done".to_owned()))
}
