//! `tools`: every tool with one line.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;

use clap::Parser;

use super::{report, table};

/// List the commands that are always here, whatever the root file system has
#[derive(Parser)]
#[command(name = "tools")]
struct Arguments {}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |_: Arguments| {
        std::io::stdout().write_all(list().as_bytes())?;
        Ok(0)
    })
}

pub fn list() -> String {
    let mut text = String::new();
    for tool in table::TOOLS {
        let _ = writeln!(text, "  {:<11} {}", tool.name, tool.help);
    }
    text
}
