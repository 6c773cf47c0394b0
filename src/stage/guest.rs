//! The probe: Boxlab's own program, started by somebody else's inside whatever that has built. It is an agent that was
//! not forked but executed, so the stage looks through it as through any other actor. It finds the stage by a socket that
//! it has inherited, and sends one end of a socket pair of its own along that; by who made the pair the kernel vouches for
//! it (SO_PEERCRED, unix(7)), whatever anybody else writes to the socket.

use super::wire::Wire;
use nix::sys::socket::{ControlMessage, MsgFlags, SockType, getsockopt, sendmsg, sockopt};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io::{IoSlice, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The name that the program is called by as a probe.
pub const NAME: &str = "probe";
/// Before the program that it becomes at its end.
pub const THEN: &str = "--then";
/// The variable that has the socket's number. Where it was cleared, the socket is looked for.
pub const VARIABLE: &str = "BOXLAB_PROBE";
/// The number that the socket has in the program that is started: out of the way of those that scripts use.
pub const SOCKET: RawFd = 198;
/// No number above this is looked at.
const HIGHEST: RawFd = 1023;

/// What a probe says first.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    pub name: String,
}

/// Whether the program was called as a probe.
pub fn is_probe(arguments: &[OsString]) -> bool {
    let name = arguments.first().map(std::path::Path::new).and_then(std::path::Path::file_name);
    name.is_some_and(|name| name == NAME)
}

/// Lives as a probe until the stage lets it end; the exit status is 0 then. Its argument is its name, where an exercise
/// has several; or `--then` and a program, which it becomes at its end.
pub fn run(arguments: &[OsString]) -> u8 {
    // Nobody of its own user namespace is to read or write its memory.
    nix::sys::prctl::set_dumpable(false).ok();
    let (name, then) = match arguments.get(1..).unwrap_or_default() {
        [option, then @ ..] if option == THEN => (NAME.to_owned(), then),
        [name, ..] => (name.to_string_lossy().into_owned(), &[][..]),
        [] => (NAME.to_owned(), &[][..]),
    };
    match hello(&name) {
        Ok(wire) => {
            super::title::find();
            super::broken::install();
            // It may be in a group with a limit, and is not to be ended in place of what it runs there.
            crate::kernel::process::programs_are_expendable();
            super::agent::serve(&name, wire, Default::default());
            let Some((program, more)) = then.split_first() else { return 0 };
            let error = Command::new(program).args(more).exec();
            std::io::stderr().write_all(format!("probe: {}: {error}\n", program.display()).as_bytes()).ok();
            127
        }
        Err(sentence) => {
            // Where standard error is closed too, nothing can be done.
            std::io::stderr().write_all(format!("probe: {sentence}\n").as_bytes()).ok();
            1
        }
    }
}

fn hello(name: &str) -> Result<Wire, String> {
    let socket = find().ok_or_else(|| {
        format!(
            "the checker's socket is not open here. Descriptor {SOCKET} must be inherited: do not close it, in Python \
             start the probe with close_fds=False. By hand there is no checker: use `boxlab exercise check`."
        )
    })?;
    let failed = |errno: nix::errno::Errno| format!("the checker does not hear: {errno:?}");
    let (own, other) = Wire::pair().map_err(failed)?;
    let text = serde_json::to_vec(&Hello { name: name.to_owned() }).unwrap_or_default();
    let descriptors = [other.number()];
    let rights = [ControlMessage::ScmRights(&descriptors)];
    sendmsg::<()>(socket.as_raw_fd(), &[IoSlice::new(&text)], &rights, MsgFlags::MSG_NOSIGNAL, None).map_err(failed)?;
    // What this process will run has no use for it.
    // SAFETY: nobody else in this process uses the number.
    unsafe { libc::close(socket.as_raw_fd()) };
    Ok(own)
}

/// The socket, by the number that the variable says, else wherever it is.
fn find() -> Option<BorrowedFd<'static>> {
    let told = std::env::var(VARIABLE).ok().and_then(|number| number.parse().ok());
    let all = told.into_iter().chain([SOCKET]).chain(3..=HIGHEST);
    all.filter(|number| *number > 2).find_map(|number: RawFd| {
        // SAFETY: a number that is not open gives EBADF, and touches nothing.
        if unsafe { libc::fcntl(number, libc::F_GETFD) } < 0 {
            return None;
        }
        // SAFETY: it is open, and this process has one thread and closes nothing meanwhile.
        let socket = unsafe { BorrowedFd::borrow_raw(number) };
        (getsockopt(&socket.as_fd(), sockopt::SockType) == Ok(SockType::SeqPacket)).then_some(socket)
    })
}
