//! Bad luck and bad input, through the program itself: a machine that refuses, output that cannot be written, files that
//! are broken, steps that do not end. Nothing is pretended: the kernel refuses, the disk is full, the file is damaged.
//! Each time the message says what to do, the exit status is the documented one, and nothing is left.

#[path = "../support/mod.rs"]
mod support;

mod container;
mod home;
mod input;
mod kills;
mod output;
mod panics;
mod refusals;
mod steps;

use support::boxlab::{Boxlab, Ran, Who};
use support::lesson::STEPPING;

/// `boxlab run steps --auto` of the fixture.
fn run(who: Who) -> Boxlab {
    Boxlab::by(who, ["--lessons", STEPPING, "run", "steps", "--auto", "--deeper"])
}

/// What is told on standard error is a problem: what, why, and what to do next.
#[track_caller]
fn assert_told(ran: &Ran, status: i32, what: &str, why: &str, next: &str) {
    assert_eq!(ran.status, Some(status), "{ran:#?}");
    assert!(ran.stderr.starts_with("boxlab: "), "{ran:#?}");
    assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
    for part in [what, why, "Next: ", next] {
        assert!(ran.stderr.contains(part), "no {part:?} in: {}", ran.stderr);
    }
}
