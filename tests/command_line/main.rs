//! The command line as a user types it: what each command prints, its help, its exit status; colour, width, and a binary
//! that was copied elsewhere. What a lesson shows is tested with the lessons; here the lesson is a fixture.

#[path = "../support/mod.rs"]
mod support;

mod author;
mod clean;
mod colour;
mod contributing;
mod formats;
mod help;
mod installed;
mod lint;
mod lists;
mod stranger;
mod verify;

use support::boxlab::{Boxlab, Ran};
use support::lesson::STEPPING;

/// A command on the lessons of the fixture.
fn on_fixture(arguments: &[&str]) -> Boxlab {
    Boxlab::new([&["--lessons", STEPPING], arguments].concat())
}

/// The command line is wrong: status 2, nothing on standard output, and these words.
#[track_caller]
fn assert_wrong(ran: &Ran, words: &[&str]) {
    assert_eq!(ran.status, Some(2), "{ran:#?}");
    assert_eq!(ran.stdout, "", "{ran:#?}");
    for word in words {
        assert!(ran.stderr.contains(word), "no {word:?} in: {}", ran.stderr);
    }
}
