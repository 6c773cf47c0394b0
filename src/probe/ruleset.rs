//! All of the packet filter of a network namespace, as `nft list ruleset` shows it: tables, their chains, and the rules of
//! each, in the kernel's order. The lessons' facts are a shorter cut of the same lists: `nft`.

use super::nft::{Attributes, GET_CHAIN, GET_RULE, listed, opened, words};
use nix::errno::Errno;

const GET_TABLE: u16 = 1;

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Of addresses: `ip`, `inet`, …
    pub family: &'static str,
    pub name: String,
    pub chains: Vec<Chain>,
}

/// A chain and its rules, in nft's words.
#[derive(Debug, PartialEq, Eq)]
pub struct Chain {
    pub name: String,
    /// None for a chain that is only jumped to.
    pub base: Option<Base>,
    pub rules: Vec<String>,
}

/// How a chain hangs on a packet's way.
#[derive(Debug, PartialEq, Eq)]
pub struct Base {
    pub kind: String,
    pub hook: &'static str,
    pub priority: i32,
    pub drops: bool,
}

/// The tables of the caller's network namespace. EPERM: it has no CAP_NET_ADMIN there.
pub fn ruleset() -> Result<Vec<Table>, Errno> {
    let socket = opened()?;
    let all = |kind: u16| listed(&socket, kind, libc::NFPROTO_UNSPEC);
    let mut tables = Vec::new();
    for (number, table) in all(GET_TABLE)? {
        tables.push(Table { family: family(number), name: Attributes::of(&table).text(1), chains: Vec::new() });
    }
    for (number, chain) in all(GET_CHAIN)? {
        let chain = Attributes::of(&chain);
        let base = chain.find(4).map(|_| {
            let hook = chain.nested(4);
            Base {
                kind: chain.text(7),
                hook: hook_name(hook.number(1).unwrap_or(u32::MAX)),
                priority: hook.number(2).unwrap_or(0).cast_signed(),
                drops: chain.number(5) == Some(0),
            }
        });
        if let Some(table) = find(&mut tables, number, &chain.text(1)) {
            table.chains.push(Chain { name: chain.text(3), base, rules: Vec::new() });
        }
    }
    for (number, rule) in all(GET_RULE)? {
        let rule = Attributes::of(&rule);
        let Some(table) = find(&mut tables, number, &rule.text(1)) else { continue };
        if let Some(chain) = table.chains.iter_mut().find(|chain| chain.name == rule.text(2)) {
            chain.rules.push(words(&rule.nested(4), "\""));
        }
    }
    Ok(tables)
}

fn find<'a>(tables: &'a mut [Table], number: u8, name: &str) -> Option<&'a mut Table> {
    tables.iter_mut().find(|table| table.family == family(number) && table.name == name)
}

fn family(number: u8) -> &'static str {
    match i32::from(number) {
        libc::NFPROTO_IPV4 => "ip",
        libc::NFPROTO_IPV6 => "ip6",
        libc::NFPROTO_INET => "inet",
        libc::NFPROTO_ARP => "arp",
        libc::NFPROTO_BRIDGE => "bridge",
        libc::NFPROTO_NETDEV => "netdev",
        _ => "(another family)",
    }
}

/// As for IPv4; the families arp and netdev count others.
fn hook_name(number: u32) -> &'static str {
    ["prerouting", "input", "forward", "output", "postrouting"].get(number as usize).unwrap_or(&"(another hook)")
}
