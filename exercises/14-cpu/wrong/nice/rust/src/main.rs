//! Runs a command, as nice as it can be.

use std::os::unix::process::CommandExt;
use std::process::Command;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result {
    let mut arguments = std::env::args().skip(3);
    let program = arguments.next().ok_or("which command?")?;
    // SAFETY: the call takes one number.
    unsafe { libc::nice(19) };
    Err(Command::new(program).args(arguments).exec().into())
}
