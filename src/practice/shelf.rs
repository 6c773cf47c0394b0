//! The folder of exercises: the one in the program, or one on disk. An exercise's folder is called `NN-slug` and holds
//! `exercise.yaml`, `task.md`, and files by language: `start/LANGUAGE`, `solution/LANGUAGE`, `wrong/NAME/LANGUAGE`. What
//! all exercises of a language share lies in `languages/LANGUAGE`, and its commands in `languages.yaml`.

use include_dir::{Dir, include_dir};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/exercises");

/// Files by their path below a folder.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A folder larger than this is none of exercises.
const MOST: u64 = 32 * 1024 * 1024;

/// All files of all exercises.
#[derive(Clone, Debug)]
pub struct Shelf {
    files: Files,
    /// What its files are called in messages.
    shown: String,
}

impl Shelf {
    pub fn embedded() -> Shelf {
        let mut files = Files::new();
        gather(&EMBEDDED, &mut files);
        Shelf { files, shown: "exercises".to_owned() }
    }

    /// Errors: as of the calls; a folder that is too large.
    pub fn from_dir(folder: &Path) -> std::io::Result<Shelf> {
        Ok(Shelf { files: files(folder, MOST)?, shown: folder.display().to_string() })
    }

    /// `02-hostname`, in order.
    pub fn folders(&self) -> Vec<String> {
        let first = |path: &PathBuf| Some(path.components().next()?.as_os_str().to_str()?.to_owned());
        let file = |path: &&PathBuf| path.file_name().is_some_and(|name| name == "exercise.yaml");
        let mut found: Vec<String> = self.files.keys().filter(file).filter_map(first).collect();
        found.dedup();
        found
    }

    /// One file.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.get(Path::new(path)).map(Vec::as_slice)
    }

    /// How a file is called in messages.
    pub fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.shown)
    }

    /// All files below a path, by the rest of theirs.
    pub fn below(&self, path: &str) -> Files {
        let rest = |(at, bytes): (&PathBuf, &Vec<u8>)| Some((at.strip_prefix(path).ok()?.to_owned(), bytes.clone()));
        self.files.iter().filter_map(rest).filter(|(at, _)| !at.as_os_str().is_empty()).collect()
    }

    /// The names of the folders in a folder.
    pub fn names(&self, path: &str) -> Vec<String> {
        let name = |at: &PathBuf| {
            let mut parts = at.components();
            let first = parts.next()?.as_os_str().to_str()?.to_owned();
            parts.next().map(|_| first)
        };
        let mut names: Vec<String> = self.below(path).keys().filter_map(name).collect();
        names.dedup();
        names
    }
}

fn gather(folder: &Dir<'_>, into: &mut Files) {
    for file in folder.files() {
        into.insert(file.path().to_owned(), file.contents().to_vec());
    }
    folder.dirs().for_each(|folder| gather(folder, into));
}

/// All regular files below a folder, by their path below it. What was built is left out.
/// Errors: as of the calls; more than so many bytes.
pub fn files(folder: &Path, most: u64) -> std::io::Result<Files> {
    fn gather(folder: &Path, at: &Path, left: &mut u64, into: &mut Files) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder.join(at))? {
            let entry = entry?;
            let path = at.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() && entry.file_name() != "target" && entry.file_name() != ".git" {
                gather(folder, &path, left, into)?;
            } else if kind.is_file() {
                let size = entry.metadata()?.len();
                *left = left.checked_sub(size).ok_or_else(|| std::io::Error::other("it holds too much"))?;
                into.insert(path, std::fs::read(entry.path())?);
            }
        }
        Ok(())
    }
    let (mut found, mut left) = (Files::new(), most);
    gather(folder, Path::new(""), &mut left, &mut found)?;
    Ok(found)
}
