//! A learner's folder: which exercise it is for, and the command line that builds and starts what is in it. That stands in
//! `boxlab.yaml`, which the learner may change: a program in any language is one.

use super::languages::{ANY, Language};
use super::load::{self, Exercises, Numbered};
use super::readme::readme;
use super::shelf::Files;
use crate::lesson::diagnostic::{Form, render};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The file in a learner's folder.
pub const FILE: &str = "boxlab.yaml";

/// What it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    pub exercise: String,
    #[serde(default = "any")]
    pub language: String,
    /// The command that builds it; nothing is built where it is left out.
    #[serde(default)]
    pub build: Vec<String>,
    /// The command that starts it. What it is to start comes as further arguments.
    pub run: Vec<String>,
}

fn any() -> String {
    ANY.to_owned()
}

/// The attempt in a folder. Errors: what is wrong, in words.
pub fn read(folder: &Path) -> Result<Attempt, String> {
    let path = folder.join(FILE);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let attempt: Attempt =
        load::text_of(&path.display().to_string(), &text).map_err(|mistakes| render(&mistakes, Form::Line))?;
    if attempt.run.is_empty() {
        return Err(format!("{}: `run` is empty, so there is nothing to start", path.display()));
    }
    Ok(attempt)
}

/// The nearest folder at or above one that has an attempt in it.
pub fn find(from: &Path) -> Option<PathBuf> {
    from.ancestors().find(|folder| folder.join(FILE).is_file()).map(Path::to_owned)
}

/// What is put over what every starter of a language has.
#[derive(Clone, Debug)]
pub enum Over<'a> {
    Start,
    Solution,
    Wrong(&'a str),
}

/// The files of an attempt as it begins, or as a solution or a wrong one has it.
pub fn files(exercises: &Exercises, it: &Numbered, language: &str, over: &Over<'_>) -> Files {
    let shelf = &exercises.shelf;
    let mut files = shelf.below(&format!("languages/{language}"));
    files.extend(shelf.below(&format!("{}/start/{language}", it.folder)));
    match over {
        Over::Start => {}
        Over::Solution => files.extend(shelf.below(&format!("{}/solution/{language}", it.folder))),
        Over::Wrong(name) => files.extend(shelf.below(&format!("{}/wrong/{name}/{language}", it.folder))),
    }
    let known = exercises.languages.get(language);
    let commands = known.cloned().unwrap_or_else(|| Language { run: vec!["./main".to_owned()], ..Language::default() });
    files.insert(PathBuf::from(FILE), header(&it.exercise.id, language, &commands).into_bytes());
    files.insert(PathBuf::from("README.md"), readme(exercises, it, &commands.run).into_bytes());
    files
}

fn words(command: &[String]) -> String {
    let words: Vec<String> = command.iter().map(|word| serde_json::to_string(word).unwrap_or_default()).collect();
    format!("[{}]", words.join(", "))
}

fn header(exercise: &str, language: &str, commands: &Language) -> String {
    let build = match commands.build.is_empty() {
        true => "# build: [make]             # if something is to be built first\n".to_owned(),
        false => format!("build: {}\n", words(&commands.build)),
    };
    format!(
        "# Which exercise this folder is for, and how your program is built and started. Any language will do.\n\
         exercise: {exercise}\nlanguage: {language}\n{build}run: {}\n",
        words(&commands.run)
    )
}

/// Writes files into a folder. What is there and the same is left as it is. Errors: as of the calls.
pub fn write(folder: &Path, files: &Files) -> std::io::Result<()> {
    for (path, bytes) in files {
        let path = folder.join(path);
        if std::fs::read(&path).is_ok_and(|old| old == *bytes) {
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

/// Writes a folder that was not there, or was empty: whole, or not at all. Half of it would be taken for the learner's own
/// the next time, and not be overwritten.
pub fn write_new(folder: &Path, files: &Files) -> std::io::Result<()> {
    let was_there = folder.is_dir();
    let written = write(folder, files);
    if written.is_err() {
        let own = files.keys().filter_map(|path| path.components().next());
        for path in own.map(|first| folder.join(first)) {
            let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.ok();
        }
        if !was_there {
            std::fs::remove_dir(folder).ok();
        }
    }
    written
}
