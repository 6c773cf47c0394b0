//! `boxlab exercise verify`: the authors' contract.

use super::{count, find};
use crate::cli::scope::enter_if_needed;
use crate::practice::load::Exercises;
use crate::practice::verdict::Status;
use crate::practice::verify::{self, Tried};
use crate::problem::{CANNOT, FAILED, Problem, print};
use clap::Args;
use colored::Colorize;

#[derive(Args)]
#[command(
    after_help = "Example:\n  boxlab exercise --exercises exercises verify hostname --why\n\nEach exercise in each language: the starter fails the check that it is to fail, the solution passes \
                  twice from fresh, each wrong solution fails its named check.\n\n\
                  Exit status: 0 if all is so, 1 if not, 3 if nothing could be tried here."
)]
pub struct Verify {
    /// Exercises, by name or number; all of them if none is named
    #[arg(value_name = "EXERCISE")]
    chosen: Vec<String>,
    /// Only this language
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,
    /// Say also why what was to fail has failed
    #[arg(long)]
    why: bool,
    /// A language that cannot be tried here is a failure
    #[arg(long)]
    no_skip: bool,
}

impl Verify {
    pub fn run(&self, exercises: &Exercises) -> Result<u8, Problem> {
        let chosen: Vec<_> = match self.chosen.as_slice() {
            [] => exercises.all.iter().collect(),
            names => names.iter().map(|name| find(exercises, name)).collect::<Result<_, _>>()?,
        };
        enter_if_needed(chosen.iter().flat_map(|it| &it.exercise.needs));
        let place = tempfile::tempdir()
            .map_err(|error| Problem::new(CANNOT, "There is no place for the attempts.").because(error.to_string()))?;
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        let mut printed = Ok(());
        for it in chosen {
            for language in exercises.shelf.names(&format!("{}/solution", it.folder)) {
                if self.lang.as_ref().is_some_and(|only| *only != language) {
                    continue;
                }
                let folder = place.path().join(&it.exercise.id);
                let mut each = |tried: Tried| {
                    let (counter, word) = match tried.status {
                        Status::Passed => (&mut passed, "passed ".green()),
                        Status::Skipped => (&mut skipped, "skipped".yellow()),
                        _ => (&mut failed, "failed ".red()),
                    };
                    *counter += 1;
                    let said = if tried.status != Status::Passed || self.why {
                        format!(": {}", tried.said)
                    } else {
                        String::new()
                    };
                    if printed.is_ok() {
                        printed = print(&format!("{word}  {}{said}\n", tried.what));
                    }
                };
                verify::language(exercises, it, &language, &folder, &mut each);
            }
        }
        printed?;
        print(&format!(
            "{passed} passed, {failed} failed, {skipped} skipped ({})\n",
            count(exercises.all.len(), "exercise")
        ))?;
        Ok(match (passed, failed, skipped) {
            (_, 1.., _) => FAILED,
            (_, _, 1..) if self.no_skip => FAILED,
            (0, 0, _) => CANNOT,
            _ => 0,
        })
    }
}
