//! The way of a learner: start, check, and what is said on the way.

use crate::made;
use crate::support::boxlab::{Boxlab, Ran, everyone};
use crate::support::junit;
use std::path::Path;

#[test]
fn start_then_check_fails_as_intended_and_nothing_is_overwritten() {
    for who in everyone() {
        let mut start = Boxlab::by(who, ["exercise", "start", "hostname", "--lang", "shell"]);
        let home = start.home.path().to_owned();
        start.command.current_dir(&home);
        let mut check = Boxlab::by(who, ["exercise", "check"]).at_home_of(&home);
        check.command.current_dir("/");
        let ran = start.run_and(|| {
            check.command.current_dir(home.join("hostname"));
            let ran = check.run();
            assert_eq!(ran.status, Some(1), "{ran:?}");
            assert!(ran.stdout.contains("found     probe.ns.uts: uts:[host]"), "{}", ran.stdout);
            assert!(ran.stdout.contains("Nothing was unshared before."), "{}", ran.stdout);
            let mut again = Boxlab::by(who, ["exercise", "start", "hostname"]).at_home_of(&home);
            again.command.current_dir(&home);
            let ran = again.run();
            assert_eq!(ran.status, Some(2), "{ran:?}");
            assert!(ran.stderr.contains("not overwritten"), "{}", ran.stderr);
        });
        assert_eq!(ran.status, Some(0), "{ran:?}");
    }
}

#[test]
fn a_folder_without_an_exercise_is_told_what_to_do() {
    let ran = Boxlab::new(["exercise", "check", "/"]).expect(2);
    assert!(ran.stderr.contains("boxlab exercise start"), "{}", ran.stderr);
}

/// A started exercise in a home of its own, in which further commands are run.
fn started(then: impl Fn(&dyn Fn(&[&str]) -> Ran, &Path)) {
    for who in everyone() {
        let mut start = Boxlab::by(who, ["exercise", "start", "hostname", "--lang", "shell"]);
        let home = start.home.path().to_owned();
        start.command.current_dir(&home);
        start.run_and(|| {
            let run = |words: &[&str]| Boxlab::by(who, ["exercise"].iter().chain(words)).at_home_of(&home).run();
            then(&run, &home);
        });
    }
}

#[test]
fn hints_come_one_by_one_and_the_solution_after_success() {
    started(|run, home| {
        for (at, count) in [(1, 1), (2, 2), (3, 3), (4, 3)] {
            let said = run(&["hint", "hostname"]).stdout;
            assert_eq!(said.matches("hint ").count(), count, "{at}: {said}");
        }
        let early = run(&["solution", "hostname"]);
        assert_eq!(early.status, Some(1));
        assert!(early.stderr.contains("--give-up"), "{}", early.stderr);
        assert_eq!(run(&["diff", "hostname"]).status, Some(1));
        std::fs::write(home.join("hostname/main.sh"), made::RIGHT).expect("a file");
        assert_eq!(run(&["check", "hostname"]).status, Some(0));
        assert!(run(&["solution", "hostname"]).stdout.contains("exec unshare --uts"));
        assert!(run(&["diff", "hostname"]).stdout.contains("+#!/bin/sh"));
        let list = run(&[]).stdout;
        assert!(list.contains("passed, 3 hints"), "{list}");
        let reset = run(&["reset", "hostname"]);
        assert_eq!(reset.status, Some(0), "{reset:?}");
        let read = |path: &str| std::fs::read_to_string(home.join(path)).expect(path);
        assert_eq!(read("hostname.old-1/main.sh"), made::RIGHT);
        assert!(read("hostname/main.sh").contains("TODO"));
    });
}

#[test]
fn a_state_that_cannot_be_read_is_kept_aside_and_never_overwritten() {
    started(|run, home| {
        let state = home.join(".local/state/boxlab");
        let file = state.join("exercises.json");
        for (text, word) in
            [("{\"version\": 7, \"more\": 1}", "newer"), ("{\"version\": ", "broken"), ("\u{0}", "broken2")]
        {
            std::fs::write(&file, text).expect("a file");
            let ran = run(&["hint", "hostname"]);
            assert_eq!(ran.status, Some(0), "{ran:?}");
            assert!(ran.stderr.contains("kept aside"), "{}", ran.stderr);
            let aside = state.join(format!("exercises.json.{word}"));
            assert_eq!(std::fs::read_to_string(aside).expect("it is kept"), text);
            assert!(run(&["hint", "hostname"]).stdout.contains("hint 2 of 3"));
        }
    });
}

#[test]
fn junit_has_a_case_for_each_check() {
    started(|run, _| {
        let ran = run(&["check", "hostname", "--format", "junit"]);
        assert_eq!(ran.status, Some(1));
        for part in
            ["tests=\"7\" skipped=\"4\" errors=\"0\" failures=\"1\"", "<failure message=\"expected probe.ns.uts: new"]
        {
            assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
        }
        junit::assert_fits(&ran.stdout);
    });
}

#[test]
fn a_build_that_fails_is_shown_as_it_is() {
    started(|run, home| {
        let text =
            "exercise: hostname\nbuild: [sh, -c, \"echo main.c:3:5 expected a brace >&2; exit 3\"]\nrun: [./main]\n";
        std::fs::write(home.join("hostname/boxlab.yaml"), text).expect("a file");
        let ran = run(&["check", "hostname"]);
        assert_eq!(ran.status, Some(1), "{ran:?}");
        assert!(ran.stdout.contains("main.c:3:5 expected a brace") && ran.stdout.contains("exit 3"), "{}", ran.stdout);
        std::fs::write(home.join("hostname/boxlab.yaml"), "exercise: hostname\nbuild: [no-such]\nrun: [./main]\n")
            .expect("a file");
        let ran = run(&["check", "hostname"]);
        assert_eq!(ran.status, Some(3), "{ran:?}");
        assert!(ran.stdout.contains("no program `no-such`"), "{}", ran.stdout);
    });
}
