//! `boxlab exercise reset`: begin anew; the old attempt is kept beside.

use super::place::place;
use crate::practice::attempt::{self, Over};
use crate::practice::load::Exercises;
use crate::problem::{CANNOT, Problem, print};
use clap::Args;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[derive(Args)]
#[command(after_help = "Example:\n  boxlab exercise reset    what was in hostname is in hostname.old-1 then")]
pub struct Reset {
    /// The exercise, or its folder; the one here if left out
    name: Option<String>,
}

impl Reset {
    pub fn run(&self, exercises: &Exercises) -> Result<u8, Problem> {
        let place = place(exercises, self.name.as_deref())?;
        let old = beside(&place.folder);
        let files = attempt::files(exercises, place.it, &place.attempt.language, &Over::Start);
        // All of it beside the old one first: a full disk changes nothing.
        let begun = a_new_one(&place.folder).and_then(|new| {
            attempt::write(new.path(), &files)?;
            std::fs::create_dir(&old)?;
            Ok(new)
        });
        let failed = |error: std::io::Error, what: String| {
            Problem::new(CANNOT, format!("{} could not be begun anew.", place.folder.display()))
                .because(format!("{error}. {what}"))
                .next("free some space, then boxlab exercise reset again")
        };
        let new = begun.map_err(|error| failed(error, "Nothing in it was changed.".to_owned()))?;
        // The folder itself stays: somebody's shell is in it.
        let moved = empty_into(&place.folder, &old).and_then(|()| empty_into(new.path(), &place.folder));
        moved.map_err(|error| failed(error, format!("What was moved already is in {}.", old.display())))?;
        print(&format!("{} is as it was at the start. The old one is {}.\n", place.folder.display(), old.display()))
            .map(|()| 0)
    }
}

/// A folder beside this one, which goes when it is dropped.
fn a_new_one(folder: &Path) -> std::io::Result<TempDir> {
    tempfile::Builder::new().prefix(".new-").tempdir_in(folder.parent().unwrap_or(Path::new(".")))
}

fn empty_into(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::rename(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// A name beside the folder that nothing has.
fn beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let numbered = |number: u32| folder.with_file_name(format!("{name}.old-{number}"));
    (1..).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| folder.to_owned())
}
