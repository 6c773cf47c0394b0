//! Starts the command in a mount namespace of its own, which sees what the host mounts later, and tells the host nothing.

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use std::error::Error;
use std::os::unix::process::CommandExt;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().ok_or("which command?")?;
    unshare(CloneFlags::CLONE_NEWNS)?;
    // The copies are peers of the host's mounts. As slaves they hear of events there, and pass none on.
    propagation("/", MsFlags::MS_SLAVE | MsFlags::MS_REC)?;
    // exec comes back only if it has failed.
    Err(Command::new(program).args(arguments).exec().into())
}

/// Changes to whom a mount passes events on.
fn propagation(at: &str, flags: MsFlags) -> nix::Result<()> {
    mount(None::<&str>, at, None::<&str>, flags, None::<&str>)
}
