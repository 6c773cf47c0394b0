//! A transaction of nf_tables: several netlink messages in one datagram, between a begin and an end. The kernel checks
//! all of them, and makes all of the changes or none. Numbers in attributes are big-endian; in headers they are not.

use crate::kernel::error::{Errno, Failed};
use nix::errno::Errno as Number;
use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType};
use std::os::fd::AsRawFd;

const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
const CREATE: u16 = 0x400;
const APPEND: u16 = 0x800;
/// NFNL_SUBSYS_NFTABLES.
const NFTABLES: u16 = 10;
const BEGIN: u16 = 16;
const END: u16 = 17;
/// NFPROTO_IPV4.
const IPV4: u8 = 2;
/// NLA_F_NESTED.
const NESTED: u16 = 0x8000;
const HEADER: usize = 16;

/// Which message: enum nf_tables_msg_types.
#[derive(Clone, Copy)]
pub struct Message(u16);

impl Message {
    pub const NEW_TABLE: Message = Message(0);
    pub const DELETE_TABLE: Message = Message(2);
    pub const NEW_CHAIN: Message = Message(3);
    pub const NEW_RULE: Message = Message(6);
}

/// Attributes in the making: length, type, value, filled up to four bytes.
#[derive(Default)]
pub struct Attributes(Vec<u8>);

impl Attributes {
    pub fn bytes(&mut self, kind: u16, value: &[u8]) {
        let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
        self.0.extend(length.to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
    }

    /// A string, with the 0 at its end.
    pub fn text(&mut self, kind: u16, text: &str) {
        self.bytes(kind, &[text.as_bytes(), &[0]].concat());
    }

    pub fn number(&mut self, kind: u16, number: u32) {
        self.bytes(kind, &number.to_be_bytes());
    }

    /// Attributes within an attribute.
    pub fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Attributes)) {
        let mut inner = Attributes::default();
        fill(&mut inner);
        self.bytes(kind | NESTED, &inner.0);
    }
}

/// The messages, one after the other.
pub struct Batch {
    bytes: Vec<u8>,
    count: u32,
}

impl Batch {
    pub fn begin() -> Batch {
        let mut batch = Batch { bytes: Vec::with_capacity(1024), count: 0 };
        batch.put(BEGIN, REQUEST, &about(0, NFTABLES));
        batch
    }

    pub fn add(&mut self, message: Message, fill: impl FnOnce(&mut Attributes)) {
        let mut attributes = Attributes::default();
        fill(&mut attributes);
        // Of tables and chains that exist already it asks for nothing new; a rule goes to the end of its chain.
        let flags = REQUEST | ACKNOWLEDGE | CREATE | if message.0 == Message::NEW_RULE.0 { APPEND } else { 0 };
        let flags = if message.0 == Message::DELETE_TABLE.0 { REQUEST | ACKNOWLEDGE } else { flags };
        self.put(NFTABLES << 8 | message.0, flags, &[about(IPV4, 0), attributes.0].concat());
        self.count += 1;
    }

    /// struct nlmsghdr and what follows it.
    fn put(&mut self, kind: u16, flags: u16, body: &[u8]) {
        let length = u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX);
        self.bytes.extend(length.to_ne_bytes());
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend(flags.to_ne_bytes());
        self.bytes.extend([0; 8]);
        self.bytes.extend(body);
    }

    /// Sends it, and takes the kernel's answer to each message. The first that is no success is the error.
    pub fn commit(mut self, on: &str) -> Result<(), Failed> {
        self.put(END, REQUEST, &about(0, NFTABLES));
        let failed = |call: &str, errno: Number| Failed::new(call, errno).on(on);
        let (family, protocol) = (AddressFamily::Netlink, SockProtocol::NetlinkNetFilter);
        let socket = nix::sys::socket::socket(family, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol);
        let socket = socket.map_err(|errno| failed("socket", errno))?;
        let kernel = NetlinkAddr::new(0, 0);
        nix::sys::socket::sendto(socket.as_raw_fd(), &self.bytes, &kernel, MsgFlags::empty())
            .map_err(|errno| failed("sendto", errno))?;
        let mut answered = 0;
        while answered < self.count {
            let mut answers = [0; 4096];
            let length = nix::sys::socket::recv(socket.as_raw_fd(), &mut answers, MsgFlags::empty())
                .map_err(|errno| failed("recvfrom", errno))?;
            for code in codes(&answers[..length]) {
                answered += 1;
                if code != 0 {
                    return Err(failed("sendto", Number::from_raw(code)));
                }
            }
        }
        Ok(())
    }
}

/// struct nfgenmsg: which family of addresses, and for begin and end which subsystem.
fn about(family: u8, subsystem: u16) -> Vec<u8> {
    let [high, low] = subsystem.to_be_bytes();
    vec![family, 0, high, low]
}

/// The error numbers in a datagram of answers (struct nlmsgerr); 0 is success.
fn codes(mut answers: &[u8]) -> Vec<i32> {
    let mut codes = Vec::new();
    while answers.len() >= HEADER + 4 {
        let length = u32::from_ne_bytes([answers[0], answers[1], answers[2], answers[3]]) as usize;
        let code = i32::from_ne_bytes([answers[16], answers[17], answers[18], answers[19]]);
        codes.push(code.saturating_neg());
        answers = answers.get(length.next_multiple_of(4).max(HEADER)..).unwrap_or_default();
    }
    codes
}

/// A field of a rule that is no address: what libraries would answer before the kernel is asked.
pub fn not_an_address(text: &str) -> Failed {
    Failed { call: "sendto".to_owned(), on: Some(text.to_owned()), errno: Errno(Number::EINVAL) }
}
