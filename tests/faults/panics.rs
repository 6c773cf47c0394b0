//! A panic. The program has none that could be asked for, so this test's own program makes one, in a process of its own
//! on a terminal, with the program's own hook and with the terminal in the state of a session.

use crate::support::boxlab::Boxlab;
use crate::support::pty::Terminal;
use std::process::Command;

/// Not a test: what the test below starts.
#[test]
#[ignore = "started by the other test"]
fn panic_here() {
    boxlab::crash::install();
    let _raw = boxlab::stepper::terminal::Raw::enter().expect("a terminal");
    panic!("made for a test");
}

#[test]
fn a_panic_puts_the_terminal_back_and_says_what_to_do() {
    let mut boxlab = Boxlab::new([""; 0]);
    let mut program = Command::new(std::env::current_exe().expect("a program"));
    program.args(["--exact", "panics::panic_here", "--ignored", "--nocapture", "--test-threads=1"]);
    program.env(crate::support::host::Mark::NAME, boxlab.mark.text());
    boxlab.command = program;
    let mut terminal = Terminal::start(boxlab, 40, 120);
    terminal.wait_for("boxlab: Boxlab has a mistake of its own, and stops here.");
    terminal.wait_for("made for a test (tests/faults/panics.rs:");
    terminal.wait_for("Next: boxlab run");
    // `end` compares the terminal's settings.
    let (status, text) = terminal.end();
    assert_ne!(status.code(), Some(0), "{text}");
}

/// The test above installs the hook by itself, so that the program does so too must be looked up.
#[test]
fn the_program_has_the_hook() {
    let main = include_str!("../../src/main.rs");
    let (install, command_line) = (main.find("crash::install()"), main.find("cli::main("));
    assert!(install.is_some() && install < command_line, "{main}");
}
