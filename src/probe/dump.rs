//! A list of what the kernel has, asked for on a netlink socket: netlink(7), NLM_F_DUMP. Only the witnesses read it so;
//! the room that sends changes has a sender and a parser of its own.

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, NetlinkAddr, recv, sendto};
use std::os::fd::{AsRawFd, OwnedFd};

/// struct nlmsghdr, in bytes.
const HEADER: usize = 16;

/// Everything that the kernel lists for this kind of request: of each message what follows its header. `structure` is what
/// the request itself begins with. Errors: as the socket's calls, what the kernel answers, EBADMSG for a message cut short.
pub fn dump(socket: &OwnedFd, kind: u16, structure: &[u8]) -> Result<Vec<Vec<u8>>, Errno> {
    ask(socket, kind, libc::NLM_F_DUMP, structure)
}

/// The same for one thing, which the structure names.
pub fn one(socket: &OwnedFd, kind: u16, structure: &[u8]) -> Result<Vec<Vec<u8>>, Errno> {
    ask(socket, kind, libc::NLM_F_ACK, structure)
}

fn ask(socket: &OwnedFd, kind: u16, how: i32, structure: &[u8]) -> Result<Vec<Vec<u8>>, Errno> {
    let length = HEADER + structure.len();
    let mut request = Vec::with_capacity(length);
    request.extend((length as u32).to_ne_bytes());
    request.extend(kind.to_ne_bytes());
    request.extend(((libc::NLM_F_REQUEST | how) as u16).to_ne_bytes());
    request.extend([0; 8]);
    request.extend(structure);
    // Address 0 is the kernel.
    sendto(socket.as_raw_fd(), &request, &NetlinkAddr::new(0, 0), MsgFlags::empty())?;
    let mut found = Vec::new();
    let mut buffer = vec![0; 32 * 1024];
    loop {
        let count = recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
        let mut rest = &buffer[..count];
        while let Some(header) = rest.get(..HEADER) {
            let size = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
            match i32::from(u16::from_ne_bytes([header[4], header[5]])) {
                libc::NLMSG_DONE => return Ok(found),
                // The number 0 is an acknowledgement.
                libc::NLMSG_ERROR => return error(rest).map_or(Ok(found), Err),
                _ => found.push(rest.get(HEADER..size).ok_or(Errno::EBADMSG)?.to_vec()),
            }
            rest = rest.get(size.next_multiple_of(4)..).unwrap_or_default();
        }
    }
}

/// The number in an error message; none if it says that all is well.
fn error(message: &[u8]) -> Option<Errno> {
    let code = message.get(16..20).and_then(|code| code.try_into().ok()).map_or(0, i32::from_ne_bytes);
    (code != 0).then(|| Errno::from_raw(code.saturating_neg()))
}
