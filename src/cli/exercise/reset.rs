//! `boxlab exercise reset`: begin anew; the old attempt is kept beside.

use super::place::place;
use crate::practice::attempt::{self, Over};
use crate::practice::load::Exercises;
use crate::problem::{CANNOT, Problem, print};
use clap::Args;
use std::path::{Path, PathBuf};

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
        let failed = |error: std::io::Error| {
            Problem::new(CANNOT, format!("{} could not be begun anew.", place.folder.display()))
                .because(format!("{error}. What was moved already is in {}.", old.display()))
        };
        // The folder itself stays: somebody's shell is in it.
        std::fs::create_dir(&old).map_err(failed)?;
        for entry in std::fs::read_dir(&place.folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            std::fs::rename(entry.path(), old.join(entry.file_name())).map_err(failed)?;
        }
        let files = attempt::files(exercises, place.it, &place.attempt.language, &Over::Start);
        attempt::write(&place.folder, &files).map_err(failed)?;
        print(&format!("{} is as it was at the start. The old one is {}.\n", place.folder.display(), old.display()))
            .map(|()| 0)
    }
}

/// A name beside the folder that nothing has.
fn beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let numbered = |number: u32| folder.with_file_name(format!("{name}.old-{number}"));
    (1..).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| folder.to_owned())
}
