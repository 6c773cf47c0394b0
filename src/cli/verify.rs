//! `boxlab verify [LESSON…]`: runs lessons unattended and compares each with its record. With `--update` the record is
//! written anew, to be read before it is committed.

use super::course::{Course, brought, explain};
use crate::evidence::record::{Record, Stored};
use crate::lesson::plan::{Plan, Wish};
use crate::lesson::shelf::Entry;
use crate::lesson::walk::{Walk, WalkError};
use crate::machine;
use crate::problem::{CANNOT, FAILED, Problem, WRONG, print};
use crate::stage::lab::LabError;
use clap::Args;
use colored::Colorize;
use std::rc::Rc;

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
    /// A skipped lesson is a failure
    #[arg(long)]
    no_skip: bool,
}

/// How one lesson went.
enum Outcome {
    Passed { steps: usize },
    Failed(Vec<String>),
    Skipped(String),
}

impl Verify {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        let (shelf, lessons) = course.all()?;
        let all: Vec<_> = lessons.iter().map(|it| it.lesson.clone()).collect();
        let chosen = if self.chosen.is_empty() {
            lessons.clone()
        } else {
            self.chosen.iter().map(|name| course.find(&shelf, &lessons, name)).collect::<Result<Vec<_>, _>>()?
        };
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for it in &chosen {
            let lesson = &it.lesson;
            let outcome = match machine::lacks_before_run(&lesson.needs) {
                Some(lacks) => Outcome::Skipped(lacks.what),
                None => {
                    let plan = Plan::new(&all, lesson, Wish { deeper: true, rootfs: false });
                    match Walk::start(Rc::new(plan), Rc::new(brought(lesson, None)?)) {
                        Ok(mut walk) => {
                            let record = walk.rest(|_| {}).map_err(explain)?;
                            drop(walk);
                            self.judge(shelf.find(&it.folder).ok(), &record)?
                        }
                        // The machine does not allow it, which is no fault of the lesson.
                        Err(WalkError::Lab(no @ LabError::NoLab(_))) => Outcome::Skipped(explain(no.into()).what),
                        Err(error) => return Err(explain(error)),
                    }
                }
            };
            let title = format!("{:02} {}", it.number, lesson.id);
            match outcome {
                Outcome::Passed { steps } => {
                    passed += 1;
                    print(&format!("{}  {title}: {steps} steps\n", "passed ".green()))?;
                }
                Outcome::Skipped(why) => {
                    skipped += 1;
                    print(&format!("{}  {title}: {why} (boxlab doctor {})\n", "skipped".yellow(), lesson.id))?;
                }
                Outcome::Failed(reasons) => {
                    failed += 1;
                    let reasons: String = reasons.iter().map(|reason| format!("         {reason}\n")).collect();
                    print(&format!("{}  {title}\n{reasons}", "failed ".red()))?;
                }
            }
        }
        print(&format!("{passed} passed, {failed} failed, {skipped} skipped\n"))?;
        Ok(match (passed, failed, skipped) {
            (_, 1.., _) => FAILED,
            (_, _, 1..) if self.no_skip => FAILED,
            (0, 0, 1..) => CANNOT,
            _ => 0,
        })
    }

    /// Claims first, then the record.
    fn judge(&self, entry: Option<&Entry>, record: &Record) -> Result<Outcome, Problem> {
        let stored = Stored::of(record);
        if self.update {
            let path = entry.and_then(Entry::record_path).ok_or_else(|| {
                Problem::new(WRONG, "The records of the built-in course cannot be written.")
                    .because("They are part of the program.")
                    .next("boxlab --lessons FOLDER verify --update")
            })?;
            let text = format!("{}\n", serde_json::to_string_pretty(&stored).unwrap_or_default());
            std::fs::write(path, text).map_err(|error| {
                Problem::new(WRONG, format!("{} could not be written.", path.display())).because(error.to_string())
            })?;
        }
        let mut reasons = Vec::new();
        for step in &record.steps {
            for claim in step.evidence.claims.iter().filter(|claim| !claim.holds) {
                let about = claim.target.as_ref().map_or("its end".to_owned(), ToString::to_string);
                let claimed = String::from(claim.claim.clone());
                reasons.push(format!("step {}: {about}: claimed `{claimed}`, found `{}`", step.number, claim.found));
            }
        }
        if !self.update {
            let old = entry.map(Entry::record).transpose();
            match old.map_err(|mistake| Problem::new(WRONG, mistake.to_string()))?.flatten() {
                Some(text) => match serde_json::from_str::<Stored>(&text) {
                    Ok(old) => reasons.extend(old.differences(&stored)),
                    Err(error) => reasons.push(format!("the record cannot be read: {error}")),
                },
                None => reasons.push("there is no record of it: `boxlab verify --update` writes one".to_owned()),
            }
        }
        Ok(if reasons.is_empty() { Outcome::Passed { steps: record.steps.len() } } else { Outcome::Failed(reasons) })
    }
}
