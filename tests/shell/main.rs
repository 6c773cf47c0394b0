//! `boxlab shell`: one command in a half-built container, or somebody at its prompt; and root file systems that the
//! learner brings. The lesson is a fixture, or one that is written for the test.

#[path = "../support/mod.rs"]
mod support;

mod commands;
mod prompt;
mod rootfs;

use support::boxlab::{Boxlab, Who};
use support::lesson::STEPPING;

/// `boxlab shell steps …` of the fixture.
fn shell(arguments: &[&str]) -> Boxlab {
    shell_by(Who::Me, arguments)
}

fn shell_by(who: Who, arguments: &[&str]) -> Boxlab {
    Boxlab::by(who, [&["--lessons", STEPPING, "shell", "steps"], arguments].concat())
}
