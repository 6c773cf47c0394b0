//! Starts the command that it is given in a UTS namespace of its own, in which the host's name is box.

use nix::sched::{CloneFlags, unshare};
use nix::unistd::sethostname;
use std::os::unix::process::CommandExt;
use std::process::Command;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().ok_or("which command?")?;
    // From here on the name is this process' own.
    unshare(CloneFlags::CLONE_NEWUTS)?;
    sethostname("box")?;
    // exec comes back only if it has failed.
    Err(Command::new(program).args(arguments).exec().into())
}
