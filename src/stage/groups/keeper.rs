//! The keeper: a process outside of the lab that takes its groups away when the lab has ended.
//! It outlives the controller, also one that is killed: then it ends what is left in the groups, which in version 1
//! nobody else can while they are frozen. It is in a session of its own, so that no key and no closed terminal ends it.

use crate::kernel::error::Failed;
use crate::stage::lab::ended_within;
use crate::stage::{descriptors, title};
use crate::state::groups::take_away;
use crate::state::ledger::Entered;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, sigprocmask};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid};
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

/// Longer than it takes for anything itself.
const ENOUGH: Duration = Duration::from_secs(15);

/// The controller's end.
#[derive(Debug)]
pub struct Keeper {
    process: Pid,
    /// Closed, it says that the lab is over; the kernel closes it for a controller that is killed.
    hold: Option<OwnedFd>,
    groups: Vec<PathBuf>,
    entry: Option<PathBuf>,
}

impl Keeper {
    /// Starts one, before the groups are made. The caller has one thread.
    pub fn start(groups: Vec<PathBuf>, entered: Entered) -> Result<Keeper, Failed> {
        let failed = |errno| Failed::new("fork", errno).on("the keeper of the control groups");
        let (wait, hold) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).map_err(failed)?;
        // SAFETY: the child makes system calls and uses memory of its own; the controller has one thread.
        match unsafe { nix::unistd::fork() }.map_err(failed)? {
            ForkResult::Parent { child } => {
                Ok(Keeper { process: child, hold: Some(hold), groups, entry: entered.hand_over() })
            }
            ForkResult::Child => keep(wait, hold, &groups, entered.hand_over()),
        }
    }

    /// Says that the lab is over.
    pub fn tell(&mut self) {
        drop(self.hold.take());
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.tell();
        if !ended_within(self.process, ENOUGH) {
            // Somebody has stopped it.
            kill(self.process, Signal::SIGKILL).ok();
        }
        let done = matches!(waitpid(self.process, None), Ok(WaitStatus::Exited(_, 0)));
        // Somebody has killed it, or it could not. What is left then stays in the ledger, for `clean`.
        if !done && take_away(&self.groups).is_ok() {
            self.entry.iter().for_each(|path| drop(std::fs::remove_file(path)));
        }
    }
}

/// The keeper's life.
fn keep(wait: OwnedFd, hold: OwnedFd, groups: &[PathBuf], entry: Option<PathBuf>) -> ! {
    nix::unistd::setsid().ok();
    // What ends others politely is no reason to leave the groups.
    let mut all = SigSet::all();
    all.remove(Signal::SIGCHLD);
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&all), None).ok();
    drop(hold);
    // Nothing of the controller's is to be kept open by it: a terminal, a pipe, the wire of another lab.
    let number = wait.as_raw_fd();
    for standard in 0..=descriptors::OWN_BINARY {
        if standard != number {
            // SAFETY: this process uses none of them.
            unsafe { libc::close(standard) };
        }
    }
    descriptors::close_all_but(number);
    title::find();
    title::set("keeper");
    std::fs::File::from(wait).read_exact(&mut [0]).ok();
    let done = take_away(groups).is_ok();
    if done {
        entry.iter().for_each(|path| drop(std::fs::remove_file(path)));
    }
    // SAFETY: nothing of the controller's is to be run here.
    unsafe { libc::_exit(i32::from(!done)) }
}
