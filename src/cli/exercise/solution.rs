//! `boxlab exercise solution` and `diff`: after success, or for whoever gives up.

use super::place::{exercise, place};
use crate::practice::attempt::{self, Over};
use crate::practice::capture::shown;
use crate::practice::load::{Exercises, Numbered};
use crate::practice::shelf::Files;
use crate::problem::{FAILED, Problem, WRONG, complain, print};
use crate::show::table::wrap;
use crate::state::exercises as kept;
use crate::stepper::terminal;
use clap::Args;
use colored::Colorize;
use similar::{ChangeTag, TextDiff};

#[derive(Args)]
#[command(after_help = "Examples:\n  boxlab exercise solution                       once yours has passed\n  \
                        boxlab exercise solution hostname --give-up    before that: it is remembered\n\n\
                        Exit status: 1 if it has not passed yet.")]
pub struct Solution {
    /// The exercise, or its folder; the one here if left out
    name: Option<String>,
    /// Show it though the exercise has not passed
    #[arg(long)]
    give_up: bool,
    /// Its language; that of the attempt if left out
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,
}

#[derive(Args)]
#[command(after_help = "Example:\n  boxlab exercise diff     lines of yours are red, those of the solution green")]
pub struct Diff {
    /// The exercise, or its folder; the one here if left out
    name: Option<String>,
}

/// The files of a solution that are not those of every starter.
fn solution(exercises: &Exercises, it: &Numbered, language: &str) -> Files {
    exercises.shelf.below(&format!("{}/solution/{language}", it.folder))
}

fn language(exercises: &Exercises, it: &Numbered, wished: Option<&String>) -> Result<String, Problem> {
    let there = exercises.shelf.names(&format!("{}/solution", it.folder));
    let kept = kept::load().0.of(&it.exercise.id).language.filter(|language| there.contains(language));
    match wished {
        Some(language) if there.contains(language) => Ok(language.clone()),
        Some(language) => Err(Problem::new(WRONG, format!("There is no solution in `{language}`."))
            .because(format!("There are solutions in {}.", there.join(", ")))),
        None => Ok(kept.or_else(|| there.first().cloned()).unwrap_or_default()),
    }
}

fn not_yet(it: &Numbered) -> Problem {
    Problem::new(FAILED, "The exercise has not passed yet.")
        .because("The solution is of more use afterwards, beside your own.")
        .next(format!("boxlab exercise hint {0}\nor boxlab exercise solution {0} --give-up", it.exercise.id))
}

impl Solution {
    /// That of the attempt in a folder.
    pub fn of(folder: String) -> Solution {
        Solution { name: Some(folder), give_up: false, lang: None }
    }

    pub fn run(&self, exercises: &Exercises) -> Result<u8, Problem> {
        let it = exercise(exercises, self.name.as_deref())?;
        let language = language(exercises, it, self.lang.as_ref())?;
        let kept = kept::load().0.of(&it.exercise.id);
        if kept.passed.is_none() && !kept.gave_up {
            if !self.give_up {
                return Err(not_yet(it));
            }
            if let Some(said) = kept::change(&it.exercise.id, |kept| kept.gave_up = true) {
                complain(&said.yellow());
            }
        }
        let mut text = String::new();
        for (path, bytes) in solution(exercises, it, &language) {
            text.push_str(&format!("{}\n\n{}\n", path.display().to_string().bold(), String::from_utf8_lossy(&bytes)));
        }
        for line in wrap(&it.exercise.because, terminal::width().min(100)) {
            text.push_str(&format!("{line}\n"));
        }
        print(&text).map(|()| 0)
    }
}

impl Diff {
    pub fn run(&self, exercises: &Exercises) -> Result<u8, Problem> {
        let place = place(exercises, self.name.as_deref())?;
        let kept = kept::load().0.of(&place.it.exercise.id);
        if kept.passed.is_none() && !kept.gave_up {
            return Err(not_yet(place.it));
        }
        let theirs = solution(exercises, place.it, &place.attempt.language);
        if theirs.is_empty() {
            return Err(Problem::new(WRONG, format!("There is no solution in `{}`.", place.attempt.language))
                .next(format!("boxlab exercise solution {}", place.it.exercise.id)));
        }
        let start = attempt::files(exercises, place.it, &place.attempt.language, &Over::Start);
        let mut text = String::new();
        for (path, bytes) in theirs {
            let own = std::fs::read(place.folder.join(&path)).unwrap_or_default();
            let (own, theirs) = (shown(&own), shown(&bytes));
            if own == theirs {
                continue;
            }
            let mark = if start.contains_key(&path) { "" } else { " (not in the starter)" };
            text.push_str(&format!("{}{mark}: - yours, + the solution\n\n", path.display().to_string().bold()));
            let diff = TextDiff::from_lines(&own, &theirs);
            for group in diff.grouped_ops(3) {
                for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                    let line = change.value().trim_end_matches('\n');
                    text.push_str(&match change.tag() {
                        ChangeTag::Delete => format!("{}\n", format!("-{line}").red()),
                        ChangeTag::Insert => format!("{}\n", format!("+{line}").green()),
                        ChangeTag::Equal => format!(" {line}\n"),
                    });
                }
            }
        }
        if text.is_empty() {
            text.push_str("Yours is the solution, to the letter.\n");
        }
        print(&text).map(|()| 0)
    }
}
