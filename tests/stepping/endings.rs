//! Every way in which a session can end or pause: by key, by signal, by the terminal's end, by the lab's.

use super::{STEPPING, Terminal, after_the_first, quit, stepping};
use crate::support::boxlab::{Boxlab, program};
use nix::sys::signal::Signal;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

#[test]
fn control_c_and_escape_quit() {
    for key in ["\x03", "\x1b"] {
        let mut terminal = after_the_first(&[]);
        terminal.send(key);
        terminal.wait_for("`boxlab run steps` goes on after step 1.");
        let (status, text) = terminal.end();
        assert_eq!(status.code(), Some(0), "{text}");
    }
}

#[test]
fn a_signal_ends_the_session_and_keeps_progress() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT] {
        for typed in ["", "j", "s"] {
            let mut terminal = after_the_first(&[]);
            terminal.send(typed);
            match typed {
                "j" => terminal.wait_for("To step"),
                "s" => terminal.wait_for("runtime@steps/"),
                _ => {}
            }
            if typed == "s" && signal == Signal::SIGINT {
                // In a shell it is the shell's, which a signal from elsewhere does not reach.
                terminal.send("exit\r");
                terminal.wait_for("q quit");
            }
            terminal.signal(signal);
            let home = terminal.boxlab.home.path().join(".local/state/boxlab/progress.json");
            let progress = std::fs::read_to_string(home).expect("progress");
            assert!(progress.contains("\"step\": 1"), "{progress}");
            let (status, text) = terminal.end();
            assert_eq!(status.signal(), Some(signal as i32), "{typed:?}: {text}");
        }
    }
}

/// Ctrl-Z, typed to a shell's job: the terminal is the shell's again, with its settings, until `fg`.
#[test]
fn control_z_and_fg() {
    let mut boxlab = Boxlab::new([""; 0]);
    let mut shell = Command::new("/bin/sh");
    shell.arg("-i").env_clear().current_dir("/");
    for (name, value) in boxlab.command.get_envs() {
        shell.envs(value.map(|value| (name, value)));
    }
    shell.env("PS1", "ready> ").env("ENV", "/dev/null");
    boxlab.command = shell;
    let mut terminal = Terminal::start(boxlab, 40, 120);
    terminal.wait_for("ready> ");
    terminal.send(&format!("{} --lessons {STEPPING} run steps\r", program().display()));
    terminal.wait_for("q quit");
    terminal.send("\x1a");
    terminal.wait_for("ready> ");
    // The shell reads lines, so the terminal shows what is typed and ends lines by itself.
    terminal.send("echo typed''seen\r");
    terminal.wait_for("echo typed''seen");
    terminal.wait_for("typedseen\n");
    terminal.wait_for("ready> ");
    terminal.send("fg\r");
    terminal.wait_for("abc answer");
    terminal.wait_for("q quit");
    terminal.send("b");
    terminal.wait_for("right.");
    terminal.wait_for("q quit");
    // While a number is asked for, too.
    terminal.send("j\x1a");
    terminal.wait_for("ready> ");
    terminal.send("fg\r");
    terminal.wait_for("run steps\n");
    terminal.send("1\r");
    terminal.wait_for("abc answer");
    terminal.send("q");
    terminal.wait_for("nothing is left of it.");
    terminal.wait_for("ready> ");
    terminal.send("exit\r");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn the_terminal_is_closed() {
    for typed in ["", "s"] {
        let mut terminal = after_the_first(&[]);
        terminal.send(typed);
        if typed == "s" {
            terminal.wait_for("runtime@steps/");
        }
        terminal.close();
    }
}

/// Kills a process of the session by the name that it has in the lab.
#[track_caller]
fn kill(terminal: &Terminal, name: &str) {
    let processes = terminal.boxlab.mark.processes();
    let (pid, _) = processes.iter().find(|(_, it)| it == name).unwrap_or_else(|| panic!("no {name}: {processes:?}"));
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(*pid), Signal::SIGKILL).expect("it is alive");
}

#[test]
fn the_lab_is_killed() {
    let mut terminal = after_the_first(&[]);
    kill(&terminal, "lab");
    terminal.send("\r");
    terminal.wait_for("boxlab: A process of the lab ended unexpectedly.");
    terminal.wait_for("killed from outside");
    terminal.wait_for("Next: boxlab run");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(3), "{text}");
}

#[test]
fn the_lab_is_killed_while_its_shell_is_open() {
    let mut terminal = after_the_first(&[]);
    terminal.send("S");
    terminal.wait_for("runtime@steps/");
    kill(&terminal, "lab");
    terminal.wait_for("The lab host ended while the shell was open.");
    terminal.wait_for("q quit");
    quit(terminal);
}

#[test]
fn an_actor_is_killed() {
    let mut terminal = stepping(&[]);
    terminal.wait_for("q quit");
    kill(&terminal, "runtime");
    terminal.send("b");
    // The step cannot be done, and is not said to have held.
    terminal.wait_for("boxlab: A process of the lab ended unexpectedly.");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(3), "{text}");
    assert!(!text.contains("ptrace"), "{text}");
}
