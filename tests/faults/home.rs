//! The state directory: read-only, absent, full, or with a damaged file in it. A lesson is never stopped by that.

use super::STEPPING;
use crate::support::boxlab::{Boxlab, Who, everyone};
use crate::support::pty::Terminal;
use crate::support::{Maps, skip};
use nix::mount::MsFlags;
use nix::sched::CloneFlags;
use std::ffi::CString;

fn by_hand(who: Who) -> Boxlab {
    Boxlab::by(who, ["--lessons", STEPPING, "run", "steps"])
}

/// Through the lesson by hand. What was said about progress must be there, once.
fn steps_and_says(boxlab: Boxlab, said: &str) {
    let mut terminal = Terminal::start(boxlab, 40, 200);
    terminal.wait_for("q quit");
    terminal.send("b");
    terminal.wait_for("right.");
    for step in ["2/4", "3/4"] {
        terminal.wait_for("q quit");
        terminal.send("\r");
        terminal.wait_for(step);
    }
    // The third fails: it waits to be tried.
    for _ in 0..2 {
        terminal.wait_for("q quit");
        terminal.send("\r");
    }
    terminal.wait_for("What you built");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text}");
    assert_eq!(text.matches(said).count(), 1, "{said:?} once in: {text}");
}

/// The home is another file system, in the child's own mount namespace.
fn home_on_tmpfs(boxlab: Boxlab, flags: MsFlags, options: &'static std::ffi::CStr) -> Boxlab {
    let maps = Maps::same();
    let path = CString::new(boxlab.home.path().as_os_str().as_encoded_bytes()).expect("a path");
    boxlab.before(move || {
        maps.enter(CloneFlags::CLONE_NEWNS)?;
        nix::mount::mount(Some(c"none"), path.as_c_str(), Some(c"tmpfs"), flags, Some(options))
    })
}

/// Whether a test may make mounts in a namespace of its own.
fn mounts_are_possible() -> bool {
    let mut trial = home_on_tmpfs(Boxlab::new(["--version"]), MsFlags::empty(), c"mode=755");
    let possible = trial.command.status().is_ok();
    if !possible {
        skip("a home on another file system: no mount namespace can be made here");
    }
    possible
}

#[test]
fn a_read_only_home() {
    if mounts_are_possible() {
        let boxlab = home_on_tmpfs(by_hand(Who::Me), MsFlags::MS_RDONLY, c"mode=755");
        steps_and_says(boxlab, "Progress is not kept: ");
    }
}

/// 16 inodes and one page, which is taken.
#[test]
fn a_full_disk() {
    if mounts_are_possible() {
        let boxlab = home_on_tmpfs(by_hand(Who::Me), MsFlags::empty(), c"mode=755,nr_inodes=1");
        steps_and_says(boxlab, "No space left on device");
    }
}

#[test]
fn no_home() {
    for who in everyone() {
        steps_and_says(by_hand(who).without("HOME"), "neither HOME nor XDG_STATE_HOME is set");
    }
}

#[test]
fn a_home_that_is_not_mine() {
    let boxlab = by_hand(Who::Me).env("HOME", "/proc");
    steps_and_says(boxlab, "Progress is not kept: /proc/");
}

/// Damaged files are kept aside under another name, that is said once, and everything begins anew.
#[test]
fn a_damaged_progress_file() {
    let whole = r#"{ "last": "steps", "lessons": { "steps": { "step": 2, "finished": 1 } } }"#;
    let damaged = [&whole[..whole.len() / 2], "", "\0\0\0\0", "3", "{\"lessons\": {\"steps\": {\"step\": -1}}}"];
    for text in damaged {
        let first = Boxlab::new(["--lessons", STEPPING, "list"]);
        let state = first.home.path().join(".local/state/boxlab");
        std::fs::create_dir_all(&state).expect("a folder");
        std::fs::write(state.join("progress.json"), text).expect("a file");
        let home = first.home.path().to_owned();
        // Whichever command comes first says it, and the next one does not.
        let again = Boxlab::new(["--lessons", STEPPING]).at_home_of(&home);
        let mut first = first;
        let child = first.spawn();
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("is kept aside") && said.contains("progress starts anew"), "{text:?}: {said}");
        let ran = again.expect(0);
        assert!(!format!("{ran:?}").contains("kept aside"), "{ran:?}");
        let kept = std::fs::read_to_string(state.join("progress.json.broken")).expect("it is kept aside");
        assert_eq!(kept, text);
    }
}

/// Bytes that are no text, and a file that may not be read, are no reason to lose anything either.
#[test]
fn a_progress_file_that_is_no_text() {
    let boxlab = Boxlab::new(["--lessons", STEPPING]);
    let state = boxlab.home.path().join(".local/state/boxlab");
    std::fs::create_dir_all(&state).expect("a folder");
    std::fs::write(state.join("progress.json"), b"\xff\xfe\x00").expect("a file");
    let home = boxlab.home.path().to_owned();
    let again = Boxlab::new(["--lessons", STEPPING, "list"]).at_home_of(&home);
    let mut boxlab = boxlab;
    let output = boxlab.spawn().wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("progress.json"), "{said}");
    assert_eq!(std::fs::read(state.join("progress.json.broken")).expect("kept aside"), b"\xff\xfe\x00");
    assert_eq!(again.expect(0).stderr, "");
}

/// One that a later version has written is kept aside too, and not beside one that is there already.
#[test]
fn a_progress_file_of_a_later_version() {
    let boxlab = Boxlab::new(["--lessons", STEPPING, "list"]);
    let state = boxlab.home.path().join(".local/state/boxlab");
    std::fs::create_dir_all(&state).expect("a folder");
    let text = r#"{ "version": 99, "lessons": {} }"#;
    std::fs::write(state.join("progress.json"), text).expect("a file");
    std::fs::write(state.join("progress.json.newer"), "mine").expect("a file");
    let ran = boxlab.run_and(|| {
        let kept = |name: &str| std::fs::read_to_string(state.join(name)).unwrap_or_default();
        assert_eq!(kept("progress.json.newer"), "mine");
        assert_eq!(kept("progress.json.newer2"), text);
    });
    assert_eq!(ran.status, Some(0));
    assert!(ran.stderr.contains("a later version of Boxlab has written it"), "{}", ran.stderr);
}

/// Two terminals, a lesson in each: neither takes away what the other has kept.
#[test]
fn two_lessons_at_once() {
    let home = tempfile::tempdir().expect("a home");
    let mut terminals = ["rootfs", "hostname"].map(|lesson| {
        let mut terminal = Terminal::start(Boxlab::new(["run", lesson]).at_home_of(home.path()), 40, 100);
        terminal.wait_for("q quit");
        terminal
    });
    for at in [0, 1] {
        terminals[at].send("\r");
        terminals[at].wait_for(" 2/");
    }
    for mut terminal in terminals {
        terminal.send("q");
        assert_eq!(terminal.end().0.code(), Some(0));
    }
    let kept = std::fs::read(home.path().join(".local/state/boxlab/progress.json")).expect("progress");
    let kept: serde_json::Value = serde_json::from_slice(&kept).expect("JSON");
    for lesson in ["rootfs", "hostname"] {
        assert!(kept["lessons"][lesson]["step"].as_u64().is_some_and(|step| step > 0), "{lesson}: {kept}");
    }
}
