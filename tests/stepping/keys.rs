//! What each key shows, and that it changes nothing else.

use super::{after_the_first, do_it, prompt, quit, stepping, try_anyway};

#[test]
fn a_right_answer_is_told_to_be_right() {
    let mut terminal = stepping(&[]);
    terminal.wait_for("b) the one it had");
    terminal.wait_for("q quit");
    assert!(!terminal.all().contains("unshare(CLONE_NEWUTS)"), "nothing is done before the answer");
    terminal.send("b");
    terminal.wait_for("> b");
    terminal.wait_for("unshare(CLONE_NEWUTS) = 0");
    terminal.wait_for("✔ b: right. A new namespace starts as a copy.");
    terminal.wait_for("q quit");
    quit(terminal);
}

#[test]
fn a_wrong_answer_gets_its_own_reply_and_then_the_right_one() {
    let mut terminal = stepping(&[]);
    terminal.wait_for("q quit");
    terminal.send("c");
    terminal.wait_for("✘ c: The kernel knows no such name.");
    terminal.wait_for("✔ b: A new namespace starts as a copy.");
    quit(terminal);
}

#[test]
fn enter_alone_does_the_step_without_an_answer() {
    let mut terminal = stepping(&[]);
    terminal.wait_for("q quit");
    terminal.send("\r");
    terminal.wait_for("✔ b: A new namespace starts as a copy.");
    let text = quit(terminal);
    assert!(!text.contains('✘') && !text.contains("right."), "{text}");
}

#[test]
fn to_the_end_and_the_picture() {
    let mut terminal = after_the_first(&[]);
    terminal.send("\r");
    prompt(&mut terminal, "2/4", "sethostname(\"box\", 3) = 0");
    terminal.send("n");
    terminal.wait_for("3/4 ─ runtime ─ this one fails");
    try_anyway(&mut terminal);
    prompt(&mut terminal, "", "chdir(\"/nowhere\") = -1 ENOENT");
    terminal.send(" ");
    terminal.wait_for("What you built, in one picture");
    terminal.wait_for("own uts");
    terminal.wait_for("A name belongs to a namespace.");
    terminal.wait_for("docker run --hostname box");
    // The one that goes deeper was left out, and that is said.
    terminal.wait_for("3 steps, 1 left out");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text}");
    assert!(!text.contains("✘"), "{text}");
}

#[test]
fn code_numbers_calls_notes_are_shown_and_hidden_again() {
    let mut terminal = after_the_first(&[]);
    let again = |terminal: &mut super::Terminal, key: &str| {
        terminal.send(key);
        prompt(terminal, "── 1/4", "unshare(CLONE_NEWUTS)");
    };
    let mut screens = Vec::new();
    for (key, sign) in [("c", "/// "), ("r", "uts:[4"), ("y", "getpid"), ("p", "Notes: Ask the room first.")] {
        let before = terminal.all().len();
        again(&mut terminal, key);
        let shown = terminal.all()[before..].to_owned();
        again(&mut terminal, key);
        let hidden = terminal.all()[before + shown.len()..].to_owned();
        screens.push((key, sign, shown, hidden));
    }
    quit(terminal);
    for (key, sign, shown, hidden) in screens {
        // Which calls are housekeeping differs by processor, so only the number of lines tells.
        if key == "y" {
            assert!(shown.matches("syscall").count() >= hidden.matches("syscall").count(), "{shown}\n{hidden}");
        } else {
            assert!(shown.contains(sign), "`{key}` should show {sign:?}: {shown}");
            assert!(!hidden.contains(sign), "`{key}` again should hide {sign:?}: {hidden}");
        }
    }
}

#[test]
fn both_sides_the_picture_and_help() {
    let mut terminal = after_the_first(&[]);
    terminal.send("i");
    terminal.wait_for("runtime, from both sides");
    terminal.wait_for("inside");
    terminal.wait_for("uts:[box]");
    terminal.wait_for("q quit");
    terminal.send("g");
    terminal.wait_for("┌ lab host");
    terminal.wait_for("own uts");
    terminal.wait_for("q quit");
    terminal.send("?");
    for key in ["enter, →", "a, b, c", "j  ", "S  ", "presenter's notes"] {
        terminal.wait_for(key);
    }
    terminal.wait_for("q quit");
    // The lesson is where it was.
    terminal.send("\r");
    prompt(&mut terminal, "2/4", "sethostname");
    quit(terminal);
}

#[test]
fn deeper_steps_come_and_go() {
    let mut terminal = after_the_first(&["--from", "1"]);
    terminal.send("d");
    terminal.wait_for("Steps that go deeper are included now.");
    terminal.wait_for("2/4");
    do_it(&mut terminal);
    prompt(&mut terminal, "", "sethostname");
    terminal.send("\r");
    terminal.wait_for("3/4");
    try_anyway(&mut terminal);
    prompt(&mut terminal, "", "ENOENT");
    terminal.send("\r");
    terminal.wait_for("4/4 ─ runtime ─ deeper");
    terminal.wait_for("output    box");
    terminal.wait_for("q quit");
    terminal.send("d");
    terminal.wait_for("Steps that go deeper are left out again.");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text}");
}

#[test]
fn an_unknown_key_changes_nothing() {
    let mut terminal = stepping(&[]);
    terminal.wait_for("q quit");
    // A letter without a meaning, a digit, F5, and an arrow up.
    for key in ["x", "7", "\x1b[15~", "\x1b[A"] {
        terminal.send(key);
        terminal.wait_for("abc answer");
        terminal.wait_for("q quit");
    }
    assert!(!terminal.all().contains("syscall"), "{}", terminal.all());
    quit(terminal);
}
