//! Starts a command in a running container, by the PID of its first process.

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A descriptor of a process: unlike its PID, it can never come to mean another one.
fn pidfd(pid: i32) -> Result<OwnedFd> {
    // SAFETY: the call takes two numbers.
    let number = Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    // SAFETY: the kernel has just given this descriptor to us.
    Ok(unsafe { OwnedFd::from_raw_fd(number as i32) })
}

/// Enters all namespaces of a process in one call, so that no order can be wrong.
fn enter(target: i32) -> Result {
    let kinds = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC;
    Ok(setns(pidfd(target)?, kinds)?)
}

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let target: i32 = arguments.next().ok_or("no PID")?.parse()?;
    let program = arguments.next().ok_or("which command?")?;
    enter(target)?;
    // exec comes back only if it has failed.
    Err(Command::new(program).args(arguments).exec().into())
}
