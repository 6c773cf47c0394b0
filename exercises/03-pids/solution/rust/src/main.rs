//! A small container runtime: `mybox COMMAND…` starts the command with a host name and a process tree of its own.

use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, sethostname};
use std::error::Error;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let command: Vec<OsString> = std::env::args_os().skip(1).collect();
    call("unshare", unshare(CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWPID))?;
    // The call has moved this process to the UTS namespace. The PID namespace is for the child.
    // SAFETY: there is one thread, so nothing that a child would need is held by another.
    match call("fork", unsafe { fork() })? {
        ForkResult::Child => container(&command),
        ForkResult::Parent { child } => exit(status_of(child)?),
    }
}

/// PID 1: takes what is the container's own, and becomes the command.
fn container(command: &[OsString]) -> Result<()> {
    call("sethostname", sethostname("box"))?;
    become_command(command)
}

/// exec comes back only if it has failed.
fn become_command(command: &[OsString]) -> Result<()> {
    let (program, arguments) = command.split_first().ok_or("which command?")?;
    let error = Command::new(program).args(arguments).exec();
    Err(format!("exec {}: {error}", program.display()).into())
}

/// Waits for the container. Its exit status, as a shell would say it.
fn status_of(child: Pid) -> Result<i32> {
    match call("waitpid", waitpid(child, None))? {
        WaitStatus::Exited(_, status) => Ok(status),
        WaitStatus::Signaled(_, signal, _) => Ok(128 + signal as i32),
        other => Err(format!("the container has not ended: {other:?}").into()),
    }
}

/// An errno alone does not say which call it was.
fn call<T>(name: &str, result: nix::Result<T>) -> Result<T> {
    result.map_err(|errno| format!("{name}: {errno}").into())
}
