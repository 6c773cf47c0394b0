//! Which attempt a command is about: a folder, an exercise by its name, or where one is.

use super::find;
use crate::practice::attempt::{self, Attempt};
use crate::practice::load::{Exercises, Numbered};
use crate::problem::{Problem, WRONG};
use crate::state::exercises as kept;
use std::path::{Path, PathBuf};

/// An attempt, and the exercise that it is for.
pub struct Place<'a> {
    pub it: &'a Numbered,
    pub attempt: Attempt,
    pub folder: PathBuf,
}

/// The attempt in a folder, or the one that was started last of the exercise that is named; without a name the one here,
/// or in a folder above.
pub fn place<'a>(exercises: &'a Exercises, named: Option<&str>) -> Result<Place<'a>, Problem> {
    let folder = folder(exercises, named)?;
    let attempt = attempt::read(&folder)
        .map_err(|why| Problem::new(WRONG, format!("{} cannot be used.", folder.display())).because(why))?;
    let it = find(exercises, &attempt.exercise)?;
    Ok(Place { it, attempt, folder })
}

/// The exercise that a command is about, also where there is no attempt at it.
pub fn exercise<'a>(exercises: &'a Exercises, named: Option<&str>) -> Result<&'a Numbered, Problem> {
    match named {
        Some(name) if !name.contains('/') && !Path::new(name).is_dir() => find(exercises, name),
        _ => place(exercises, named).map(|place| place.it),
    }
}

fn folder(exercises: &Exercises, named: Option<&str>) -> Result<PathBuf, Problem> {
    let none = |what: String| {
        Problem::new(WRONG, what)
            .because("An attempt is the folder that `boxlab exercise start` has made.")
            .next("boxlab exercise start NAME, then cd NAME")
    };
    let here = match named {
        Some(name) if attempt::find(Path::new(name)).is_none() && !name.contains('/') => {
            let it = find(exercises, name)?;
            let folder = kept::load().0.of(&it.exercise.id).folder;
            let folder = folder.filter(|folder| folder.join(attempt::FILE).is_file());
            return folder
                .ok_or_else(|| none(format!("The exercise `{name}` was not started, or its folder is gone.")));
        }
        Some(name) => Path::new(name).canonicalize(),
        None => std::env::current_dir(),
    };
    let here = here.map_err(|error| none(format!("The folder cannot be found: {error}.")))?;
    attempt::find(&here).ok_or_else(|| none(format!("There is no boxlab.yaml in {}.", here.display())))
}
