//! A shell in the half-built container: in a copy, which spoils nothing, and in the living lab.

use super::{after_the_first, do_it, prompt, quit, stepping};

#[test]
fn a_shell_in_a_copy_spoils_nothing() {
    let mut terminal = after_the_first(&[]);
    terminal.send("s");
    terminal.wait_for("in a copy of the lab");
    terminal.wait_for("runtime@steps/");
    terminal.send("hostname; hostname spoilt; hostname\r");
    terminal.wait_for("labhost\n");
    terminal.wait_for("spoilt\n");
    terminal.wait_for("runtime@steps/");
    terminal.send("exit\r");
    terminal.wait_for("q quit");
    terminal.send("\r");
    // Would the name be spoilt, this were `spoilt → box`.
    prompt(&mut terminal, "2/4", "labhost → box");
    quit(terminal);
}

#[test]
fn what_a_shell_in_the_living_lab_did_is_not_said_to_be_the_step() {
    let mut terminal = after_the_first(&[]);
    terminal.send("S");
    terminal.wait_for("what you change stays");
    terminal.wait_for("runtime@steps/");
    terminal.send("hostname changed; echo do''ne\r");
    terminal.wait_for("\ndone\n");
    terminal.wait_for("runtime@steps/");
    terminal.send("\x04");
    terminal.wait_for("q quit");
    terminal.send("\r");
    prompt(&mut terminal, "2/4", "changed → box");
    // Back is a fresh lab.
    terminal.send("j2\r");
    terminal.wait_for("2/4");
    do_it(&mut terminal);
    prompt(&mut terminal, "", "labhost → box");
    quit(terminal);
}

#[test]
fn keys_that_are_typed_in_the_shell_are_the_shells() {
    let mut terminal = stepping(&[]);
    terminal.wait_for("q quit");
    terminal.send("s");
    terminal.wait_for("# ");
    terminal.send("echo on''now; cat\r");
    terminal.wait_for("onnow\n");
    terminal.send("b\r");
    terminal.wait_for("\nb\n");
    // Ctrl-C ends cat, not the lesson.
    terminal.send("\x03");
    terminal.wait_for("# ");
    terminal.send("exit 3\r");
    terminal.wait_for("abc answer");
    terminal.wait_for("q quit");
    quit(terminal);
}
