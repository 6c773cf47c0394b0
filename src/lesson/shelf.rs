//! The folder of lessons: the one in the program, or one on disk. It lists them by number and finds one by name.
//! A lesson's folder is called `NN-slug`; its file is read when it is asked for, and by `load`, not here.

use super::about::{self, About};
use super::diagnostic::{Diagnostic, Source};
use super::file;
use super::words::{nearest, quoted};
use include_dir::{Dir, include_dir};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/lessons");

/// The file of a lesson within its folder.
const FILE: &str = "lesson.yaml";
/// What was recorded of it, beside it.
pub const RECORD: &str = "record.json";
/// What was recorded where the lab host has ids beside the learner's own, of a lesson that shows both.
pub const RECORD_SUBIDS: &str = "record.subids.json";
/// What was recorded in control groups of version 1; the usual record of such a lesson is of version 2.
pub const RECORD_V1: &str = "record.v1.json";

/// Which record of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    Usual,
    Subids,
    Groups1,
}

impl Kept {
    pub const ALL: [Kept; 3] = [Kept::Usual, Kept::Subids, Kept::Groups1];
}

/// The files, in the order of `Kept`.
const RECORDS: [&str; 3] = [RECORD, RECORD_SUBIDS, RECORD_V1];

/// What its steps have drawn in one run, likewise.
const DRAWINGS: [&str; 3] = ["drawings.json", "drawings.subids.json", "drawings.v1.json"];

/// A folder with more than this is no folder of lessons, whose numbers have two digits.
const MOST_FOLDERS: usize = 1000;

/// Lessons, by number.
#[derive(Clone, Debug)]
pub struct Shelf {
    lessons: Vec<Entry>,
    strays: Vec<Diagnostic>,
    about: Result<Option<About>, Vec<Diagnostic>>,
}

/// One lesson's place on the shelf.
#[derive(Clone, Debug)]
pub struct Entry {
    pub number: u8,
    /// The folder's name without the number: it is the lesson's id.
    pub slug: String,
    /// `02-hostname`
    pub folder: String,
    /// The file's name as messages show it.
    pub file: String,
    body: Body,
    /// What was recorded of it, if anything was.
    records: [Body; 3],
    /// The languages that its words are there in, and the file of each.
    languages: Vec<(String, Body)>,
    /// Other words for it, as they were chosen: the file as messages show it, and where it is.
    overlays: Vec<(String, Body)>,
    /// What it has drawn.
    drawings: [Body; 3],
}

#[derive(Clone, Debug)]
enum Body {
    Embedded(Option<&'static [u8]>),
    Disk { root: PathBuf, path: PathBuf },
}

/// No lesson of this name, or more than one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    #[error("There is no lesson {}{}.", quoted(.asked), .nearest.as_deref().map(|near| format!(": write `{near}`, if that is meant, or see `boxlab list`")).unwrap_or_else(|| "; `boxlab list` shows all".into()))]
    Unknown { asked: String, nearest: Option<String> },
    #[error("{} is the beginning of several lessons: write one of {}.", quoted(.asked), .which.join(", "))]
    Several { asked: String, which: Vec<String> },
}

impl Shelf {
    /// The lessons that this program was built with.
    pub fn embedded() -> Shelf {
        let mut shelf = Shelf { lessons: Vec::new(), strays: Vec::new(), about: Ok(None) };
        for dir in EMBEDDED.dirs() {
            let name = dir.path().to_string_lossy().into_owned();
            let shown = format!("lessons/{name}/{FILE}");
            let of = |file: &str| Body::Embedded(dir.get_file(dir.path().join(file)).map(include_dir::File::contents));
            let words = dir.files().filter_map(|file| {
                let name = file.path().file_name()?.to_string_lossy().into_owned();
                Some((language(&name)?.to_owned(), Body::Embedded(Some(file.contents()))))
            });
            shelf.put(name, shown, of, words.collect());
        }
        shelf.sorted()
    }

