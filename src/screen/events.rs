//! Waiting, in one place, for all that can happen: keys, signals, what the shell prints, its end, followers of the
//! presenter, and the time of something that goes on by itself. Where nothing happens no processor time is used.

use super::face::Face;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use std::os::fd::AsFd;
use std::time::Instant;

/// What has happened.
#[derive(Debug)]
pub enum Event {
    /// What was typed, as it came.
    Typed(Vec<u8>),
    Signal(Signal),
    /// The shell has printed something, takes more, or has ended.
    Shell {
        readable: bool,
        writable: bool,
        ended: bool,
    },
    /// Somebody wants to follow, or does no more.
    Followers,
    /// The time of what goes on by itself has come.
    Time,
    /// The terminal has gone.
    End,
}

impl Face<'_> {
    /// Waits for the next ones.
    pub(super) fn wait(&self, until: Option<Instant>) -> Vec<Event> {
        let stdin = std::io::stdin();
        let watched = PollFlags::POLLIN;
        let mut waits = vec![PollFd::new(stdin.as_fd(), watched), PollFd::new(self.signals.as_fd(), watched)];
        let shell = self.shell.as_ref();
        let at_shell = waits.len();
        if let Some(shell) = shell {
            let (terminal, flags) = shell.terminal();
            waits.push(PollFd::new(terminal, flags));
            waits.extend(shell.lab(&self.engine).wire_for_poll().map(|wire| PollFd::new(wire.as_fd(), watched)));
        }
        let at_followers = waits.len();
        let ends = self.speaker.as_ref().map(|speaker| speaker.ends()).unwrap_or_default();
        waits.extend(ends.iter().map(|end| PollFd::new(*end, watched)));
        let limit = until.map(|until| {
            // Rounded up: a wait that ends too early would be begun anew at once.
            let left = until.saturating_duration_since(Instant::now()).as_micros().div_ceil(1000);
            PollTimeout::try_from(i32::try_from(left).unwrap_or(i32::MAX)).unwrap_or(PollTimeout::MAX)
        });
        match poll(&mut waits, limit.unwrap_or(PollTimeout::NONE)) {
            Ok(0) => return vec![Event::Time],
            Ok(_) => {}
            Err(_) => return Vec::new(),
        }
        let has = |at: usize, flags: PollFlags| {
            waits.get(at).and_then(PollFd::revents).is_some_and(|it| it.intersects(flags))
        };
        let any = watched | PollFlags::POLLHUP | PollFlags::POLLERR;
        let mut events = Vec::new();
        while let Some(signal) = self.signals.next() {
            events.push(Event::Signal(signal));
        }
        if shell.is_some() {
            let (readable, writable) = (has(at_shell, any), has(at_shell, PollFlags::POLLOUT));
            let ended = at_shell + 1 < at_followers && has(at_shell + 1, any);
            if readable || writable || ended {
                events.push(Event::Shell { readable, writable, ended });
            }
        }
        if (at_followers..waits.len()).any(|at| has(at, any)) {
            events.push(Event::Followers);
        }
        if has(0, any) {
            let mut bytes = [0; 4096];
            match nix::unistd::read(&stdin, &mut bytes) {
                Ok(0) => events.push(Event::End),
                Ok(count) => events.push(Event::Typed(bytes[..count].to_vec())),
                Err(Errno::EINTR | Errno::EAGAIN) => {}
                Err(_) => events.push(Event::End),
            }
        }
        events
    }
}
