//! Keeping what a lesson's steps have drawn beside its record. Part of `boxlab verify --update`.

use crate::evidence::drawings::Drawings;
use crate::evidence::record::Record;
use crate::lesson::drawings::{fits, of};
use crate::lesson::model::Lesson;
use crate::lesson::shelf::{Entry, Kept};
use crate::problem::{FAILED, Problem, WRONG, print};
use std::path::PathBuf;

/// Writes them, if what is there is not of the lesson any more: each run draws a little otherwise, which is no news. To have
/// others, take the file away first. Gives the file that was written.
pub fn keep(lesson: &Lesson, entry: &Entry, which: Kept, record: &Record) -> Result<Option<PathBuf>, Problem> {
    let (Some(drawings), Some(path)) = (of(lesson, record), entry.drawings_path(which)) else { return Ok(None) };
    let old = entry.drawings(which).ok().flatten();
    let old = old.and_then(|text| serde_json::from_str::<Drawings>(&text).ok());
    if old.is_some_and(|old| fits(lesson, &old).is_ok()) {
        return Ok(None);
    }
    std::fs::write(path, drawings.text()).map_err(|error| {
        Problem::new(WRONG, format!("{} could not be written.", path.display())).because(error.to_string())
    })?;
    Ok(Some(path.to_owned()))
}

/// Prints them.
pub fn show(lesson: &Lesson, record: &Record) -> Result<(), Problem> {
    match of(lesson, record) {
        Some(drawings) => print(&drawings.text()),
        None => Err(Problem::new(FAILED, format!("Lesson {} has drawn nothing.", lesson.id))),
    }
}
