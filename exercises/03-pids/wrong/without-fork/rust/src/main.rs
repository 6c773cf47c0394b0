//! A small container runtime: `mybox COMMAND…` starts the command with a host name of its own.

use nix::sched::{CloneFlags, unshare};
use nix::unistd::sethostname;
use std::error::Error;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let command: Vec<OsString> = std::env::args_os().skip(1).collect();
    call("unshare", unshare(CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWPID))?;
    container(&command)
}

/// Takes what is the container's own, and becomes the command.
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

/// An errno alone does not say which call it was.
fn call<T>(name: &str, result: nix::Result<T>) -> Result<T> {
    result.map_err(|errno| format!("{name}: {errno}").into())
}
