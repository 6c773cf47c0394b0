//! The memory of a process that is stopped at a system call: what its arguments point to (process_vm_readv(2)).

use super::call::LONGEST;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;
use std::io::IoSliceMut;

/// A number in the tracee's memory.
pub(super) fn word(pid: Pid, address: u64) -> Option<u64> {
    memory(pid, address, 8).try_into().ok().map(u64::from_ne_bytes)
}

/// Bytes of the tracee's memory; fewer where it ends.
pub(super) fn memory(pid: Pid, address: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let Ok(base) = usize::try_from(address) else { return Vec::new() };
    let read = process_vm_readv(pid, &mut [IoSliceMut::new(&mut bytes)], &[RemoteIoVec { base, len: length }]);
    bytes.truncate(read.unwrap_or(0));
    bytes
}

/// A string up to its end 0. Read a page at a time, since the next page may not be there.
pub(super) fn string(pid: Pid, address: u64) -> String {
    const PAGE: u64 = 4096;
    let mut text = Vec::new();
    let mut at = address;
    while text.len() < LONGEST {
        let length = usize::try_from(PAGE - at % PAGE).unwrap_or(1);
        let piece = memory(pid, at, length);
        if let Some(end) = piece.iter().position(|byte| *byte == 0) {
            text.extend(&piece[..end]);
            break;
        }
        if piece.is_empty() {
            break;
        }
        text.extend(&piece);
        at += piece.len() as u64;
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// `["ls", "-l"]`, at most eight of them.
pub(super) fn words(pid: Pid, address: u64) -> String {
    let mut list = Vec::new();
    for at in 0..8 {
        let pointer = memory(pid, address + 8 * at, 8);
        let Ok(pointer) = pointer.try_into().map(u64::from_ne_bytes) else { break };
        if pointer == 0 {
            break;
        }
        list.push(format!("{:?}", string(pid, pointer)));
    }
    format!("[{}]", list.join(", "))
}
