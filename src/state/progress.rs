//! How far the learner is: for each lesson the step reached, whether it was finished, and the answers given.
//! A run is never stopped by this file: if it cannot be read or written, that is said once, and the lesson goes on.

use super::document::Document;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The learner's progress.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The lesson that was run last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    #[serde(default)]
    pub lessons: BTreeMap<String, Reached>,
}

/// How far in a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The number of the last step that was done; 0 after the end, when it starts anew.
    pub step: usize,
    /// How often it was taken to its end.
    #[serde(default)]
    pub finished: u32,
    /// The answers given last, by step number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<usize, String>,
}

/// The course whose progress is meant, where it is one of its own.
static COURSE: OnceLock<String> = OnceLock::new();

/// Set in a machine of one course only: its progress lies where that of the built-in one would.
pub const ONE_COURSE: &str = "BOXLAB_ONE_COURSE";

/// Says once that a course of its own is meant, by its id (small letters, digits, hyphens).
pub fn of_course(id: &str) {
    if std::env::var_os(ONE_COURSE).is_none() {
        COURSE.set(id.to_owned()).ok();
    }
}

fn document() -> Document {
    let file = COURSE.get().map_or(Cow::Borrowed("progress.json"), |id| Cow::Owned(format!("courses/{id}.json")));
    Document { file, version: 1, anew: "progress starts anew", unkept: "Progress is not kept" }
}

/// The stored progress; and a sentence where that cannot be read.
pub fn load() -> (Progress, Option<String>) {
    document().load()
}

/// Keeps what this run has made of one lesson: another terminal may be at another. A sentence where that cannot be.
pub fn keep(progress: &Progress, lesson: &str) -> Option<String> {
    document().change(|kept: &mut Progress| {
        kept.last.clone_from(&progress.last);
        kept.lessons.extend(progress.lessons.get(lesson).map(|reached| (lesson.to_owned(), reached.clone())));
    })
}

/// The file's text, for another machine to go on with; none where there is none.
pub fn text() -> Option<String> {
    std::fs::read_to_string(document().path()?).ok()
}

/// Keeps what another machine has made of the text that it was given. A sentence where that cannot be.
pub fn merge(given: Option<&str>, made: &[u8]) -> Option<String> {
    let before: Progress = given.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let made: Progress = match serde_json::from_slice(made) {
        Ok(made) => made,
        Err(error) => return Some(format!("The machine's progress cannot be read: {error}.")),
    };
    document().change(|kept: &mut Progress| {
        if made.last != before.last {
            kept.last = made.last;
        }
        kept.lessons.extend(made.lessons.into_iter().filter(|(id, reached)| before.lessons.get(id) != Some(reached)));
    })
}

impl Progress {
    /// Notes that a step is done, with the answer to its question.
    pub fn reached(&mut self, lesson: &str, step: usize, answer: Option<&String>) {
        self.last = Some(lesson.to_owned());
        let reached = self.lessons.entry(lesson.to_owned()).or_default();
        reached.step = step;
        if let Some(answer) = answer {
            reached.answers.insert(step, answer.clone());
        }
    }

    /// Notes that a lesson was taken to its end.
    pub fn finished(&mut self, lesson: &str) {
        let reached = self.lessons.entry(lesson.to_owned()).or_default();
        reached.step = 0;
        reached.finished += 1;
    }

    pub fn is_finished(&self, lesson: &str) -> bool {
        self.lessons.get(lesson).is_some_and(|reached| reached.finished > 0)
    }

    /// The step to go on with: the last one done.
    pub fn step(&self, lesson: &str) -> usize {
        self.lessons.get(lesson).map_or(0, |reached| reached.step)
    }
}
