//! The network namespace: links, addresses, routes and neighbours of its own (network_namespaces(7)).
//! They are made and changed by messages on a route netlink socket (rtnetlink(7)), which acts on the namespace that its
//! maker was in. A link is in one namespace at a time and may be moved to another; so a cable comes between two of them.

pub mod address;
pub mod capture;
pub mod form;
pub mod link;
pub mod neighbour;
pub mod netlink;
pub mod route;
pub mod socket;

use super::error::Failed;
use netlink::Netlink;
use netlink_packet_route::RouteNetlinkMessage;
use nix::errno::Errno;

/// The number of a link of this namespace, by its name: ioctl(2) SIOCGIFINDEX. ENODEV: there is none.
fn index(name: &str) -> Result<u32, Failed> {
    nix::net::if_::if_nametoindex(name).map_err(|errno| Failed::new("ioctl", errno).on(name))
}

/// Sends one request and takes the kernel's answer. `name` is the request's, as in rtnetlink(7).
fn request(name: &str, on: &str, message: RouteNetlinkMessage, flags: u16) -> Result<(), Failed> {
    let failed = |errno: Errno| Failed::new(name, errno).on(on);
    Netlink::open().and_then(|mut kernel| kernel.change(message, flags)).map_err(failed)
}

/// `10.88.0.2/24` as an address and the length of its network's prefix; `32` where none is given.
fn with_length(text: &str) -> Option<(std::net::Ipv4Addr, u8)> {
    let (address, length) = text.split_once('/').unwrap_or((text, "32"));
    let length = length.parse().ok().filter(|length| *length <= 32)?;
    Some((address.parse().ok()?, length))
}
