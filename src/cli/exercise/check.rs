//! `boxlab exercise check`: what the kernel says of the learner's program.

use super::place::{Place, place};
use crate::cli::scope::enter_if_needed;
use crate::practice::check::check;
use crate::practice::load::Exercises;
use crate::practice::sealed::Sealed;
use crate::practice::verdict::{Status, Verdict};
use crate::practice::{junit, tell};
use crate::problem::{CANNOT, FAILED, Problem, complain, print};
use crate::show::junit::strict;
use crate::state::exercises as kept;
use crate::stepper::terminal;
use clap::{Args, ValueEnum};
use colored::Colorize;
use std::path::PathBuf;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
    Junit,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  boxlab exercise check                    in the folder of an exercise\n  \
                        boxlab exercise check hostname           the folder that was started last\n  \
                        boxlab exercise check --format junit     for a pipeline: passed, failed, error, skipped\n\n\
                        Exit status: 0 passed, 1 failed, 3 skipped, or the machine could not do it.")]
pub struct Check {
    /// The exercise, or its folder; the one here if left out
    name: Option<String>,
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// It is a stranger's: built in the lab too, these folders are not shown there, and nothing of it is kept
    #[arg(long, hide = true, value_name = "FOLDER")]
    sealed: Vec<PathBuf>,
}

impl Check {
    pub fn run(&self, exercises: &Exercises) -> Result<u8, Problem> {
        let place = place(exercises, self.name.as_deref())?;
        enter_if_needed(&place.it.exercise.needs);
        let language = exercises.languages.get(&place.attempt.language);
        let verdict = if self.sealed.is_empty() {
            judged(exercises, &place)
        } else {
            let sealed = Sealed::here(self.sealed.clone());
            check(place.it, &place.attempt, &place.folder, language, Some(&sealed))
        };
        match self.format {
            Format::Human => print(&tell::text(&place.it.exercise.title, &verdict, terminal::width()))?,
            Format::Json => print(&format!("{}\n", serde_json::to_string_pretty(&verdict).unwrap_or_default()))?,
            Format::Junit => print(&strict(&junit::report(&[(place.attempt.exercise.clone(), verdict.clone())])))?,
        }
        if self.format == Format::Human && verdict.status == Status::Passed {
            print(
                "\n  Passed.\n\n   boxlab exercise diff        yours beside the solution\n   boxlab exercise solution    the solution, and why it is done so\n",
            )?;
        }
        Ok(status(&verdict))
    }
}

/// Checks, and keeps how it went.
pub fn judged(exercises: &Exercises, place: &Place<'_>) -> Verdict {
    let verdict =
        check(place.it, &place.attempt, &place.folder, exercises.languages.get(&place.attempt.language), None);
    let said = kept::change(&place.it.exercise.id, |kept| {
        kept.checks += 1;
        kept.folder = Some(place.folder.clone());
        kept.language = Some(place.attempt.language.clone());
        kept.started = kept.started.or_else(|| Some(kept::now()));
        if verdict.status == Status::Passed {
            kept.passed = kept.passed.or_else(|| Some(kept::now()));
        }
    });
    if let Some(said) = said {
        complain(&said.yellow());
    }
    verdict
}

/// The exit status that stands for a verdict.
pub fn status(verdict: &Verdict) -> u8 {
    match verdict.status {
        Status::Passed => 0,
        Status::Skipped | Status::Error => CANNOT,
        _ => FAILED,
    }
}
