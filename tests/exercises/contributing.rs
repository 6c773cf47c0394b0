//! CONTRIBUTING.md tells how an exercise is added. Here somebody does so, word by word: the files of that section are copied
//! into a folder, and its commands are typed.

use crate::made;
use crate::support::boxlab::{Boxlab, Who};
use crate::support::skip;
use std::path::Path;

const TEXT: &str = include_str!("../../CONTRIBUTING.md");

fn section() -> &'static str {
    let (_, rest) = TEXT.split_once("\n## An exercise\n").expect("the section");
    rest.split("\n## ").next().unwrap_or_default()
}

/// Each file that the section has whole: its name stands in a line of its own, and the block behind it.
fn files() -> Vec<(&'static str, &'static str)> {
    let lines = section().split("\n`exercises/").skip(1);
    lines
        .map(|rest| {
            let (name, rest) = rest.split_once("`\n\n```").expect("a block behind the name");
            let (_, rest) = rest.split_once('\n').expect("its language");
            let (text, _) = rest.split_once("```").expect("its end");
            (name, text)
        })
        .collect()
}

/// The lines to be typed, each without what is said about it.
fn commands() -> Vec<Vec<&'static str>> {
    let lines = section().lines().filter_map(|line| line.strip_prefix("    boxlab exercise "));
    lines.map(|line| line.split('#').next().unwrap_or_default().split_whitespace().collect()).collect()
}

#[test]
fn an_exercise_is_added_as_it_is_told() {
    let place = tempfile::tempdir().expect("a folder");
    let exercises = place.path().join("exercises");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("exercises");
    made::copy(&own.join("languages"), &exercises.join("languages"));
    std::fs::copy(own.join("languages.yaml"), exercises.join("languages.yaml")).expect("a file");
    let files = files();
    assert_eq!(files.len(), 5, "the whole of it: {files:?}");
    for (name, text) in &files {
        let path = exercises.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let commands = commands();
    assert_eq!(commands.len(), 2, "start and verify: {commands:?}");
    for words in commands {
        let words = words.iter().map(|word| match *word {
            "NAME" => "rename".to_owned(),
            word if word.starts_with("/tmp/") => place.path().join("try").display().to_string(),
            word => word.to_owned(),
        });
        let mut boxlab = Boxlab::by(Who::Me, ["exercise".to_owned()].into_iter().chain(words));
        boxlab.command.current_dir(place.path());
        let ran = boxlab.run();
        if ran.status == Some(3) {
            return skip(&format!("an exercise as CONTRIBUTING.md tells: {}{}", ran.stdout, ran.stderr));
        }
        assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
        if ran.stdout.contains("passed, ") {
            // The starter, the solution twice or once, and the wrong one.
            assert!(ran.stdout.contains(" 0 failed, 0 skipped"), "{}", ran.stdout);
            assert!(ran.stdout.contains("name-first"), "{}", ran.stdout);
        }
    }
    assert!(place.path().join("try/README.md").is_file(), "the learner's folder");
}
