//! Stepping by hand, on a real terminal: keys and what they show, progress, and every way in which a session can end.
//! The lesson is the one of four steps among the fixtures; each test has a learner of its own.
//! After each the terminal's settings are as before and no process is left: `Terminal::end` sees to that.

#[path = "../support/mod.rs"]
mod support;

mod endings;
mod keys;
mod narrow;
mod places;
mod shells;

use support::boxlab::Boxlab;
use support::lesson::STEPPING;
use support::pty::Terminal;

/// `boxlab run steps …` of the fixture, not yet started.
fn run(more: &[&str]) -> Boxlab {
    Boxlab::new([&["--lessons", STEPPING, "run", "steps"], more].concat())
}

/// The same on a terminal that is wide enough for every line.
fn stepping(more: &[&str]) -> Terminal {
    Terminal::start(run(more), 40, 120)
}

/// The same, after the first step: its question is answered rightly.
fn after_the_first(more: &[&str]) -> Terminal {
    let mut terminal = stepping(more);
    terminal.wait_for("q quit");
    terminal.send("b");
    prompt(&mut terminal, "1/4", "copy");
    terminal
}

/// Waits for a step's head, for something below it, and then for the line of keys.
#[track_caller]
fn prompt(terminal: &mut Terminal, head: &str, below: &str) {
    if !head.is_empty() && head != "1/4" {
        terminal.wait_for(head);
    }
    terminal.wait_for(below);
    terminal.wait_for("q quit");
}

/// A step that was gone to waits to be done.
fn do_it(terminal: &mut Terminal) {
    terminal.wait_for("enter do it");
    terminal.wait_for("q quit");
    terminal.send("\r");
}

/// A step that fails waits to be tried.
fn try_anyway(terminal: &mut Terminal) {
    terminal.wait_for("try it anyway");
    terminal.wait_for("q quit");
    terminal.send("\r");
}

/// Quits, and expects status 0.
#[track_caller]
fn quit(mut terminal: Terminal) -> String {
    terminal.send("q");
    terminal.wait_for("The lab is gone, and");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text}");
    text
}
