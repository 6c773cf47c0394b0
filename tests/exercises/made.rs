//! Attempts for tests: a folder with a script in it, for the exercise `hostname`, which is given little time.

use crate::support::boxlab::{Boxlab, Ran, Who};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A right solution.
pub const RIGHT: &str = "exec unshare --uts sh -c 'hostname box; exec \"$@\"' sh \"$@\"\n";

/// A copy of the built-in exercises in which each may take so many seconds, unless it says itself how many.
pub fn exercises(home: &Path, seconds: u32) -> PathBuf {
    let folder = home.join("exercises");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("exercises"), &folder);
    for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
        let path = entry.path().join("exercise.yaml");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if !text.is_empty() && !text.contains("\nseconds:") {
            std::fs::write(&path, text.replace("\ngoal:", &format!("\nseconds: {seconds}\ngoal:"))).expect("a file");
        }
    }
    folder
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("a file");
        }
    }
}

/// Writes an attempt whose program is a script for an interpreter, and gives its folder.
pub fn attempt(home: &Path, interpreter: &str, script: &str) -> PathBuf {
    let folder = home.join("attempt");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("main"), script).expect("a file");
    let text = format!("exercise: hostname\nrun: [{interpreter}, main]\n");
    std::fs::write(folder.join("boxlab.yaml"), text).expect("a file");
    folder
}

/// The verdict on a script, and the exit status. The learner's folder is the same afterwards, and nothing is left.
pub fn judged(who: Who, interpreter: &str, script: &str, seconds: u32) -> (Value, Ran) {
    judged_by(who, interpreter, script, seconds, "")
}

/// The same by an exercise that has these lines too.
pub fn judged_by(who: Who, interpreter: &str, script: &str, seconds: u32, more: &str) -> (Value, Ran) {
    let boxlab = Boxlab::by(who, [] as [&str; 0]);
    let (exercises, folder) =
        (exercises(boxlab.home.path(), seconds), attempt(boxlab.home.path(), interpreter, script));
    let file = exercises.join("02-hostname/exercise.yaml");
    let text = std::fs::read_to_string(&file).expect("the exercise");
    std::fs::write(&file, text + more).expect("the exercise");
    let mut boxlab = boxlab;
    boxlab
        .command
        .arg("exercise")
        .arg("--exercises")
        .arg(exercises)
        .arg("check")
        .arg(&folder)
        .args(["--format", "json"]);
    // The folder goes with its home at the end of the run.
    let kept = std::fs::read(folder.join("main")).expect("the script");
    let ran = boxlab.run_and(|| {
        assert_eq!(std::fs::read(folder.join("main")).expect("the script is still there"), kept);
    });
    let verdict = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("no verdict: {ran:?}"));
    (verdict, ran)
}

/// The name of the check that failed, and what was found.
pub fn failed(verdict: &Value) -> (String, String) {
    let checks = verdict["checks"].as_array().expect("a list");
    let failed: Vec<&Value> = checks.iter().filter(|check| check["status"] == "failed").collect();
    assert_eq!(failed.len(), 1, "one check fails: {verdict:#}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    assert!(!text(&failed[0]["failure"]["means"]).is_empty(), "it is said what that means: {verdict:#}");
    (text(&failed[0]["name"]), text(&failed[0]["failure"]["found"]))
}
