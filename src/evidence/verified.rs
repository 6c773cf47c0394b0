//! What came of comparing a lesson with its record: for each step whether it passed, failed, could not be judged or was
//! left out, and what was found. `show` prints it in several forms; here is only what they have in common.

use super::compare::Difference;
use super::record::Checked;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How a step or a lesson went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Passed,
    /// It could not run here, for a reason that is told.
    Skipped,
    /// The kernel says otherwise than the lesson or its record.
    Failed,
    /// It could not be found out: the lab ended, a step did not, the record cannot be read.
    Error,
}

/// One thing that was found wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Finding {
    /// A claim of the author's that does not hold.
    Claim { about: String, claimed: String, found: String },
    /// Something else than what was recorded.
    Record { about: String, recorded: Option<String>, now: Option<String> },
    /// What the lesson or its record lacks.
    Lacks { what: String },
    /// Why it could not be judged.
    Fault { what: String },
}

impl Finding {
    pub fn status(&self) -> Status {
        if matches!(self, Finding::Fault { .. }) { Status::Error } else { Status::Failed }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Finding::Claim { about, claimed, found } => {
                write!(out, "{about}: claimed `{}`, found `{}`", on_a_line(claimed), on_a_line(found))
            }
            Finding::Record { about, recorded, now } => {
                let (recorded, now) = (recorded.as_deref().map(on_a_line), now.as_deref().map(on_a_line));
                match (recorded, now) {
                    (Some(recorded), Some(now)) => write!(out, "{about}: recorded `{recorded}`, now `{now}`"),
                    (Some(recorded), None) => write!(out, "{about}: recorded `{recorded}`, not seen now"),
                    (None, now) => write!(out, "{about}: not recorded, now `{}`", now.unwrap_or_default()),
                }
            }
            Finding::Lacks { what } | Finding::Fault { what } => out.write_str(what),
        }
    }
}

/// What was found may come from a stranger's lesson, and is no order to a terminal or to a pipeline that reads lines.
pub fn on_a_line(text: &str) -> String {
    let letter = |it: char| if it.is_control() { it.escape_default().to_string() } else { it.to_string() };
    text.trim_end_matches('\n').chars().map(letter).collect()
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedStep {
    /// From 1; 0 is what was before the first step.
    pub number: usize,
    pub say: String,
    /// Where it stands in the lesson's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    pub status: Status,
    /// Why it was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// It was left out, and what is recorded of it stays unproved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unproved: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    pub micros: u64,
}

/// One lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    pub number: u8,
    pub lesson: String,
    pub title: String,
    /// Its file, as messages show it.
    pub file: String,
    pub status: Status,
    /// Why it could not run here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What is wrong with it as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    pub steps: Vec<VerifiedStep>,
    /// Records that were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrote: Vec<PathBuf>,
    pub millis: u64,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub errors: usize,
    /// Lessons, and steps of lessons that did run.
    pub skipped: usize,
}

impl Verified {
    /// A lesson of which nothing is known yet.
    pub fn new(number: u8, lesson: &str, title: &str, file: &str) -> Verified {
        let (lesson, title, file) = (lesson.to_owned(), title.to_owned(), file.to_owned());
        let (findings, steps, wrote) = (Vec::new(), Vec::new(), Vec::new());
        Verified { number, lesson, title, file, status: Status::Passed, why: None, findings, steps, wrote, millis: 0 }
    }

    /// `02 hostname`
    pub fn name(&self) -> String {
        format!("{:02} {}", self.number, self.lesson)
    }

    /// It could not run here.
    #[must_use]
    pub fn skipped(mut self, why: String) -> Verified {
        (self.status, self.why) = (Status::Skipped, Some(why));
        self
    }

    /// Puts a finding where it belongs: to a step, or to the lesson as a whole.
    pub fn found(&mut self, step: Option<usize>, finding: Finding) {
        let at = step.and_then(|number| self.steps.iter_mut().find(|it| it.number == number));
        let (status, findings) = match at {
            Some(step) => (&mut step.status, &mut step.findings),
            None => (&mut self.status, &mut self.findings),
        };
        *status = (*status).max(finding.status());
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }

