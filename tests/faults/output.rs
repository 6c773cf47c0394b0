//! Output that cannot be written: a full disk, a reader that has gone, descriptors that were closed before the start.

use super::{STEPPING, assert_told, run};
use crate::support::boxlab::{Boxlab, Who};
use std::fs::OpenOptions;
use std::process::Stdio;

fn full() -> Stdio {
    Stdio::from(OpenOptions::new().write(true).open("/dev/full").expect("/dev/full"))
}

/// One of each kind: long output, short output, output before and after a lab, help, which another crate prints.
fn commands() -> [Vec<&'static str>; 5] {
    [
        vec!["list"],
        vec!["completions", "bash"],
        vec!["--lessons", STEPPING, "run", "steps", "--auto"],
        vec!["run", "--help"],
        vec!["--version"],
    ]
}

#[test]
fn a_full_disk_is_told() {
    for arguments in commands() {
        let mut boxlab = Boxlab::new(&arguments);
        boxlab.command.stdout(full());
        let ran = boxlab.run();
        assert_told(&ran, 1, "The output could not be written.", "No space left on device", "free some space");
    }
}

#[test]
fn a_full_disk_for_messages_too_is_no_panic() {
    for arguments in [&["run", "nothing"][..], &["--nonsense"], &["--lessons", "/nowhere", "list"]] {
        let mut boxlab = Boxlab::new(arguments);
        boxlab.command.stdout(full()).stderr(full());
        let status = boxlab.run().status;
        assert!(matches!(status, Some(1 | 2)), "{arguments:?}: {status:?}");
    }
    // A note about progress goes to standard error before the lesson: it must not end it.
    let mut boxlab = run(Who::Me).without("HOME");
    boxlab.command.stderr(full());
    boxlab.expect(0);
}

/// `boxlab list | head -1`: the reader has had enough, which is no failure and nothing to talk about.
#[test]
fn a_reader_that_has_gone_is_no_failure() {
    for arguments in commands() {
        let mut boxlab = Boxlab::new(&arguments);
        let (reader, writer) = nix::unistd::pipe().expect("a pipe");
        drop(reader);
        boxlab.command.stdout(Stdio::from(writer));
        let ran = boxlab.expect(0);
        assert_eq!(ran.stderr, "", "{arguments:?}");
    }
}

/// All eight ways of closing the three descriptors.
#[test]
fn closed_before_the_start() {
    for closed in 0..8 {
        let boxlab = run(Who::Me).before(move || {
            for number in 0..3 {
                if closed & (1 << number) != 0 {
                    // SAFETY: the child is about to become the program; the test wants it without this descriptor.
                    unsafe { libc::close(number) };
                }
            }
            Ok(())
        });
        let ran = boxlab.expect(0);
        let reads = closed & 0b010 == 0;
        assert_eq!(ran.stdout.contains("9 of 9 claims held"), reads, "{closed:03b}: {ran:#?}");
        // What is said for the screen must not land in a file of the program's that got a low number.
        assert_eq!(ran.stderr, "", "{closed:03b}");
    }
}
