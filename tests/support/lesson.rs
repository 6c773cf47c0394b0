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

const HEAD: &str = "id: bare\ntitle: Bare\npart: process\nminutes: 1\nmisconception: None.\nintro: A bare lab.\nneeds: \
                    [namespaces]\nsteps:\n";

/// What a lesson of these steps says; none where no lab can be made, which is then a skip.
pub fn said(steps: &[(&str, &str, &str)]) -> Option<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lesson = folder.path().join("01-bare");
    std::fs::create_dir(&lesson).expect("a folder for the lesson");
    let mut text = HEAD.to_owned();
    for (actor, operation, more) in steps {
        text += &format!("  - as: {actor}\n    say: Do it.\n    do: {operation}\n    why: So.\n");
        if !more.is_empty() {
            text += &format!("    {more}\n");
        }
    }
    text += "summary: None.\ndocker: [docker run]\n";
    std::fs::write(lesson.join("lesson.yaml"), text).expect("the lesson is written");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_boxlab"));
    command.arg("--lessons").arg(folder.path()).args(["run", "bare", "--auto"]).stdin(std::process::Stdio::null());
    command.env("XDG_STATE_HOME", folder.path().join("state")).env("HOME", folder.path()).env("COLUMNS", "200");
    let output = command.output().expect("boxlab starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(3) {
        super::skip(&format!("no lab here: {said}"));
        return None;
    }
    assert!(output.status.success(), "{said}");
    Some(said)
}
