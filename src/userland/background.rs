//! `background PROGRAM`: stops itself, and once continued becomes the program. The shell starts every background job
//! through it; see shell/jobs.rs.
//!
//! Manual: signal(7) (SIGSTOP, SIGCONT), fcntl(2).

use std::ffi::OsString;
use std::os::fd::BorrowedFd;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::{Signal, raise};

use super::program;
use super::shell::quiet::{GATE, REAL_ERROR, is_sink};

pub const NAME: &str = "background";

pub fn run(argv: Vec<OsString>) -> i32 {
    if argv.len() < 2 || argv[1] == "--help" {
        eprintln!(
            "Usage: background PROGRAM [ARGUMENT...]\nThe shell uses it to start a job; write `PROGRAM &` instead."
        );
        return 2;
    }
    let _ = raise(Signal::SIGSTOP);
    // SAFETY: the numbers are the shell's side of the agreement; if one is not open, the calls fail with EBADF.
    let (real, gate) = unsafe { (BorrowedFd::borrow_raw(REAL_ERROR), BorrowedFd::borrow_raw(GATE)) };
    // A standard error that the user redirected is no sink, and stays.
    if is_sink(std::io::stderr()) {
        let _ = nix::unistd::dup2_stderr(real);
    }
    for fd in [real, gate] {
        let _ = fcntl(fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC));
    }
    program::become_command(NAME, &argv[1..])
}
