//! What the result of a call on a socket does not say, of a command that is watched: the kernel answers a netlink request
//! by a message (netlink(7)), a wait that was limited ends with EAGAIN (socket(7), SO_RCVTIMEO), a connection that was
//! begun in the background fails later (connect(2), SO_ERROR), and a name server answers that it knows no such name.

use super::call;
use super::memory::{memory, word};
use super::network_call::{self, FILTER_REQUESTS, REQUESTS};
use crate::evidence::record::{Arg, Call, Returned};
use crate::kernel::error::Errno;
use crate::probe::outside::Proc;
use netlink_packet_core::{NetlinkMessage, NetlinkPayload};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{LinkAttribute, LinkMessage};
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteMessage};
use nix::errno::Errno::{EAGAIN, EINPROGRESS, ETIMEDOUT};
use nix::unistd::Pid;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// The calls that are listened to, by the kernel's names.
const HEARD: [&str; 8] = ["connect", "sendto", "sendmsg", "recvfrom", "recvmsg", "poll", "ppoll", "getsockopt"];
/// More of an answer is not read, in bytes.
const MOST: usize = 64 * 1024;
/// The port of name servers.
const DOMAIN: &str = ":53";

/// What a transaction of nf_tables begins with, which is refused for all of it: struct nlmsghdr with this length and kind.
const BATCH_BEGIN: [u8; 4] = 20u32.to_ne_bytes();
/// More requests of nf_tables by their number.
const FILTER_MORE: [(u16, &str); 5] = [
    (0xa01, "NFT_MSG_GETTABLE"),
    (0xa04, "NFT_MSG_GETCHAIN"),
    (0xa05, "NFT_MSG_DELCHAIN"),
    (0xa07, "NFT_MSG_GETRULE"),
    (0xa08, "NFT_MSG_DELRULE"),
];

/// A socket of a process.
type Socket = (Pid, i32);

/// What the sockets of all watched processes are about.
#[derive(Default)]
pub struct Sockets {
    inside: BTreeMap<Pid, (String, [u64; 6])>,
    /// To whom a socket last spoke.
    to: BTreeMap<Socket, String>,
    /// Sockets whose connection was begun and has neither failed nor succeeded.
    connecting: BTreeSet<Socket>,
    /// The names of links by their numbers, as the kernel told them.
    links: BTreeMap<(Pid, u32), String>,
}

/// What a call comes to.
pub enum Meaning {
    /// It failed: the call as it is shown, and as it is explained.
    Failed {
        shown: Call,
        asked: Call,
    },
    Succeeded(Call),
}

fn failed(shown: Call) -> Meaning {
    Meaning::Failed { asked: shown.clone(), shown }
}

fn call(name: &str, mut args: Vec<Arg>, result: Returned) -> Call {
    args.insert(0, Arg::Descriptor("socket".to_owned()));
    Call { name: name.to_owned(), args, result: Some(result), child: true }
}

/// The number of an errno that a call gave.
fn errno(value: i64) -> Returned {
    Returned::Failed(Errno(nix::errno::Errno::from_raw(i32::try_from(-value).unwrap_or(0))))
}

/// A wait that was over: the errno is shown as it came, and explained as what it means.
fn waited(name: &str, to: &str, came: nix::errno::Errno) -> Meaning {
    let of = |errno| call(name, vec![Arg::Flags(to.to_owned())], Returned::Failed(Errno(errno)));
    Meaning::Failed { shown: of(came), asked: of(ETIMEDOUT) }
}

/// What an errno says that is explained as a wait whose time is over.
pub fn is_over(shown: &Call, asked: &Call) -> Option<String> {
    match &shown.result {
        Some(Returned::Failed(errno)) if shown.result != asked.result => {
            Some(format!("{errno}: the program waited as long as it wanted to, and nothing came"))
        }
        _ => None,
    }
}

impl Sockets {
    /// At a call's entry.
    pub fn entered(&mut self, pid: Pid, number: u64, args: [u64; 6]) {
        let name = call::name(number);
        if !HEARD.contains(&name.as_str()) {
            return;
        }
        let at = match name.as_str() {
            "connect" => Some((args[1], args[2])),
            "sendto" => Some((args[4], args[5])),
            // struct msghdr: an address and its length.
            "sendmsg" => word(pid, args[1]).zip(word(pid, args[1].wrapping_add(8)).map(|it| it & 0xffff_ffff)),
            _ => None,
        };
        if let Some((address, length)) = at.filter(|(address, _)| *address != 0) {
            let socket = (pid, args[0] as i32);
            match network_call::address(&memory(pid, address, usize::try_from(length).unwrap_or(0).min(16))) {
                Arg::Flags(to) => drop(self.to.insert(socket, to)),
                _ => drop(self.to.remove(&socket)),
            }
        }
        self.inside.insert(pid, (name, args));
    }

