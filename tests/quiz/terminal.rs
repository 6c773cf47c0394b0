//! The quiz at a terminal: keys, the way out, signals and sizes.

use super::Learner;
use crate::support::boxlab::{Boxlab, Who, everyone};
use crate::support::pty::Terminal;
use nix::sys::signal::Signal;
use serde_json::Value;

#[test]
fn key_by_key() {
    for who in everyone() {
        let learner = Learner::new(who);
        let mut terminal = Terminal::start(learner.types(&["quiz"]), 24, 80);
        terminal.wait_for("abc answer · enter show the answer · q quit");
        terminal.send("x");
        terminal.wait_for("`x` is no answer: a to c, or 1 to 3; q quits.");
        terminal.wait_for("q quit");
        terminal.send("1");
        terminal.wait_for("> a");
        terminal.wait_for("✘ a: ");
        terminal.wait_for("✔ b: ");
        terminal.wait_for("0 of 1 right.");
        assert_eq!(terminal.end().0.code(), Some(0));
        assert_eq!(learner.kept()["box"], 1);
    }
}

#[test]
fn every_way_out_leaves_the_terminal_in_order_and_the_question_due() {
    for key in ["q", "\x03", "\x1b", "\x04"] {
        let learner = Learner::new(Who::Me);
        let mut terminal = Terminal::start(learner.types(&["quiz"]), 24, 80);
        terminal.wait_for("q quit");
        if key == "\x04" {
            terminal.signal(Signal::SIGTERM);
            assert_eq!(terminal.end().0.code(), None, "it ends by the signal");
        } else {
            terminal.send(key);
            terminal.wait_for("Nothing was answered, and all stays due.");
            assert_eq!(terminal.end().0.code(), Some(0));
        }
        assert_eq!(learner.kept(), Value::Null);
    }
}

#[test]
fn a_closed_window_ends_it() {
    let learner = Learner::new(Who::Me);
    let mut terminal = Terminal::start(learner.types(&["quiz"]), 24, 80);
    terminal.wait_for("q quit");
    terminal.close();
    assert_eq!(learner.kept(), Value::Null);
}

#[test]
fn another_size_shows_the_question_anew() {
    let learner = Learner::new(Who::Me);
    let mut terminal = Terminal::start(learner.types(&["quiz"]), 24, 80);
    terminal.wait_for("q quit");
    terminal.resize(24, 30);
    terminal.wait_for("1/1");
    terminal.wait_for("abc answer · q quit");
    for line in terminal.contents().lines() {
        assert!(line.chars().count() <= 30, "{line}");
    }
    // Enter shows the answer, which counts as not known.
    terminal.send("\r");
    terminal.wait_for("0 of 1 right.");
    assert_eq!(terminal.end().0.code(), Some(0));
}

/// Two questions, of a course that is made: between them it waits, and after the first there is a way out too.
#[test]
fn between_two_questions_there_is_time() {
    let learner = Learner::new(Who::Me);
    let question = "predict: { ask: Which?, options: { a: one, b: two, c: three }, answer: c, because: So it is., replies: { a: \
                    No one., b: No two. } }";
    let step = |say: &str| format!("- as: host\n  say: {say}\n  do: look\n  why: The why of it.\n  {question}\n");
    let steps = step("First.") + &step("Second.").replace("Which?", "What?");
    let folder = crate::support::lesson::made(learner.home(), "", &steps);
    learner.write("progress.json", "{\"lessons\": {\"made\": {\"step\": 0, \"finished\": 1}}}");
    let folder = folder.to_str().expect("text").to_owned();
    let start_with = |more: &[&str]| {
        let words = ["--lessons", &folder, "quiz"];
        Terminal::start(Boxlab::new([&words, more].concat()).at_home_of(learner.home()), 24, 80)
    };
    let start = || start_with(&[]);
    let mut terminal = start();
    terminal.wait_for("2 questions are due.");
    terminal.wait_for("Which?");
    terminal.wait_for("q quit");
    terminal.send("c");
    terminal.wait_for("✔ c: right. So it is.");
    terminal.wait_for("The why of it.");
    terminal.wait_for("enter next · q quit");
    terminal.send("q");
    terminal.wait_for("1 of 1 right.");
    assert_eq!(terminal.end().0.code(), Some(0));
    let mut terminal = start();
    terminal.wait_for("1 question is due.");
    terminal.wait_for("What?");
    terminal.wait_for("q quit");
    terminal.send("q");
    terminal.wait_for("all stays due");
    assert_eq!(terminal.end().0.code(), Some(0));
    let mut terminal = start_with(&["--all"]);
    terminal.wait_for("2 questions of finished lessons.");
    for answer in ["\r", "b"] {
        terminal.wait_for("show the answer · q quit");
        terminal.send(answer);
        terminal.wait_for("It comes again tomorrow.");
        if answer == "\r" {
            terminal.wait_for("enter next · q quit");
            terminal.send(" ");
        }
    }
    terminal.wait_for("0 of 2 right. The first of them comes again tomorrow.");
    assert_eq!(terminal.end().0.code(), Some(0));
}
