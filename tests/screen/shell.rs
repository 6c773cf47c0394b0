//! The shell's pane: a real terminal within the screen.

use super::{after_the_first, quit};

#[test]
fn a_shell_beside_the_lesson() {
    let mut terminal = after_the_first(40, 140);
    terminal.send("s");
    terminal.see("in a copy of the lab");
    terminal.see("runtime@steps/1#");
    // It has the size of its pane, and learns of another one.
    terminal.send("stty size; echo so''far\r");
    terminal.see("sofar");
    let size = |screen: &str| {
        let numbers = |line: &str| {
            let own = line.rsplit('│').next().unwrap_or_default();
            let words: Vec<u16> = own.split_whitespace().rev().take(2).filter_map(|it| it.parse().ok()).collect();
            (words.len() == 2).then(|| (words[1], words[0]))
        };
        screen.lines().rev().find_map(numbers).expect("a size")
    };
    let before = size(&terminal.contents());
    assert_eq!(before.0, 37, "head, keys and the pane's title are not the shell's: {}", terminal.contents());
    terminal.resize(30, 140);
    terminal.see("runtime@steps/1#");
    terminal.send("clear; stty size; echo the''n\r");
    terminal.see("then");
    assert_eq!(size(&terminal.contents()), (27, before.1), "{}", terminal.contents());
    // Ctrl-C ends what runs there, not the lesson.
    terminal.send("echo on''now; cat\r");
    terminal.see("│onnow");
    terminal.send("typed\r");
    terminal.see_that("what cat says", |screen| screen.matches("│typed").count() == 2);
    terminal.send("\x03");
    terminal.see_that("the prompt again", |screen| screen.matches("runtime@steps/1#").count() == 2);
    terminal.send("hostname spoilt; hostname\r");
    terminal.see("│spoilt");
    // The lesson goes on beside it, and nothing was spoilt.
    terminal.send("\x1d");
    terminal.see("enter next");
    terminal.send("\r");
    terminal.see("labhost → box");
    terminal.send("\x1bOQ");
    terminal.see("the keys are the shell's");
    terminal.send("exit 3\r");
    terminal.see("The shell has ended, with status 3.");
    quit(terminal);
}

#[test]
fn a_program_that_draws_the_whole_screen() {
    let mut terminal = after_the_first(40, 140);
    terminal.send("s");
    terminal.see("runtime@steps/1#");
    // What such a program does: the other screen, a place, a colour, application arrows; and back.
    terminal.send("printf '\\033[?1049h\\033[?1h\\033[5;7HIN THE \\033[31mMIDDLE\\033[0m'; cat -v; printf '\\033[?1l\\033[?1049l'\r");
    terminal.see("IN THE MIDDLE");
    terminal.see_no("runtime@steps/1#");
    terminal.send("\x1b[A\r");
    terminal.see("^[OA");
    terminal.send("\x04");
    terminal.see("runtime@steps/1#");
    terminal.see_no("IN THE MIDDLE");
    terminal.send("\x04");
    terminal.see("The shell has ended");
    quit(terminal);
}

#[test]
fn what_a_shell_in_the_living_lab_did_is_not_said_to_be_the_step() {
    let mut terminal = after_the_first(24, 80);
    terminal.send("S");
    terminal.see("the lesson's own lab");
    terminal.see("runtime@steps/1#");
    terminal.send("hostname changed\r");
    // While it is open the lesson cannot go on: its lab is busy.
    terminal.send("\x1d\r");
    terminal.see("end it first, with `exit`");
    terminal.send("\x1bOQexit\r");
    terminal.see("The shell has ended.");
    terminal.send("\r");
    terminal.see("● host name    changed →");
    quit(terminal);
}
