//! A lesson from its first page to its last on the full screen: answers, evidence, jumps, and what each key shows.

use super::{STEPPING, Terminal, after_the_first, quit, run};
use crate::support::boxlab::{Boxlab, Who, everyone};

#[test]
fn a_lesson_from_beginning_to_end() {
    for who in everyone() {
        from_beginning_to_end(who);
    }
}

fn from_beginning_to_end(who: Who) {
    let boxlab = Boxlab::by(who, ["--lessons", STEPPING, "run", "steps", "--tui"]);
    let mut terminal = Terminal::start(boxlab, 40, 120);
    terminal.see("enter begin");
    terminal.see("A lesson of four steps");
    terminal.see("It has a question, a step that fails");
    assert!(terminal.is_on_other_screen());
    terminal.send("\r");
    terminal.see("a) none at all");
    terminal.see("Nothing yet: the answer comes first.");
    terminal.send("a");
    terminal.see("✘ a: Somebody would have to empty it.");
    terminal.see("✔ b: A new namespace starts as a copy.");
    terminal.see("unshare(CLONE_NEWUTS) = 0");
    terminal.see("● UTS namespace");
    terminal.see("uts:[host] →");
    // The next one has no question: it is done as it is shown.
    terminal.send("\r");
    terminal.see("2/4 · runtime");
    terminal.see("labhost → box");
    terminal.send("\r");
    terminal.see("3/4 · runtime · this one fails");
    terminal.see("enter do it");
    terminal.send("\r");
    terminal.see("chdir(\"/nowhere\") = -1 ENOENT");
    terminal.send("\r");
    terminal.see("What you built, in one picture");
    terminal.see("3 steps, 1 left out");
    let progress = terminal.boxlab.home.path().join(".local/state/boxlab/progress.json");
    let progress = std::fs::read_to_string(progress).expect("progress");
    assert!(progress.contains("\"finished\": 1"), "{progress}");
    terminal.send("\r");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text}");
}

#[test]
fn back_again_and_jump_are_fresh_labs() {
    let mut terminal = after_the_first(40, 120);
    terminal.send("\r");
    terminal.see("labhost → box");
    terminal.send("b");
    terminal.see("Which name does the caller have");
    terminal.send("c");
    terminal.see("✘ c: The kernel knows no such name.");
    terminal.send("R");
    terminal.see_no("✘");
    terminal.see("Nothing yet: the answer comes first.");
    terminal.send("j");
    terminal.see("to step (1 to 4)");
    terminal.send("9\r");
    terminal.see("There is no step `9` here.");
    terminal.send("l");
    terminal.see("Enter a directory that is not there.");
    terminal.see("left out: what goes deeper");
    terminal.send("\x1b[B\r");
    // The name was given in a lab that is gone: in this one it is given when that is asked for.
    terminal.see("2/4 · runtime");
    terminal.see("enter do it");
    terminal.send("\r");
    terminal.see("labhost → box");
    terminal.send("j4\r");
    terminal.see("Step 4 goes deeper: press d first, then jump.");
    terminal.send("d");
    terminal.see("Steps that go deeper are included now.");
    terminal.send("j4\r");
    terminal.see("4/4 · runtime · deeper");
    quit(terminal);
}

#[test]
fn what_is_shown_can_be_chosen() {
    let mut terminal = after_the_first(40, 120);
    terminal.send("r");
    terminal.see("uts:[4");
    terminal.send("r");
    terminal.see("uts:[box]");
    terminal.send("c");
    terminal.see("The whole code is shown now.");
    terminal.send("p");
    terminal.see("Notes: Ask the room first.");
    terminal.send("?");
    terminal.see("a shell at this point, in a copy of the lab");
    terminal.send(" ");
    terminal.see_no("a shell at this point");
    // The system calls alone, and back.
    terminal.send("\t\t\tz");
    terminal.see_no("from both sides");
    terminal.see("unshare(CLONE_NEWUTS) = 0");
    terminal.send("z");
    terminal.see("from both sides");
    terminal.send(".");
    terminal.see_that("an empty screen", |screen| screen.trim().is_empty());
    terminal.send("x");
    terminal.see("from both sides");
    terminal.send("x");
    terminal.see("`x` is no key here");
    quit(terminal);
}

#[test]
fn where_one_begins() {
    // With --break what comes before is done and asks nothing; the step itself waits.
    let mut terminal = Terminal::start(run(&["--tui", "--break", "2"]), 24, 80);
    terminal.see("2/4 · runtime");
    terminal.see("enter do it");
    quit(terminal);
    let mut terminal = Terminal::start(run(&["--tui", "--from", "3"]), 24, 80);
    terminal.see("3/4 · runtime");
    quit(terminal);
    // By itself, without anybody pressing a key.
    let mut terminal = Terminal::start(run(&["--tui", "--auto=0.05", "--typed"]), 24, 80);
    terminal.see("this one fails");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text}");
}

#[test]
fn the_mouse_scrolls_and_chooses() {
    let mut terminal = after_the_first(24, 80);
    terminal.send("m");
    terminal.see("The mouse is ours now");
    // The wheel over the sides, which are longer than their pane.
    terminal.see("from both sides");
    terminal.send("\x1b[<65;60;5M");
    terminal.see("↑3");
    terminal.send("l");
    terminal.see("Give the namespace a name.");
    let row = terminal.contents().lines().position(|line| line.contains("Give the namespace a name.")).expect("a row");
    let click = format!("\x1b[<0;30;{}M", row + 1);
    terminal.send(&click);
    terminal.send(&click);
    terminal.see("2/4 · runtime");
    quit(terminal);
}
