//! What a network namespace has, as its own kernel table says: links, IPv4 addresses, the main routing table, neighbours.
//! Four dumps on a route netlink socket (rtnetlink(7)), read byte by byte here: the room that sends the changes has a
//! parser of its own. Only IPv4 is read, so that it does not matter whether the machine has IPv6 switched off.

use super::dump::dump;
use crate::evidence::fact::{LinkFact, NeighbourFact};
use crate::evidence::{Key, Value};
use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};
use nix::sys::socket::{AddressFamily, NetlinkAddr, SockFlag, SockProtocol, SockType};
use nix::sys::socket::{bind, socket};
use std::collections::BTreeMap;
use std::fs::File;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, OwnedFd};

/// Modules of old tunnels put such a link into every namespace, on some machines and not on others.
const FALLBACKS: [&str; 9] = ["ipip", "gre", "gretap", "erspan", "sit", "vti", "vti6", "ip6tnl", "ip6gre"];

/// The facts of the family `Network` of the caller's namespace. Errors: as the socket's calls.
pub fn facts() -> Result<Vec<(Key, Value)>, Errno> {
    let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
    bind(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
    let links = objects(&socket, libc::RTM_GETLINK, libc::AF_UNSPEC, 16)?;
    let names: BTreeMap<i32, String> =
        links.iter().filter_map(|link| Some((link.int(4)?, link.text(libc::IFLA_IFNAME)?))).collect();
    let name = |index: Option<i32>| index.and_then(|it| names.get(&it)).cloned().unwrap_or_else(|| "?".to_owned());

    let mut facts: Vec<(Key, Value)> = links.iter().filter_map(|link| fact_of_link(link, &name)).collect();
    let mut addresses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for address in objects(&socket, libc::RTM_GETADDR, libc::AF_INET, 8)? {
        let own = address.address(libc::IFA_LOCAL).or_else(|| address.address(libc::IFA_ADDRESS));
        if let (Some(own), Some(length)) = (own, address.byte(1)) {
            addresses.entry(name(address.int(4))).or_default().push(format!("{own}/{length}"));
        }
    }
    facts.extend(addresses.into_iter().map(|(link, list)| (Key::Address(link), Value::List(list))));
    let mut routes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for route in objects(&socket, libc::RTM_GETROUTE, libc::AF_INET, 12)? {
        if route.byte(4) != Some(libc::RT_TABLE_MAIN) {
            continue;
        }
        let to = match (route.address(libc::RTA_DST), route.byte(1)) {
            (Some(to), Some(length)) => format!("{to}/{length}"),
            _ => "default".to_owned(),
        };
        let by = route.number(libc::RTA_OIF).map(|link| format!("by {}", name(Some(link)))).unwrap_or_default();
        let via = route.address(libc::RTA_GATEWAY).map_or("directly".to_owned(), |via| format!("via {via}"));
        // Also what a router has said of the way to one address (RFC 1191), which the kernel keeps for some minutes.
        let mtu =
            attribute(route.attribute(RTA_METRICS).unwrap_or_default(), RTAX_MTU).and_then(|it| it.try_into().ok());
        let mtu = mtu.map(|it| format!(", MTU {}", u32::from_ne_bytes(it))).unwrap_or_default();
        routes.entry(to).or_default().push(format!("{}{mtu}", format!("{via} {by}").trim_end()));
    }
    facts.extend(routes.into_iter().map(|(to, list)| (Key::Route(to), Value::List(list))));
    // The kernel lists them by a hash that is another one in each namespace.
    let mut neighbours = BTreeMap::new();
    for neighbour in objects(&socket, libc::RTM_GETNEIGH, libc::AF_INET, 12)? {
        // Broadcast, multicast and loopback, for which nobody is asked.
        let silent = neighbour.half(8).is_none_or(|state| state & libc::NUD_NOARP != 0);
        let (Some(address), false) = (neighbour.address(libc::NDA_DST), silent) else { continue };
        let hardware = neighbour.attribute(libc::NDA_LLADDR).map(hardware);
        let fact = NeighbourFact { link: name(neighbour.int(4)), hardware };
        neighbours.insert(address, fact);
    }
    facts.extend(
        neighbours.into_iter().map(|(address, fact)| (Key::Neighbour(address.to_string()), Value::Neighbour(fact))),
    );
    Ok(facts)
}

/// The MTU of a link in a network namespace that the caller has power over. Errors: none, but nothing is known then.
pub fn mtu(namespace: &File, link: &str) -> Option<u32> {
    let socket = socket_in(namespace)?;
    let links = objects(&socket, libc::RTM_GETLINK, libc::AF_UNSPEC, 16).ok()?;
    let link = links.iter().find(|it| it.text(libc::IFLA_IFNAME).as_deref() == Some(link))?;
    link.number(libc::IFLA_MTU).map(i32::cast_unsigned)
}

/// A route netlink socket of another network namespace: a socket stays in the namespace it was made in, so the caller, who
/// has one thread, is there for this one call and goes back.
fn socket_in(namespace: &File) -> Option<OwnedFd> {
    let own = File::open("/proc/self/ns/net").ok()?;
    setns(namespace, CloneFlags::CLONE_NEWNET).ok()?;
    let made = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute);
    setns(&own, CloneFlags::CLONE_NEWNET).ok()?;
    let made = made.ok()?;
    bind(made.as_raw_fd(), &NetlinkAddr::new(0, 0)).ok()?;
    Some(made)
}

