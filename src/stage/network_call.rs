//! What is shown of a call on a socket: the address it is about, or the request that a netlink message makes.
//! The kernel answers a netlink request by a message too, so the call that sends it does not fail; the one that receives
//! the answer is shown where that is an error.

use crate::evidence::record::{Arg, Call, Returned};
use crate::kernel::error::Errno;

/// Requests by their number: rtnetlink(7), linux/rtnetlink.h.
pub(super) const REQUESTS: [(u16, &str); 7] = [
    (libc::RTM_NEWLINK, "RTM_NEWLINK"),
    (libc::RTM_DELLINK, "RTM_DELLINK"),
    (libc::RTM_SETLINK, "RTM_SETLINK"),
    (libc::RTM_NEWADDR, "RTM_NEWADDR"),
    (libc::RTM_DELADDR, "RTM_DELADDR"),
    (libc::RTM_NEWROUTE, "RTM_NEWROUTE"),
    (libc::RTM_DELROUTE, "RTM_DELROUTE"),
];

/// The messages in a transaction of nf_tables by their number: linux/netfilter/nf_tables.h.
pub(super) const FILTER_REQUESTS: [(u16, &str); 4] =
    [(0xa00, "NFT_MSG_NEWTABLE"), (0xa02, "NFT_MSG_DELTABLE"), (0xa03, "NFT_MSG_NEWCHAIN"), (0xa06, "NFT_MSG_NEWRULE")];
/// NFNL_MSG_BATCH_BEGIN, which a transaction begins with.
pub(super) const BATCH: u16 = 16;

/// What a transaction asks for, message by message.
fn transaction(mut bytes: &[u8]) -> Arg {
    let mut names = Vec::new();
    while let Some(header) = bytes.get(..6) {
        let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]);
        let kind = u16::from_ne_bytes([header[4], header[5]]);
        names.extend(FILTER_REQUESTS.iter().find(|(number, _)| *number == kind).map(|(_, name)| *name));
        let next = usize::try_from(length).unwrap_or(usize::MAX).max(16);
        bytes = bytes.get(next..).unwrap_or_default();
    }
    Arg::Flags(names.join(" + "))
}

/// What is sent: a route netlink request by its name, an ICMP echo request with the size of its data, or nothing that is
/// known. `all` is the message's whole length.
pub fn message(bytes: &[u8], all: u64) -> Arg {
    let half = |at: usize| bytes.get(at..at + 2).map(|it| u16::from_ne_bytes([it[0], it[1]]));
    // struct nlmsghdr: the length of all of it, in four bytes, and the kind.
    let length = bytes.get(..4).map(|it| u32::from_ne_bytes([it[0], it[1], it[2], it[3]]));
    if length.is_some_and(|length| usize::try_from(length) == Ok(bytes.len())) {
        let name = REQUESTS.iter().find(|(number, _)| half(4) == Some(*number));
        return name.map_or(Arg::Hidden, |(_, name)| Arg::Flags((*name).to_owned()));
    }
    match bytes {
        // struct nlmsghdr and struct nfgenmsg.
        [20, 0, 0, 0, ..] if half(4) == Some(BATCH) => transaction(bytes),
        [8, 0, ..] => Arg::Flags(match all.saturating_sub(8) {
            0 => "ICMP_ECHO".to_owned(),
            data => format!("ICMP_ECHO with {data} bytes"),
        }),
        _ => Arg::Hidden,
    }
}

/// The one ioctl(2) that lessons are about: a link's number by its name, which is what its argument begins with.
pub fn request(number: u64) -> Arg {
    if number == libc::SIOCGIFINDEX { Arg::Flags("SIOCGIFINDEX".to_owned()) } else { Arg::Hidden }
}

/// `SOCK_RAW`: the lowest four bits, beside which are flags for the descriptor.
pub fn socket_type(value: u64) -> Arg {
    Arg::Flags(match value & 0xf {
        1 => "SOCK_STREAM".to_owned(),
        2 => "SOCK_DGRAM".to_owned(),
        3 => "SOCK_RAW".to_owned(),
        other => other.to_string(),
    })
}

/// struct sockaddr_in as `10.88.0.2:80`; of netlink and others nothing.
pub fn address(bytes: &[u8]) -> Arg {
    let (Some(family), Some(port), Some(ip)) = (bytes.get(..2), bytes.get(2..4), bytes.get(4..8)) else {
        return Arg::Hidden;
    };
    if i32::from(u16::from_ne_bytes([family[0], family[1]])) != libc::AF_INET {
        return Arg::Hidden;
    }
    let port = match u16::from_be_bytes([port[0], port[1]]) {
        0 => String::new(),
        port => format!(":{port}"),
    };
    Arg::Flags(format!("{}.{}.{}.{}{port}", ip[0], ip[1], ip[2], ip[3]))
}

/// What came: the errno of a netlink request that was refused. `answer` is the message.
pub fn answered(call: &mut Call, answer: &[u8]) {
    let word = |at: usize| answer.get(at..at + 4).map(|it| [it[0], it[1], it[2], it[3]]);
    let is_error = answer.get(4..6).is_some_and(|kind| kind == (libc::NLMSG_ERROR as u16).to_ne_bytes());
    if let (true, Some(code @ ..=-1)) = (is_error, word(16).map(i32::from_ne_bytes)) {
        let errno = Errno(nix::errno::Errno::from_raw(-code));
        call.args.push(Arg::Flags(format!("NLMSG_ERROR {errno}")));
    }
}

/// An answer that says: not yet. A program that does not want to wait gets it all the time.
pub fn is_not_yet(call: &Call) -> bool {
    use nix::errno::Errno::{EAGAIN, EINPROGRESS};
    let waits = matches!(call.name.as_str(), "connect" | "accept4" | "sendto" | "recvfrom");
    waits && matches!(call.result, Some(Returned::Failed(Errno(EAGAIN | EINPROGRESS))))
}

/// A call on a socket that says nothing to a reader: a netlink socket's own address, and whatever was received.
pub fn is_housekeeping(call: &Call) -> bool {
    match call.name.as_str() {
        "bind" | "connect" | "sendto" => matches!(call.args.get(1), Some(Arg::Hidden)),
        // That there is a socket is no news, and neither is that a link has a number.
        "socket" => !matches!(call.result, Some(Returned::Failed(_))),
        "ioctl" => !matches!((call.args.get(1), &call.result), (Some(Arg::Flags(_)), Some(Returned::Failed(_)))),
        "recvfrom" => call.args.len() < 2 && !matches!(call.result, Some(Returned::Failed(_))),
        _ => false,
    }
}
