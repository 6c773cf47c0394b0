//! A problem that is told to a person: what happened, why, and what to type next; and the exit status it ends in.
//! The statuses are those of the README: 0 done, 1 a check failed, 2 the command line or a lesson file is wrong,
//! 3 this machine cannot run it.

use crate::letters::legible;
use colored::Colorize;
use std::fmt::Write;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub what: String,
    pub why: Option<String>,
    /// A command, or what else to do.
    pub next: Option<String>,
    pub status: u8,
}

/// A check failed.
pub const FAILED: u8 = 1;
/// The command line or a lesson file is wrong.
pub const WRONG: u8 = 2;
/// This machine cannot run it.
pub const CANNOT: u8 = 3;

impl Problem {
    pub fn new(status: u8, what: impl Into<String>) -> Problem {
        Problem { what: what.into(), why: None, next: None, status }
    }

    pub fn because(mut self, why: impl Into<String>) -> Problem {
        self.why = Some(why.into());
        self
    }

    pub fn next(mut self, next: impl Into<String>) -> Problem {
        self.next = Some(next.into());
        self
    }

    /// Nobody reads the output any more, which is no failure: `boxlab list | head -1`.
    pub fn nobody_reads() -> Problem {
        Problem::new(0, "")
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.what)?;
        if let Some(why) = &self.why {
            write!(out, "\n  {}", why.trim_end().replace('\n', "\n  "))?;
        }
        if let Some(next) = &self.next {
            write!(out, "\n  {} {}", "Next:".bold(), next.trim_end().replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

/// Writes to standard output. A full disk is a problem; a reader that has gone is not.
pub fn print(text: &str) -> Result<(), Problem> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    out.write_all(legible(text, &out).as_bytes()).and_then(|()| out.flush()).map_err(|error| unprinted(&error))
}

/// Standard output could not be written to.
pub fn unprinted(error: &std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        return Problem::nobody_reads();
    }
    Problem::new(FAILED, "The output could not be written.")
        .because(error.to_string())
        .next("free some space, or write to another place")
}

/// A line on standard error. Where that is closed too, nothing can be done.
pub fn complain(line: &dyn std::fmt::Display) {
    use std::io::Write;
    let mut out = std::io::stderr();
    out.write_all(legible(&format!("{line}\n"), &out).as_bytes()).ok();
}

/// The problem as it is printed on standard error.
pub fn told(problem: &Problem) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} {problem}", "boxlab:".red().bold());
    text
}
