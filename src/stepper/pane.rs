//! The learner's terminal, lent to a shell in the lab: what is typed goes to the shell's terminal, what that shows comes
//! here, and a new size is passed on (pty(7)). Ctrl-C and Ctrl-Z are the shell's while it runs.

use super::terminal::{self, Raw, Signals};
use crate::problem::{CANNOT, Problem, WRONG};
use crate::stage::lab::{Lab, LabError};
use crate::stage::message::ShellOrder;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use std::io::IsTerminal;
use std::os::fd::{AsFd, OwnedFd};

/// Which shell, and where.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub actor: String,
    pub prompt: String,
    pub command: Option<Vec<String>>,
}

/// The exit status of a shell that SIGKILL has ended, as shells say it.
const KILLED: u8 = 128 + 9;

/// Runs the shell to its end and gives its exit status.
pub fn run(lab: &Lab, wanted: Wanted, signals: Option<&Signals>) -> Result<i32, Problem> {
    let interactive = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let order = ShellOrder {
        actor: wanted.actor,
        prompt: wanted.prompt,
        command: wanted.command,
        terminal: interactive.then(terminal::size),
        term: std::env::var("TERM").unwrap_or_else(|_| "dumb".to_owned()),
    };
    let (stdin, stdout, stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    let own = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
    let started = lab.shell(order, if interactive { &[] } else { &own });
    let master = started.map_err(problem)?;
    if let Some(master) = master {
        let taken;
        let signals = match signals {
            Some(signals) => signals,
            None => {
                taken = Signals::take().map_err(no_terminal)?;
                &taken
            }
        };
        relay(lab, &master, signals).map_err(no_terminal)?;
        // Where the learner's terminal has gone, this is how the shell learns it.
        drop(master);
    }
    lab.shell_ended().map_err(problem)
}

fn no_terminal(errno: Errno) -> Problem {
    Problem::new(CANNOT, "The terminal could not be lent to the shell.")
        .because(format!("The kernel answered {errno:?}."))
}

/// How a shell that could not be started, or did not end by itself, is told.
pub fn problem(error: LabError) -> Problem {
    match error {
        LabError::Refused(sentence) => {
            Problem::new(WRONG, sentence).next("another step, or another actor: --host, --as runtime")
        }
        // That is how the shell ended, and no fault of the machine.
        LabError::ActorEnded(name) => Problem::new(KILLED, format!("{name} has ended, and its shell with it."))
            .because("When PID 1 ends, the kernel kills all that is left in its PID namespace.")
            .next("the same again, or b in a lesson: each makes a fresh lab"),
        LabError::Gone(errno) => Problem::new(CANNOT, "The lab host ended while the shell was open.")
            .because(format!("One of its processes was killed from outside, or it ran out of memory ({errno:?})."))
            .next("the same command again: it makes a fresh lab"),
        other => Problem::new(CANNOT, other.to_string()),
    }
}

/// Until the shell has closed its terminal.
fn relay(lab: &Lab, master: &OwnedFd, signals: &Signals) -> nix::Result<()> {
    let _raw = Raw::pass_through()?;
    let (stdin, stdout) = (std::io::stdin(), std::io::stdout());
    loop {
        let Some(wire) = lab.wire_for_poll() else { return Ok(()) };
        let watched = PollFlags::POLLIN;
        let mut waits = vec![
            PollFd::new(master.as_fd(), watched),
            PollFd::new(signals.as_fd(), watched),
            PollFd::new(wire.as_fd(), watched),
        ];
        waits.push(PollFd::new(stdin.as_fd(), watched));
        match poll(&mut waits, PollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            other => other?,
        };
        let ready: Vec<bool> = waits.iter().map(|wait| wait.any() == Some(true)).collect();
        let mut bytes = [0; 4096];
        if ready[0] {
            match nix::unistd::read(master, &mut bytes) {
                // EIO: the other end is closed.
                Ok(0) | Err(Errno::EIO) => return Ok(()),
                Ok(count) => write_all(stdout.as_fd(), &bytes[..count])?,
                Err(Errno::EINTR | Errno::EAGAIN) => {}
                Err(errno) => return Err(errno),
            }
        } else if ready[2] {
            // The shell has ended though something it left behind still holds the terminal.
            return Ok(());
        }
        while let Some(signal) = signals.next() {
            match signal {
                Signal::SIGWINCH => terminal::set_size(master.as_fd(), terminal::size()),
                Signal::SIGTERM | Signal::SIGHUP => {
                    terminal::restore();
                    terminal::obey(signal);
                }
                // Typed ones arrive as bytes and are for the shell.
                _ => {}
            }
        }
        if ready.get(3) == Some(&true) {
            match nix::unistd::read(&stdin, &mut bytes) {
                // In raw mode there is no end of file: the terminal has gone, and nobody may have told us by SIGHUP.
                Ok(0) | Err(Errno::EIO) => return Ok(()),
                Ok(count) => write_all(master.as_fd(), &bytes[..count])?,
                Err(Errno::EINTR | Errno::EAGAIN) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
}

fn write_all(to: std::os::fd::BorrowedFd<'_>, mut bytes: &[u8]) -> nix::Result<()> {
    while !bytes.is_empty() {
        match nix::unistd::write(to, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
