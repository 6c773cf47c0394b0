//! What a check gives: a verdict, and of each thing that was asked whether it is so. Texts and JSON are made of this.

use serde::{Deserialize, Serialize};

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Passed,
    Failed,
    /// The checker or the machine could not do it.
    Error,
    /// It cannot be done here; `why` says it.
    Skipped,
    /// Of one thing that was asked: an earlier one failed, so it was not looked at.
    Open,
}

/// The verdict on an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub exercise: String,
    pub language: String,
    pub status: Status,
    pub checks: Vec<Judged>,
    /// Why it was skipped, or the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What the program printed, or the build if that failed.
    pub output: String,
    /// How long it took, in milliseconds: the build, and the run in its lab.
    pub build_ms: u64,
    pub run_ms: u64,
}

/// One thing that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    pub name: String,
    pub say: String,
    pub status: Status,
    /// Where it failed: what was expected, what was found, and what that usually means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// Why a check failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub expected: String,
    pub found: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<String>,
}

impl Verdict {
    /// The check that failed, if one did.
    pub fn failed(&self) -> Option<&Judged> {
        self.checks.iter().find(|check| check.status == Status::Failed)
    }

    /// A verdict without a look at the program.
    pub fn without(exercise: &str, language: &str, status: Status, why: String) -> Verdict {
        Verdict {
            exercise: exercise.to_owned(),
            language: language.to_owned(),
            status,
            checks: Vec::new(),
            why: Some(why),
            output: String::new(),
            build_ms: 0,
            run_ms: 0,
        }
    }
}
