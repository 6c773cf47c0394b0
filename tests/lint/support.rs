//! Copies of the good lessons, with an edit that breaks one of them.

use boxlab::lesson::diagnostic::Diagnostic;
use boxlab::lesson::lint::lint;
use boxlab::lesson::shelf::Shelf;
use std::path::Path;

pub const GOOD: &str = include_str!("../fixtures/lessons/02-hostname/lesson.yaml");
pub const NEXT: &str = include_str!("../fixtures/lessons/03-pids/lesson.yaml");

/// A folder of lessons that goes away with the test.
pub struct Folder {
    pub dir: tempfile::TempDir,
}

impl Folder {
    /// Both good lessons.
    pub fn good() -> Folder {
        let folder = Folder { dir: tempfile::tempdir().expect("a temporary folder") };
        folder.put("02-hostname", GOOD).put("03-pids", NEXT);
        folder
    }

    pub fn put(&self, lesson: &str, text: impl AsRef<[u8]>) -> &Folder {
        let at = self.path().join(lesson);
        std::fs::create_dir_all(&at).expect("a lesson's folder");
        std::fs::write(at.join("lesson.yaml"), text).expect("a lesson's file");
        self
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn shelf(&self) -> Shelf {
        Shelf::from_dir(self.path()).expect("a folder of lessons")
    }

    pub fn lint(&self) -> Vec<Diagnostic> {
        lint(&self.shelf())
    }
}

/// The good lesson with `old`, which it has once, replaced.
pub fn edited(good: &str, old: &str, new: &str) -> String {
    assert_eq!(good.matches(old).count(), 1, "the good lesson has this once: {old}");
    good.replacen(old, new, 1)
}

/// Takes the marks «…» out of a text: what stands between them, and its line and column.
pub fn unmarked(text: &str) -> (String, Option<(usize, usize, String)>) {
    let plain = text.replace(['«', '»'], "");
    let Some((before, rest)) = text.split_once('«') else { return (plain, None) };
    let marked = rest.split('»').next().unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (plain, Some((line, column, marked.to_owned())))
}
