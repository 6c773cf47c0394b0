//! Lessons for tests: the one of four steps, which lies in a folder of its own, and others written for one test.

use super::boxlab::Boxlab;
use serde_json::Value;
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

/// A step for `made`, from `ACTOR: OPERATION`, or from an operation in braces of `runtime`. It looks at facts that may
/// depend on the actor. An errno and `!` before it: it must fail so.
pub fn step(operation: &str, look: impl Fn(&str) -> String) -> String {
    let (fails, operation) = match operation.split_once('!') {
        Some((errno, rest)) if errno.starts_with('E') => (format!("  fails: {errno}\n"), rest),
        _ => (String::new(), operation),
    };
    let (actor, operation) = match operation.starts_with('{') {
        true => ("runtime", operation),
        false => operation.split_once(": ").expect("an actor"),
    };
    let look = look(actor);
    format!("- as: {actor}\n  say: Do it.\n  do: {operation}\n{fails}  look: [{look}]\n  why: It is tried.\n")
}

/// Makes a lesson of these steps and of `more` in the home of this program, which has no arguments yet, and runs it. Gives
/// the record, whose claims all hold. None where no lab can be made that has `parts`, which is then a skip.
pub fn recorded(mut boxlab: Boxlab, more: &str, steps: &str, parts: &str) -> Option<Value> {
    let folder = made(boxlab.home.path(), more, steps);
    boxlab.command.arg("--lessons").arg(folder).args(["run", "made", "--auto", "--format", "json"]);
    let ran = boxlab.run();
    if ran.status == Some(3) {
        super::skip(&format!("no lab with {parts} here: {}{}", ran.stdout, ran.stderr));
        return None;
    }
    let record: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    for step in record["steps"].as_array().expect("steps") {
        for claim in step["evidence"]["claims"].as_array().expect("claims") {
            assert_eq!(claim["holds"], true, "step {}: {:#}", step["number"], step["evidence"]);
        }
    }
    Some(record)
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
