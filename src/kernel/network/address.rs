//! Addresses (ip(7)): each belongs to a link, and says with its prefix which others are reachable there directly.
//! For that the kernel makes a route by itself as soon as the link is up. It also answers to ARP for the address.

use super::form::NewAddress;
use super::netlink::NEW;
use super::{index, request, with_length};
use crate::kernel::error::Failed;
use netlink_packet_route::address::{AddressAttribute, AddressMessage, AddressScope};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use nix::errno::Errno;
use std::net::IpAddr;

// ANCHOR: address_add
/// Gives a link an IPv4 address: RTM_NEWADDR.
pub fn add(new: &NewAddress) -> Result<(), Failed> {
    let wrong = || Failed::new("RTM_NEWADDR", Errno::EINVAL).on(&new.address);
    let (address, length) = with_length(&new.address).ok_or_else(wrong)?;
    let mut message = AddressMessage::default();
    message.header.family = AddressFamily::Inet;
    message.header.prefix_len = length;
    message.header.index = index(&new.link)?;
    message.header.scope = if address.is_loopback() { AddressScope::Host } else { AddressScope::Universe };
    let address = IpAddr::V4(address);
    message.attributes = vec![AddressAttribute::Local(address), AddressAttribute::Address(address)];
    request("RTM_NEWADDR", &new.address, RouteNetlinkMessage::NewAddress(message), NEW)?;
    super::neighbour::ask_often(&new.link);
    Ok(())
}
// ANCHOR_END: address_add
