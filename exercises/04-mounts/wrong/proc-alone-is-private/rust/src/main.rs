//! A small container runtime: `mybox COMMAND…` starts the command with a host name, a process tree and a mount table of its
//! own.

use nix::mount::{MsFlags, mount};
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
    let kinds = CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNS;
    call("unshare", unshare(kinds))?;
    // The call has moved this process for all kinds but one: the PID namespace is for the child.
    // SAFETY: there is one thread, so nothing that a child would need is held by another.
    match call("fork", unsafe { fork() })? {
        ForkResult::Child => container(&command),
        ForkResult::Parent { child } => exit(status_of(child)?),
    }
}

/// PID 1: takes what is the container's own, and becomes the command.
fn container(command: &[OsString]) -> Result<()> {
    call("sethostname", sethostname("box"))?;
    mounts()?;
    become_command(command)
}

/// What is mounted in the container.
fn mounts() -> Result<()> {
    // The mount table is a copy whose mounts are still connected with the host's: what is mounted on this one would appear there.
    change("/proc", MsFlags::MS_PRIVATE)?;
    let safe = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    // proc shows the PID namespace of whoever mounts it, so this is for the child to do.
    new("proc", "/proc", safe | MsFlags::MS_NOEXEC, None)?;
    new("tmpfs", "/tmp", safe, Some("mode=1777"))
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

/// Mounts a new file system.
fn new(kind: &str, at: &str, flags: MsFlags, options: Option<&str>) -> Result<()> {
    call(&format!("mount {kind}"), mount(Some(kind), at, Some(kind), flags, options))
}

/// Changes a mount that is there.
fn change(at: &str, flags: MsFlags) -> Result<()> {
    call(&format!("change the mount {at}"), mount(none(), at, none(), flags, none()))
}

/// Where mount(2) looks at an argument for some uses only.
fn none() -> Option<&'static str> {
    None
}

/// An errno alone does not say which call it was.
fn call<T>(name: &str, result: nix::Result<T>) -> Result<T> {
    result.map_err(|errno| format!("{name}: {errno}").into())
}
