//! What `ip … show` prints.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::IpAddr;

use netlink_packet_route::address::{AddressAttribute, AddressMessage, AddressScope};
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkLayerType, LinkMessage};
use netlink_packet_route::neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use nix::errno::Errno;

use super::netlink::{Netlink, name};
use crate::userland::report::Failure;

/// How to show.
pub struct Look {
    pub brief: bool,
    pub only_ipv4: bool,
}

/// The first attribute of a variant, as `find!(list, Variant)`.
macro_rules! find {
    ($list:expr, $variant:path) => {
        $list.iter().find_map(|one| if let $variant(value) = one { Some(value) } else { None })
    };
}

pub fn links(kernel: &mut Netlink, look: &Look, device: Option<&str>, with_addresses: bool) -> Result<(), Failure> {
    let links = kernel.links()?;
    let addresses = if with_addresses { addresses(kernel)? } else { vec![] };
    let names: HashMap<u32, String> = links.iter().map(|link| (link.header.index, name(link).to_string())).collect();
    let mut out = io::stdout().lock();
    let mut any = false;
    for link in links.iter().filter(|link| device.is_none_or(|device| device == name(link))) {
        any = true;
        let own = addresses.iter().filter(|address| {
            address.header.index == link.header.index
                && (!look.only_ipv4 || address.header.family == AddressFamily::Inet)
        });
        if look.brief {
            brief(&mut out, link, &names, own, with_addresses)?;
            continue;
        }
        full(&mut out, link, &names)?;
        for address in own {
            full_address(&mut out, address, name(link))?;
        }
    }
    match (any, device) {
        (false, Some(device)) => Err(Failure::errno(format!("there is no link {device}"), Errno::ENODEV)),
        _ => Ok(()),
    }
}

fn addresses(kernel: &mut Netlink) -> Result<Vec<AddressMessage>, Failure> {
    let all = kernel.dump(RouteNetlinkMessage::GetAddress(AddressMessage::default()))?;
    Ok(all
        .into_iter()
        .filter_map(|one| if let RouteNetlinkMessage::NewAddress(one) = one { Some(one) } else { None })
        .collect())
}

/// `eth0@if5`: the other end of a veth pair, or the link below.
fn name_and_peer(link: &LinkMessage, names: &HashMap<u32, String>) -> String {
    let elsewhere = find!(link.attributes, LinkAttribute::LinkNetNsId).is_some();
    match find!(link.attributes, LinkAttribute::Link) {
        Some(peer) if *peer == link.header.index => name(link).into(),
        Some(peer) => match names.get(peer).filter(|_| !elsewhere) {
            Some(other) => format!("{}@{other}", name(link)),
            None => format!("{}@if{peer}", name(link)),
        },
        None => name(link).into(),
    }
}

fn state(link: &LinkMessage) -> String {
    find!(link.attributes, LinkAttribute::OperState).map_or("UNKNOWN".into(), ToString::to_string)
}

/// The words in angle brackets, in iproute2's order.
fn flags(link: &LinkMessage) -> String {
    let has = |flag| link.header.flags.contains(flag);
    let mut words = vec![];
    if has(LinkFlags::Up) && !has(LinkFlags::Running) {
        words.push("NO-CARRIER");
    }
    for (flag, word) in [
        (LinkFlags::Loopback, "LOOPBACK"),
        (LinkFlags::Broadcast, "BROADCAST"),
        (LinkFlags::Pointopoint, "POINTOPOINT"),
        (LinkFlags::Multicast, "MULTICAST"),
        (LinkFlags::Noarp, "NOARP"),
        (LinkFlags::Promisc, "PROMISC"),
        (LinkFlags::Up, "UP"),
        (LinkFlags::LowerUp, "LOWER_UP"),
    ] {
        if has(flag) {
            words.push(word);
        }
    }
    words.join(",")
}

