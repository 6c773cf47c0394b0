//! The descriptors of the lab's processes: which stay open, under which numbers, and that all others are closed.
//! close_range(2) is Linux 5.9; before that, what /proc/self/fd lists is closed one by one.

use super::wire::Wire;
use crate::kernel::error::Failed;
use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// The numbers that the two descriptors of the lab have in all its processes. All others are closed.
pub const OWN_BINARY: RawFd = 3;
const WIRE: RawFd = 4;

/// Closes every descriptor from this number on. The caller says by calling that nobody uses them any more.
pub fn close_from(first: RawFd) {
    // SAFETY: as above.
    if unsafe { libc::close_range(first.cast_unsigned(), libc::c_uint::MAX, 0) } == 0 {
        return;
    }
    let listed = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    // The list is read to its end first: it has a descriptor of its own, which is closed by then.
    let numbers: Vec<RawFd> = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|number| *number >= first) {
        // SAFETY: as above.
        unsafe { libc::close(number) };
    }
}

/// Closes every descriptor but the three standard ones, Boxlab's own binary, and one wire. For a process that has just
/// been forked and uses nothing else of what its parent had.
pub fn close_all_but(wire: RawFd) {
    for number in OWN_BINARY + 1..wire {
        // SAFETY: the caller has said that nobody uses it any more.
        unsafe { libc::close(number) };
    }
    close_from(wire + 1);
}

/// Leaves the wire and the own binary open, at fixed numbers, and nothing that the controller had: no terminal, no
/// descriptor that leads out of the lab. Errors: as dup3(2).
pub fn only_two(wire: &Wire, binary: &File) -> Result<Wire, Failed> {
    let null = File::options().read(true).write(true).open("/dev/null");
    // SAFETY: the numbers up to WIRE belong to this process alone, and what they named is not used any more: the
    // sources are moved out of the way first (F_DUPFD) so that none is overwritten before it is copied.
    unsafe {
        let high = |number: RawFd| libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 64);
        let (null, binary, wire) = (null.map(|it| high(it.as_raw_fd())), high(binary.as_raw_fd()), high(wire.number()));
        for number in 0..3 {
            match &null {
                Ok(null) => libc::dup2(*null, number),
                Err(_) => libc::close(number),
            };
        }
        let moved = [(binary, OWN_BINARY), (wire, WIRE)]
            .map(|(from, to)| libc::dup3(from, to, libc::O_CLOEXEC))
            .iter()
            .all(|result| *result >= 0);
        let errno = nix::errno::Errno::last();
        close_from(WIRE + 1);
        if moved { Ok(Wire::from_descriptor(OwnedFd::from_raw_fd(WIRE))) } else { Err(Failed::new("dup3", errno)) }
    }
}
