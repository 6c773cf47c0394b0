//! What `ip` changes, and why the kernel says no.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsRawFd;

use netlink_packet_route::address::{AddressAttribute, AddressMessage, AddressScope};
use netlink_packet_route::link::{InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use nix::errno::Errno;

use super::netlink::Netlink;
use super::{Words, unknown};
use crate::kernel::network::netlink::NEW;
use crate::userland::report::Failure;

type Done = Result<(), Failure>;

fn failure(what: String, errno: Errno) -> Failure {
    let failure = Failure::errno(what, errno);
    match errno {
        Errno::EPERM => failure.hint("it needs CAP_NET_ADMIN in the user namespace that owns this network namespace"),
        Errno::EEXIST => failure.hint("it is there already"),
        Errno::ENETUNREACH => {
            failure.hint("the gateway is not reachable by a route that is there; is the link up, has it an address?")
        }
        Errno::ENETDOWN => failure.hint("the link is down (ip link set NAME up)"),
        Errno::EADDRNOTAVAIL => failure.hint("there is no such address"),
        Errno::ESRCH => failure.hint("there is no such route, or no such process"),
        Errno::EOPNOTSUPP => failure.hint("this kernel has no such kind of link, or its module is not loaded"),
        _ => failure,
    }
}

/// `10.0.0.1/24`, or an address alone.
fn address_and_length(text: &str) -> Result<(IpAddr, u8), Failure> {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let wrong = || Failure::new(format!("{text} is not ADDRESS/LENGTH"));
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = length.map_or(Ok(longest), str::parse).map_err(|_| wrong())?;
    if length > longest { Err(wrong()) } else { Ok((address, length)) }
}

fn family(address: IpAddr) -> AddressFamily {
    if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 }
}

pub fn address(kernel: &mut Netlink, command: &str, words: &mut Words) -> Done {
    let text = words.after(command)?;
    let (address, length) = address_and_length(text)?;
    let mut device = None;
    let mut broadcast = None;
    while let Some(word) = words.next() {
        match word {
            "dev" => device = Some(words.after(word)?),
            "brd" | "broadcast" => broadcast = Some(words.after(word)?),
            _ => return Err(unknown(word)),
        }
    }
    let device = device.ok_or_else(|| Failure::new("on which link? (dev NAME)"))?;
    let mut message = AddressMessage::default();
    message.header.family = family(address);
    message.header.prefix_len = length;
    message.header.index = kernel.index(device)?;
    message.header.scope = if address.is_loopback() { AddressScope::Host } else { AddressScope::Universe };
    message.attributes = vec![AddressAttribute::Local(address), AddressAttribute::Address(address)];
    if let (Some(text), IpAddr::V4(address)) = (broadcast, address) {
        let all = |length: u8| u32::MAX.checked_shr(length.into()).unwrap_or(0);
        let value = match text {
            "+" => Ipv4Addr::from(u32::from(address) | all(length)),
            _ => text.parse().map_err(|_| Failure::new(format!("{text} is no broadcast address")))?,
        };
        message.attributes.push(AddressAttribute::Broadcast(value));
    }
    match command {
        "add" => kernel.change(RouteNetlinkMessage::NewAddress(message), NEW),
        "del" | "delete" => kernel.change(RouteNetlinkMessage::DelAddress(message), 0),
        _ => return Err(unknown(command)),
    }
    .map_err(|errno| failure(format!("cannot {command} {text} on {device}"), errno))
}

pub fn link(kernel: &mut Netlink, command: &str, words: &mut Words) -> Done {
    match command {
        "set" => set(kernel, words),
        "add" => add(kernel, words),
        "del" | "delete" => {
            let name = match words.after(command)? {
                "dev" => words.after("dev")?,
                name => name,
            };
            let mut message = LinkMessage::default();
            message.header.index = kernel.index(name)?;
            kernel
                .change(RouteNetlinkMessage::DelLink(message), 0)
                .map_err(|errno| failure(format!("cannot delete {name}"), errno))
        }
        _ => Err(unknown(command)),
    }
}

