//! `boxlab exercise hint`: the next of three.

use super::place::exercise;
use crate::practice::load::Exercises;
use crate::problem::{Problem, complain, print};
use crate::show::table::wrap;
use crate::state::exercises as kept;
use crate::stepper::terminal;
use clap::Args;
use colored::Colorize;

#[derive(Args)]
#[command(
    after_help = "Example:\n  boxlab exercise hint\n\nThere are three, each says more than the one before. How many were taken is remembered; all of them are shown again."
)]
pub struct Hint {
    /// The exercise, or its folder; the one here if left out
    name: Option<String>,
}

impl Hint {
    pub fn run(&self, exercises: &Exercises) -> Result<u8, Problem> {
        let it = exercise(exercises, self.name.as_deref())?;
        let hints = &it.exercise.hints;
        print(&text(hints, taken(&it.exercise.id, hints.len()), terminal::width())).map(|()| 0)
    }
}

/// Takes one more, and says how many that are.
pub fn taken(id: &str, of: usize) -> usize {
    let mut taken = 0;
    let said = kept::change(id, |kept| {
        kept.hints = (kept.hints + 1).min(of);
        taken = kept.hints;
    });
    if let Some(said) = said {
        complain(&said.yellow());
    }
    taken
}

/// All that were taken, the last one last.
pub fn text(hints: &[String], taken: usize, width: usize) -> String {
    let mut text = String::new();
    for (at, hint) in hints.iter().take(taken).enumerate() {
        let mark = format!("  hint {} of {}  ", at + 1, hints.len());
        for (line, words) in wrap(hint, width.saturating_sub(mark.len() + 1).max(24)).iter().enumerate() {
            let mark = if line == 0 { mark.clone() } else { " ".repeat(mark.len()) };
            text.push_str(&format!("{}{words}\n", mark.dimmed()));
        }
    }
    if taken >= hints.len() {
        text.push_str("\n  There are no more. `boxlab exercise solution --give-up` shows a solution.\n");
    }
    text
}