    /// At its return, with the result.
    pub fn returned(&mut self, proc: &Proc, pid: Pid, value: i64) -> Option<Meaning> {
        let (name, args) = self.inside.remove(&pid)?;
        let socket = (pid, args[0] as i32);
        match name.as_str() {
            "connect" => self.connected(proc, socket, value),
            "recvfrom" => self.received(proc, socket, (&name, args[1], args[3]), value),
            "recvmsg" => {
                // struct msghdr: the third field points to a list of places and lengths.
                let place = word(pid, args[1].wrapping_add(16)).and_then(|list| word(pid, list)).unwrap_or(0);
                self.received(proc, socket, (&name, place, args[2]), value)
            }
            "poll" | "ppoll" if value == 0 && args[2] != 0 => {
                // struct pollfd begins with the descriptor.
                let first = word(pid, args[0]).map(|it| (pid, it as u32 as i32))?;
                self.connecting.remove(&first).then_some(())?;
                Some(waited("connect", self.to.get(&first)?, EINPROGRESS))
            }
            "getsockopt" if value == 0 && args[2] == libc::SO_ERROR as u64 && args[1] == libc::SOL_SOCKET as u64 => {
                self.connecting.remove(&socket).then_some(())?;
                let came = memory(pid, args[3], 4).try_into().ok().map(i32::from_ne_bytes)?;
                let to = Arg::Flags(self.to.get(&socket)?.clone());
                (came != 0).then(|| failed(call("connect", vec![to], errno(-i64::from(came)))))
            }
            _ => None,
        }
    }

    fn connected(&mut self, proc: &Proc, socket: Socket, value: i64) -> Option<Meaning> {
        if value != -i64::from(libc::EINPROGRESS) {
            return None;
        }
        if waits(proc, socket) {
            return Some(waited("connect", self.to.get(&socket)?, EINPROGRESS));
        }
        self.connecting.insert(socket);
        None
    }

    /// `how`: the call's name, where the message is, and the flags.
    fn received(&mut self, proc: &Proc, socket: Socket, how: (&str, u64, u64), value: i64) -> Option<Meaning> {
        let (name, place, flags) = how;
        let Some(to) = self.to.get(&socket).cloned() else {
            let length = usize::try_from(value).ok()?.min(MOST);
            return self.netlink(socket.0, &memory(socket.0, place, length));
        };
        let shown =
            |more: Vec<Arg>, result| call(name, std::iter::once(Arg::Flags(to.clone())).chain(more).collect(), result);
        if value == -i64::from(libc::EAGAIN) {
            let limited = flags & libc::MSG_DONTWAIT as u64 == 0 && waits(proc, socket);
            return limited.then(|| waited(name, &to, EAGAIN));
        }
        if value < 0 {
            return Some(failed(shown(Vec::new(), errno(value))));
        }
        let length = usize::try_from(value).unwrap_or(0).min(MOST);
        if to.ends_with(DOMAIN)
            && let Some(asked) = unknown_name(&memory(socket.0, place, length))
        {
            return Some(failed(shown(vec![Arg::Flags("NXDOMAIN".to_owned()), Arg::Text(asked)], Returned::Size)));
        }
        Some(Meaning::Succeeded(shown(Vec::new(), Returned::Size)))
    }

    /// Messages of the kernel: the names of links, and a refusal, which has the request in it.
    fn netlink(&mut self, pid: Pid, mut bytes: &[u8]) -> Option<Meaning> {
        while let Some(header) = bytes.get(..16) {
            let length = usize::try_from(u32::from_ne_bytes([header[0], header[1], header[2], header[3]])).ok()?;
            let message = bytes.get(..length.max(16))?;
            let kind = u16::from_ne_bytes([header[4], header[5]]);
            let number = |at: usize| message.get(at..at + 4)?.try_into().ok().map(i32::from_ne_bytes);
            if kind == libc::NLMSG_ERROR as u16 {
                let code = number(16).filter(|code| *code < 0)?;
                let (name, texts) = self.request(pid, message.get(20..)?)?;
                let args = texts.into_iter().map(Arg::Text).collect();
                let result = Some(errno(i64::from(code)));
                return Some(failed(Call { name: name.to_owned(), args, result, child: true }));
            }
            if kind == libc::RTM_NEWLINK
                && let Some(RouteNetlinkMessage::NewLink(link)) = route(message)
            {
                self.links.extend(link_name(&link).map(|name| ((pid, link.header.index), name)));
            }
            bytes = bytes.get(length.max(16).next_multiple_of(4)..).unwrap_or_default();
        }
        None
    }

