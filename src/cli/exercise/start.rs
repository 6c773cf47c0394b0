//! `boxlab exercise start NAME`: the starter, unpacked.

use super::find;
use crate::practice::attempt::{self, Over};
use crate::practice::languages::{self, ANY};
use crate::practice::load::{Exercises, Numbered};
use crate::problem::{CANNOT, Problem, WRONG, complain, print};
use crate::state::exercises as kept;
use clap::Args;
use colored::Colorize;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  boxlab exercise start hostname                 in Rust where cargo is there, else in shell\n  \
                        boxlab exercise start hostname --lang any my   a folder `my` for a language of your own"
)]
pub struct Start {
    /// The exercise: its name or number
    name: String,
    /// rust, shell, or any for a language of your own
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,
    /// The folder; named like the exercise if left out
    folder: Option<PathBuf>,
}

impl Start {
    pub fn run(&self, exercises: &Exercises) -> Result<u8, Problem> {
        let it = find(exercises, &self.name)?;
        let folder = self.folder.clone().unwrap_or_else(|| PathBuf::from(&it.exercise.id));
        unpack(exercises, it, self.lang.as_ref(), &folder)?;
        print(&format!(
            "{}\n\n   cd {}\n   cat README.md               the task\n   boxlab exercise check       try it\n   \
             boxlab exercise watch       try it whenever you save\n   boxlab exercise hint        a hint, three times\n",
            it.exercise.goal,
            folder.display()
        ))
        .map(|()| 0)
    }
}

/// Unpacks a starter into a folder that is not there yet.
pub fn unpack(exercises: &Exercises, it: &Numbered, wished: Option<&String>, folder: &Path) -> Result<(), Problem> {
    let language = language(exercises, it, wished)?;
    let shown = folder.display();
    if std::fs::read_dir(folder).is_ok_and(|mut list| list.next().is_some()) || folder.is_file() {
        return Err(Problem::new(WRONG, format!("{shown} is there already, and is not overwritten."))
            .next(format!("boxlab exercise start {} OTHER-FOLDER", it.exercise.id)));
    }
    attempt::write_new(folder, &attempt::files(exercises, it, &language, &Over::Start)).map_err(|error| {
        Problem::new(CANNOT, format!("{shown} could not be written."))
            .because(format!("{error}. Nothing was left of it."))
            .next(format!("free some space, or another place: boxlab exercise start {} FOLDER", it.exercise.id))
    })?;
    let absolute = folder.canonicalize().ok();
    let said = kept::change(&it.exercise.id, |kept| {
        kept.folder = absolute;
        kept.language = Some(language.clone());
        kept.started = kept.started.or_else(|| Some(kept::now()));
    });
    if let Some(said) = said {
        complain(&said.yellow());
    }
    Ok(())
}

/// The language that is wished for; else one that can be used here.
fn language(exercises: &Exercises, it: &Numbered, wished: Option<&String>) -> Result<String, Problem> {
    let has = exercises.shelf.names(&format!("{}/start", it.folder));
    let usable = |name: &str| {
        let known = exercises.languages.get(name);
        has.iter().any(|own| own == name) && known.is_some_and(|it| languages::lacks(name, it).is_none())
    };
    match wished {
        Some(language) if language == ANY || has.contains(language) => Ok(language.clone()),
        Some(language) => Err(Problem::new(WRONG, format!("There is no starter in `{language}`."))
            .because(format!("There are starters in {}.", has.join(", ")))
            .next(format!("boxlab exercise start {} --lang any, and write boxlab.yaml yourself", it.exercise.id))),
        None => Ok(["rust", "shell"].into_iter().find(|name| usable(name)).unwrap_or(ANY).to_owned()),
    }
}
