//! Going to and fro: back, jump, --from, --to, --break; and progress from one session to the next.

use super::{STEPPING, Terminal, after_the_first, do_it, prompt, quit, run, stepping, try_anyway};
use crate::support::boxlab::Boxlab;
use std::path::Path;

/// What `boxlab list --json` says of the learner's progress: finished, and the step reached.
fn progress(home: &Path) -> (bool, u64) {
    let ran = Boxlab::new(["--lessons", STEPPING, "list", "--json"]).at_home_of(home).expect(0);
    let list: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    (list[0]["finished"].as_bool().expect("a boolean"), list[0]["step"].as_u64().expect("a number"))
}

#[test]
fn back_leads_to_the_step_before_and_undoes() {
    let mut terminal = after_the_first(&[]);
    terminal.send("\r");
    prompt(&mut terminal, "2/4", "labhost → box");
    terminal.send("\r");
    terminal.wait_for("3/4");
    try_anyway(&mut terminal);
    prompt(&mut terminal, "", "ENOENT");
    terminal.send("\x1b[D");
    // The name was given in a lab that is gone: in this one it is given anew, when that is asked for.
    terminal.wait_for("2/4");
    do_it(&mut terminal);
    prompt(&mut terminal, "", "labhost → box");
    terminal.send("b");
    terminal.wait_for("1/4");
    terminal.wait_for("abc answer");
    terminal.wait_for("q quit");
    // Before the first step there is nothing to go back to. (`b` would be an answer.)
    terminal.send("\x1b[D");
    terminal.wait_for("1/4");
    terminal.wait_for("q quit");
    terminal.send("a");
    terminal.wait_for("✘ a: Somebody would have to empty it.");
    quit(terminal);
}

#[test]
fn jump_forward_and_back_and_to_no_step() {
    let mut terminal = stepping(&[]);
    terminal.wait_for("q quit");
    terminal.send("j");
    terminal.wait_for("To step (1 to 4): ");
    terminal.send("33\x7f\r");
    // What leads there is done silently, so the change is the step's own.
    terminal.wait_for("3/4");
    try_anyway(&mut terminal);
    prompt(&mut terminal, "", "chdir(\"/nowhere\") = -1 ENOENT");
    terminal.send("j9\r");
    terminal.wait_for("There is no step `9` here.");
    terminal.wait_for("q quit");
    terminal.send("j\x03");
    terminal.wait_for("q quit");
    terminal.send("j1\r");
    terminal.wait_for("1/4");
    terminal.wait_for("abc answer");
    quit(terminal);
}

#[test]
fn from_to_and_break() {
    let mut from = stepping(&["--from", "2"]);
    prompt(&mut from, "2/4", "labhost → box");
    let text = quit(from);
    assert!(!text.contains("1/4"), "{text}");

    let mut to = after_the_first(&["--to", "1"]);
    to.send("\r");
    to.wait_for("What you built, in one picture");
    let home = to.boxlab.home.path().to_owned();
    assert_eq!(progress(&home), (false, 1), "a lesson that was ended early is not finished");
    let (status, text) = to.end();
    assert_eq!(status.code(), Some(0), "{text}");
    assert!(!text.contains("2/4"), "{text}");

    // What comes before is shown and asks nothing; the step itself waits, though it has no question.
    let mut stop = stepping(&["--break", "2"]);
    stop.wait_for("unshare(CLONE_NEWUTS) = 0");
    stop.wait_for("2/4");
    stop.wait_for("enter do it");
    stop.wait_for("q quit");
    assert!(!stop.all().contains("sethostname(\"box\""), "{}", stop.all());
    stop.send("\r");
    stop.wait_for("sethostname(\"box\", 3) = 0");
    stop.wait_for("q quit");
    quit(stop);
}

#[test]
fn who_quits_goes_on_there_and_who_is_done_may_begin_anew() {
    let mut first = after_the_first(&[]);
    first.send("\r");
    prompt(&mut first, "2/4", "labhost → box");
    let home = first.boxlab.home.path().to_owned();
    assert_eq!(progress(&home), (false, 2));
    first.send("q");
    first.wait_for("`boxlab run steps` goes on after step 2.");
    first.wait_for("\n");
    let kept = first.boxlab.home.path().to_owned();
    // The home is removed with the session that made it, so the others live inside its lifetime.
    let next = |more: &[&str]| Terminal::start(run(more).at_home_of(&kept), 40, 120);

    let mut second = next(&[]);
    second.wait_for("3/4");
    try_anyway(&mut second);
    prompt(&mut second, "", "chdir(\"/nowhere\") = -1 ENOENT");
    assert!(!second.all().contains("2/4"), "{}", second.all());
    // Gone before the picture: the last step is shown once more.
    quit(second);
    let mut third = next(&[]);
    third.wait_for("3/4");
    try_anyway(&mut third);
    prompt(&mut third, "", "ENOENT");
    third.send("\r");
    third.wait_for("What you built, in one picture");
    assert_eq!(third.end().0.code(), Some(0));
    assert_eq!(progress(&kept), (true, 0));

    let mut fourth = next(&[]);
    fourth.wait_for("1/4");
    fourth.wait_for("abc answer");
    quit(fourth);
    assert_eq!(progress(&kept), (true, 0));
    assert_eq!(first.end().0.code(), Some(0));
}

#[test]
fn boxlab_alone_says_where_one_is() {
    let terminal = after_the_first(&[]);
    let home = terminal.boxlab.home.path().to_owned();
    let ran = Boxlab::new(["--lessons", STEPPING]).at_home_of(&home).expect(0);
    assert!(ran.stdout.contains("Next: lesson 01, A lesson of four steps, 2 minutes, after step 1 of 4."), "{ran:?}");
    let ran = Boxlab::new(["--lessons", STEPPING, "list"]).at_home_of(&home).expect(0);
    assert!(ran.stdout.contains("at step 1 of 4"), "{ran:?}");
    quit(terminal);
}