    /// The lesson ended in this step, which is not among those that were done; what would have come after it is not known.
    pub fn stopped(&mut self, number: usize, say: &str, line: Option<usize>, fault: Finding) {
        let (status, why, unproved, micros) = (fault.status(), None, false, 0);
        self.steps.retain(|step| step.number < number);
        self.steps.push(VerifiedStep {
            number,
            say: say.to_owned(),
            line,
            status,
            why,
            unproved,
            findings: vec![fault],
            micros,
        });
    }

    /// Says of the lesson what its steps have come to: a step that was left out fails nothing.
    #[must_use]
    pub fn judged(mut self) -> Verified {
        let worst = self.steps.iter().map(|step| step.status).filter(|it| *it > Status::Skipped).max();
        self.status = self.status.max(worst.unwrap_or(Status::Passed));
        self
    }

    /// Where a run that may leave nothing out is asked for, what was left out is an error.
    pub fn forbid_skips(&mut self) {
        let forbidden = |why: &Option<String>| Finding::Fault {
            what: format!("skipped, which --no-skip forbids: {}", why.as_deref().unwrap_or_default()),
        };
        if self.status == Status::Skipped {
            let finding = forbidden(&self.why);
            self.found(None, finding);
        }
        for step in self.steps.iter_mut().filter(|it| it.status == Status::Skipped && it.unproved) {
            (step.status, step.findings) = (Status::Error, vec![forbidden(&step.why)]);
            self.status = Status::Error;
        }
    }

    /// How the lesson as a whole went, whatever its steps did; none where there is nothing to say of that.
    pub fn whole(&self) -> Option<Status> {
        let worst = self.findings.iter().map(Finding::status).max();
        worst.or(self.why.as_ref().map(|_| Status::Skipped)).or(self.steps.is_empty().then_some(Status::Passed))
    }

    /// Every finding, with the step that it is about.
    pub fn all_findings(&self) -> impl Iterator<Item = (Option<&VerifiedStep>, &Finding)> {
        let own = self.findings.iter().map(|it| (None, it));
        own.chain(self.steps.iter().flat_map(|step| step.findings.iter().map(move |it| (Some(step), it))))
    }

    /// The same lesson run another way, as with ids beside one's own: what one of the two found is found.
    #[must_use]
    pub fn and(self, mut other: Verified) -> Verified {
        for (step, finding) in self.all_findings() {
            other.found(step.map(|it| it.number), finding.clone());
        }
        other.wrote = [self.wrote, other.wrote].concat();
        other.millis += self.millis;
        other.judged()
    }
}

impl Counts {
    pub fn of(lessons: &[Verified]) -> Counts {
        let mut counts = Counts::default();
        for lesson in lessons {
            counts.add(lesson);
        }
        counts
    }

    pub fn add(&mut self, lesson: &Verified) {
        match lesson.status {
            Status::Passed => self.passed += 1,
            Status::Failed => self.failed += 1,
            Status::Error => self.errors += 1,
            Status::Skipped => self.skipped += 1,
        }
        self.skipped += lesson.steps.iter().filter(|it| it.status == Status::Skipped).count();
    }
}

impl std::fmt::Display for Counts {
    /// `20 passed, 0 failed, 0 skipped`; errors where there are any.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let errors = match self.errors {
            0 => String::new(),
            1 => ", 1 error".to_owned(),
            count => format!(", {count} errors"),
        };
        write!(out, "{} passed, {} failed{errors}, {} skipped", self.passed, self.failed, self.skipped)
    }
}

impl From<&Checked> for Finding {
    fn from(claim: &Checked) -> Finding {
        let about = claim.target.as_ref().map_or("its output".to_owned(), ToString::to_string);
        Finding::Claim { about, claimed: String::from(claim.claim.clone()), found: claim.found.clone() }
    }
}

impl From<Difference> for Finding {
    fn from(it: Difference) -> Finding {
        let about = if it.step.is_none() { format!("{} at the beginning", it.about) } else { it.about };
        Finding::Record { about, recorded: it.recorded, now: it.now }
    }
}
