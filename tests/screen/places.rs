//! Terminals of other kinds: tiny ones, without colour, without UTF-8, dumb ones, and none at all.

use super::{Terminal, after_the_first, begun, quit, run};

#[test]
fn as_small_as_a_stamp_and_back() {
    let mut terminal = after_the_first(40, 120);
    for (rows, columns) in [(3, 10), (1, 1), (2, 300), (90, 5)] {
        terminal.resize(rows, columns);
        // A frame of that size is there before the next size comes.
        terminal.send("c");
        if (rows, columns) == (3, 10) {
            terminal.see("Ask for a");
        }
    }
    terminal.resize(40, 120);
    terminal.see("from both sides");
    terminal.see("unshare(CLONE_NEWUTS) = 0");
    // A shell is opened, made tiny, and still a shell.
    terminal.send("s");
    terminal.see("runtime@steps/1#");
    terminal.resize(3, 10);
    terminal.resize(40, 120);
    terminal.send("echo st''ill\r");
    terminal.see("still");
    terminal.send("\x04");
    terminal.see("The shell has ended");
    quit(terminal);
}

#[test]
fn without_colour_and_without_utf_8() {
    let mut terminal = Terminal::start(run(&["--tui"]).env("NO_COLOR", "1").env("LANG", "C"), 40, 120);
    terminal.see("enter begin");
    terminal.send("\r");
    terminal.see("Which name does the caller have");
    terminal.send("b");
    terminal.see("* UTS namespace");
    terminal.see("uts:[host] >");
    let written = terminal.written.clone();
    assert!(written.is_ascii(), "{}", String::from_utf8_lossy(&written));
    for sequence in written.split(|byte| *byte == 0x1b).filter_map(|it| it.strip_prefix(b"[")) {
        let end = sequence.iter().position(u8::is_ascii_alphabetic).unwrap_or(0);
        let colour = sequence.get(end) == Some(&b'm')
            && sequence[..end]
                .split(|byte| *byte == b';')
                .any(|it| it.len() == 2 && matches!(it[0], b'3' | b'4') && it[1] != b'9');
        assert!(!colour, "a colour: {}", String::from_utf8_lossy(&sequence[..=end]));
    }
    terminal.send("q");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text}");
}

#[test]
fn light_ground_has_other_colours() {
    let yellow = |terminal: &Terminal| String::from_utf8_lossy(&terminal.written).contains("[38;5;3");
    let mut dark = begun(&[], 40, 120);
    dark.send("\r");
    dark.see("Which name does the caller have");
    assert!(yellow(&dark));
    quit(dark);
    let mut light = begun(&["--ground", "light"], 40, 120);
    light.send("\r");
    light.see("Which name does the caller have");
    assert!(!yellow(&light));
    quit(light);
}

#[test]
fn a_shell_lives_in_a_window_that_is_far_too_small() {
    let mut terminal = super::after_the_first(24, 80);
    terminal.send("s");
    terminal.see("runtime@steps/1#");
    for (rows, columns) in [(3, 10), (4, 10), (3, 20)] {
        terminal.resize(rows, columns);
        // Its pane has a row or two, and a prompt does not fit into ten columns.
        terminal.see_that("the shell alone", |screen| screen.contains("shell──") || screen.contains("runtim──"));
        terminal.send("echo a''b\r");
        terminal.see("ab");
        terminal.resize(24, 80);
        terminal.send(&format!("echo so''{rows}x{columns}\r"));
        terminal.see(&format!("so{rows}x{columns}"));
    }
    terminal.send("exit\r");
    terminal.see("The shell has ended.");
    quit(terminal);
}

/// Line by line it is the same: no colours on a dumb terminal, and no letters that the locale has not.
#[test]
fn lines_are_what_the_terminal_can_show() {
    let written = |mut terminal: Terminal| {
        // The last that is said.
        terminal.wait_for("7 of 7 claims");
        let written = String::from_utf8_lossy(&terminal.written).into_owned();
        assert!(terminal.end().0.success());
        written
    };
    let dumb = written(Terminal::start_as(run(&["--auto"]), 24, 80, "dumb"));
    assert!(!dumb.contains('\u{1b}') && dumb.contains('→'), "{dumb}");
    let plain = written(Terminal::start(run(&["--auto"]).env("LANG", "C"), 24, 80));
    assert!(plain.is_ascii(), "{plain}");
}

#[test]
fn where_there_can_be_no_full_screen_it_goes_line_by_line() {
    let mut terminal = Terminal::start_as(run(&["--tui"]), 24, 80, "dumb");
    terminal.wait_for("cannot do more than lines");
    terminal.wait_for("abc answer");
    assert!(!terminal.is_on_other_screen());
    terminal.send("q");
    assert_eq!(terminal.end().0.code(), Some(0));
    let ran = run(&["--tui"]).run();
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("This is no terminal"), "{ran:?}");
    assert!(ran.stdout.contains("unshare(CLONE_NEWUTS) = 0") && !ran.stdout.contains('\u{1b}'), "{ran:?}");
}
