//! What is kept of the quiz: damage and later versions are kept aside, two terminals lose nothing of each other, and a
//! file that cannot be written stops nobody.

use super::Learner;
use crate::support::boxlab::{Boxlab, Who, everyone};
use std::io::Write;
use std::process::Stdio;

#[test]
fn a_file_that_cannot_be_read_is_kept_aside_and_never_overwritten() {
    for who in everyone() {
        let learner = Learner::new(who);
        let damaged: [(&[u8], &str); 4] = [
            (b"{\"version\": 9, \"lessons\": 3}", "newer"),
            (b"{\"version\": 1, \"lessons\": 3}", "broken"),
            (b"{\"version\": 1, \"lessons\": {\"ste", "broken2"),
            (b"\xff\x00", "broken3"),
        ];
        for (bytes, word) in damaged {
            learner.write("quiz.json", "");
            std::fs::write(learner.state().join("quiz.json"), bytes).expect("a file");
            let ran = learner.types(&["quiz", "--format", "json"]).expect(0);
            assert!(
                ran.stderr.contains("is kept aside") && ran.stderr.contains("the quiz starts anew"),
                "{}",
                ran.stderr
            );
            let aside = learner.state().join(format!("quiz.json.{word}"));
            assert_eq!(std::fs::read(aside).expect("it is kept"), bytes);
            assert_eq!(learner.types(&["quiz", "--format", "json"]).expect(0).stderr, "");
        }
    }
}

/// What other lessons have kept, of this course or another one, stays.
#[test]
fn what_is_not_asked_stays() {
    let learner = Learner::new(Who::Me);
    let other = "{\"box\": 3, \"due\": 5, \"asked\": 2, \"right\": 1}";
    learner.write("quiz.json", &format!("{{\"version\": 1, \"lessons\": {{\"gone\": {{\"Why?\": {other}}}}}}}"));
    let mut quiz = learner.types(&["quiz"]);
    quiz.command.stdin(Stdio::piped());
    let mut child = quiz.spawn();
    child.stdin.take().expect("a pipe").write_all(b"b\n").expect("it reads");
    assert!(child.wait().expect("it ends").success());
    let text = std::fs::read_to_string(learner.state().join("quiz.json")).expect("text");
    let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(all["lessons"]["gone"]["Why?"], serde_json::from_str::<serde_json::Value>(other).expect("JSON"));
    assert_eq!(all["lessons"]["steps"].as_object().map(serde_json::Map::len), Some(1));
}

/// Hints are taken by many at once, in the same kind of file: each of them is counted.
#[test]
fn several_at_once_lose_nothing_of_each_other() {
    let learner = Learner::beginner(Who::Me);
    let exercises = ["hostname", "pids", "mounts", "rootfs", "pivot", "users", "veth", "caps"];
    let start = |id: &&str| Boxlab::new(["exercise", "hint", id]).at_home_of(learner.home()).spawn();
    for mut child in exercises.iter().map(start).collect::<Vec<_>>() {
        assert!(child.wait().expect("it ends").success());
    }
    let text = std::fs::read_to_string(learner.state().join("exercises.json")).expect("text");
    let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for id in exercises {
        assert_eq!(all["exercises"][id]["hints"], 1, "{id}: {text}");
    }
}

#[test]
fn a_state_directory_that_cannot_be_written_stops_nobody() {
    let learner = Learner::new(Who::Me);
    let state = learner.state();
    // A directory of the file's name cannot be replaced, not even by root.
    std::fs::create_dir(state.join("quiz.json")).expect("a directory");
    let mut quiz = learner.types(&["quiz"]);
    quiz.command.stdin(Stdio::piped());
    let mut child = quiz.spawn();
    child.stdin.take().expect("a pipe").write_all(b"b\n").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 of 1 right."));
    assert!(String::from_utf8_lossy(&output.stderr).contains("quiz.json"));
    let none = learner.types(&["quiz", "--format", "json"]).without("HOME").expect(0);
    assert!(none.stdout.contains("\"questions\": 0"), "{}", none.stdout);
}