    /// The lessons of a folder on disk.
    pub fn from_dir(path: &Path) -> Result<Shelf, Diagnostic> {
        let shown = path.display().to_string();
        let wrong =
            |code, problem: String, expected: String| Diagnostic::of_file(shown.clone(), code, problem, expected);
        let real = path.canonicalize().map_err(|error| {
            wrong(
                "no-lessons-folder",
                format!("The lessons' folder cannot be read: {error}"),
                "a folder that exists".into(),
            )
        })?;
        if path.components().any(|part| part == Component::ParentDir) {
            let problem = "The lessons' folder is named with `..`, which means another place after a link".into();
            return Err(wrong("dots-in-path", problem, format!("the same folder by its own name: {}", real.display())));
        }
        let list = std::fs::read_dir(&real).map_err(|error| {
            wrong(
                "no-lessons-folder",
                format!("The lessons' folder cannot be read: {error}"),
                "a folder of lessons".into(),
            )
        })?;
        let about = about::read(&real, path);
        let mut shelf = Shelf { lessons: Vec::new(), strays: Vec::new(), about };
        for (count, entry) in list.enumerate() {
            let Ok(entry) = entry else { continue };
            if count >= MOST_FOLDERS {
                let problem = format!("There are more than {MOST_FOLDERS} names in this folder");
                shelf.strays.push(wrong("not-lessons", problem, "a folder with nothing but lessons".into()));
                break;
            }
            // A link counts as what it leads to; whether that is allowed is found out when it is read.
            if entry.path().is_dir() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let shown = path.join(entry.file_name()).join(FILE).display().to_string();
                let of = |file: &str| Body::Disk { root: real.clone(), path: entry.path().join(file) };
                let beside = std::fs::read_dir(entry.path()).into_iter().flatten().flatten();
                let words = beside.filter_map(|file| {
                    let name = file.file_name().to_string_lossy().into_owned();
                    Some((language(&name)?.to_owned(), of(&name)))
                });
                let words = words.collect();
                shelf.put(name, shown, of, words);
            }
        }
        Ok(shelf.sorted())
    }

    /// `of` has the files of its folder.
    fn put(&mut self, folder: String, file: String, of: impl Fn(&str) -> Body, mut languages: Vec<(String, Body)>) {
        languages.sort_by(|one, other| one.0.cmp(&other.0));
        match parts(&folder) {
            Some((number, slug)) => {
                let slug = slug.to_owned();
                let overlays = Vec::new();
                let (body, records, drawings) = (of(FILE), RECORDS.map(&of), DRAWINGS.map(&of));
                self.lessons.push(Entry { number, slug, folder, file, body, records, languages, overlays, drawings });
            }
            // Hidden folders belong to editors and the like.
            None if folder.starts_with('.') => {}
            None => {
                let problem = format!("The folder {} is not named as a lesson's", quoted(&folder));
                let expected = "two digits, a hyphen and the lesson's id in small letters: `02-hostname`".to_owned();
                self.strays.push(Diagnostic::of_file(file, "folder-name", problem, expected));
            }
        }
    }

    fn sorted(mut self) -> Shelf {
        self.lessons.sort_by(|a, b| (a.number, &a.slug).cmp(&(b.number, &b.slug)));
        self.strays.sort_by(|a, b| a.file.cmp(&b.file));
        self
    }

    /// What the folder says of itself as a course.
    pub fn about(&self) -> Result<Option<&About>, &[Diagnostic]> {
        self.about.as_ref().map(Option::as_ref).map_err(Vec::as_slice)
    }

    /// The languages that there are words in, of any lesson.
    pub fn languages(&self) -> BTreeSet<&str> {
        self.lessons.iter().flat_map(|entry| &entry.languages).map(|(language, _)| language.as_str()).collect()
    }

    /// Lessons in this language, as far as there are words in it; the others stay as they are.
    pub fn speak(&mut self, language: &str) {
        for entry in &mut self.lessons {
            let words = entry.languages.iter().find(|(it, _)| it == language).cloned();
            entry.overlays.extend(words.map(|(language, body)| (entry.words_file(&language), body)));
        }
    }

    /// Other words from a folder that has a folder of the same name for each lesson that it has words for.
    pub fn lay_over(&mut self, folder: &Path) -> Result<(), Vec<Diagnostic>> {
        let other = Shelf::from_dir(folder).map_err(|mistake| vec![mistake])?;
        let mut wrong = other.strays;
        for words in other.lessons {
            match self.lessons.iter_mut().find(|entry| entry.folder == words.folder) {
                Some(entry) => entry.overlays.push((words.file, words.body)),
                None => {
                    let problem = format!("There is no lesson {} to lay this over", quoted(&words.folder));
                    let names: Vec<&str> = self.lessons.iter().map(|entry| entry.folder.as_str()).collect();
                    let expected = super::words::instead(&words.folder, names);
                    wrong.push(Diagnostic::of_file(words.file, "no-such-lesson", problem, expected));
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    pub fn lessons(&self) -> &[Entry] {
        &self.lessons
    }

    /// What stands in the folder and is no lesson.
    pub fn strays(&self) -> &[Diagnostic] {
        &self.strays
    }

    /// A lesson by id, number, folder, or a beginning of these that only one lesson has.
    pub fn find(&self, asked: &str) -> Result<&Entry, NotFound> {
        let exact = |entry: &&Entry| entry.slug == asked || entry.folder == asked;
        if let Some(entry) = self.lessons.iter().find(exact) {
            return Ok(entry);
        }
        let by_number: Option<u8> =
            if asked.bytes().all(|byte| byte.is_ascii_digit()) { asked.parse().ok() } else { None };
        let fits = |entry: &&Entry| match by_number {
            Some(number) => entry.number == number,
            None => !asked.is_empty() && (entry.slug.starts_with(asked) || entry.folder.starts_with(asked)),
        };
        let mut fitting = self.lessons.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(entry), None) => Ok(entry),
            (Some(_), Some(_)) => {
                let which = self.lessons.iter().filter(fits).map(|entry| entry.folder.clone()).collect();
                Err(NotFound::Several { asked: asked.to_owned(), which })
            }
            (None, _) => {
                let near =
                    nearest(asked, self.lessons.iter().flat_map(|entry| [entry.slug.as_str(), entry.folder.as_str()]));
                Err(NotFound::Unknown { asked: asked.to_owned(), nearest: near.map(str::to_owned) })
            }
        }
    }
}

impl Entry {
    /// Whether it is a part of the program.
    pub fn is_built_in(&self) -> bool {
        matches!(self.body, Body::Embedded(_))
    }

    /// Where its words in a language stand, as messages show it.
    fn words_file(&self, language: &str) -> String {
        self.file.replace(FILE, &format!("lesson.{language}.yaml"))
    }

    /// Whether other words were chosen for it.
    pub fn has_overlay(&self) -> bool {
        !self.overlays.is_empty()
    }

    /// The other words that were chosen for it, in the order in which they are laid over each other.
    pub fn overlays(&self) -> impl Iterator<Item = Result<Arc<Source>, Diagnostic>> {
        self.overlays.iter().map(|(file, body)| source_of(body, file))
    }

    /// All words that lie beside it, whichever were chosen, and those that were chosen from elsewhere.
    pub fn all_words(&self) -> impl Iterator<Item = Result<Arc<Source>, Diagnostic>> {
        let beside = self.languages.iter().map(|(language, body)| (self.words_file(language), body));
        let names: Vec<String> = beside.clone().map(|(name, _)| name).collect();
        let chosen = self.overlays.iter().filter(move |(file, _)| !names.contains(file));
        beside.map(|(file, body)| source_of(body, &file)).chain(chosen.map(|(file, body)| source_of(body, file)))
    }

    /// The text of its file.
    pub fn source(&self) -> Result<Arc<Source>, Diagnostic> {
        match &self.body {
            Body::Embedded(Some(bytes)) => file::text(bytes.to_vec(), &self.file),
            Body::Embedded(None) => {
                let problem = "The folder has no lesson.yaml".into();
                Err(Diagnostic::of_file(
                    &self.file,
                    "no-lesson-file",
                    problem,
                    "a file of this name, or no such folder".into(),
                ))
            }
            Body::Disk { root, path } => file::read(root, path, &self.file),
        }
    }
}

impl Entry {
    /// What was recorded of the lesson, as it is stored; none where there is no record.
    pub fn record(&self, which: Kept) -> Result<Option<String>, Diagnostic> {
        self.beside(&self.records[which as usize])
    }

    /// What its steps have drawn, likewise.
    pub fn drawings(&self, which: Kept) -> Result<Option<String>, Diagnostic> {
        self.beside(&self.drawings[which as usize])
    }

    fn beside(&self, body: &Body) -> Result<Option<String>, Diagnostic> {
        match body {
            Body::Embedded(bytes) => Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())),
            Body::Disk { path, .. } if !path.exists() => Ok(None),
            Body::Disk { root, path } => file::read(root, path, &self.file).map(|source| Some(source.text.clone())),
        }
    }

    /// The record's file as messages show it.
    pub fn record_name(&self, which: Kept) -> String {
        self.file.replace(FILE, RECORDS[which as usize])
    }

    /// The same of what it has drawn.
    pub fn drawings_name(&self, which: Kept) -> String {
        self.file.replace(FILE, DRAWINGS[which as usize])
    }

    /// Where the record belongs; none in the built-in course.
    pub fn record_path(&self, which: Kept) -> Option<&Path> {
        self.records[which as usize].path()
    }

    /// The same of what it has drawn.
    pub fn drawings_path(&self, which: Kept) -> Option<&Path> {
        self.drawings[which as usize].path()
    }
}

impl Body {
    fn path(&self) -> Option<&Path> {
        match self {
            Body::Disk { path, .. } => Some(path),
            Body::Embedded(_) => None,
        }
    }
}

fn source_of(body: &Body, shown: &str) -> Result<Arc<Source>, Diagnostic> {
    match body {
        Body::Embedded(bytes) => file::text(bytes.unwrap_or_default().to_vec(), shown),
        Body::Disk { root, path } => file::read(root, path, shown),
    }
}

/// The language in the name of a file of words: `de` in `lesson.de.yaml`.
fn language(name: &str) -> Option<&str> {
    let language = name.strip_prefix("lesson.")?.strip_suffix(".yaml")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (!language.is_empty() && language.len() <= 12 && language.chars().all(plain)).then_some(language)
}

/// Number and slug of a folder's name.
fn parts(folder: &str) -> Option<(u8, &str)> {
    let (number, slug) = folder.split_once('-')?;
    let digits = number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (digits && !slug.is_empty() && slug.chars().all(plain)).then_some(())?;
    Some((number.parse().ok()?, slug))
}
