//! Lessons whose steps go wrong: one that does not end, one that makes processes without end, one whose claim is false.

use super::assert_told;
use crate::support::boxlab::{Boxlab, Ran, Who, everyone};
use crate::support::host::Mark;
use crate::support::lesson::made;
use crate::support::{EPERM, filter};
use nix::sys::resource::{Resource, setrlimit};

/// Runs a lesson of these steps.
fn runs(who: Who, steps: &str, more: &[&str], prepare: impl FnOnce(Boxlab) -> Boxlab) -> Ran {
    let place = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("mine");
    let folder = made(place.path(), "", steps);
    let folder = folder.to_str().expect("text");
    prepare(Boxlab::by(who, [&["--lessons", folder, "run", "made", "--auto"], more].concat())).run()
}

fn a_program(words: &str) -> String {
    format!("- as: runtime\n  say: Run it.\n  do: {{ run: [{words}] }}\n  why: None.\n")
}

/// Whatever it does meanwhile, and whether it is recorded or not. The limit is a second, so that the test is short; that
/// it takes a second or more is not what is tested.
#[test]
fn a_step_without_an_end() {
    let endless = [
        "/bin/sleep, '1000'",
        // Never waits for anything.
        "/bin/sh, -c, 'while :; do :; done'",
        // The program ends, but what it started keeps its output open.
        "/bin/sh, -c, 'sleep 1000 & sleep 1000 &'",
    ];
    for words in endless {
        for traced in [true, false] {
            let prepare = |boxlab: Boxlab| {
                if traced { boxlab } else { boxlab.before(|| filter(libc::SYS_ptrace, EPERM)) }
            };
            let ran = runs(Who::Me, &a_program(words), &["--step-limit", "1"], prepare);
            let what = "The step `run` of runtime did not end within a second.";
            assert_told(&ran, 1, what, "still runs", "--step-limit 3");
            // Which step it was is on the screen.
            assert!(ran.stdout.contains("── 1/1 ─ runtime"), "{}", ran.stdout);
        }
    }
}

/// `wait` for a process that does not end hangs in the kernel, not in a program.
#[test]
fn a_wait_without_an_end() {
    let steps = "- as: runtime\n  say: A child.\n  do: { fork: child }\n  why: None.\n\
                 - as: runtime\n  say: Wait.\n  do: { wait: child }\n  why: None.\n";
    let ran = runs(Who::Me, steps, &["--step-limit", "1"], |it| it);
    assert_told(&ran, 1, "The step `wait` of runtime did not end", "waits for what never comes", "--step-limit");
    // As the way to a later step, where nothing is recorded, too.
    let steps = format!("{steps}{}", a_program("/bin/true"));
    let ran = runs(Who::Me, &steps, &["--step-limit", "1", "--from", "3"], |it| it);
    assert_told(&ran, 1, "The step `wait` of runtime did not end", "", "--step-limit");
}

/// A program that makes processes until it may have no more, and none of them ends. Only as an ordinary user, and with a
/// limit, so that it is the limit that stops it and not this machine.
#[test]
fn processes_without_end() {
    let who = *everyone().last().expect("somebody");
    if who == Who::Me {
        return crate::support::skip("processes without end: only root can be another user, whom a limit stops");
    }
    let step = a_program("/bin/sh, -c, 'while :; do sleep 1000 & done'");
    let limited = |boxlab: Boxlab| boxlab.before(|| setrlimit(Resource::RLIMIT_NPROC, 40, 40));
    // `run` sees to it that nothing is left, and `Mark` that all of them are found.
    let ran = runs(who, &step, &["--step-limit", "1"], limited);
    assert!(matches!(ran.status, Some(0 | 1)), "{ran:#?}");
    assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
    assert!(Mark::new().processes().is_empty());
}

#[test]
fn a_claim_that_is_false() {
    let step =
        "- as: runtime\n  say: Name it.\n  do: { sethostname: box }\n  expect: { host.hostname: labhost }\n  why: .\n";
    for who in everyone() {
        let ran = runs(who, step, &[], |it| it);
        assert_eq!(ran.status, Some(1), "{ran:#?}");
        assert!(ran.stdout.contains("the lesson says `labhost`, the kernel says `box`"), "{}", ran.stdout);
    }
    let step = "- as: runtime\n  say: Try it.\n  do: { chdir: /tmp }\n  fails: ENOENT\n  why: .\n";
    let ran = runs(Who::Me, step, &[], |it| it);
    assert_eq!(ran.status, Some(1), "{ran:#?}");
    assert!(ran.stdout.contains("The step was to fail with ENOENT, and did not fail."), "{}", ran.stdout);
}

/// An output larger than any message is cut, and the program that writes it ends.
#[test]
fn output_without_end() {
    let ran = runs(Who::Me, &a_program("/bin/sh, -c, 'while :; do echo yes; done'"), &["--step-limit", "20"], |it| it);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.len() < 2_000_000, "{} bytes", ran.stdout.len());
}