fn fact_of_link(link: &Object, name: &impl Fn(Option<i32>) -> String) -> Option<(Key, Value)> {
    let flags = link.int(8)?.cast_unsigned();
    let info = link.attribute(libc::IFLA_LINKINFO).unwrap_or_default();
    let loopback = flags & libc::IFF_LOOPBACK.cast_unsigned() != 0;
    let kind = match attribute(info, IFLA_INFO_KIND) {
        Some(kind) => words(kind),
        None if loopback => "loopback".to_owned(),
        None => "device".to_owned(),
    };
    let up = flags & libc::IFF_UP.cast_unsigned() != 0;
    if FALLBACKS.contains(&kind.as_str()) && !up {
        return None;
    }
    let index = link.int(4)?;
    let usual = if loopback { 65536 } else { 1500 };
    let peer = link.number(libc::IFLA_LINK).filter(|peer| *peer != 0 || link.elsewhere());
    let fact = LinkFact {
        index,
        kind,
        up,
        // Not the operational state, which follows some time later.
        carrier: link.attribute(libc::IFLA_CARRIER).is_some_and(|it| it.first() == Some(&1)),
        hardware: link.attribute(libc::IFLA_ADDRESS).map(hardware).unwrap_or_default(),
        peer: peer.filter(|peer| *peer != index || link.elsewhere()).map(|peer| (peer, link.elsewhere())),
        master: link.number(libc::IFLA_MASTER).map(|master| name(Some(master))),
        mtu: link.number(libc::IFLA_MTU).map(i32::cast_unsigned).filter(|mtu| *mtu != usual),
    };
    Some((Key::Link(link.text(libc::IFLA_IFNAME)?), Value::Link(fact)))
}

/// What a route says beside where it leads, and in it the MTU (linux/rtnetlink.h).
const RTA_METRICS: u16 = 8;
const RTAX_MTU: u16 = 2;

/// The attribute in IFLA_LINKINFO that names the kind (linux/if_link.h).
const IFLA_INFO_KIND: u16 = 1;

/// Whether a link is of one of these kinds: `veth`, `bridge`.
pub(super) fn is_of_kind(link: &Object, kinds: &[&str]) -> bool {
    let info = link.attribute(libc::IFLA_LINKINFO).unwrap_or_default();
    attribute(info, IFLA_INFO_KIND).is_some_and(|kind| kinds.contains(&words(kind).as_str()))
}

/// One object of a dump: a structure of its kind, and its attributes.
pub(super) struct Object {
    bytes: Vec<u8>,
    /// How long the structure is.
    length: usize,
}

impl Object {
    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }
    fn half(&self, at: usize) -> Option<u16> {
        Some(u16::from_ne_bytes(self.bytes.get(at..at + 2)?.try_into().ok()?))
    }
    pub(super) fn int(&self, at: usize) -> Option<i32> {
        Some(i32::from_ne_bytes(self.bytes.get(at..at + 4)?.try_into().ok()?))
    }
    pub(super) fn attribute(&self, kind: u16) -> Option<&[u8]> {
        attribute(self.bytes.get(self.length..)?, kind)
    }
    fn number(&self, kind: u16) -> Option<i32> {
        self.attribute(kind)?.get(..4)?.try_into().ok().map(i32::from_ne_bytes)
    }
    fn text(&self, kind: u16) -> Option<String> {
        self.attribute(kind).map(words)
    }
    fn address(&self, kind: u16) -> Option<Ipv4Addr> {
        let bytes: [u8; 4] = self.attribute(kind)?.try_into().ok()?;
        Some(bytes.into())
    }
    /// The other end of the link is in another namespace.
    fn elsewhere(&self) -> bool {
        self.attribute(libc::IFLA_LINK_NETNSID).is_some()
    }
}

/// Text up to its end 0.
fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}

fn hardware(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// struct rtattr: its length, its kind, its bytes; each begins at a multiple of four.
fn attribute(mut bytes: &[u8], kind: u16) -> Option<&[u8]> {
    loop {
        let length = usize::from(u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?));
        let own = u16::from_ne_bytes(bytes.get(2..4)?.try_into().ok()?) & !(libc::NLA_F_NESTED as u16);
        let value = bytes.get(4..length)?;
        if own == kind {
            return Some(value);
        }
        bytes = bytes.get(length.next_multiple_of(4)..)?;
    }
}

/// All objects that the kernel lists for this request, whose structure is so long; only the family is said of it.
pub(super) fn objects(socket: &OwnedFd, request: u16, family: i32, length: usize) -> Result<Vec<Object>, Errno> {
    let mut structure = vec![0; length];
    structure[0] = family as u8;
    Ok(dump(socket, request, &structure)?.into_iter().map(|bytes| Object { bytes, length }).collect())
}
