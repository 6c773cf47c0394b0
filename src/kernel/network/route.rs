//! Routes (rtnetlink(7)): for which destinations a packet leaves by which link, and to which next hop.
//! The longest prefix that fits decides; where none fits, sending is ENETUNREACH. A next hop must itself be reachable
//! directly, so a route by a gateway comes after the address and after the link is up.

use super::form::NewRoute;
use super::netlink::NEW;
use super::{index, request, with_length};
use crate::kernel::error::Failed;
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use nix::errno::Errno;

// ANCHOR: route_add
/// Adds a route to the main table: RTM_NEWROUTE.
pub fn add(new: &NewRoute) -> Result<(), Failed> {
    let wrong = || Failed::new("RTM_NEWROUTE", Errno::EINVAL).on(&new.to);
    let to = if new.to == "default" { "0.0.0.0/0" } else { &new.to };
    let (network, length) = with_length(to).ok_or_else(wrong)?;
    let mut message = RouteMessage::default();
    message.header.address_family = AddressFamily::Inet;
    message.header.destination_prefix_length = length;
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    message.header.protocol = RouteProtocol::Boot;
    message.header.kind = RouteType::Unicast;
    message.header.scope = if new.via.is_some() { RouteScope::Universe } else { RouteScope::Link };
    if length > 0 {
        message.attributes.push(RouteAttribute::Destination(RouteAddress::Inet(network)));
    }
    if let Some(via) = &new.via {
        let gateway = via.parse().map_err(|_| wrong())?;
        message.attributes.push(RouteAttribute::Gateway(RouteAddress::Inet(gateway)));
    }
    if let Some(link) = &new.link {
        message.attributes.push(RouteAttribute::Oif(index(link)?));
    }
    request("RTM_NEWROUTE", &new.to, RouteNetlinkMessage::NewRoute(message), NEW)
}
// ANCHOR_END: route_add
