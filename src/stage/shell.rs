//! A shell in the half-built container: a child of an agent, so it has exactly that agent's state.
//! Its terminal is made in the lab host's own devpts; the controller holds the master end and the learner's terminal
//! (pty(7)). Without a terminal the learner's own three descriptors are handed in.

use super::message::{Answer, ShellOrder, Task, Told};
use super::serve::Stage;
use crate::kernel::error::Failed;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Where the shell finds the wire to the stage, for `why`.
pub const WHY: &str = "BOXLAB_WHY";

/// While a shell runs it is looked so often whether its agent can hear its end, in milliseconds.
const OFTEN: u16 = 500;

/// `exit 3` → 3; `signal KILL` → 137, as shells say it.
pub fn status(ended: &str) -> i32 {
    match ended.split_once(' ') {
        Some(("exit", status)) => status.parse().unwrap_or(1),
        Some((_, signal)) => {
            format!("SIG{signal}").parse::<nix::sys::signal::Signal>().map_or(1, |signal| 128 + signal as i32)
        }
        None => 1,
    }
}

impl Stage {
    /// Starts a shell and stays until it ends; meanwhile it answers `why`.
    pub(super) fn shell(&mut self, order: ShellOrder, mut descriptors: Vec<OwnedFd>) -> nix::Result<()> {
        let found = self.find(&order.actor).and_then(|at| self.not_frozen(at).map(|()| at));
        let at = match found {
            Ok(at) => at,
            Err(sentence) => return self.controller.send(&Answer::Refused(sentence), &[]),
        };
        let mut master = None;
        if let Some(size) = order.terminal {
            match terminal(size) {
                Ok((own, others)) => {
                    master = Some(own);
                    descriptors = vec![others];
                }
                Err(errno) => {
                    let sentence = format!("No terminal in the lab host: {errno:?}.");
                    return self.controller.send(&Answer::Refused(sentence), &[]);
                }
            }
        }
        let (why, others) = super::wire::Wire::pair()?;
        descriptors.push(others.into_descriptor());
        let ends: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
        self.actors[at].wire.send(&Task::Shell(order), &ends)?;
        drop(descriptors);
        let master: Vec<OwnedFd> = master.into_iter().collect();
        self.controller.send(&Answer::ShellStarted, &master.iter().map(AsFd::as_fd).collect::<Vec<_>>())?;
        drop(master);
        let answer = match self.until_end(at, &why) {
            Ok(Some(status)) => Answer::ShellEnded(status),
            Ok(None) => Answer::ActorEnded(self.actors[at].name.clone()),
            Err(failed) => Answer::Refused(no_shell(&self.actors[at].name, &failed)),
        };
        let answer = self.broken.take().map_or(answer, Answer::Broken);
        self.controller.send(&answer, &[])
    }

    /// The shell's exit status; none if its agent ended first. Errors: it could not be started.
    fn until_end(&mut self, at: usize, why: &super::wire::Wire) -> Result<Option<i32>, Failed> {
        let mut ask_why = true;
        loop {
            let agent = &self.actors[at].wire;
            let watched = PollFlags::POLLIN;
            let mut waits = vec![PollFd::new(agent.as_fd(), watched), PollFd::new(self.controller.as_fd(), watched)];
            if ask_why {
                waits.push(PollFd::new(why.as_fd(), watched));
            }
            match poll(&mut waits, OFTEN) {
                Ok(0) => {
                    self.wake(at);
                    continue;
                }
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(_) => return Ok(Some(1)),
            }
            let ready = |at: usize| waits.get(at).and_then(PollFd::any).unwrap_or(false);
            let (agent_ready, controller_ready, why_ready) = (ready(0), ready(1), ready(2));
            if agent_ready {
                return match self.actors[at].wire.receive::<Told>() {
                    Ok(received) => match received.message {
                        Told::ShellEnded(ended) => ended.map(Some),
                        Told::Broken(said) => {
                            self.broken = Some(said);
                            self.actors[at].alive = false;
                            Ok(None)
                        }
                        _ => Ok(Some(1)),
                    },
                    Err(_) => {
                        self.actors[at].alive = false;
                        Ok(None)
                    }
                };
            }
            if controller_ready {
                // It says nothing while a shell runs: it has gone.
                // SAFETY: PID 1 of the lab host ends, and all of the lab with it.
                unsafe { libc::_exit(0) }
            }
            if why_ready {
                let ends = || {
                    let (agent, controller) = (self.actors[at].wire.as_fd(), self.controller.as_fd());
                    let mut waits = [agent, controller].map(|it| PollFd::new(it, PollFlags::POLLIN));
                    poll(&mut waits, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
                };
                ask_why = super::why::answer(&self.proc, why, &ends).is_ok();
                self.reap();
            }
        }
    }
}

impl Stage {
    /// A command in the shell may have stopped the agent that waits for its end: nobody else would let it go on.
    fn wake(&self, at: usize) {
        let pid = self.actors[at].pid;
        if self.proc.status(pid.as_raw()).is_ok_and(|status| status.state.starts_with('T')) {
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGCONT).ok();
        }
    }
}

