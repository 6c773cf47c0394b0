//! SUMMARY.md, the list of chapters: whether each of them is there, and each chapter of a lesson or an exercise has that
//! still. Such a chapter is called as the folder: `lessons/02-hostname.md`, `exercises/02-hostname.md`.

use super::course::Course;
use crate::problem::{Problem, WRONG};
use regex::Regex;
use std::path::Path;
use std::sync::LazyLock;

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[[^\]]*\]\(([^)\s]+)\)").expect("the expression is right"));

/// Reads the list in `source`, the folder that messages call `shown`, and tells the course which lessons have a chapter.
pub fn read(course: &Course, source: &Path, shown: &Path) -> Result<(), Problem> {
    let list = shown.join("SUMMARY.md");
    let text = std::fs::read_to_string(source.join("SUMMARY.md")).map_err(|error| {
        Problem::new(WRONG, format!("{} cannot be read, so there is no list of chapters.", list.display()))
            .because(error.to_string())
            .next("give the folder of a book with --source, the one that has book.toml")
    })?;
    let mut chapters = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for found in LINK.captures_iter(line) {
            let path = found[1].trim_start_matches("./").to_owned();
            let place = format!("{}:{}", list.display(), at + 1);
            if let Some(name) = path.strip_prefix("lessons/").and_then(|it| it.strip_suffix(".md")) {
                if !course.lessons().iter().any(|it| it.folder == name) {
                    let what = format!("{place}: the chapter {path} is of a lesson that is not there: {name}.");
                    return Err(Problem::new(WRONG, what)
                        .next("take the line out, or call the chapter as the lesson's folder; `boxlab list` has all"));
                }
                chapters.push(name.to_owned());
            }
            if let Some(name) = path.strip_prefix("exercises/").and_then(|it| it.strip_suffix(".md"))
                && !course.exercises()?.all.iter().any(|it| it.folder == name)
            {
                let what = format!("{place}: the chapter {path} is of an exercise that is not there: {name}.");
                return Err(Problem::new(WRONG, what).next(
                    "take the line out, or call the chapter as the exercise's folder: exercises/02-hostname.md",
                ));
            }
            if !source.join(&path).is_file() {
                return Err(Problem::new(WRONG, format!("{place}: the chapter {path} is not there."))
                    .next("write it, or take the line out"));
            }
        }
    }
    course.set_chapters(chapters);
    Ok(())
}
