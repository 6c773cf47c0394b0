//! A small container runtime: `mybox ROOT COMMAND…` starts the command with a host name, a process tree, a mount table and a
//! root file system of its own.

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, chdir, chroot, fork, sethostname};
use std::error::Error;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let root = PathBuf::from(arguments.next().ok_or("which root?")?);
    let command: Vec<OsString> = arguments.collect();
    let kinds = CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNS;
    call("unshare", unshare(kinds))?;
    // The call has moved this process for all kinds but one: the PID namespace is for the child.
    // SAFETY: there is one thread, so nothing that a child would need is held by another.
    match call("fork", unsafe { fork() })? {
        ForkResult::Child => container(&root, &command),
        ForkResult::Parent { child } => exit(status_of(child)?),
    }
}

/// PID 1: takes what is the container's own, and becomes the command.
fn container(root: &Path, command: &[OsString]) -> Result<()> {
    call("sethostname", sethostname("box"))?;
    mounts(root)?;
    enter(root)?;
    become_command(command)
}

/// What is mounted in the container, while the paths are still the host's.
fn mounts(root: &Path) -> Result<()> {
    // The mount table is a copy whose mounts are still connected with the host's.
    change("/", MsFlags::MS_PRIVATE | MsFlags::MS_REC)?;
    let safe = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    // proc shows the PID namespace of whoever mounts it, so this is for the child to do.
    new("proc", &root.join("proc"), safe | MsFlags::MS_NOEXEC, None)?;
    new("tmpfs", &root.join("tmp"), safe, Some("mode=1777"))
}

/// Makes the directory `root` the root of this process.
/// TODO: of the mount table, not only of this process, and take the old one away.
fn enter(root: &Path) -> Result<()> {
    call("chroot", chroot(root))?;
    // The working directory is still outside, and from there relative paths lead to the host's files.
    call("chdir to /", chdir("/"))
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
fn new(kind: &str, at: &Path, flags: MsFlags, options: Option<&str>) -> Result<()> {
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
