//! Repeats SIGCHLD until somebody has listened.
//!
//! The shell library begins to listen only after it has started a program, and one that stops at once may be quicker.
//! Then it would wait forever for a program that waits to be continued. Manual: signal(7).

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::getpid;

/// Ends the reminding when it is dropped: the other end of the channel notices.
pub struct Reminder {
    _end: Sender<()>,
}

pub fn remind(every: Duration) -> Reminder {
    let (end, ended) = channel();
    // Where no thread can be made (a limit on processes), a stop in the first moment is not noticed; all else works.
    let _ = std::thread::Builder::new().stack_size(64 * 1024).spawn(move || {
        while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
            let _ = kill(getpid(), Signal::SIGCHLD);
        }
    });
    Reminder { _end: end }
}
