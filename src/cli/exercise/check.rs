//! `boxlab exercise check`: what the kernel says of the learner's program.

use super::find;
use crate::practice::attempt;
use crate::practice::check::check;
use crate::practice::load::Exercises;
use crate::practice::tell;
use crate::practice::verdict::Status;
use crate::problem::{CANNOT, FAILED, Problem, WRONG, print};
use crate::stepper::terminal;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

#[derive(Args)]
#[command(after_help = "Exit status: 0 passed, 1 failed, 3 skipped, or the machine could not do it.")]
pub struct Check {
    /// The folder with your program; this one, or the one above that has a boxlab.yaml, if left out
    folder: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

impl Check {
    pub fn run(&self, exercises: &Exercises) -> Result<u8, Problem> {
        let folder = place(self.folder.as_deref())?;
        let attempt = attempt::read(&folder)
            .map_err(|why| Problem::new(WRONG, format!("{} cannot be checked.", folder.display())).because(why))?;
        let it = find(exercises, &attempt.exercise)?;
        let verdict = check(it, &attempt, &folder, exercises.languages.get(&attempt.language));
        match self.format {
            Format::Human => print(&tell::text(&it.exercise.title, &verdict, terminal::width()))?,
            Format::Json => print(&format!("{}\n", serde_json::to_string_pretty(&verdict).unwrap_or_default()))?,
        }
        Ok(match verdict.status {
            Status::Passed => 0,
            Status::Skipped | Status::Error => CANNOT,
            _ => FAILED,
        })
    }
}

/// The folder of an attempt, as an absolute path.
pub fn place(named: Option<&std::path::Path>) -> Result<PathBuf, Problem> {
    let none = |what: String| {
        Problem::new(WRONG, what)
            .because("It is the folder that `boxlab exercise start` has made.")
            .next("boxlab exercise start NAME, then cd NAME")
    };
    let here = || std::env::current_dir().and_then(|path| path.canonicalize());
    let folder = match named {
        Some(folder) => folder.canonicalize(),
        None => here(),
    };
    let folder = folder.map_err(|error| none(format!("The folder cannot be found: {error}.")))?;
    attempt::find(&folder).ok_or_else(|| none(format!("There is no boxlab.yaml in {}.", folder.display())))
}