fn hardware(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

fn full(out: &mut impl Write, link: &LinkMessage, names: &HashMap<u32, String>) -> io::Result<()> {
    let attributes = &link.attributes;
    write!(out, "{}: {}: <{}>", link.header.index, name_and_peer(link, names), flags(link))?;
    if let Some(mtu) = find!(attributes, LinkAttribute::Mtu) {
        write!(out, " mtu {mtu}")?;
    }
    if let Some(discipline) = find!(attributes, LinkAttribute::Qdisc) {
        write!(out, " qdisc {discipline}")?;
    }
    if let Some(bridge) = find!(attributes, LinkAttribute::Controller) {
        write!(out, " master {}", names.get(bridge).map_or("?", String::as_str))?;
    }
    writeln!(out, " state {}", state(link))?;
    let kind = match link.header.link_layer_type {
        LinkLayerType::Loopback => "loopback".into(),
        LinkLayerType::Ether => "ether".into(),
        other => other.to_string().to_lowercase(),
    };
    write!(out, "    link/{kind}")?;
    if let Some(address) = find!(attributes, LinkAttribute::Address) {
        write!(out, " {}", hardware(address))?;
    }
    if let Some(address) = find!(attributes, LinkAttribute::Broadcast) {
        write!(out, " brd {}", hardware(address))?;
    }
    if let Some(number) = find!(attributes, LinkAttribute::LinkNetNsId) {
        write!(out, " link-netnsid {number}")?;
    }
    writeln!(out)
}

fn full_address(out: &mut impl Write, address: &AddressMessage, link: &str) -> io::Result<()> {
    let Some(own) = of(address) else { return Ok(()) };
    let family = if own.is_ipv4() { "inet" } else { "inet6" };
    write!(out, "    {family} {own}/{}", address.header.prefix_len)?;
    if let Some(broadcast) = find!(address.attributes, AddressAttribute::Broadcast) {
        write!(out, " brd {broadcast}")?;
    }
    let scope = match address.header.scope {
        AddressScope::Universe => "global".into(),
        other => other.to_string(),
    };
    write!(out, " scope {scope}")?;
    if own.is_ipv4() {
        write!(out, " {}", find!(address.attributes, AddressAttribute::Label).map_or(link, String::as_str))?;
    }
    writeln!(out)
}

/// An address of this end: IFA_LOCAL where it is given, since IFA_ADDRESS is then the other end's.
fn of(address: &AddressMessage) -> Option<&IpAddr> {
    find!(address.attributes, AddressAttribute::Local).or(find!(address.attributes, AddressAttribute::Address))
}

fn brief<'a>(
    out: &mut impl Write,
    link: &LinkMessage,
    names: &HashMap<u32, String>,
    addresses: impl Iterator<Item = &'a AddressMessage>,
    with_addresses: bool,
) -> io::Result<()> {
    let last = if with_addresses {
        let own = addresses.filter_map(|one| Some(format!("{}/{}", of(one)?, one.header.prefix_len)));
        own.collect::<Vec<_>>().join(" ")
    } else {
        let address = find!(link.attributes, LinkAttribute::Address).map_or(String::new(), |one| hardware(one));
        format!("{address} <{}>", flags(link))
    };
    let line = format!("{:<16} {:<14} {last}", name_and_peer(link, names), state(link));
    writeln!(out, "{}", line.trim_end())
}

fn names(kernel: &mut Netlink) -> Result<HashMap<u32, String>, Failure> {
    Ok(kernel.links()?.iter().map(|link| (link.header.index, name(link).to_string())).collect())
}

/// The main IPv4 table.
pub fn routes(kernel: &mut Netlink) -> Result<(), Failure> {
    let names = names(kernel)?;
    let mut what = RouteMessage::default();
    what.header.address_family = AddressFamily::Inet;
    let mut out = io::stdout().lock();
    for answer in kernel.dump(RouteNetlinkMessage::GetRoute(what))? {
        let RouteNetlinkMessage::NewRoute(route) = answer else { continue };
        if route.header.table == RouteHeader::RT_TABLE_MAIN {
            writeln!(out, "{}", line_of(&route, &names))?;
        }
    }
    Ok(())
}

fn line_of(route: &RouteMessage, names: &HashMap<u32, String>) -> String {
    let header = &route.header;
    let kind = match header.kind {
        RouteType::Unicast => "",
        RouteType::BlackHole => "blackhole ",
        RouteType::Unreachable => "unreachable ",
        RouteType::Prohibit => "prohibit ",
        _ => "other ",
    };
    let mut line = match find!(route.attributes, RouteAttribute::Destination) {
        Some(to) if header.destination_prefix_length == 32 => format!("{kind}{}", plain(to)),
        Some(to) => format!("{kind}{}/{}", plain(to), header.destination_prefix_length),
        None => format!("{kind}default"),
    };
    if let Some(gateway) = find!(route.attributes, RouteAttribute::Gateway) {
        line += &format!(" via {}", plain(gateway));
    }
    if let Some(device) = find!(route.attributes, RouteAttribute::Oif) {
        line += &format!(" dev {}", names.get(device).map_or("?", String::as_str));
    }
    if header.protocol != RouteProtocol::Boot {
        line += &format!(" proto {}", header.protocol);
    }
    if header.scope != RouteScope::Universe {
        line += &format!(" scope {}", header.scope);
    }
    if let Some(source) = find!(route.attributes, RouteAttribute::PrefSource) {
        line += &format!(" src {}", plain(source));
    }
    if let Some(metric) = find!(route.attributes, RouteAttribute::Priority) {
        line += &format!(" metric {metric}");
    }
    line
}

fn plain(address: &RouteAddress) -> String {
    match address {
        RouteAddress::Inet(address) => address.to_string(),
        RouteAddress::Inet6(address) => address.to_string(),
        _ => "?".into(),
    }
}

pub fn neighbours(kernel: &mut Netlink) -> Result<(), Failure> {
    let names = names(kernel)?;
    let mut out = io::stdout().lock();
    for answer in kernel.dump(RouteNetlinkMessage::GetNeighbour(NeighbourMessage::default()))? {
        let RouteNetlinkMessage::NewNeighbour(neighbour) = answer else { continue };
        // Broadcast, multicast and loopback entries, which nobody asked for.
        if matches!(neighbour.header.state, NeighbourState::Noarp) {
            continue;
        }
        let address = match find!(neighbour.attributes, NeighbourAttribute::Destination) {
            Some(NeighbourAddress::Inet(address)) => address.to_string(),
            Some(NeighbourAddress::Inet6(address)) => address.to_string(),
            _ => continue,
        };
        let device = names.get(&neighbour.header.ifindex).map_or("?", String::as_str);
        write!(out, "{address} dev {device}")?;
        if let Some(bytes) = find!(neighbour.attributes, NeighbourAttribute::LinkLayerAddress) {
            write!(out, " lladdr {}", hardware(bytes))?;
        }
        writeln!(out, " {}", neighbour.header.state.to_string().to_uppercase())?;
    }
    Ok(())
}
