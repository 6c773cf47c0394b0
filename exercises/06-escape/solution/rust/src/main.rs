//! Starts the command that it is given, outside of the directory that this program is locked into by chroot(2).

use nix::unistd::{chdir, chroot};
use std::error::Error;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Steps up: more than a path can have directories. At the top `..` is the same directory.
const STEPS: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().ok_or("which command?")?;
    leave()?;
    // exec comes back only if it has failed.
    Err(Command::new(program).args(arguments).exec().into())
}

/// Goes to the root of the mount namespace.
fn leave() -> nix::Result<()> {
    chdir("/")?;
    // Another root, further down: now the working directory is outside, and `..` is stopped at the root only.
    chroot(Path::new("bin"))?;
    for _ in 0..STEPS {
        chdir("..")?;
    }
    // Where the climb has ended is the root that everybody else has.
    chroot(".")
}
