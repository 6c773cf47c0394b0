//! A learner's folder: which exercise it is for, and the command line that builds and starts what is in it. That stands in
//! `boxlab.yaml`, which the learner may change: a program in any language is one.

use super::languages::{ANY, Language};
use super::load::{self, Exercises, Numbered};
use super::model::Exercise;
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
    files.insert(PathBuf::from("README.md"), readme(exercises, it, &commands).into_bytes());
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

fn readme(exercises: &Exercises, it: &Numbered, commands: &Language) -> String {
    let exercise = &it.exercise;
    let task = exercises.shelf.file(&format!("{}/task.md", it.folder)).unwrap_or_default();
    format!(
        "# {}\n\n{}\n\n{}\n\n## How it is checked\n\n{}\n",
        exercise.title,
        exercise.goal,
        String::from_utf8_lossy(task).trim_end(),
        how_it_is_checked(exercise, commands),
    )
}

/// How a program is started and looked at, in Markdown.
pub fn how_it_is_checked(exercise: &Exercise, commands: &Language) -> String {
    let mut arguments: Vec<String> = exercise.arguments.clone();
    arguments.push(exercise.probe.clone());
    // As one would type it.
    let typed = |word: &String| if word.contains([' ', '$', ';']) { format!("'{word}'") } else { word.clone() };
    let line: Vec<String> = commands.run.iter().chain(&arguments).map(typed).collect();
    format!(
        "`boxlab exercise check` runs `{}` in a throw-away lab host, as its root, and looks \
         at it with the kernel's eyes. What it prints is shown and proves nothing. It sees the machine's files, but can write \
         only to this folder's copy (/exercise) and /tmp. `boxlab exercise hint` helps, three times.",
        line.join(" "),
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
