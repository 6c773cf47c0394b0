//! The guard: a process that puts the terminal back when the program is killed while it has the full screen (kill -9).
//! It waits at the end of a pipe, and does nothing where it was told that the screen was left. What is polite, a key, a signal,
//! a mistake of the program's own, never needs it.

use super::terminal::LEAVE;
use crate::stage::descriptors;
use crate::stage::title;
use nix::fcntl::OFlag;
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::sys::termios::{SetArg, Termios, tcsetattr};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;

/// The number of the pipe's end in the guard.
const PIPE: i32 = 3;
const FULL: u8 = b'f';
const LEFT: u8 = b'l';

pub struct Guard {
    process: Pid,
    hold: Option<Arc<OwnedFd>>,
}

/// Tells the guard how the screen is.
#[derive(Clone)]
pub struct Teller(Arc<OwnedFd>);

impl Teller {
    pub fn is_full(&self, full: bool) {
        // A guard that was killed cannot be told anything, and is not needed as long as this process lives.
        nix::unistd::write(&*self.0, &[if full { FULL } else { LEFT }]).ok();
    }
}

impl Guard {
    /// Starts it. The caller has one thread. `settings` are those to go back to.
    pub fn start(settings: &Termios) -> nix::Result<(Guard, Teller)> {
        let (wait, hold) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
        // SAFETY: the child makes system calls and uses memory of its own; the controller has one thread.
        match unsafe { nix::unistd::fork() }? {
            ForkResult::Parent { child } => {
                let hold = Arc::new(hold);
                Ok((Guard { process: child, hold: Some(hold.clone()) }, Teller(hold)))
            }
            ForkResult::Child => {
                drop(hold);
                stand_by(&wait, settings)
            }
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(hold) = self.hold.take() {
            Teller(hold.clone()).is_full(false);
            // A teller may live on in what is done before the terminal is put back; the guard ends all the same.
            nix::sys::signal::kill(self.process, nix::sys::signal::Signal::SIGKILL).ok();
        }
        while let Err(nix::errno::Errno::EINTR) = waitpid(self.process, None) {}
    }
}

/// The guard's life.
fn stand_by(wait: &OwnedFd, settings: &Termios) -> ! {
    // No key ends it, and being in the background does not keep it from the terminal (tcsetattr(3), SIGTTOU).
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None).ok();
    // SAFETY: this process has one thread, and uses nothing of its parent's but the terminal and the pipe.
    unsafe { libc::dup2(wait.as_raw_fd(), PIPE) };
    descriptors::close_from(PIPE + 1);
    title::find();
    title::set("guard");
    let (mut full, mut byte) = (true, 0_u8);
    loop {
        // SAFETY: the byte lives across the call.
        match unsafe { libc::read(PIPE, (&raw mut byte).cast(), 1) } {
            1 => full = byte == FULL,
            -1 if nix::errno::Errno::last() == nix::errno::Errno::EINTR => {}
            _ => break,
        }
    }
    if full {
        nix::unistd::write(std::io::stdout(), LEAVE.as_bytes()).ok();
        tcsetattr(std::io::stdin(), SetArg::TCSANOW, settings).ok();
    }
    // SAFETY: nothing of the controller's is to be run here.
    unsafe { libc::_exit(0) }
}
