//! What is kept of exercises: for each the folder, the hints taken, how often it was checked, and when it passed.

use super::document::Document;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

const DOCUMENT: Document = Document {
    file: Cow::Borrowed("exercises.json"),
    version: 1,
    anew: "exercises start anew",
    unkept: "Nothing of this is kept",
};

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exercises {
    #[serde(default)]
    pub exercises: BTreeMap<String, Kept>,
}

/// One exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The folder that was started last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// In seconds since 1970, as all times here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<u64>,
    #[serde(default)]
    pub checks: u32,
    #[serde(default)]
    pub hints: usize,
    /// When it passed for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<u64>,
    /// The solution was looked at before it passed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gave_up: bool,
}

impl Exercises {
    pub fn of(&self, id: &str) -> Kept {
        self.exercises.get(id).cloned().unwrap_or_default()
    }
}

pub use super::now;

/// What is kept; and a sentence where that cannot be read.
pub fn load() -> (Exercises, Option<String>) {
    DOCUMENT.load()
}

/// Changes what is kept of one exercise. A sentence where something cannot be read or kept: that stops nobody.
pub fn change(id: &str, change: impl FnOnce(&mut Kept)) -> Option<String> {
    DOCUMENT.change(|all: &mut Exercises| change(all.exercises.entry(id.to_owned()).or_default()))
}
