//! A binary that was copied elsewhere is whole: it needs no folder, no variable and nothing of this repository.

use crate::support::boxlab::{Boxlab, Who, everyone, lessons, program};
use crate::support::host::Mark;
use std::process::Command;

#[test]
fn a_copy_works_from_anywhere_without_an_environment() {
    let (first, _) = lessons().into_iter().next().expect("a lesson is built in");
    for who in everyone() {
        let mut boxlab = Boxlab::by(who, [""; 0]);
        let copy = boxlab.home.path().join("somewhere/boxlab");
        std::fs::create_dir(copy.parent().expect("a folder")).expect("a folder");
        std::fs::copy(program(), &copy).expect("a copy");
        for arguments in [&["list"][..], &["run", &first, "--auto"], &["doctor"], &["lesson", "lint"]] {
            let mut command = Command::new(&copy);
            // The mark is for this test, to find what is left.
            command.args(arguments).env_clear().env(Mark::NAME, boxlab.mark.text()).current_dir("/");
            if who == Who::Nobody {
                std::os::unix::process::CommandExt::uid(&mut command, 65534);
                std::os::unix::process::CommandExt::gid(&mut command, 65534);
            }
            let output = command.output().expect("it starts");
            boxlab.mark.assert_nothing_left();
            let said = String::from_utf8_lossy(&output.stderr);
            // The linter judges the lessons that are built in; here it only has to find them. What a user who has no
            // control groups cannot do is in the doctor's exit status.
            let without_groups = arguments[0] == "doctor" && output.status.code() == Some(3) && who == Who::Nobody;
            if arguments[0] != "lesson" && !without_groups {
                assert_eq!(output.status.code(), Some(0), "{who:?} {arguments:?}: {said}");
            }
            assert!(!output.stdout.is_empty(), "{who:?} {arguments:?}: {said}");
        }
        // Through a link too, and while it is not the first in PATH.
        let link = boxlab.home.path().join("link");
        std::os::unix::fs::symlink(&copy, &link).expect("a link");
        boxlab.command = Command::new(&link);
        boxlab.command.arg("--version").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        assert!(boxlab.expect(0).stdout.starts_with("boxlab "));
    }
}
