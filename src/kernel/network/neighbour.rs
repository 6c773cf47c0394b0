//! Neighbours (arp(7)): who on the same link has which address, as their hardware addresses. The kernel asks by ARP when
//! it has something to send, and reports EHOSTUNREACH after three questions without an answer.

use super::index;
use super::netlink::Netlink;
use netlink_packet_route::neighbour_table::{NeighbourTableAttribute, NeighbourTableMessage, NeighbourTableParameter};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

/// Between two questions, in milliseconds. The kernel's own number is 1000, made for cables longer than those of a lab.
const INTERVAL: u64 = 50;

/// Has ARP on this link ask again soon where no answer comes, so that nobody waits three seconds for EHOSTUNREACH.
/// It is a convenience: where it fails, the wait is the usual one.
pub(super) fn ask_often(link: &str) {
    let Ok(index) = index(link) else { return };
    let mut message = NeighbourTableMessage::default();
    message.header.family = AddressFamily::Inet;
    message.attributes = vec![
        NeighbourTableAttribute::Name("arp_cache".to_owned()),
        NeighbourTableAttribute::Parms(vec![
            NeighbourTableParameter::Ifindex(index),
            NeighbourTableParameter::RetransTime(INTERVAL),
        ]),
    ];
    Netlink::open().and_then(|mut kernel| kernel.change(RouteNetlinkMessage::SetNeighbourTable(message), 0)).ok();
}
