//! The packet filter of a network namespace as the kernel keeps it: its base chains, and their rules in nft(8)'s words.
//! Two dumps on a netfilter netlink socket. A rule is read as its expressions run: what is loaded into a register gets
//! its words there, and the comparison or the action that uses the register says them. What is not known is named.

use super::dump::dump;
use crate::evidence::{Key, Value};
use netlink_packet_core::{NlaBuffer, NlasIterator};
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;

pub(super) const GET_CHAIN: u16 = 4;
pub(super) const GET_RULE: u16 = 7;
/// NFNL_SUBSYS_NFTABLES.
const SUBSYSTEM: u16 = 10;

/// The facts of the family `Nft` of the caller's namespace. EPERM: it has no CAP_NET_ADMIN there.
pub fn facts() -> Result<Vec<(Key, Value)>, Errno> {
    let socket = opened()?;
    let mut chains: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, chain) in listed(&socket, GET_CHAIN, libc::NFPROTO_IPV4)? {
        let chain = Attributes::of(&chain);
        // A chain without a hook is only jumped to.
        if chain.find(4).is_some() {
            let policy = if chain.number(5) == Some(0) { "policy drop" } else { "policy accept" };
            chains.insert(format!("{}.{}", chain.text(1), chain.text(3)), vec![policy.to_owned()]);
        }
    }
    for (_, rule) in listed(&socket, GET_RULE, libc::NFPROTO_IPV4)? {
        let rule = Attributes::of(&rule);
        if let Some(list) = chains.get_mut(&format!("{}.{}", rule.text(1), rule.text(2))) {
            list.push(words(&rule.nested(4), ""));
        }
    }
    Ok(chains.into_iter().map(|(name, rules)| (Key::Nft(name), Value::List(rules))).collect())
}

/// The switches of the caller's namespace, which its own /proc shows.
pub fn switches() -> Vec<(Key, Value)> {
    let switch = |key: Key, path: &str| {
        let text = std::fs::read_to_string(path).ok()?;
        Some((key, Value::Text(if text.trim() == "0" { "off" } else { "on" }.to_owned())))
    };
    let forwarding = switch(Key::Forwarding, "/proc/sys/net/ipv4/ip_forward");
    let local = switch(Key::RouteLocalnet, "/proc/sys/net/ipv4/conf/all/route_localnet");
    forwarding.into_iter().chain(local).collect()
}

/// Attributes by their kinds; of a list, whose kinds are all the same, every one.
pub(super) struct Attributes<'a>(Vec<(u16, &'a [u8])>);

impl<'a> Attributes<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Attributes<'a> {
        let attributes = NlasIterator::new(bytes).map_while(Result::ok);
        // `NlaBuffer::value` would give bytes that live no longer than the buffer, which is dropped here.
        let value = |it: NlaBuffer<&'a [u8]>| (it.kind(), it.length(), it.into_inner());
        let value = attributes.map(value).map(|(kind, length, all)| (kind, all.get(4..usize::from(length))));
        Attributes(value.map(|(kind, value)| (kind, value.unwrap_or_default())).collect())
    }

    pub(super) fn find(&self, kind: u16) -> Option<&'a [u8]> {
        self.0.iter().find(|(own, _)| *own == kind).map(|(_, value)| *value)
    }

    pub(super) fn nested(&self, kind: u16) -> Attributes<'a> {
        Attributes::of(self.find(kind).unwrap_or_default())
    }

    pub(super) fn number(&self, kind: u16) -> Option<u32> {
        Some(u32::from_be_bytes(self.find(kind)?.get(..4)?.try_into().ok()?))
    }

    pub(super) fn text(&self, kind: u16) -> String {
        text(self.find(kind).unwrap_or_default())
    }

    /// The value in an attribute that holds data (NFTA_DATA_VALUE).
    fn data(&self, kind: u16) -> &'a [u8] {
        self.nested(kind).find(1).unwrap_or_default()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}

/// What is in a register.
#[derive(Clone, Default)]
struct Loaded {
    /// In nft's words: `ip saddr`.
    what: String,
    /// How many bits of an address count, where not all do.
    bits: Option<u32>,
    value: Vec<u8>,
}

