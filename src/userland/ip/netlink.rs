//! A route netlink socket: one request, its answers. Manual: netlink(7), rtnetlink(7).

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NetlinkDeserializable, NetlinkHeader, NetlinkMessage, NetlinkPayload,
    NetlinkSerializable,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{LinkAttribute, LinkMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use nix::errno::Errno;

use crate::userland::report::Failure;

pub struct Netlink {
    socket: Socket,
    sequence: u32,
}

impl Netlink {
    pub fn open() -> Result<Netlink, Failure> {
        let socket = Socket::new(NETLINK_ROUTE).and_then(|mut socket| {
            socket.bind_auto()?;
            socket.connect(&SocketAddr::new(0, 0))?;
            Ok(socket)
        });
        let socket = socket.map_err(|error| Failure::io("cannot open a netlink socket", &error))?;
        Ok(Netlink { socket, sequence: 0 })
    }

    /// All objects of a kind.
    pub fn dump(&mut self, what: RouteNetlinkMessage) -> Result<Vec<RouteNetlinkMessage>, Failure> {
        self.ask(what, NLM_F_DUMP).map_err(|errno| Failure::errno("the kernel does not answer", errno))
    }

    /// Changes something; `flags` are NLM_F_CREATE and the like.
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
            let (datagram, _) = self.socket.recv_from_full().map_err(|error| errno_of(&error))?;
            let mut rest = datagram.as_slice();
            while !rest.is_empty() {
                let answer = parse(rest)?;
                // Answers are aligned to four bytes.
                let length = (answer.header.length as usize).next_multiple_of(4).max(16);
                rest = rest.get(length..).unwrap_or_default();
                match answer.payload {
                    NetlinkPayload::Done(_) => return Ok(answers),
                    NetlinkPayload::Error(error) if error.code.is_none() => return Ok(answers),
                    NetlinkPayload::Error(error) => return Err(Errno::from_raw(error.raw_code().abs())),
                    NetlinkPayload::InnerMessage(inner) => answers.push(inner),
                    _ => {}
                }
            }
        }
    }

    pub fn links(&mut self) -> Result<Vec<LinkMessage>, Failure> {
        let all = self.dump(RouteNetlinkMessage::GetLink(LinkMessage::default()))?;
        Ok(all
            .into_iter()
            .filter_map(|one| if let RouteNetlinkMessage::NewLink(link) = one { Some(link) } else { None })
            .collect())
    }

    /// The index of the link of that name.
    pub fn index(&mut self, name: &str) -> Result<u32, Failure> {
        let links = self.links()?;
        let found = links.iter().find(|link| self::name(link) == name).map(|link| link.header.index);
        found.ok_or_else(|| Failure::errno(format!("there is no link {name}"), Errno::ENODEV))
    }
}

fn parse<M: NetlinkDeserializable + NetlinkSerializable>(bytes: &[u8]) -> Result<NetlinkMessage<M>, Errno> {
    NetlinkMessage::deserialize(bytes).map_err(|_| Errno::EBADMSG)
}

fn errno_of(error: &std::io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or(nix::libc::EIO))
}

pub fn name(link: &LinkMessage) -> &str {
    link.attributes
        .iter()
        .find_map(|one| if let LinkAttribute::IfName(name) = one { Some(name.as_str()) } else { None })
        .unwrap_or("?")
}
