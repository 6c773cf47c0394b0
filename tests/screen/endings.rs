//! Every way in which the full screen can end: the terminal is as before, with its settings and what was on it, and nothing is
//! left of the lab. `Terminal::end` looks for processes and settings.

use super::{Terminal, after_the_first, begun, quit};
use crate::support::boxlab::Boxlab;
use nix::sys::signal::Signal;
use std::os::unix::process::ExitStatusExt;

#[test]
fn a_signal_ends_it_and_the_terminal_is_as_before() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGKILL] {
        for shell in [false, true] {
            let mut terminal = after_the_first(24, 80);
            assert!(terminal.is_on_other_screen());
            if shell {
                terminal.send("s");
                terminal.see("runtime@steps/1#");
            }
            terminal.signal(signal);
            // What it wrote before its end is read first.
            let (status, text, other) = terminal.end_and_screen();
            assert_eq!(status.signal(), Some(signal as i32), "{text}");
            assert!(!other, "{signal:?}: the terminal still shows the other screen");
        }
    }
}

#[test]
fn control_c_quits_and_the_last_word_is_on_the_usual_screen() {
    let mut terminal = after_the_first(24, 80);
    terminal.send("\x03");
    terminal.see("`boxlab run steps` goes on after");
    assert!(!terminal.is_on_other_screen());
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn the_terminal_is_closed() {
    for typed in ["", "s"] {
        let mut terminal = after_the_first(24, 80);
        terminal.send(typed);
        if typed == "s" {
            terminal.see("runtime@steps/1#");
        }
        terminal.close();
    }
}

#[test]
fn the_lab_is_killed() {
    let mut terminal = after_the_first(24, 80);
    let processes = terminal.boxlab.mark.processes();
    let (pid, _) = processes.iter().find(|(_, name)| name == "lab").expect("a lab");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(*pid), Signal::SIGKILL).expect("it is alive");
    terminal.send("\r");
    terminal.see("A process of the lab ended unexpectedly.");
    assert!(!terminal.is_on_other_screen());
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(3), "{text}");
}

/// Ctrl-Z, typed to a shell's job, and `fg`.
#[test]
fn control_z_and_fg() {
    let mut boxlab = Boxlab::new([""; 0]);
    let mut shell = std::process::Command::new("/bin/sh");
    shell.arg("-i").env_clear().current_dir("/");
    for (name, value) in boxlab.command.get_envs() {
        shell.envs(value.map(|value| (name, value)));
    }
    shell.env("PS1", "ready> ").env("ENV", "/dev/null");
    boxlab.command = shell;
    let mut terminal = Terminal::start(boxlab, 24, 80);
    terminal.see("ready> ");
    let program = crate::support::boxlab::program();
    terminal.send(&format!("{} --lessons {} run steps --tui\r", program.display(), crate::support::lesson::STEPPING));
    terminal.see("enter begin");
    terminal.send("\x1a");
    terminal.see("Stopped");
    terminal.see_that("the prompt", |screen| screen.trim_end().ends_with("ready>"));
    assert!(!terminal.is_on_other_screen());
    terminal.send("echo typed''seen\r");
    terminal.see("typedseen");
    terminal.send("fg\r");
    terminal.see("enter begin");
    terminal.send("\r");
    terminal.see("Which name does the caller have");
    terminal.send("q");
    terminal.see("nothing is left of it.");
    terminal.send("exit\r");
    assert_eq!(terminal.end().0.code(), Some(0));
}

/// Nothing goes on while nobody does anything: the program waits without a time.
#[test]
fn who_waits_uses_no_processor_time() {
    let terminal = begun(&[], 24, 80);
    let path = format!("/proc/{}/syscall", terminal.child.id());
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let Ok(now) = std::fs::read_to_string(&path) else {
            crate::support::skip("what a waiting screen waits for: /proc/PID/syscall cannot be read here");
            break;
        };
        let words: Vec<&str> = now.split_whitespace().collect();
        // The number differs by processor; the arguments are the list, its length, and no time: -1, or no timespec.
        let is_poll = words.first() == Some(&libc::SYS_ppoll.to_string().as_str()) || is_old_poll(&words);
        let forever = words.get(3).is_some_and(|time| ["0xffffffffffffffff", "0xffffffff", "0x0"].contains(time));
        if is_poll && forever {
            break;
        }
        assert!(std::time::Instant::now() < end, "it waits for something else: {now}");
        std::thread::yield_now();
    }
    quit(terminal);
}

#[cfg(target_arch = "x86_64")]
fn is_old_poll(words: &[&str]) -> bool {
    words.first() == Some(&libc::SYS_poll.to_string().as_str())
}

#[cfg(not(target_arch = "x86_64"))]
fn is_old_poll(_: &[&str]) -> bool {
    false
}
