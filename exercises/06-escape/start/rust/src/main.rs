//! Starts the command that it is given. This program is locked into a directory by chroot(2).
//! TODO: leave it first, so that the command is started with the host's root.

use std::error::Error;
use std::os::unix::process::CommandExt;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().ok_or("which command?")?;
    // exec comes back only if it has failed.
    Err(Command::new(program).args(arguments).exec().into())
}
