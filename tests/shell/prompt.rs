//! At the prompt of a half-built container, on a real terminal.

use super::shell;
use crate::support::boxlab::Boxlab;
use crate::support::pty::Terminal;
use nix::sys::signal::Signal;
use std::os::unix::process::ExitStatusExt;

/// A shell after step 2, at its prompt.
fn at_prompt() -> Terminal {
    let mut terminal = Terminal::start(shell(&["2"]), 24, 80);
    terminal.wait_for(PROMPT);
    terminal
}

const PROMPT: &str = "runtime@steps/2# ";

/// Types a line and waits for a line of output, then for the prompt. The quotes keep the echo from being taken for it.
#[track_caller]
fn asks(terminal: &mut Terminal, line: &str, answer: &str) {
    terminal.send(&format!("{line}\r"));
    terminal.wait_for(&format!("\n{answer}\n"));
    terminal.wait_for(PROMPT);
}

/// Starts `cat`, and returns when it has shown that it reads.
#[track_caller]
fn cat(terminal: &mut Terminal) {
    // What is typed while the shell still has the terminal would be lost.
    terminal.send("echo wai''ting; cat\r");
    terminal.wait_for("\nwaiting\n");
    terminal.send("line\r");
    terminal.wait_for("line\nline\n");
}

#[test]
fn the_prompt_says_where_one_is() {
    let mut terminal = at_prompt();
    asks(&mut terminal, "hostname", "box");
    asks(&mut terminal, "echo $?''.", "0.");
    terminal.send("exit 7\r");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(7), "{text}");
}

/// Beside the actor whose child it is, in ps(1).
#[test]
fn the_shell_is_called_sh() {
    let mut terminal = at_prompt();
    asks(&mut terminal, "cat /proc/$$/comm /proc/$PPID/comm; echo", "sh\nruntime\n");
}

#[test]
fn control_c_ends_the_command_and_control_d_the_shell() {
    let mut terminal = at_prompt();
    cat(&mut terminal);
    terminal.send("\x03");
    terminal.wait_for(PROMPT);
    asks(&mut terminal, "echo $?''.", "130.");
    // A line that was begun is given up, and not run.
    terminal.send("echo never");
    terminal.wait_for("echo never");
    terminal.send("\x03");
    terminal.wait_for(PROMPT);
    asks(&mut terminal, "echo al''ive", "alive");
    terminal.send("\x04");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text}");
    assert!(!text.contains("\nnever"), "{text}");
}

#[test]
fn a_new_size_reaches_it() {
    let mut terminal = at_prompt();
    asks(&mut terminal, "stty size", "24 80");
    terminal.resize(30, 100);
    // The size comes with a signal; the shell's answer to a key that is typed later may be earlier than that.
    terminal.send("until [ \"$(stty size)\" = '30 100' ]; do :; done; echo si''zed\r");
    terminal.wait_for("\nsized\n");
    terminal.wait_for(PROMPT);
    terminal.send("exit\r");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn jobs() {
    let mut terminal = at_prompt();
    cat(&mut terminal);
    terminal.send("\x1a");
    terminal.wait_for(PROMPT);
    terminal.send("jobs\r");
    terminal.wait_for("cat");
    terminal.wait_for(PROMPT);
    terminal.send("fg\r");
    // With the end of the line: it may come on its own, and then behind what is typed too early.
    terminal.wait_for("cat\n");
    terminal.send("ag''ain\r");
    terminal.wait_for("ag''ain\nag''ain\n");
    terminal.send("\x04");
    terminal.wait_for(PROMPT);
    asks(&mut terminal, "sleep 1000 & kill %1; echo do''ne", "done");
    terminal.send("exit\r");
    terminal.end();
}

#[test]
fn a_signal_ends_it_and_the_lab() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGKILL] {
        let mut terminal = at_prompt();
        terminal.send("echo wai''ting; sleep 1000\r");
        terminal.wait_for("\nwaiting\n");
        terminal.signal(signal);
        if signal == Signal::SIGKILL {
            // Nobody can put the terminal back then, but nothing is left.
            terminal.child.wait().expect("it is dead");
            terminal.boxlab.mark.assert_nothing_left();
        } else {
            let (status, text) = terminal.end();
            assert_eq!(status.signal(), Some(signal as i32), "{text}");
        }
    }
}

#[test]
fn the_window_is_closed() {
    let mut terminal = at_prompt();
    terminal.send("echo wai''ting; sleep 1000\r");
    terminal.wait_for("\nwaiting\n");
    terminal.close();
}

/// Nobody is left who could say how the shell ended: that is told, and why.
#[test]
fn the_end_of_its_container_is_told() {
    let mut terminal = Terminal::start(Boxlab::new(["shell", "init"]), 24, 80);
    terminal.wait_for("container@init/");
    terminal.send("kill -TERM 1\r");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(137), "{text}");
    assert!(text.contains("container has ended, and its shell with it."), "{text}");
}
