//! The tools inside a half-built container: a shell, the usual commands, and small ones of our own.
//!
//! All of them are this one static program, which looks at the name it was called by. They have to work where nothing
//! else does: no /bin, no /proc, no /dev, no /etc/passwd, no terminal. So a tool never needs a file to be found
//! (`program.rs`), says what is missing instead of failing strangely, and never panics.
//!
//! This room serves the learner's prompt. It must not be used by the rooms that build or watch the lesson's container.

mod background;
mod burn;
mod caps;
mod clear;
mod coreutils;
mod eat;
mod free;
mod grep;
mod help;
mod hostname;
mod ip;
mod lsns;
mod mount;
mod namespaces;
mod nc;
mod nft;
mod nproc;
mod nsenter;
mod nslookup;
mod ping;
mod pivot_root;
mod program;
mod ps;
mod report;
mod resolve;
mod setcap;
mod setpriv;
mod shell;
mod speed;
mod table;
mod tar;
mod tcp;
mod tcpdump;
mod umount;
mod unshare;
mod wget;
mod which;
mod why;
mod width;

use std::ffi::{OsStr, OsString};
use std::path::Path;

pub use program::{become_program, remember_program, use_program};
pub use shell::{ShellOptions, shell};

/// Runs the tool that `argv[0]` names, and gives its exit status; `None` when it names no tool.
pub fn tool(argv: Vec<OsString>) -> Option<i32> {
    let name = Path::new(argv.first()?).file_name().and_then(OsStr::to_str)?;
    // A login shell is told so by a leading dash.
    let tool = table::find(name.strip_prefix('-').unwrap_or(name))?;
    program::remember_program();
    program::take_name(tool.name);
    // The Rust runtime ignores SIGPIPE at start. A shell must end by it, or `while :; do echo yes; done` into a pipe that
    // nobody reads has no end. If it cannot be set, a tool still sees EPIPE.
    uucore::signals::enable_pipe_errors().ok();
    Some((tool.run)(argv))
}

/// The names of all tools, sorted: one link each makes a /bin.
pub fn names() -> &'static [&'static str] {
    table::names()
}