    /// The name of a request, and what it is about (see `diagnosis::links` and `diagnosis::nft`).
    fn request(&self, pid: Pid, message: &[u8]) -> Option<(&'static str, Vec<String>)> {
        let kind = message.get(4..6)?.try_into().ok().map(u16::from_ne_bytes)?;
        // RTM_NEWLINK is the same number, and never as short.
        if kind == network_call::BATCH && message.starts_with(&BATCH_BEGIN) {
            return Some(("NFNL_MSG_BATCH_BEGIN", Vec::new()));
        }
        let known = REQUESTS.iter().chain(&FILTER_REQUESTS).chain(&FILTER_MORE).find(|(number, _)| *number == kind)?;
        let link = |index: u32| self.links.get(&(pid, index)).cloned().unwrap_or_else(|| format!("link {index}"));
        let texts = match route(message) {
            Some(
                RouteNetlinkMessage::NewLink(it) | RouteNetlinkMessage::SetLink(it) | RouteNetlinkMessage::DelLink(it),
            ) => {
                let index = Some(it.header.index).filter(|index| *index != 0).map(link);
                index.into_iter().chain(link_name(&it)).collect()
            }
            Some(RouteNetlinkMessage::NewAddress(it) | RouteNetlinkMessage::DelAddress(it)) => {
                vec![address(&it), link(it.header.index)]
            }
            Some(RouteNetlinkMessage::NewRoute(it) | RouteNetlinkMessage::DelRoute(it)) => to_and_via(&it),
            _ => table(message).into_iter().collect(),
        };
        Some((known.1, texts))
    }
}

/// Whether calls on the socket wait: it is not O_NONBLOCK.
fn waits(proc: &Proc, (pid, number): Socket) -> bool {
    let mut text = String::new();
    let read = proc.file(pid.as_raw(), &format!("fdinfo/{number}")).map(|mut file| file.read_to_string(&mut text));
    let flags = text.lines().find_map(|line| i32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok());
    read.is_ok() && flags.is_some_and(|flags| flags & libc::O_NONBLOCK == 0)
}

/// The name that a name server does not know, as its answer says.
fn unknown_name(answer: &[u8]) -> Option<String> {
    let answer = simple_dns::Packet::parse(answer).ok()?;
    (answer.rcode() == simple_dns::RCODE::NameError).then(|| Some(answer.questions.first()?.qname.to_string()))?
}

fn route(message: &[u8]) -> Option<RouteNetlinkMessage> {
    match NetlinkMessage::<RouteNetlinkMessage>::deserialize(message).ok()?.payload {
        NetlinkPayload::InnerMessage(inner) => Some(inner),
        _ => None,
    }
}

fn link_name(link: &LinkMessage) -> Option<String> {
    link.attributes.iter().find_map(|it| if let LinkAttribute::IfName(name) = it { Some(name.clone()) } else { None })
}

/// `10.88.0.2/24`.
fn address(message: &AddressMessage) -> String {
    let local = message.attributes.iter().find_map(|it| match it {
        AddressAttribute::Local(address) | AddressAttribute::Address(address) => Some(address.to_string()),
        _ => None,
    });
    format!("{}/{}", local.unwrap_or_default(), message.header.prefix_len)
}

/// `10.88.0.0/24` or `default`; and the next hop, if there is one.
fn to_and_via(message: &RouteMessage) -> Vec<String> {
    let text = |address: &RouteAddress| match address {
        RouteAddress::Inet(address) => Some(address.to_string()),
        RouteAddress::Inet6(address) => Some(address.to_string()),
        _ => None,
    };
    let (mut to, mut via) = ("default".to_owned(), None);
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Destination(address) => {
                let length = message.header.destination_prefix_length;
                to = format!("{}/{length}", text(address).unwrap_or_default());
            }
            RouteAttribute::Gateway(address) => via = text(address),
            _ => {}
        }
    }
    std::iter::once(to).chain(via).collect()
}

/// The table of a message of nf_tables: the first attribute, of kind 1, behind struct nlmsghdr and struct nfgenmsg.
fn table(message: &[u8]) -> Option<String> {
    let header = message.get(20..24)?;
    let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
    let text = message.get(24..20 + length)?;
    (u16::from_ne_bytes([header[2], header[3]]) == 1)
        .then(|| String::from_utf8_lossy(text).trim_end_matches('\0').to_owned())
}
