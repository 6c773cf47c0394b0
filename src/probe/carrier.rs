//! A link that has a carrier does not send at once: a worker of the kernel (linkwatch) turns its queue on some time later,
//! and plugs a bridge's port in. A packet that is sent before is lost without an error. Whoever is to use the lab is
//! given it after that. The operational state, IFLA_OPERSTATE of rtnetlink(7), tells what is late; since Linux 6.8 the
//! question for one link makes the kernel do it at once.

use super::dump::one;
use super::network::{Object, is_of_kind, objects};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

/// RTMGRP_LINK, the group as a bit (linux/rtnetlink.h): each change of a link is announced to it.
const GROUP: u32 = 1;
/// IF_OPER_UP (linux/if.h).
const OPERATES: u8 = 6;
/// Where an older kernel takes longer than this, only the state is late: a queue that is off is turned on with urgency.
const LONGEST: Duration = Duration::from_millis(1000);

/// Waits until each link of the caller's namespace that has a carrier also sends. Errors: as the socket's calls.
pub fn until_links_send() -> Result<(), Errno> {
    let open = |groups| {
        let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
        Ok::<_, Errno>(socket)
    };
    // Before the first look, so that no change is missed between the two.
    let (changes, questions) = (open(GROUP)?, open(0)?);
    let end = Instant::now() + LONGEST;
    loop {
        let links = objects(&questions, libc::RTM_GETLINK, libc::AF_UNSPEC, 16)?;
        let late: Vec<i32> = links.iter().filter(|link| is_late(link)).filter_map(|link| link.int(4)).collect();
        if late.is_empty() {
            return Ok(());
        }
        for index in late {
            // struct ifinfomsg: the number stands after four bytes.
            let mut structure = [0; 16];
            structure[4..8].copy_from_slice(&index.to_ne_bytes());
            one(&questions, libc::RTM_GETLINK, &structure)?;
        }
        let left = PollTimeout::try_from(end.saturating_duration_since(Instant::now())).unwrap_or(PollTimeout::ZERO);
        let mut changed = [PollFd::new(changes.as_fd(), PollFlags::POLLIN)];
        if poll(&mut changed, left)? == 0 {
            return Ok(());
        }
        // What has changed is seen at the next look.
        let mut message = [0; 8192];
        while recv(changes.as_raw_fd(), &mut message, MsgFlags::MSG_DONTWAIT).is_ok() {}
    }
}

fn is_late(link: &Object) -> bool {
    let is = |kind: u16, value: u8| link.attribute(kind).is_some_and(|it| it.first() == Some(&value));
    // Other kinds may have no such state.
    is(libc::IFLA_CARRIER, 1) && !is(libc::IFLA_OPERSTATE, OPERATES) && is_of_kind(link, &["veth", "bridge"])
}
