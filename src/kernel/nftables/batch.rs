//! A transaction of nf_tables: several netlink messages in one datagram, between a begin and an end. The kernel checks
//! all of them, and makes all of the changes or none. Numbers in attributes are big-endian; in headers they are not.

use crate::kernel::error::Failed;
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
/// NFPROTO_UNSPEC.
const ANY: u8 = 0;
/// NLA_F_NESTED.
const NESTED: u16 = 0x8000;
const HEADER: usize = 16;

/// Which message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Message {
    NewTable,
    DeleteTable,
    /// The same without a name and a family.
    DeleteAllTables,
    NewChain,
    NewRule,
}

impl Message {
    /// As in enum nf_tables_msg_types.
    fn number(self) -> u16 {
        match self {
            Message::NewTable => 0,
            Message::DeleteTable | Message::DeleteAllTables => 2,
            Message::NewChain => 3,
            Message::NewRule => 6,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Message::NewTable => "NFT_MSG_NEWTABLE",
            Message::DeleteTable | Message::DeleteAllTables => "NFT_MSG_DELTABLE",
            Message::NewChain => "NFT_MSG_NEWCHAIN",
            Message::NewRule => "NFT_MSG_NEWRULE",
        }
    }
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
    messages: Vec<Message>,
}

impl Batch {
    pub fn begin() -> Batch {
        let mut batch = Batch { bytes: Vec::with_capacity(1024), messages: Vec::new() };
        batch.put(BEGIN, REQUEST, &about(0, NFTABLES));
        batch
    }

    pub fn add(&mut self, message: Message, fill: impl FnOnce(&mut Attributes)) {
        let mut attributes = Attributes::default();
        fill(&mut attributes);
        // A table or chain that exists already is no mistake; a rule goes to the end of its chain.
        let flags = match message {
            Message::DeleteTable | Message::DeleteAllTables => 0,
            Message::NewTable | Message::NewChain => CREATE,
            Message::NewRule => CREATE | APPEND,
        };
        let kind = NFTABLES << 8 | message.number();
        let family = if message == Message::DeleteAllTables { ANY } else { IPV4 };
        self.put(kind, REQUEST | ACKNOWLEDGE | flags, &[about(family, 0), attributes.0].concat());
        self.messages.push(message);
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
        // Address 0 is the kernel.
        nix::sys::socket::connect(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))
            .map_err(|errno| failed("connect", errno))?;
        nix::sys::socket::send(socket.as_raw_fd(), &self.bytes, MsgFlags::empty())
            .map_err(|errno| failed("sendto", errno))?;
        let mut asked = self.messages.iter();
        while !asked.as_slice().is_empty() {
            let mut answers = [0; 4096];
            let length = nix::sys::socket::recv(socket.as_raw_fd(), &mut answers, MsgFlags::empty())
                .map_err(|errno| failed("recvfrom", errno))?;
            for code in codes(&answers[..length]) {
                // The answers come in the order of the messages.
                let message = asked.next().map_or("NFNL_MSG_BATCH_END", |message| message.name());
                if code != 0 {
                    return Err(failed(message, Number::from_raw(code)));
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
    Failed::new(Message::NewRule.name(), Number::EINVAL).on(text)
}
