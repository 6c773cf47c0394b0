//! Why a packet was too large (EMSGSIZE): the first link on its way that takes less, and the packet may not be cut into
//! fragments. The caller's own link answers at once; a router drops the packet and says so by ICMP (RFC 1191).

use super::findings::reason;
use super::network::{Network, described};
use super::scene::Scene;
use crate::evidence::record::Reason;
use std::net::Ipv4Addr;

/// The headers of IPv4 and ICMP, in bytes.
const HEADERS: u32 = 28;

/// So many hops are more than any lab has.
const MOST: usize = 8;

/// `data` is what an echo request carries, in bytes.
pub fn too_large(scene: &Scene<'_>, to: Ipv4Addr, data: u32) -> Option<Reason> {
    let size = data + HEADERS;
    let mut at = Network::of(scene, scene.pid);
    for hop in 0..MOST {
        let route = at.route_to(to)?;
        let mtu = at.mtu(&route.iface)?;
        if mtu < size {
            let link = &route.iface;
            let cause = match hop {
                0 => format!("the packet has {size} bytes and may not be cut, and {link} takes {mtu} at most"),
                _ => format!(
                    "the packet has {size} bytes and may not be cut; on its way, {link} of {} takes {mtu} at most",
                    at.name()
                ),
            };
            let seen = [
                format!("size: {data} bytes of data, {HEADERS} of headers"),
                format!("route: {}", described(&route)),
                format!("{link}: MTU {mtu}"),
            ];
            return Some(reason(
                cause,
                &seen,
                format!("at most {} bytes of data, or a larger MTU", mtu.saturating_sub(HEADERS)),
            ));
        }
        let next = if route.gateway.is_unspecified() { to } else { route.gateway };
        at = at.others().into_iter().find(|network| network.has(next))?;
        if at.has(to) {
            return None;
        }
    }
    None
}
