//! Starts a command in a running container, by the PID of its first process.

use nix::sched::{CloneFlags, setns};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use std::os::unix::process::CommandExt;
use std::process::Command;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Enters the namespaces of a process, one after the other.
fn enter(target: i32) -> Result {
    for kind in ["mnt", "uts", "net", "ipc", "pid", "user"] {
        let path = format!("/proc/{target}/ns/{kind}");
        let file = std::fs::File::open(&path).map_err(|error| format!("{path}: {error}"))?;
        setns(file, CloneFlags::empty())?;
    }
    Ok(())
}

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let target: i32 = arguments.next().ok_or("no PID")?.parse()?;
    let program = arguments.next().ok_or("which command?")?;
    enter(target)?;
    // The PID namespace is for children, and so the command is one.
    // SAFETY: this program has one thread.
    match unsafe { fork() }? {
        ForkResult::Child => Err(Command::new(program).args(arguments).exec().into()),
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, status) => std::process::exit(status),
            WaitStatus::Signaled(_, signal, _) => std::process::exit(128 + signal as i32),
            other => Err(format!("{other:?}").into()),
        },
    }
}
