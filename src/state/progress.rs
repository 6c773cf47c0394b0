//! How far the learner is: for each lesson the step reached, whether it was finished, and the answers given.
//! A run is never stopped by this file: if it cannot be read or written, that is said once, and the lesson goes on.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
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

fn path() -> Option<PathBuf> {
    let name = COURSE.get().map_or_else(|| "progress.json".to_owned(), |id| format!("courses/{id}.json"));
    super::directory().map(|directory| directory.join(name))
}

/// The stored progress; and a sentence where there is one that cannot be read. A damaged file is kept aside.
pub fn load() -> (Progress, Option<String>) {
    let Some(path) = path() else { return (Progress::default(), None) };
    // Bytes that are no text are no reason to lose anything either: they are kept aside like other damage.
    let text = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Progress::default(), None),
        Err(error) => return (Progress::default(), Some(format!("{} cannot be read: {error}.", path.display()))),
    };
    match serde_json::from_slice(&text) {
        Ok(progress) => (progress, None),
        Err(error) => {
            let kept = path.with_extension("json.broken");
            let moved = std::fs::rename(&path, &kept).is_ok();
            let place = if moved { kept } else { path };
            (Progress::default(), Some(format!("{} is not a progress file ({error}); starting anew.", place.display())))
        }
    }
}

/// The file's text, for another machine to go on with; none where there is none.
pub fn text() -> Option<String> {
    std::fs::read_to_string(path()?).ok()
}

/// Stores what another machine has made of it. Errors: a sentence that says why it is not kept.
pub fn replace(text: &[u8]) -> Result<(), String> {
    let progress = serde_json::from_slice(text);
    save(&progress.map_err(|error| format!("The machine's progress cannot be read: {error}."))?)
}

/// Stores it. Errors: a sentence that says why it is not kept.
pub fn save(progress: &Progress) -> Result<(), String> {
    let Some(path) = path() else {
        return Err("Progress is not kept: neither HOME nor XDG_STATE_HOME is set.".to_owned());
    };
    let text = serde_json::to_string_pretty(progress).map_err(|error| error.to_string())?;
    super::replace(&path, &text).map_err(|error| format!("Progress is not kept: {}: {error}.", path.display()))
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
