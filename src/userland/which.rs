//! `which NAME...`: what a command name would run: a program in PATH, or a tool that this program brings along.

use std::ffi::OsString;
use std::io::Write as _;

use clap::Parser;
use nix::unistd::{AccessFlags, access};

use super::{report, table};

/// Say what a command name would run
#[derive(Parser)]
#[command(name = "which")]
struct Arguments {
    #[arg(required = true)]
    names: Vec<String>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |arguments: Arguments| {
        let mut missing = 0;
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
        for name in &arguments.names {
            let found = std::env::split_paths(&path)
                .map(|directory| directory.join(name))
                .find(|file| file.is_file() && access(file, AccessFlags::X_OK).is_ok());
            match (found, table::find(name)) {
                (Some(file), _) => writeln!(std::io::stdout(), "{}", file.display())?,
                (None, Some(tool)) => {
                    writeln!(std::io::stdout(), "{}: brought along by Boxlab, not a file here", tool.name)?;
                }
                (None, None) => missing = 1,
            }
        }
        Ok(missing)
    })
}
