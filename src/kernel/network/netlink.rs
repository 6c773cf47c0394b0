//! A route netlink socket: one request, its answers (netlink(7), rtnetlink(7)).
//! The socket belongs to the network namespace in which it was made, and stays there whatever its maker does later.

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST, NetlinkDeserializable, NetlinkHeader,
    NetlinkMessage, NetlinkPayload, NetlinkSerializable,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use nix::errno::Errno;

/// The flags of a request that makes something which must not be there yet.
pub const NEW: u16 = NLM_F_CREATE | NLM_F_EXCL;

/// The longest datagram of a dump, in bytes.
const LONGEST: usize = 32 * 1024;

pub struct Netlink {
    socket: Socket,
    sequence: u32,
}

impl Netlink {
    /// Opens one to the kernel, in the caller's network namespace.
    pub fn open() -> Result<Netlink, Errno> {
        let socket = Socket::new(NETLINK_ROUTE).and_then(|mut socket| {
            socket.bind_auto()?;
            socket.connect(&SocketAddr::new(0, 0))?;
            Ok(socket)
        });
        socket.map(|socket| Netlink { socket, sequence: 0 }).map_err(|error| errno_of(&error))
    }

    /// All objects of a kind.
    pub fn dump(&mut self, what: RouteNetlinkMessage) -> Result<Vec<RouteNetlinkMessage>, Errno> {
        self.ask(what, NLM_F_DUMP)
    }

    /// Changes something; `flags` are [`NEW`] and the like.
    pub fn change(&mut self, what: RouteNetlinkMessage, flags: u16) -> Result<(), Errno> {
        self.ask(what, NLM_F_ACK | flags).map(drop)
    }

    fn ask(&mut self, what: RouteNetlinkMessage, flags: u16) -> Result<Vec<RouteNetlinkMessage>, Errno> {
        self.sequence += 1;
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | flags;
        header.sequence_number = self.sequence;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(what));
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        self.socket.send(&bytes, 0).map_err(|error| errno_of(&error))?;
        let mut answers = vec![];
        loop {
            // The kernel makes no answer longer than the buffer.
            let mut datagram = Vec::with_capacity(LONGEST);
            self.socket.recv(&mut datagram, 0).map_err(|error| errno_of(&error))?;
            let mut rest = datagram.as_slice();
            while !rest.is_empty() {
                let answer = parse(rest)?;
                // Answers are aligned to four bytes.
                let length = (answer.header.length as usize).next_multiple_of(4).max(16);
                rest = rest.get(length..).unwrap_or_default();
                match answer.payload {
                    NetlinkPayload::Done(_) => return Ok(answers),
                    // An error message of 0 is an acknowledgement.
                    NetlinkPayload::Error(error) if error.code.is_none() => return Ok(answers),
                    NetlinkPayload::Error(error) => return Err(Errno::from_raw(error.raw_code().abs())),
                    NetlinkPayload::InnerMessage(inner) => answers.push(inner),
                    _ => {}
                }
            }
        }
    }
}

fn parse<M: NetlinkDeserializable + NetlinkSerializable>(bytes: &[u8]) -> Result<NetlinkMessage<M>, Errno> {
    NetlinkMessage::deserialize(bytes).map_err(|_| Errno::EBADMSG)
}

fn errno_of(error: &std::io::Error) -> Errno {
    super::super::error::Errno::from_io(error)
}
