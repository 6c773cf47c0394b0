//! Trials of the network: lo, a veth pair, a bridge, and whether nf_tables answers. netlink(7), rtnetlink(7).
//! Messages are written byte by byte into fixed buffers, since the child that sends them may not allocate (see `child`);
//! the lessons themselves use the netlink crates. Made in a network namespace of the trial's own, and gone with it.

use super::child::Teller;
use super::step::Step;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, setsockopt, socket};
use nix::sys::socket::{NetlinkAddr, connect, sockopt::ReceiveTimeout};
use nix::sys::time::{TimeVal, TimeValLike};
use std::os::fd::AsRawFd;

const NEW_LINK: u16 = 16;
/// Subsystem 10 is nf_tables, message 16 asks for the number of its rule set's generation.
const NFT_GET_GENERATION: u16 = (10 << 8) | 16;
const REQUEST_ACK: u16 = 1 | 4;
const CREATE_EXCLUSIVE: u16 = 0x400 | 0x200;
const LINK_INFO: u16 = 18;
const INFO_KIND: u16 = 1;

/// All network trials.
pub fn try_links(teller: Teller) {
    let _ = teller.tell(Step::Loopback, loopback_up());
    let _ = teller.tell(Step::Veth, add_link(b"veth"));
    let _ = teller.tell(Step::Bridge, add_link(b"bridge"));
    let mut message = Message::new(NFT_GET_GENERATION, REQUEST_ACK);
    // struct nfgenmsg: any family, version 0, resource 0.
    message.put(&[0; 4]);
    let _ = teller.tell(Step::Nft, message.ask(SockProtocol::NetlinkNetFilter));
}

fn loopback_up() -> Result<(), Errno> {
    let mut message = Message::new(NEW_LINK, REQUEST_ACK);
    // lo is link 1 of every network namespace. Flags and their mask: IFF_UP.
    message.put_link(1, 1, 1);
    message.ask(SockProtocol::NetlinkRoute)
}

fn add_link(kind: &[u8]) -> Result<(), Errno> {
    let mut message = Message::new(NEW_LINK, REQUEST_ACK | CREATE_EXCLUSIVE);
    message.put_link(0, 0, 0);
    let inner = 4 + kind.len() as u16;
    message.put(&(4 + inner).to_ne_bytes());
    message.put(&LINK_INFO.to_ne_bytes());
    message.put(&inner.to_ne_bytes());
    message.put(&INFO_KIND.to_ne_bytes());
    message.put(kind);
    message.ask(SockProtocol::NetlinkRoute)
}

/// A request in the making.
struct Message {
    bytes: [u8; 128],
    length: usize,
}

impl Message {
    fn new(kind: u16, flags: u16) -> Message {
        let mut message = Message { bytes: [0; 128], length: 0 };
        message.put(&[0; 4]);
        message.put(&kind.to_ne_bytes());
        message.put(&flags.to_ne_bytes());
        // Sequence number and sender: one question, one answer.
        message.put(&[0; 8]);
        message
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// struct ifinfomsg.
    fn put_link(&mut self, index: i32, flags: u32, mask: u32) {
        self.put(&[0; 4]);
        self.put(&index.to_ne_bytes());
        self.put(&flags.to_ne_bytes());
        self.put(&mask.to_ne_bytes());
    }

    /// Sends it and waits for the first answer. An error message of 0 is an acknowledgement.
    fn ask(mut self, protocol: SockProtocol) -> Result<(), Errno> {
        let length = (self.length as u32).to_ne_bytes();
        self.bytes[..4].copy_from_slice(&length);
        let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?;
        setsockopt(&socket, ReceiveTimeout, &TimeVal::seconds(1))?;
        // Address 0 is the kernel.
        connect(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        // Padded to four bytes, as the kernel reads attributes.
        send(socket.as_raw_fd(), &self.bytes[..self.length.next_multiple_of(4)], MsgFlags::empty())?;
        let mut answer = [0; 256];
        let count = recv(socket.as_raw_fd(), &mut answer, MsgFlags::empty())?;
        let is_error = count >= 20 && u16::from_ne_bytes([answer[4], answer[5]]) == libc::NLMSG_ERROR as u16;
        match i32::from_ne_bytes([answer[16], answer[17], answer[18], answer[19]]) {
            code if is_error && code != 0 => Err(Errno::from_raw(-code)),
            _ => Ok(()),
        }
    }
}
