//! How our own tools speak: usage by clap, and an error that says what happened, the errno's name, and what to do.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

use clap::Parser;
use nix::errno::Errno;

use super::width;

/// What went wrong, ready to be printed.
#[derive(Debug)]
pub struct Failure(String);

pub type Outcome = Result<i32, Failure>;

impl Failure {
    pub fn new(text: impl Into<String>) -> Failure {
        Failure(text.into())
    }

    /// "cannot do this: ENAME (words)".
    pub fn errno(what: impl Display, errno: Errno) -> Failure {
        Failure(format!("{what}: {}", name(errno)))
    }

    pub fn io(what: impl Display, error: &io::Error) -> Failure {
        match error.raw_os_error() {
            Some(code) => Failure::errno(what, Errno::from_raw(code)),
            None => Failure(format!("{what}: {error}")),
        }
    }

    /// One more line: why, or the remedy.
    pub fn hint(self, hint: impl Display) -> Failure {
        Failure(format!("{}\n  {hint}", self.0))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure(String::new()),
            _ => Failure::io("cannot write the output", &error),
        }
    }
}

/// Seconds that somebody has asked for.
pub fn seconds(number: f64) -> Result<Duration, Failure> {
    Duration::try_from_secs_f64(number).map_err(|_| Failure::new("seconds must be a number from 0 up"))
}

/// `ENOENT (No such file or directory)`.
pub fn name(errno: Errno) -> String {
    format!("{errno:?} ({})", errno.desc())
}

/// Runs a tool whose options are `A`. A wrong option exits 2, as clap does; a failure exits 1.
pub fn run<A: Parser>(argv: Vec<OsString>, work: impl FnOnce(A) -> Outcome) -> i32 {
    match A::try_parse_from(argv) {
        Ok(arguments) => end(A::command().get_name(), work(arguments)),
        Err(error) => {
            let _ = error.print();
            error.exit_code()
        }
    }
}

/// A sentence under the tool's name, on standard error. Its further lines are indented already.
pub fn note(tool: &str, text: &str) {
    let width = width::of_errors();
    let mut lines = text.lines();
    let mut all = width::hung(&format!("{tool}: "), lines.next().unwrap_or_default(), width);
    for line in lines {
        let plain = line.trim_start();
        all.push_str(&width::hung(&line[..line.len() - plain.len()], plain, width));
    }
    let _ = io::stderr().write_all(all.as_bytes());
}

/// Prints a failure under the tool's name and gives the exit status.
pub fn end(tool: &str, outcome: Outcome) -> i32 {
    match outcome.and_then(|status| io::stdout().flush().map(|()| status).map_err(Failure::from)) {
        Ok(status) => status,
        // The reader of a pipe has seen enough: nobody to tell.
        Err(Failure(text)) if text.is_empty() => 141,
        Err(Failure(text)) => {
            note(tool, &text);
            1
        }
    }
}
