//! Code of exercises: where one begins, solutions, and by what a solution that fails differs from the one that does not.

use super::exercise_checks::sentence;
use crate::book::html::{escape, inline};
use crate::practice::capture::shown;
use crate::practice::load::{Exercises, Numbered};
use crate::practice::model::{Exercise, Means};
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// So many lines around a difference, and around a place at which something is to be done.
const AROUND: usize = 2;
const AROUND_TODO: usize = 12;
/// A file that has more lines holds what exercises before it have built, and only what is new in it is shown.
const LONG: usize = 80;

/// The files of all starters, the first open.
pub fn starters(exercises: &Exercises, it: &Numbered) -> String {
    let mut out = String::new();
    for (at, language) in languages(exercises, &format!("{}/start", it.folder)).iter().enumerate() {
        for (path, bytes) in exercises.shelf.below(&format!("{}/start/{language}", it.folder)) {
            let text = shown(&bytes);
            let (what, text) = match text.lines().count() > LONG {
                true => ("You begin with this, around what is to be done", around(&text)),
                false => ("You begin with", text),
            };
            let code = highlighted(&path, &text);
            out.push_str(&listing(what, language, &path, &code, at == 0));
        }
    }
    out
}

/// A solution in each language, and why it is done so.
pub fn solution(exercises: &Exercises, it: &Numbered) -> String {
    let mut code = String::new();
    for language in languages(exercises, &format!("{}/solution", it.folder)) {
        for (path, bytes) in exercises.shelf.below(&format!("{}/solution/{language}", it.folder)) {
            let text = shown(&bytes);
            let start = exercises.shelf.file(&format!("{}/start/{language}/{}", it.folder, path.display()));
            let (what, text) = match start {
                Some(start) if text.lines().count() > LONG => {
                    ("Beside what you begin with", changed(&difference(&shown(start), &text)))
                }
                _ => ("A solution", highlighted(&path, &text)),
            };
            code.push_str(&listing(what, &language, &path, &text, true));
        }
    }
    format!(
        "<details class=\"give-up\"><summary>Give up? Show a solution</summary><p>{}</p>{code}</details>",
        inline(&it.exercise.because)
    )
}

/// Each with the check that stops it, what that means, and what is otherwise than in the solution.
pub fn wrong(exercises: &Exercises, it: &Numbered) -> String {
    let mut out = String::new();
    // What is said of a check is said once.
    let mut told = BTreeSet::new();
    for (name, check) in &it.exercise.wrong {
        let folder = format!("{}/wrong/{name}", it.folder);
        let Some(language) = languages(exercises, &folder).into_iter().next() else { continue };
        let own = exercises.shelf.below(&format!("{folder}/{language}"));
        let mut code = String::new();
        for (path, bytes) in own {
            let right = exercises.shelf.file(&format!("{}/solution/{language}/{}", it.folder, path.display()));
            let lines = difference(&shown(right.unwrap_or_default()), &shown(&bytes));
            let _ = write!(
                code,
                "<p class=\"note\"><span class=\"file\">{}</span>, beside the solution</p>{}",
                escape(&path.display().to_string()),
                changed(&lines)
            );
        }
        let mut says = said(&it.exercise, check);
        if !told.insert(check) && !says.is_empty() {
            "<p>The checker says the same as above.</p>".clone_into(&mut says);
        }
        let _ = write!(
            out,
            "<details class=\"wrong\"><summary><code>{}</code> is stopped by: {}</summary>{says}{code}</details>",
            escape(name),
            sentence(&it.exercise, check),
        );
    }
    out
}

/// What the checker says when this check fails; where that depends on what it finds, on what.
fn said(exercise: &Exercise, check: &str) -> String {
    let means = exercise.check(check).map(|it| it.means.as_slice()).unwrap_or_default();
    match means {
        [] => String::new(),
        [one] => format!("<p><b>The checker says:</b> {}</p>", inline(&one.then)),
        several => {
            let each: String = several.iter().map(|it| format!("<li>{}{}</li>", found(it), inline(&it.then))).collect();
            format!("<p><b>The checker says</b> the first of these that fits what it finds:</p><ul>{each}</ul>")
        }
    }
}

fn found(means: &Means) -> String {
    let code = |text: &String| format!("<code>{}</code>", escape(text));
    match (&means.found, &means.printed) {
        (Some(found), None) => format!("Found {}: ", code(found)),
        (None, Some(printed)) => format!("Printed {}: ", code(printed)),
        (Some(found), Some(printed)) => format!("Found {}, printed {}: ", code(found), code(printed)),
        (None, None) => "Else: ".to_owned(),
    }
}

/// The names of languages in a folder, the shell first.
fn languages(exercises: &Exercises, folder: &str) -> Vec<String> {
    let mut names = exercises.shelf.names(folder);
    names.sort_by_key(|name| name != "shell");
    names
}

/// A file, which can be folded.
fn listing(what: &str, language: &str, path: &Path, code: &str, open: bool) -> String {
    format!(
        "<details class=\"listing\"{}><summary>{what}, in {}: <span class=\"file\">{}</span></summary>{code}</details>",
        if open { " open" } else { "" },
        escape(&titled(language)),
        escape(&path.display().to_string())
    )
}

/// The lines around each `TODO`.
fn around(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let near = |at: usize| {
        let (from, to) = (at.saturating_sub(AROUND_TODO), (at + AROUND_TODO + 1).min(lines.len()));
        lines[from..to].iter().any(|line| line.contains("TODO"))
    };
    let shown: Vec<usize> = (0..lines.len()).filter(|at| near(*at)).collect();
    let piece = |run: &[usize]| run.iter().map(|at| lines[*at]).collect::<Vec<_>>().join("\n");
    shown.chunk_by(|one, other| one + 1 == *other).map(piece).collect::<Vec<_>>().join("\n\n…\n\n")
}

fn highlighted(path: &Path, text: &str) -> String {
    let language = match path.extension().and_then(|end| end.to_str()) {
        Some("rs") => "rust",
        Some("sh") => "bash",
        Some("py") => "python",
        Some("go") => "go",
        _ => "plaintext",
    };
    format!("<pre tabindex=\"0\"><code class=\"language-{language}\">{}</code></pre>", escape(text))
}

fn changed(lines: &str) -> String {
    format!(
        "<pre class=\"diff\" tabindex=\"0\" role=\"group\" aria-label=\"What is otherwise\"><samp>{lines}</samp></pre>"
    )
}

/// `rust` as a name: Rust.
fn titled(language: &str) -> String {
    let mut letters = language.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Lines of one text that are missing in the other, and those that stand there instead.
fn difference(one: &str, other: &str) -> String {
    let diff = TextDiff::from_lines(one, other);
    let mut groups = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        let mut lines = String::new();
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = escape(change.value().trim_end_matches('\n'));
            let _ = match change.tag() {
                ChangeTag::Delete => write!(lines, "<span class=\"less\">-{line}</span>&#10;"),
                ChangeTag::Insert => write!(lines, "<span class=\"more\">+{line}</span>&#10;"),
                ChangeTag::Equal => write!(lines, " {line}&#10;"),
            };
        }
        groups.push(lines);
    }
    groups.join("…&#10;")
}
