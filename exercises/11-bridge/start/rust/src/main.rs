//! Starts the command that it is given twice, as `one` and `two`. TODO: in network namespaces of their own, on one switch.

use std::process::{Child, Command};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Runs a tool to its end: `ip`, `nft`, `nsenter`.
#[allow(dead_code)]
fn tool(words: &[&str]) -> Result {
    let status = Command::new(words[0]).args(&words[1..]).status()?;
    if status.success() { Ok(()) } else { Err(format!("{words:?} failed").into()) }
}

/// A container.
fn container(name: &str, command: &[String]) -> Result<Child> {
    Ok(Command::new(&command[0]).args(&command[1..]).arg(name).spawn()?)
}

fn main() -> Result {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let containers = [container("one", &command)?, container("two", &command)?];
    for mut container in containers {
        container.wait()?;
    }
    Ok(())
}
