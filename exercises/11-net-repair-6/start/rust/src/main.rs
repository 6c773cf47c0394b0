//! Mends the network of a box, then starts the command that it is given.

use std::os::unix::process::CommandExt;
use std::process::Command;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Runs a tool to its end.
fn tool(words: &[&str]) -> Result {
    let status = Command::new(words[0]).args(&words[1..]).status()?;
    if status.success() { Ok(()) } else { Err(format!("{words:?} failed").into()) }
}

/// Mends the network, by one operation. `in_box` is the PID of a process in the box.
fn mend(_in_box: &str) -> Result {
    // TODO: one operation. For example tool(&["ip", "link"]) prints the links of the host.
    Ok(())
}

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let in_box = arguments.next().ok_or("no PID")?;
    let program = arguments.next().ok_or("which command?")?;
    mend(&in_box)?;
    // exec comes back only if it has failed.
    Err(Command::new(program).args(arguments).exec().into())
}
