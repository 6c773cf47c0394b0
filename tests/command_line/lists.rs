//! `boxlab`, `list`, `doctor`, `run` with arguments that are right or wrong.

use super::{assert_wrong, on_fixture};
use crate::support::boxlab::Boxlab;
use crate::support::{EPERM, filter};

#[test]
fn boxlab_alone_names_the_next_lesson_and_the_commands_to_type() {
    let ran = on_fixture(&[]).expect(0);
    for words in ["Next: lesson 01, A lesson of four steps, 2 minutes.", "boxlab run", "boxlab list", "boxlab doctor"] {
        assert!(ran.stdout.contains(words), "no {words:?} in: {}", ran.stdout);
    }
    assert!(Boxlab::new([""; 0]).expect(0).stdout.contains("Next: lesson"));
}

#[test]
fn list_for_reading_and_for_scripts() {
    let ran = on_fixture(&["list"]).expect(0);
    assert!(ran.stdout.contains("Its own view\n  01  steps       2 min  A lesson of four steps\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 lesson, 2 minutes."), "{}", ran.stdout);
    let list: serde_json::Value =
        serde_json::from_str(&on_fixture(&["list", "--json"]).expect(0).stdout).expect("JSON");
    let expected = serde_json::json!([{
        "number": 1, "id": "steps", "title": "A lesson of four steps", "part": "view", "minutes": 2, "steps": 4,
        "finished": false, "step": 0, "lacks": null,
    }]);
    assert_eq!(list, expected);
}

#[test]
fn list_says_what_cannot_run_here() {
    let refuse = || filter(libc::SYS_unshare, EPERM);
    let ran = on_fixture(&["list"]).before(refuse).expect(0);
    assert!(ran.stdout.contains("cannot run here"), "{}", ran.stdout);
    assert!(ran.stdout.contains("(boxlab doctor"), "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    let ran = on_fixture(&["list", "--json"]).before(refuse).expect(0);
    let list: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert!(list[0]["lacks"]["what"].as_str().is_some_and(|what| what.contains("unshare")), "{list:#}");
}

#[test]
fn lessons_and_steps_that_are_not_there() {
    assert_wrong(
        &on_fixture(&["run", "stepz"]).run(),
        &["There is no lesson `stepz`", "`steps`", "Next: boxlab run steps"],
    );
    assert_wrong(&on_fixture(&["run", "zebra"]).run(), &["There is no lesson `zebra`", "Next: boxlab list"]);
    assert_wrong(&on_fixture(&["run", "7"]).run(), &["There is no lesson `7`"]);
    for command in ["doctor", "verify", "shell"] {
        assert_wrong(&on_fixture(&[command, "stepz"]).run(), &["There is no lesson `stepz`", "`steps`"]);
    }
    for (option, step) in [("--from", "5"), ("--to", "0"), ("--to", "99")] {
        let ran = on_fixture(&["run", "steps", "--auto", option, step]).run();
        assert_wrong(&ran, &[&format!("has no step {step}"), "Its steps are 1 to 4.", "Next: "]);
    }
    assert_wrong(&on_fixture(&["run", "steps", "--auto", "--from", "3", "--to", "2"]).run(), &["no step to run"]);
    assert_wrong(&on_fixture(&["shell", "steps", "5"]).run(), &["has no step 5", "0 is the lesson's beginning"]);
}

#[test]
fn a_shell_of_nobody_names_those_who_live() {
    let ran = on_fixture(&["shell", "steps", "2", "--as", "container", "--", "true"]).run();
    assert_wrong(
        &ran,
        &["There is no actor `container` in the lab at this point.", "these live: host, runtime.", "--as runtime"],
    );
}

#[test]
fn options_that_are_not_there() {
    assert_wrong(&on_fixture(&["list", "--jsn"]).run(), &["--jsn", "--json"]);
    assert_wrong(&on_fixture(&["rum"]).run(), &["rum", "run"]);
    assert_wrong(&on_fixture(&["run", "steps", "--break", "2", "--auto"]).run(), &["cannot be used with"]);
    assert_wrong(&on_fixture(&["run", "steps", "--from", "one"]).run(), &["invalid value 'one'"]);
    assert_wrong(&on_fixture(&["run", "steps", "--step-limit", "0"]).run(), &["0 is not in 1..=3600"]);
}

#[test]
fn a_part_of_a_lesson() {
    let ran = on_fixture(&["run", "steps", "--auto", "--from", "2", "--to", "3"]).expect(0);
    assert!(!ran.stdout.contains("1/4") && !ran.stdout.contains("4/4"), "{}", ran.stdout);
    assert!(ran.stdout.contains("2/4") && ran.stdout.contains("3/4"), "{}", ran.stdout);
    // A deeper step that is named by its number is wanted.
    let ran = on_fixture(&["run", "1", "--auto", "--to", "4"]).expect(0);
    assert!(ran.stdout.contains("4/4 ─ runtime ─ deeper"), "{}", ran.stdout);
}

#[test]
fn a_run_as_json_is_one_document() {
    let ran = on_fixture(&["run", "steps", "--format", "json"]).expect(0);
    let record: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(record["lesson"], "steps");
    assert_eq!(record["steps"].as_array().map(Vec::len), Some(3), "{record:#}");
}

#[test]
fn doctor_for_all_for_one_and_for_scripts() {
    let ran = Boxlab::new(["doctor"]).expect(0);
    assert!(ran.stdout.contains("The lab host: it was made and ended."), "{}", ran.stdout);
    let ran = on_fixture(&["doctor", "steps"]).expect(0);
    assert!(ran.stdout.starts_with("This machine can run this lesson."), "{}", ran.stdout);
    let ran = on_fixture(&["doctor", "--json"]).expect(0);
    let both: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert!(both["machine"]["findings"].as_array().is_some_and(|all| all.len() > 5), "{both:#}");
    assert_eq!(both["lessons"][0]["id"], "steps");
    let refuse = || filter(libc::SYS_unshare, EPERM);
    let ran = on_fixture(&["doctor", "steps"]).before(refuse).expect(3);
    assert!(ran.stdout.contains("EPERM"), "{}", ran.stdout);
    let ran = on_fixture(&["doctor", "--json"]).before(refuse).expect(3);
    assert!(serde_json::from_str::<serde_json::Value>(&ran.stdout).is_ok(), "{}", ran.stdout);
}
