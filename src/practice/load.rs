//! Reads exercises and judges their form: every mistake with its place, as those of lessons.

use super::languages::{self, Language};
use super::model::{self, Exercise};
use super::shelf::Shelf;
use crate::lesson::decode::decode;
use crate::lesson::diagnostic::{Diagnostic, Source};
use crate::lesson::tree;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An exercise, with its place.
#[derive(Clone, Debug)]
pub struct Numbered {
    pub number: u8,
    /// `02-hostname`
    pub folder: String,
    pub exercise: Exercise,
}

/// All of a shelf.
#[derive(Clone, Debug)]
pub struct Exercises {
    pub shelf: Shelf,
    pub languages: BTreeMap<String, Language>,
    pub all: Vec<Numbered>,
}

/// A YAML file of the shelf.
pub fn yaml<T: DeserializeOwned>(shelf: &Shelf, path: &str) -> Result<T, Vec<Diagnostic>> {
    let shown = shelf.shown(path);
    let wrong = |problem: &str, expected: &str| {
        vec![Diagnostic::of_file(shown.as_str(), "unreadable", problem.to_owned(), expected.to_owned())]
    };
    let bytes = shelf.file(path).ok_or_else(|| wrong("The file is missing", "a file of this name"))?;
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("The file is not UTF-8", "a text file in UTF-8"))?;
    text_of(&shown, text)
}

/// A YAML text that is called so in messages.
pub fn text_of<T: DeserializeOwned>(shown: &str, text: &str) -> Result<T, Vec<Diagnostic>> {
    let source = Arc::new(Source { name: shown.to_owned(), text: text.to_owned() });
    let node = tree::parse_alone(&source)?;
    decode(&node).map_err(|mistakes| {
        let one = |mistake: &crate::lesson::mistake::Mistake| {
            let span = mistake.span.clone().unwrap_or(node.span.clone());
            Diagnostic::new(&source, span, mistake.code, mistake.problem.clone(), mistake.expected.clone())
        };
        mistakes.iter().map(one).collect()
    })
}

/// Every exercise of a shelf, or everything that is wrong with any of them.
pub fn read(shelf: Shelf) -> Result<Exercises, Vec<Diagnostic>> {
    let languages = languages::all(&shelf)?;
    let (mut all, mut mistakes) = (Vec::new(), Vec::new());
    for folder in shelf.folders() {
        let path = format!("{folder}/exercise.yaml");
        match yaml::<Exercise>(&shelf, &path) {
            Ok(exercise) => {
                let found = judge(&shelf, &folder, &exercise, &languages);
                mistakes.extend(found.into_iter().map(|(problem, expected)| {
                    Diagnostic::of_file(shelf.shown(&path), "exercise", problem, expected.to_owned())
                }));
                let number = folder.split('-').next().and_then(|number| number.parse().ok()).unwrap_or(0);
                all.push(Numbered { number, folder, exercise });
            }
            Err(more) => mistakes.extend(more),
        }
    }
    if mistakes.is_empty() { Ok(Exercises { shelf, languages, all }) } else { Err(mistakes) }
}

/// What is wrong with an exercise, and what is expected instead.
fn judge(
    shelf: &Shelf,
    folder: &str,
    exercise: &Exercise,
    languages: &BTreeMap<String, Language>,
) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let mut wrong = |problem: String, expected: &'static str| found.push((problem, expected));
    if folder.split_once('-').map(|(_, slug)| slug) != Some(&exercise.id) {
        wrong(format!("The folder is {folder}, and the id is `{}`", exercise.id), "a folder called `NN-` and the id");
    }
    let mut names = BTreeSet::new();
    for check in &exercise.checks {
        let name = &check.name;
        if !names.insert(name.as_str()) {
            wrong(format!("Two checks are called `{name}`"), "another name for one of them");
        }
        if model::built_in(name).is_some() {
            if !check.expect.is_empty() || check.operation.is_some() {
                wrong(format!("Every exercise has a check `{name}`"), "another name, or nothing but `means` for it");
            }
            continue;
        }
        if check.say.is_empty() {
            wrong(format!("The check `{name}` does not say what it asks"), "one sentence in `say`");
        }
        if check.expect.is_empty() && check.fails.is_none() && check.output.is_none() {
            wrong(format!("The check `{name}` claims nothing"), "`expect`, `fails` or `output`");
        }
        if check.actor.is_some() != check.operation.is_some() {
            wrong(format!("The check `{name}` has one of `as` and `do`"), "both, or none of them");
        }
        if check.means.is_empty() {
            wrong(format!("The check `{name}` does not say what its failure means"), "at least one entry in `means`");
        }
        let host = [Some("host".to_owned()), None];
        if check.when == model::When::After && !host.contains(&check.actor) {
            wrong(format!("In the check `{name}` somebody acts who has ended by then"), "`as: host`");
        }
    }
    let known = |name: &String| names.contains(name.as_str()) || model::built_in(name).is_some();
    for name in exercise.wrong.values().chain([&exercise.starter]).filter(|name| !known(name)) {
        wrong(format!("There is no check `{name}`"), "the name of a check");
    }
    if exercise.hints.len() != 3 {
        wrong(format!("There are {} hints", exercise.hints.len()), "three, each of which says more");
    }
    if exercise.hints.iter().any(|hint| hint.trim().is_empty()) {
        wrong("A hint is empty".to_owned(), "a sentence");
    }
    if shelf.file(&format!("{folder}/task.md")).is_none() {
        wrong("There is no task.md".to_owned(), "the task in Markdown, without a heading");
    }
    let solutions = shelf.names(&format!("{folder}/solution"));
    // What is given to be mended exists in one language only.
    let starters = shelf.names(&format!("{folder}/start"));
    if starters.is_empty() {
        wrong("There is no starter".to_owned(), "start/rust and start/shell, or one of them");
    }
    for language in starters.iter().filter(|it| !solutions.contains(it)) {
        wrong(format!("There is no solution in {language}"), "a solution in each language that has a starter");
    }
    for language in solutions.iter().filter(|it| !languages.contains_key(*it)) {
        wrong(format!("solution/{language} is in no language that languages.yaml has"), "a line for it there");
    }
    let folders: BTreeSet<String> = shelf.names(&format!("{folder}/wrong")).into_iter().collect();
    let named: BTreeSet<String> = exercise.wrong.keys().cloned().collect();
    for name in folders.symmetric_difference(&named) {
        wrong(format!("The wrong solution `{name}` has no folder, or is not named"), "wrong/NAME/LANGUAGE, and a line");
    }
    found
}
