//! The two descriptors that the start of a background job needs, see `jobs.rs` and `background.rs`.
//!
//! While `__quiet` holds, the shell's standard error is a memory file, and the real one waits at another number for the
//! program to take back. The memory file needs no file system, and a seal tells it from a file that the user chose.
//!
//! Manual: memfd_create(2), F_ADD_SEALS in fcntl(2).

use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read as _, Seek as _};
use std::os::fd::{AsFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::memfd::{MFdFlags, memfd_create};

/// Where the real standard error is while the shell's is quiet.
pub const REAL_ERROR: RawFd = 58;
/// Held open by the program until it has been executed.
pub const GATE: RawFd = 59;
/// Nobody else would seal a file this way and leave it open to other seals.
const MARK: SealFlag = SealFlag::F_SEAL_SHRINK;

pub fn sink() -> nix::Result<File> {
    let file = memfd_create("boxlab-quiet", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
    fcntl(&file, FcntlArg::F_ADD_SEALS(MARK))?;
    Ok(File::from(file))
}

pub fn is_sink(fd: impl AsFd) -> bool {
    fcntl(fd, FcntlArg::F_GET_SEALS).is_ok_and(|seals| seals == MARK.bits())
}

/// What the shell said meanwhile, without its words about stopped jobs.
pub fn said(mut sink: File) -> String {
    let mut text = String::new();
    let _ = sink.rewind();
    let _ = sink.read_to_string(&mut text);
    text.split_inclusive('\n').filter(|line| !line.starts_with("\r[")).collect()
}

pub fn gate() -> std::io::Result<(PipeReader, PipeWriter)> {
    std::io::pipe()
}

/// Calls `nudge` until every holder of the gate has been executed or has ended. A program may stop itself only after
/// the first nudge, so one is not enough; there is no event for "about to stop" to wait for instead.
pub fn until_open(gate: &PipeReader, mut nudge: impl FnMut()) {
    for _ in 0..200 {
        nudge();
        let mut polled = [PollFd::new(gate.as_fd(), PollFlags::POLLIN)];
        match poll(&mut polled, PollTimeout::from(10u8)) {
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) | Err(_) => return,
        }
    }
}
