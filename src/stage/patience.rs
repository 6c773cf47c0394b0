//! How long a step may take, and the timer that interrupts a wait so that its end is noticed (setitimer(2)).
//! It is no wait by sleeping: what ends a step is its event; this is for the step that has none.

use nix::errno::Errno;
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::time::Duration;

/// A step that takes longer has hung, unless the learner has more patience.
pub const STEP_LIMIT: Duration = Duration::from_secs(20);

static PATIENCE: OnceLock<Duration> = OnceLock::new();

/// How many times slower this machine is than those that limits of time are made for; `boxlab vm` says it to the program
/// in a machine that is translated.
pub const SLOWER: &str = "BOXLAB_SLOWER";

/// A limit of time, for this machine.
pub fn scaled(limit: Duration) -> Duration {
    let times = std::env::var(SLOWER).ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    limit.saturating_mul(times)
}

/// Said once, when the lab host starts: it is one process.
pub fn set(patience: Option<Duration>) {
    PATIENCE.set(patience.unwrap_or(STEP_LIMIT)).ok();
}

/// How long a step may take in this lab.
pub fn step_limit() -> Duration {
    PATIENCE.get().copied().unwrap_or(STEP_LIMIT)
}

/// While it lives, a wait is interrupted (EINTR) four times a second.
pub(super) struct Timer;

extern "C" fn nothing(_: libc::c_int) {}

impl Timer {
    pub(super) fn start() -> Timer {
        use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
        let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
        // SAFETY: the handler does nothing.
        unsafe { sigaction(Signal::SIGALRM, &action) }.ok();
        Timer::every(250_000);
        Timer
    }

    fn every(microseconds: libc::suseconds_t) {
        let time = libc::timeval { tv_sec: 0, tv_usec: microseconds };
        let timer = libc::itimerval { it_interval: time, it_value: time };
        // SAFETY: the structure lives across the call; the old value is not asked for.
        unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) };
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        Timer::every(0);
    }
}

/// Waits until something has come, or the other end is closed. False: nothing came in time.
pub(super) fn readable(wire: &impl AsFd) -> bool {
    let limit = nix::poll::PollTimeout::try_from(step_limit()).unwrap_or(nix::poll::PollTimeout::MAX);
    let mut waits = [nix::poll::PollFd::new(wire.as_fd(), nix::poll::PollFlags::POLLIN)];
    loop {
        match nix::poll::poll(&mut waits, limit) {
            Err(Errno::EINTR) => {}
            Ok(0) | Err(_) => return false,
            Ok(_) => return true,
        }
    }
}
