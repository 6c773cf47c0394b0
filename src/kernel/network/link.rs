//! Links, the network devices of a namespace: `lo`, a pair of veth(4) ends, a bridge.
//! Both ends of a veth pair are made at once, as a cable has two; what is sent into one comes out of the other. A link
//! that is moved to another namespace is down there and has lost its addresses. With one end of a pair goes the other.

use super::form::{LinkChange, LinkType, NewLink};
use super::netlink::NEW;
use super::{index, request};
use crate::kernel::error::Failed;
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage};
use nix::errno::Errno;

// ANCHOR: link_add
/// Makes a link, or both ends of a veth pair: RTM_NEWLINK. `pid` is a process in the namespace that gets the other end.
pub fn add(new: &NewLink, pid: Option<i32>) -> Result<(), Failed> {
    let mut info = vec![LinkInfo::Kind(match new.kind {
        LinkType::Veth => InfoKind::Veth,
        LinkType::Bridge => InfoKind::Bridge,
    })];
    if let Some(peer) = &new.peer {
        let mut other = named(peer, peer);
        if let Some(of) = &new.into {
            let pid = pid.ok_or_else(|| Failed::new("RTM_NEWLINK", Errno::ESRCH).on(of))?;
            // Such names are used in many namespaces, so the address comes from both ends'.
            other = named(peer, &format!("{peer} of {}", new.name));
            other.attributes.push(LinkAttribute::NetNsPid(pid.cast_unsigned()));
        }
        info.push(LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(other))));
    }
    let mut link = named(&new.name, &new.name);
    link.attributes.push(LinkAttribute::LinkInfo(info));
    request("RTM_NEWLINK", &new.name, RouteNetlinkMessage::NewLink(link), NEW)
}
// ANCHOR_END: link_add

/// A link of this name, with a hardware address that follows from a text. The kernel's own choice is a random one.
fn named(name: &str, text: &str) -> LinkMessage {
    let mut link = LinkMessage::default();
    link.attributes.push(LinkAttribute::IfName(name.to_owned()));
    link.attributes.push(LinkAttribute::Address(hardware_address(text).to_vec()));
    link
}

/// 02 says: locally administered, and of one device. The rest is the text's FNV-1a hash.
fn hardware_address(text: &str) -> [u8; 6] {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let [a, b, c, d, e, ..] = hash.to_be_bytes();
    [0x02, a, b, c, d, e]
}

// ANCHOR: link_set
/// Changes a link: up or down, its name, the bridge it is on, its MTU, its namespace. One message, RTM_SETLINK.
/// `pid` is a process in the namespace that the link goes into.
pub fn set(change: &LinkChange, pid: Option<i32>) -> Result<(), Failed> {
    let mut link = LinkMessage::default();
    link.header.index = index(&change.name)?;
    if let Some(up) = change.up {
        link.header.change_mask = LinkFlags::Up;
        link.header.flags = if up { LinkFlags::Up } else { LinkFlags::empty() };
    }
    if let Some(of) = &change.into {
        let pid = pid.ok_or_else(|| Failed::new("RTM_SETLINK", Errno::ESRCH).on(of))?;
        link.attributes.push(LinkAttribute::NetNsPid(pid.cast_unsigned()));
    }
    if let Some(name) = &change.rename {
        link.attributes.push(LinkAttribute::IfName(name.clone()));
    }
    if let Some(bridge) = &change.master {
        link.attributes.push(LinkAttribute::Controller(index(bridge)?));
    }
    if let Some(mtu) = change.mtu {
        link.attributes.push(LinkAttribute::Mtu(mtu));
    }
    request("RTM_SETLINK", &change.name, RouteNetlinkMessage::SetLink(link), 0)
}
// ANCHOR_END: link_set

// ANCHOR: link_delete
/// Deletes a link, and its other end if it is one of a pair: RTM_DELLINK.
pub fn delete(name: &str) -> Result<(), Failed> {
    let mut link = LinkMessage::default();
    link.header.index = index(name)?;
    request("RTM_DELLINK", name, RouteNetlinkMessage::DelLink(link), 0)
}
// ANCHOR_END: link_delete
