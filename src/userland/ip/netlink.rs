//! What `ip` asks its route netlink socket, and what it says when there is no answer.

use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{LinkAttribute, LinkMessage};
use nix::errno::Errno;

use crate::kernel::network::netlink;
use crate::userland::report::Failure;

pub struct Netlink(netlink::Netlink);

impl Netlink {
    pub fn open() -> Result<Netlink, Failure> {
        netlink::Netlink::open().map(Netlink).map_err(|errno| Failure::errno("cannot open a netlink socket", errno))
    }

    /// All objects of a kind.
    pub fn dump(&mut self, what: RouteNetlinkMessage) -> Result<Vec<RouteNetlinkMessage>, Failure> {
        self.0.dump(what).map_err(|errno| Failure::errno("the kernel does not answer", errno))
    }

    /// Changes something; `flags` are NLM_F_CREATE and the like.
    pub fn change(&mut self, what: RouteNetlinkMessage, flags: u16) -> Result<(), Errno> {
        self.0.change(what, flags)
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

pub fn name(link: &LinkMessage) -> &str {
    link.attributes
        .iter()
        .find_map(|one| if let LinkAttribute::IfName(name) = one { Some(name.as_str()) } else { None })
        .unwrap_or("?")
}
