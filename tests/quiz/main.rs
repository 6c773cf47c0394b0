//! `boxlab quiz`: the questions of finished lessons again, when they are due. The lesson is the one of four steps among
//! the fixtures, which has one question; what is kept of earlier sittings is written as a file, so that nobody waits.

#[path = "../support/mod.rs"]
mod support;

mod kept;
mod lines;
mod terminal;

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use support::boxlab::{Boxlab, Who};
use support::lesson::STEPPING;

const DAY: i64 = 24 * 60 * 60;

/// The question of the fixture's first step, by which it is kept.
const ASK: &str = "Which name does the caller have right after the call?";

/// A learner who has finished the lesson.
struct Learner {
    who: Who,
    home: tempfile::TempDir,
}

impl Learner {
    fn new(who: Who) -> Learner {
        let learner = Learner::beginner(who);
        learner.write("progress.json", &json!({ "lessons": { "steps": { "step": 0, "finished": 1 } } }).to_string());
        learner
    }

    fn beginner(who: Who) -> Learner {
        let home = tempfile::tempdir().expect("a folder");
        if who == Who::Nobody {
            std::os::unix::fs::chown(home.path(), Some(65534), Some(65534)).expect("root may give a folder away");
        }
        Learner { who, home }
    }

    fn state(&self) -> PathBuf {
        self.home.path().join(".local/state/boxlab")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.state()).expect("a folder");
        std::fs::write(self.state().join(name), text).expect("a file");
        if self.who == Who::Nobody {
            let mut path = self.state().join(name);
            while path != self.home.path() {
                std::os::unix::fs::chown(&path, Some(65534), Some(65534)).expect("root may give a file away");
                path.pop();
            }
        }
    }

    /// The question was asked before, and is due in so many seconds; it is in this box.
    fn asked(&self, place: u32, due_in: i64) {
        let kept = json!({ "box": place, "due": now() + due_in, "asked": 1, "right": 1 });
        self.write("quiz.json", &json!({ "version": 1, "lessons": { "steps": { ASK: kept } } }).to_string());
    }

    /// What is kept of the question; null if nothing is.
    fn kept(&self) -> Value {
        let text = std::fs::read(self.state().join("quiz.json")).unwrap_or_default();
        serde_json::from_slice::<Value>(&text).unwrap_or_default()["lessons"]["steps"][ASK].clone()
    }

    fn types(&self, words: &[&str]) -> Boxlab {
        Boxlab::by(self.who, [&["--lessons", STEPPING], words].concat()).at_home_of(self.home.path())
    }

    fn home(&self) -> &Path {
        self.home.path()
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs().cast_signed()
}

/// Due in so many days, as the program counts them: up to four hours early, and some seconds ago.
#[track_caller]
fn assert_waits(kept: &Value, days: i64) {
    let wait = kept["due"].as_i64().expect("a time") - now();
    assert!((days * DAY - 5 * 3600..=days * DAY - 3 * 3600).contains(&wait), "not {days} days: {wait} s of {kept}");
}
