//! The duties of PID 1 (pid_namespaces(7)). A signal reaches it only where it has a handler or has blocked it, since the
//! default action is left out for the first process of a namespace; and orphans become its children, which stay zombies
//! until it waits for them. A small init blocks the signals, reads them from a descriptor (signalfd(2)), passes them on
//! to the one program it is there for, collects whoever ends, and ends as that program did.

use super::error::Failed;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

/// What an init knows: the program it is there for, and where its signals come from.
pub struct Init {
    main: Option<Pid>,
    signals: SignalFd,
    /// How many signals it has read and ends it has collected.
    pub done: u64,
}

// ANCHOR: init
impl Init {
    /// Whenever a signal has come: passes on what was meant for the program, then collects whoever has ended.
    /// Gives these with their exit status.
    pub fn turn(&mut self) -> Vec<(Pid, i32)> {
        while let Ok(Some(signal)) = self.signals.read_signal() {
            self.done += 1;
            match Signal::try_from(signal.ssi_signo.cast_signed()) {
                // Several ends may be one SIGCHLD, so it says only that it is time to look.
                Ok(Signal::SIGCHLD) | Err(_) => {}
                Ok(signal) => self.pass_on(signal),
            }
        }
        let mut ended = Vec::new();
        while let Some((child, status)) = collect() {
            self.done += 1;
            if Some(child) == self.main {
                end(status);
            }
            ended.push((child, status));
        }
        ended
    }

    fn pass_on(&self, signal: Signal) {
        match self.main {
            Some(main) => drop(kill(main, signal)),
            // There is nobody to pass it on to, so it is meant for the init itself.
            None => end(128 + signal as i32),
        }
    }
}

/// The next child that has ended, its own or adopted: wait4(-1), without waiting.
fn collect() -> Option<(Pid, i32)> {
    match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(child, status)) => Some((child, status)),
        // As shells say it.
        Ok(WaitStatus::Signaled(child, signal, _)) => Some((child, 128 + signal as i32)),
        _ => None,
    }
}

/// From now on signals are read instead of obeyed. Whoever has ended before is collected at once.
pub fn init(main: Option<Pid>) -> Result<Init, Failed> {
    let set = signals();
    set.thread_block().map_err(|errno| Failed::new("rt_sigprocmask", errno))?;
    IS_INIT.store(true, Ordering::Relaxed);
    let signals = SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)
        .map_err(|errno| Failed::new("signalfd4", errno))?;
    let mut init = Init { main, signals, done: 0 };
    init.turn();
    Ok(init)
}
// ANCHOR_END: init

/// What an init reads: that a child has ended, and what others send to end it.
fn signals() -> SigSet {
    [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT].into_iter().collect()
}

/// Ends as the program did. For PID 1 the kernel then ends everything else in the namespace.
fn end(status: i32) -> ! {
    // SAFETY: _exit(2) runs nothing of this process: its memory is a copy of its parent's.
    unsafe { libc::_exit(status) }
}

impl Init {
    /// Does its duties until something can be read from another descriptor, or that is closed.
    pub fn until_readable(&mut self, other: impl AsFd) -> nix::Result<()> {
        loop {
            let wait = |it| PollFd::new(it, PollFlags::POLLIN);
            let mut waits = [wait(other.as_fd()), wait(self.signals.as_fd())];
            match poll(&mut waits, PollTimeout::NONE) {
                Err(Errno::EINTR) => continue,
                result => result?,
            };
            let [other, signals] = waits.map(|it| it.any().unwrap_or(false));
            if signals {
                self.turn();
            }
            if other {
                return Ok(());
            }
        }
    }

    /// Does its duties until this child ends, and gives its exit status.
    pub fn until_end(&mut self, child: Pid) -> nix::Result<i32> {
        loop {
            if let Some((_, status)) = self.turn().into_iter().find(|(ended, _)| *ended == child) {
                return Ok(status);
            }
            let mut waits = [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
            match poll(&mut waits, PollTimeout::NONE) {
                Err(Errno::EINTR) => {}
                result => drop(result?),
            }
        }
    }
}

// ANCHOR: subreaper
/// Asks for the orphans among its descendants, before PID 1 gets them: prctl(2) with PR_SET_CHILD_SUBREAPER.
pub fn subreaper(on: bool) -> Result<(), Failed> {
    nix::sys::prctl::set_child_subreaper(on).map_err(|errno| Failed::new("prctl", errno))
}
// ANCHOR_END: subreaper

/// Whether this process, or the one it was forked from, is an init.
static IS_INIT: AtomicBool = AtomicBool::new(false);

/// In a child: the parent's duties are not its own. A blocked signal stays blocked across fork(2) and execve(2), so a
/// program started by an init would otherwise never see a SIGTERM.
pub fn leave() {
    if IS_INIT.swap(false, Ordering::Relaxed) {
        signals().thread_unblock().ok();
    }
}
