//! The full screen: its frames at three sizes, made from stored records; sessions on a real terminal; and presenting, with the
//! notes on a second one. The lesson of the sessions is the one of four steps among the fixtures.

#[path = "../support/mod.rs"]
mod support;

mod demo;
mod endings;
mod frames;
mod places;
mod presenting;
mod session;
mod shell;

use support::boxlab::Boxlab;
use support::lesson::STEPPING;
use support::pty::Terminal;

/// `boxlab run steps --tui …` of the fixture, not yet started.
fn run(more: &[&str]) -> Boxlab {
    Boxlab::new([&["--lessons", STEPPING, "run", "steps"], more].concat())
}

/// The same on a terminal, on its first page.
fn begun(more: &[&str], rows: u16, columns: u16) -> Terminal {
    let mut terminal = Terminal::start(run(&[&["--tui"], more].concat()), rows, columns);
    terminal.see("enter begin");
    terminal
}

/// After the first step, whose question was answered rightly.
fn after_the_first(rows: u16, columns: u16) -> Terminal {
    let mut terminal = begun(&[], rows, columns);
    terminal.send("\r");
    terminal.see("Which name does the caller have");
    terminal.send("b");
    terminal.see("enter next");
    terminal
}

/// Quits, and expects status 0, the screen from before, and the last word on it.
#[track_caller]
fn quit(mut terminal: Terminal) -> String {
    terminal.send("q");
    terminal.see("nothing is left of it.");
    assert!(!terminal.is_on_other_screen());
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text}");
    text
}