/// Why there is no shell, as a sentence.
fn no_shell(actor: &str, failed: &Failed) -> String {
    let why = match failed.errno.0 {
        Errno::ENOMEM => ": its children would be born in a PID namespace whose first process has ended",
        _ => "",
    };
    format!("No shell can be started as `{actor}`: {failed}{why}.")
}

/// A terminal of the lab host: its master end, and the end that the shell gets.
fn terminal((rows, columns): (u16, u16)) -> nix::Result<(OwnedFd, OwnedFd)> {
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let master = nix::fcntl::open("/dev/pts/ptmx", flags, Mode::empty())?;
    let unlock: libc::c_int = 0;
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: each ioctl of ioctl_tty(2) gets what it asks for, alive across the call; TIOCGPTPEER gives a new
    // descriptor, which is owned from here on.
    unsafe {
        Errno::result(libc::ioctl(master.as_raw_fd(), libc::TIOCSPTLCK, &raw const unlock))?;
        Errno::result(libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size))?;
        let peer = Errno::result(libc::ioctl(master.as_raw_fd(), libc::TIOCGPTPEER, flags.bits()))?;
        Ok((master, OwnedFd::from_raw_fd(peer)))
    }
}

/// A command is handed over word by word: the shell's text only says that its arguments are to be run.
fn options(order: &ShellOrder) -> crate::userland::ShellOptions {
    let command = order.command.as_ref().map(|_| "\"$@\"".to_owned());
    let words = order.command.iter().flatten().map(Into::into);
    let argv = if command.is_some() { std::iter::once("sh".into()).chain(words).collect() } else { Vec::new() };
    crate::userland::ShellOptions { prompt: Some(order.prompt.clone()), command, argv, ..Default::default() }
}

/// In the agent's child: takes the terminal or the three descriptors, and becomes the shell.
pub fn become_shell(order: &ShellOrder, descriptors: Vec<OwnedFd>) -> ! {
    super::broken::tell_as(super::broken::Teller::Nobody);
    // Whether the controller's screen has colours is no matter of what is printed here.
    colored::control::unset_override();
    // Beside the actor whose child it is: ps(1) is to tell them apart.
    super::title::set("sh");
    let numbers: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let why = numbers.last().copied().unwrap_or(-1);
    // SAFETY: the numbers 0 to 2 belong to this child alone; what is copied there is open. A session of its own and the
    // terminal make job control work (setsid(2), ioctl_tty(2)). The environment is changed while there is one thread.
    unsafe {
        libc::setsid();
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        let standard = if order.terminal.is_some() { [0, 0, 0] } else { [0, 1, 2] };
        for (number, from) in standard.into_iter().enumerate() {
            if let Some(from) = numbers.get(from) {
                libc::dup2(*from, number as RawFd);
            }
        }
        if order.terminal.is_some() {
            libc::ioctl(0, libc::TIOCSCTTY, 0);
        }
        // `why` is another program, and must find it open.
        libc::fcntl(why, libc::F_SETFD, 0);
        for (name, _) in std::env::vars_os() {
            std::env::remove_var(name);
        }
        std::env::set_var("PATH", "/bin:/usr/bin:/sbin:/usr/sbin");
        std::env::set_var("HOME", "/root");
        std::env::set_var("TERM", &order.term);
        std::env::set_var(WHY, why.to_string());
    }
    // The wire to the stage stays open, the rest of the descriptors goes.
    for descriptor in descriptors {
        if descriptor.as_raw_fd() == why {
            std::mem::forget(descriptor);
        }
    }
    if let Some(own) = crate::kernel::programs::own_binary() {
        // SAFETY: it is open as long as the process lives.
        crate::userland::use_program(unsafe { std::os::fd::BorrowedFd::borrow_raw(own) });
    }
    // A program needs no shell. What is none, a word of the shell or a mistake, the shell knows and says.
    if let Some(command) = &order.command {
        crate::userland::become_program(command);
    }
    let status = crate::userland::shell(options(order));
    // SAFETY: what belongs to the agent is not to be run in its child.
    unsafe { libc::_exit(status) }
}
