//! The chapters that are part of the program, so that an installed Boxlab makes the book anywhere; and which lessons a book
//! is about.

use crate::lesson::shelf::Shelf;
use crate::problem::{Problem, WRONG};
use include_dir::{Dir, include_dir};
use mdbook_driver::config::Config;
use std::path::{Path, PathBuf};

static CHAPTERS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/book/src");
static THEME: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/book/theme");
const CONFIG: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/book/book.toml"));

/// Writes the chapters, the theme and the settings into an empty folder.
pub fn write(root: &Path) -> std::io::Result<()> {
    std::fs::write(root.join("book.toml"), CONFIG)?;
    for (name, dir) in [("src", &CHAPTERS), ("theme", &THEME)] {
        std::fs::create_dir(root.join(name))?;
        dir.extract(root.join(name))?;
    }
    Ok(())
}

/// The settings of a book on disk.
pub fn config(root: &Path) -> Result<Config, Problem> {
    let file = root.join("book.toml");
    Config::from_disk(&file).map_err(|error| {
        Problem::new(WRONG, format!("{} cannot be read.", file.display()))
            .because(format!("{error:#}"))
            .next("give the folder of a book, the one that has book.toml")
    })
}

/// The folder of exercises that a book names in its settings, beside it on disk; none where it is not there.
pub fn exercises(config: &Config, root: &Path) -> Option<PathBuf> {
    beside(config, root, "preprocessor.boxlab.exercises")
}

fn beside(config: &Config, root: &Path, setting: &str) -> Option<PathBuf> {
    let named = config.get::<String>(setting).ok().flatten();
    named.and_then(|named| root.join(named).canonicalize().ok())
}

/// The lessons that a book names in its settings, beside it on disk; the built-in ones where it names none, or they
/// are not there.
pub fn shelf(config: &Config, root: &Path) -> Result<Shelf, Problem> {
    match beside(config, root, "preprocessor.boxlab.lessons") {
        Some(folder) => Shelf::from_dir(&folder).map_err(|mistake| Problem::new(WRONG, mistake.to_string())),
        None => Ok(Shelf::embedded()),
    }
}
