//! `clear`: empties the screen and puts the cursor home. Any terminal of today understands the sequence, so no terminfo
//! file is needed. Manual: console_codes(4).

use std::ffi::OsString;
use std::io::Write as _;

use clap::Parser;

use super::report;

/// Clear the screen
#[derive(Parser)]
#[command(name = "clear")]
struct Arguments {}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |_: Arguments| {
        std::io::stdout().write_all(b"\x1b[H\x1b[2J\x1b[3J")?;
        Ok(0)
    })
}
