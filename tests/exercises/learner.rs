//! The way of a learner: start, check, and what is said on the way.

use crate::support::boxlab::{Boxlab, everyone};

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