/// A rule in nft's words: `ip saddr 10.88.0.0/24 oifname != br0 masquerade`. `quote` stands around the names of links.
pub(super) fn words(expressions: &Attributes<'_>, quote: &str) -> String {
    let mut registers: BTreeMap<u32, Loaded> = BTreeMap::new();
    let mut words = Vec::new();
    for (_, expression) in &expressions.0 {
        let expression = Attributes::of(expression);
        let (name, data) = (expression.text(1), expression.nested(2));
        let register = |kind: u16| data.number(kind).unwrap_or(0);
        let what = |what: String| Loaded { what, ..Loaded::default() };
        match name.as_str() {
            "meta" => drop(registers.insert(register(1), what(meta(register(2))))),
            "payload" => {
                drop(registers.insert(register(1), what(payload(register(2), register(3), register(4)))));
            }
            "fib" => drop(registers.insert(register(1), what("fib daddr type".to_owned()))),
            "bitwise" => {
                let mut loaded = registers.get(&register(1)).cloned().unwrap_or_default();
                let mask: Option<[u8; 4]> = data.data(4).try_into().ok();
                loaded.bits = mask.map(|mask| u32::from_be_bytes(mask).leading_ones());
                registers.insert(register(2), loaded);
            }
            "cmp" => {
                let loaded = registers.get(&register(1)).cloned().unwrap_or_default();
                words.extend(compared(&loaded, register(2) == 1, data.data(3), quote));
            }
            "immediate" => match data.nested(2).find(2) {
                Some(verdict) => words.push(match Attributes::of(verdict).number(1) {
                    Some(0) => "drop".to_owned(),
                    Some(1) => "accept".to_owned(),
                    _ => "(another verdict)".to_owned(),
                }),
                None => {
                    let value = data.data(2).to_vec();
                    registers.insert(register(1), Loaded { value, ..Loaded::default() });
                }
            },
            "nat" => {
                let value = |kind: u16| registers.get(&register(kind)).map(|it| it.value.clone()).unwrap_or_default();
                let act = if register(1) == 1 { "dnat" } else { "snat" };
                let port = value(5).try_into().map(|port| format!(":{}", u16::from_be_bytes(port)));
                words.push(format!("{act} to {}{}", shown_address(&value(3), None), port.unwrap_or_default()));
            }
            "masq" => words.push("masquerade".to_owned()),
            // Counts packets, and changes nothing.
            "counter" => {}
            other => words.push(format!("({other})")),
        }
    }
    words.join(" ")
}

fn meta(key: u32) -> String {
    match key {
        6 => "iifname".to_owned(),
        7 => "oifname".to_owned(),
        16 => "meta l4proto".to_owned(),
        other => format!("meta {other}"),
    }
}

fn payload(header: u32, offset: u32, length: u32) -> String {
    match (header, offset, length) {
        (1, 12, _) => "ip saddr".to_owned(),
        (1, 16, _) => "ip daddr".to_owned(),
        (2, 0, 2) => "sport".to_owned(),
        (2, 2, 2) => "dport".to_owned(),
        _ => format!("@{header},{},{}", offset * 8, length * 8),
    }
}

/// A comparison. The protocol is said together with the port that follows it, as nft does.
fn compared(loaded: &Loaded, unlike: bool, value: &[u8], quote: &str) -> Option<String> {
    let not = if unlike { "!= " } else { "" };
    let what = loaded.what.as_str();
    let value = match (what, value) {
        ("meta l4proto", [6]) if !unlike => return Some("tcp".to_owned()),
        ("meta l4proto", [17]) if !unlike => return Some("udp".to_owned()),
        ("ip saddr" | "ip daddr", bytes) => shown_address(bytes, loaded.bits),
        ("sport" | "dport", [high, low]) => u16::from_be_bytes([*high, *low]).to_string(),
        ("iifname" | "oifname", bytes) => format!("{quote}{}{quote}", text(bytes)),
        // The kernel's RTN_LOCAL.
        ("fib daddr type", bytes) if bytes == 2_u32.to_ne_bytes() => "local".to_owned(),
        (_, bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    Some(format!("{what} {not}{value}"))
}

/// An address; a network where not all of its bits count, or where nft(8) has left out the bytes that do not.
fn shown_address(bytes: &[u8], bits: Option<u32>) -> String {
    let mut whole = [0; 4];
    whole.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    let bits = bits.or((bytes.len() < 4).then_some(bytes.len() as u32 * 8)).filter(|bits| *bits < 32);
    let address = Ipv4Addr::from(whole);
    bits.map_or(address.to_string(), |bits| format!("{address}/{bits}"))
}

/// A netfilter socket of the caller's network namespace.
pub(super) fn opened() -> Result<OwnedFd, Errno> {
    let protocol = SockProtocol::NetlinkNetFilter;
    socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)
}

/// Everything of a kind that the kernel lists for a family of addresses: of each its family, and its attributes.
pub(super) fn listed(socket: &OwnedFd, kind: u16, family: libc::c_int) -> Result<Vec<(u8, Vec<u8>)>, Errno> {
    // struct nfgenmsg.
    let found = dump(socket, SUBSYSTEM << 8 | kind, &[family as u8, 0, 0, 0])?;
    let split = |bytes: Vec<u8>| Some((*bytes.first()?, bytes.get(4..)?.to_vec()));
    found.into_iter().map(|bytes| split(bytes).ok_or(Errno::EBADMSG)).collect()
}
