//! Lessons for tests: the one of four steps, which lies in a folder of its own, and others written for one test.

use std::path::{Path, PathBuf};

/// The folder of the lesson `steps`: a question, a step, one that fails, one that goes deeper.
pub const STEPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/lessons-stepping");

/// Writes a lesson `made` with these steps (YAML, not indented) into a folder below `home`, which is given.
/// Other users may read it.
pub fn made(home: &Path, more: &str, steps: &str) -> PathBuf {
    let folder = home.join("lessons");
    std::fs::create_dir_all(folder.join("01-made")).expect("a folder");
    let steps: String = steps.lines().map(|line| format!("  {line}\n")).collect();
    let text = format!(
        "id: made\ntitle: Made for a test\npart: view\nminutes: 1\nmisconception: None.\nintro: A test.\n{more}\
         steps:\n{steps}summary: None.\ndocker: [none]\n"
    );
    std::fs::write(folder.join("01-made/lesson.yaml"), text).expect("a file");
    folder
}
