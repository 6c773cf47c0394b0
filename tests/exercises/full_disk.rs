//! A full disk: a small tmpfs in a mount namespace of the test's own, on which the learner's home and folder lie. All
//! commands are run there by one script, which then says what is left. The machine's own tree is not touched.

use crate::support::boxlab::{Boxlab, Ran, Who, everyone, program};
use crate::support::{Maps, skip};
use nix::mount::MsFlags;
use nix::sched::CloneFlags;
use std::ffi::CString;
use std::path::Path;

/// With room: an attempt that is started, and progress. Then not one page, or not one name, is left.
const BEGIN: &str = "cd \"$HOME\" || exit 99
boxlab exercise start hostname --lang shell >/dev/null || exit 98
boxlab exercise hint hostname >/dev/null || exit 97
mkdir -p all; cp -r hostname all/one
echo '{\"lessons\": {\"hostname\": {\"step\": 0, \"finished\": 1}}}' >.local/state/boxlab/progress.json
cp -r .local/state/boxlab state; cp -r hostname was
";

/// A byte at a time at last, so that nothing is left between pages.
const NO_PAGE: &str = "head -c 100M /dev/zero >fill 2>/dev/null\necho x 2>/dev/null >full && test -s full && exit 96\n";
const NO_NAME: &str = "i=0; while true 2>/dev/null >name-$i; do i=$((i+1)); done 2>/dev/null\n";

/// Each command, its exit status, and what is left of it.
const END: &str = "
say() { echo \"== $*\"; \"$@\" </dev/null 2>&1; echo \"== status $?\"; }
say boxlab exercise start pids --lang shell
ls -d pids 2>/dev/null
say boxlab exercise check hostname
say boxlab exercise hint hostname
say boxlab exercise reset hostname
say boxlab grade all
echo '== quiz'; echo b | boxlab quiz hostname 2>&1; echo \"== status $?\"
say boxlab
diff -r was hostname && echo 'the folder is as before'
diff state/exercises.json .local/state/boxlab/exercises.json && echo 'the state is as before'
find .local/state/boxlab -type f | sort; ls -A all
rm -f fill full name-*
say boxlab exercise hint hostname
say boxlab exercise start pids --lang shell
";

/// Runs it as somebody, on a disk that is filled so; none where no such disk can be had.
fn on_a_full_disk(who: Who, fill: &str) -> Option<Ran> {
    let boxlab = Boxlab::of(who, Path::new("/bin/sh"));
    let maps = Maps::of(who);
    let home = CString::new(boxlab.home.path().as_os_str().as_encoded_bytes()).expect("a path");
    let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", program().parent().expect("a folder").display());
    let mut boxlab = boxlab.env("PATH", path).before(move || {
        maps.enter(CloneFlags::CLONE_NEWNS)?;
        let options = c"mode=755,size=512k,nr_inodes=120";
        nix::mount::mount(Some(c"none"), home.as_c_str(), Some(c"tmpfs"), MsFlags::empty(), Some(options))
    });
    boxlab.command.arg("-c").arg(format!("{BEGIN}{fill}{END}"));
    match boxlab.command.spawn() {
        Ok(child) => {
            let output = child.wait_with_output().expect("it ends");
            boxlab.mark.assert_nothing_left();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Some(Ran { stdout: text(&output.stdout), stderr: text(&output.stderr), status: output.status.code() })
        }
        Err(error) => {
            skip(&format!("a full disk, {who:?}: no mount namespace can be made here: {error}"));
            None
        }
    }
}

/// What a command said, between its marks.
fn said<'a>(text: &'a str, command: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("== {command}\n")).unwrap_or_else(|| panic!("no {command} in: {text}"));
    let end = rest.find("== status ").and_then(|at| rest[at..].find('\n').map(|end| at + end));
    &rest[..end.unwrap_or(rest.len())]
}

#[test]
fn a_full_disk_is_told_and_spoils_nothing() {
    for who in everyone() {
        for fill in [NO_PAGE, NO_NAME] {
            let Some(ran) = on_a_full_disk(who, fill) else { return };
            assert_eq!(ran.status, Some(0), "{who:?} {fill}: {ran:#?}");
            let text = ran.stdout.as_str();
            let tells = |command: &str, words: &[&str]| {
                let said = said(text, command);
                for word in words {
                    assert!(said.contains(word), "{who:?} {command}: no {word:?} in: {said}\nall: {text}");
                }
            };
            const FULL: &str = "No space left on device";
            tells(
                "boxlab exercise start pids --lang shell",
                &["could not be written", FULL, "Next: free some space", "== status 3"],
            );
            assert!(!text.contains("\npids\n"), "a half of a starter is left: {text}");
            tells(
                "boxlab exercise check hostname",
                &["Nothing was unshared before.", "Nothing of this is kept", FULL, "== status 1"],
            );
            tells("boxlab exercise hint hostname", &["hint 2 of 3", "Nothing of this is kept", FULL, "== status 0"]);
            tells(
                "boxlab exercise reset hostname",
                &["Nothing in it was changed.", FULL, "Next: free some space", "== status 3"],
            );
            tells(
                "boxlab grade all",
                &["results.json cannot be written", FULL, "Next: free some space", "== status 2"],
            );
            if fill == NO_PAGE {
                tells("boxlab grade all", &["failed   one  namespace: probe.ns.uts"]);
            }
            tells("quiz", &["1 of", "right", "Nothing of this is kept", FULL, "== status 0"]);
            tells("boxlab", &["== status 0"]);
            for line in ["the folder is as before", "the state is as before"] {
                assert!(text.contains(line), "not {line}: {text}");
            }
            // Neither half a file nor what was to become one.
            let files = ".local/state/boxlab/exercises.json\n.local/state/boxlab/progress.json\none\n";
            assert!(text.contains(&format!("as before\n{files}")), "{text}");
            // Once there is room again all goes on where it was.
            let (_, after) = text.rsplit_once("== boxlab exercise hint hostname\n").expect("the last hint");
            assert!(after.contains("hint 2 of 3") && after.ends_with("== status 0\n"), "{after}");
            assert!(after.contains("cat README.md"), "{after}");
        }
    }
}