fn set(kernel: &mut Netlink, words: &mut Words) -> Done {
    let name = match words.after("set")? {
        "dev" => words.after("dev")?,
        name => name,
    };
    let mut message = LinkMessage::default();
    message.header.index = kernel.index(name)?;
    // Held open until the kernel has seen its number.
    let mut namespace = None;
    while let Some(word) = words.next() {
        match word {
            "up" | "down" => {
                message.header.change_mask = LinkFlags::Up;
                message.header.flags = if word == "up" { LinkFlags::Up } else { LinkFlags::empty() };
            }
            "name" => message.attributes.push(LinkAttribute::IfName(words.after(word)?.into())),
            "nomaster" => message.attributes.push(LinkAttribute::Controller(0)),
            "master" => {
                let bridge = kernel.index(words.after(word)?)?;
                message.attributes.push(LinkAttribute::Controller(bridge));
            }
            "mtu" => message.attributes.push(LinkAttribute::Mtu(number(words.after(word)?)?)),
            "address" => message.attributes.push(LinkAttribute::Address(hardware(words.after(word)?)?)),
            "netns" => {
                let place = words.after(word)?;
                message.attributes.push(match place.parse() {
                    Ok(pid) => LinkAttribute::NetNsPid(pid),
                    Err(_) => {
                        let file =
                            File::open(place).map_err(|error| Failure::io(format!("cannot open {place}"), &error))?;
                        LinkAttribute::NetNsFd(namespace.insert(file).as_raw_fd())
                    }
                });
            }
            _ => return Err(unknown(word)),
        }
    }
    kernel.change(RouteNetlinkMessage::SetLink(message), 0).map_err(|errno| match errno {
        Errno::EBUSY => Failure::errno(format!("cannot change {name}"), errno).hint("to be renamed it must be down"),
        _ => failure(format!("cannot change {name}"), errno),
    })
}

fn add(kernel: &mut Netlink, words: &mut Words) -> Done {
    let mut name = None;
    let mut kind = None;
    let mut peer = None;
    while let Some(word) = words.next() {
        match word {
            "name" | "dev" if name.is_none() => name = Some(words.after(word)?),
            "type" => kind = Some(words.after(word)?),
            "peer" => {
                peer = Some(match words.after(word)? {
                    "name" => words.after("name")?,
                    name => name,
                });
            }
            _ if name.is_none() => name = Some(word),
            _ => return Err(unknown(word)),
        }
    }
    let (Some(name), Some(kind)) = (name, kind) else { return Err(Failure::new("a name and a type are needed")) };
    let mut message = LinkMessage::default();
    message.attributes.push(LinkAttribute::IfName(name.into()));
    let mut info = match kind {
        "veth" => vec![LinkInfo::Kind(InfoKind::Veth)],
        "bridge" => vec![LinkInfo::Kind(InfoKind::Bridge)],
        "dummy" => vec![LinkInfo::Kind(InfoKind::Dummy)],
        other => return Err(Failure::new(format!("{other} is no type that is known here: veth, bridge, dummy"))),
    };
    if let Some(peer) = peer {
        let mut other = LinkMessage::default();
        other.attributes.push(LinkAttribute::IfName(peer.into()));
        info.push(LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(other))));
    }
    message.attributes.push(LinkAttribute::LinkInfo(info));
    kernel
        .change(RouteNetlinkMessage::NewLink(message), NEW)
        .map_err(|errno| failure(format!("cannot add {name}"), errno))
}

pub fn route(kernel: &mut Netlink, command: &str, words: &mut Words) -> Done {
    let to = words.after(command)?;
    let mut message = RouteMessage::default();
    let (network, length) =
        if to == "default" { (IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0) } else { address_and_length(to)? };
    message.header.address_family = family(network);
    message.header.destination_prefix_length = length;
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    if length > 0 {
        message.attributes.push(RouteAttribute::Destination(network.into()));
    }
    let mut via = false;
    while let Some(word) = words.next() {
        let value = words.after(word)?;
        let address = || value.parse::<IpAddr>().map_err(|_| Failure::new(format!("{value} is no address")));
        message.attributes.push(match word {
            "via" => {
                via = true;
                RouteAttribute::Gateway(RouteAddress::from(address()?))
            }
            "dev" => RouteAttribute::Oif(kernel.index(value)?),
            "src" => RouteAttribute::PrefSource(RouteAddress::from(address()?)),
            "metric" => RouteAttribute::Priority(number(value)?),
            _ => return Err(unknown(word)),
        });
    }
    let outcome = match command {
        "add" => {
            message.header.protocol = RouteProtocol::Boot;
            message.header.kind = RouteType::Unicast;
            message.header.scope = if via { RouteScope::Universe } else { RouteScope::Link };
            kernel.change(RouteNetlinkMessage::NewRoute(message), NEW)
        }
        "del" | "delete" => {
            // "Nowhere" asks for any scope.
            message.header.scope = RouteScope::NoWhere;
            kernel.change(RouteNetlinkMessage::DelRoute(message), 0)
        }
        _ => return Err(unknown(command)),
    };
    outcome.map_err(|errno| failure(format!("cannot {command} the route to {to}"), errno))
}

fn number(text: &str) -> Result<u32, Failure> {
    text.parse().map_err(|_| Failure::new(format!("{text} is no number")))
}

fn hardware(text: &str) -> Result<Vec<u8>, Failure> {
    let bytes: Result<Vec<u8>, _> = text.split(':').map(|byte| u8::from_str_radix(byte, 16)).collect();
    bytes
        .ok()
        .filter(|bytes| bytes.len() == 6)
        .ok_or_else(|| Failure::new(format!("{text} is not six bytes as aa:bb:cc:dd:ee:ff")))
}
