//! `boxlab exercise …`: build it yourself, checked against the kernel.

mod check;
mod hint;
mod list;
mod place;
mod reset;
mod solution;
mod start;
mod verify;
mod watch;

use crate::lesson::diagnostic::{Form, render};
use crate::practice::attempt::{self, Over};
use crate::practice::build::build;
use crate::practice::load::{self, Exercises, Numbered};
use crate::practice::shelf::Shelf;
use crate::problem::{Problem, WRONG};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(after_help = "Examples:\n  boxlab exercise                                 all exercises\n  \
                  boxlab exercise start hostname --lang shell     a folder to begin with\n  \
                  cd hostname && boxlab exercise check            what the kernel says of it")]
pub struct Exercise {
    /// Exercises from this folder instead of those that are built in
    #[arg(long, global = true, value_name = "DIR", display_order = 901)]
    exercises: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Unpack the starter of an exercise into a folder
    Start(start::Start),
    /// Build and run your program, and compare what the kernel says of it with what is asked
    Check(check::Check),
    /// Check whenever you save
    Watch(watch::Watch),
    /// The next of three hints
    Hint(hint::Hint),
    /// A solution, once yours has passed
    Solution(solution::Solution),
    /// Yours beside the solution, once it has passed
    Diff(solution::Diff),
    /// Begin anew; the old attempt is kept beside
    Reset(reset::Reset),
    /// For authors: starters fail, solutions pass, wrong solutions fail for the right reason
    Verify(verify::Verify),
}

impl Exercise {
    pub fn run(&self) -> Result<u8, Problem> {
        let exercises = read_exercises(self.exercises.as_deref())?;
        match &self.command {
            None => list::run(&exercises),
            Some(Command::Start(start)) => start.run(&exercises),
            Some(Command::Check(check)) => check.run(&exercises),
            Some(Command::Watch(watch)) => watch.run(&exercises),
            Some(Command::Hint(hint)) => hint.run(&exercises),
            Some(Command::Solution(solution)) => solution.run(&exercises),
            Some(Command::Diff(diff)) => diff.run(&exercises),
            Some(Command::Reset(reset)) => reset.run(&exercises),
            Some(Command::Verify(verify)) => verify.run(&exercises),
        }
    }
}

/// All exercises of a folder, or those that are built in.
pub fn read_exercises(folder: Option<&Path>) -> Result<Exercises, Problem> {
    let shelf = match folder {
        None => Shelf::embedded(),
        Some(folder) => Shelf::from_dir(folder).map_err(|error| {
            Problem::new(WRONG, format!("{} cannot be read.", folder.display()))
                .because(error.to_string())
                .next("boxlab exercise --exercises FOLDER, with the folder that has languages.yaml in it")
        })?,
    };
    load::read(shelf).map_err(|mistakes| {
        Problem::new(WRONG, format!("{} in exercises:", count(mistakes.len(), "mistake")))
            .because(render(&mistakes, Form::Line))
            .next("mend the file, then boxlab exercise verify")
    })
}

/// Builds what all Rust starters have in common, so that others need not. It is no matter if that fails.
pub fn warm(exercises: &Exercises) {
    let Some(it) = exercises.all.first() else { return };
    let Ok(place) = tempfile::tempdir() else { return };
    let files = attempt::files(exercises, it, "rust", &Over::Solution);
    let Some(language) = exercises.languages.get("rust") else { return };
    if attempt::write(place.path(), &files).is_ok() {
        build(place.path(), &language.build, &language.run).ok();
    }
}

/// One exercise, by its name or number.
pub(super) fn find<'a>(exercises: &'a Exercises, name: &str) -> Result<&'a Numbered, Problem> {
    let found = exercises.all.iter().find(|it| {
        it.exercise.id == name || it.folder == name || name.parse().is_ok_and(|number: u8| number == it.number)
    });
    found.ok_or_else(|| {
        Problem::new(WRONG, format!("There is no exercise `{name}`.")).next("boxlab exercise, which lists them")
    })
}

fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
