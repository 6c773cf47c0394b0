//! `{{#exercise NAME}}`: the chapter of an exercise, but for what is written about it. All of it is in the exercise's own
//! folder: goal, task and rules, the commands to try it, what is checked, where one begins, hints, a solution, and solutions that fail.
//! What gives something away is closed until somebody opens it.

use super::Page;
use super::lesson::need_words;
use crate::book::html::{Mark, escape, inline};
use crate::lesson::words::instead;
use crate::practice::load::{Exercises, Numbered};
use crate::practice::readme;
use crate::problem::{Problem, WRONG};
use std::fmt::Write;
use std::rc::Rc;

impl Page<'_> {
    pub(super) fn exercise(&mut self, words: &[String]) -> Result<String, Problem> {
        let [name] = words else {
            return Err(Problem::new(WRONG, "It wants the name of an exercise.").next("{{#exercise hostname}}"));
        };
        let exercises = self.course.exercises()?;
        let it = found(&exercises, name)?;
        Ok([
            self.exercise_head(it)?,
            "## The task".to_owned(),
            task(&exercises, it),
            // The same words in every exercise.
            Mark::Unsearched.on(&format!("\n\n{}\n\n{}\n\n", rules(&exercises, it), commands(&exercises, it))),
            aside(&super::exercise_code::starters(&exercises, it)),
            Mark::Unsearched
                .on(&format!("\n\n## What the checker reads\n\n{}\n\n", super::exercise_checks::table(&it.exercise))),
            aside(&format!(
                "\n\n## Hints\n\n{}\n\n## A solution\n\n{}\n\n## Solutions that fail\n\n{}\n\n",
                hints(it),
                super::exercise_code::solution(&exercises, it),
                super::exercise_code::wrong(&exercises, it)
            )),
        ]
        .join("\n\n"))
    }

    fn exercise_head(&mut self, it: &Numbered) -> Result<String, Problem> {
        let exercise = &it.exercise;
        let lesson = self.course.lesson(&exercise.lesson)?;
        let needs: Vec<&str> = exercise.needs.iter().map(|need| need_words(*need)).collect();
        let needs = if needs.is_empty() { "namespaces".to_owned() } else { needs.join(", ") };
        let id = self.id(&format!("exercise-{}", exercise.id));
        Ok(format!(
            "<div class=\"exercise-head\"{id}><p class=\"goal\"><span class=\"label\">To build</span> {}</p>\
             <dl><div><dt>Exercise</dt><dd><code>{}</code></dd></div><div><dt>After lesson</dt><dd>{}</dd></div>\
             <div><dt>Time</dt><dd>{} minutes</dd></div><div><dt>Needs</dt><dd>{needs}</dd></div></dl></div>",
            inline(&exercise.goal),
            escape(&exercise.id),
            self.lesson_link(lesson),
            exercise.minutes,
        ))
    }
}

/// Whoever looks for words does not look for a solution, and on paper nothing could be closed.
fn aside(text: &str) -> String {
    Mark::OnScreen.on(&Mark::Unsearched.on(text))
}

pub(super) fn found<'a>(exercises: &'a Rc<Exercises>, name: &str) -> Result<&'a Numbered, Problem> {
    exercises.all.iter().find(|it| it.exercise.id == name).ok_or_else(|| {
        let all = exercises.all.iter().map(|it| it.exercise.id.as_str());
        Problem::new(WRONG, format!("There is no exercise `{name}`.")).next(instead(name, all))
    })
}

/// In Markdown, as the folder of an attempt has it. What is code in it stays so between these two.
fn task(exercises: &Exercises, it: &Numbered) -> String {
    let text = exercises.shelf.file(&format!("{}/task.md", it.folder)).unwrap_or_default();
    String::from_utf8_lossy(text).trim_end().to_owned()
}

/// In Markdown: the same words as in an attempt's README, and what this exercise has beside them.
fn rules(exercises: &Exercises, it: &Numbered) -> String {
    let exercise = &it.exercise;
    let first = exercises.shelf.names(&format!("{}/start", it.folder));
    let shell = first.iter().find(|name| *name == "shell").or(first.first());
    let known = shell.and_then(|name| exercises.languages.get(name)).cloned().unwrap_or_default();
    let mut out = readme::how_it_is_checked(exercise, &known.run);
    if !exercise.cases.is_empty() {
        let names: Vec<String> = exercise.cases.iter().map(|case| format!("`{}`", case.name)).collect();
        let _ = write!(out, " It is run once for each of these: {}.", names.join(", "));
    }
    if let Some(root) = &exercise.chroot {
        let _ = write!(out, " When it starts, it is locked in `{root}` by chroot.");
    }
    out
}

fn commands(exercises: &Exercises, it: &Numbered) -> String {
    let id = &it.exercise.id;
    let starters = exercises.shelf.names(&format!("{}/start", it.folder));
    let first = starters.iter().find(|name| *name == "shell").or(starters.first()).map_or("any", String::as_str);
    let code = |name: &str| format!("<code>--lang {}</code>", escape(name));
    let mut others: Vec<String> = starters.iter().filter(|name| *name != first).map(|name| code(name)).collect();
    others.push(format!("{} for a language of your own", code("any")));
    let lines = [
        format!("boxlab exercise start {id} --lang {first}"),
        format!("cd {id}"),
        "boxlab exercise check".to_owned(),
        "boxlab exercise watch".to_owned(),
        "boxlab exercise hint".to_owned(),
    ];
    let lines: Vec<String> = lines.iter().map(|line| format!("<kbd>{}</kbd>", escape(line))).collect();
    format!(
        "<div class=\"try\"><p><span class=\"label\">Try it</span> Or {}. <code>watch</code> checks whenever you save.</p>\
         <pre class=\"shell\" tabindex=\"0\" role=\"group\" aria-label=\"Commands\">{}</pre></div>",
        others.join(", or "),
        lines.join("&#10;")
    )
}

/// Each behind a line that says how much it gives away.
fn hints(it: &Numbered) -> String {
    let kinds = ["where to look", "which call", "the call with its arguments"];
    let hint = |(at, hint): (usize, &String)| {
        format!(
            "<details class=\"hint\"><summary>Hint {}: {}</summary><p>{}</p></details>",
            at + 1,
            kinds.get(at).copied().unwrap_or("more"),
            inline(hint)
        )
    };
    it.exercise.hints.iter().enumerate().map(hint).collect()
}
