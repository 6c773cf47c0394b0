//! The form of packet filter rules, as a lesson writes them: `do: { nft: { table: nat, chain: postrouting, rule: … } }`.
//! A base chain hangs at one of five hooks on a packet's way through the network stack, and here it has the hook's name.

use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// A table, a base chain in it, and a rule at the chain's end: what is not there yet is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nft {
    /// The table's name. The chains of `nat` are of type nat, those of all others of type filter.
    pub table: String,
    pub chain: Hook,
    /// What becomes of a packet that no rule decides about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

/// Where on its way a packet meets the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hook {
    /// It has come in; where it goes is not yet decided.
    Prerouting,
    /// It is for this host.
    Input,
    /// It is for somebody else.
    Forward,
    /// A process of this host has sent it.
    Output,
    /// It is about to leave.
    Postrouting,
}

impl Hook {
    pub fn name(self) -> &'static str {
        match self {
            Hook::Prerouting => "prerouting",
            Hook::Input => "input",
            Hook::Forward => "forward",
            Hook::Output => "output",
            Hook::Postrouting => "postrouting",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    Accept,
    Drop,
}

impl Policy {
    pub fn name(self) -> &'static str {
        match self {
            Policy::Accept => "accept",
            Policy::Drop => "drop",
        }
    }
}

/// What a packet must be for the rule to hold, all of it, and what is done then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its source: an address, or a network as 10.88.0.0/24.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its destination, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Its destination is an address of this host.
    #[serde(default, skip_serializing_if = "is_false")]
    pub local: bool,
    /// The link that it came in by.
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The link that it leaves by.
    #[serde(rename = "out", default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// A link that it does not leave by.
    #[serde(rename = "out_not", default, skip_serializing_if = "Option::is_none")]
    pub output_not: Option<String>,
    /// The TCP port that it goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    pub then: Verdict,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Accept,
    Drop,
    /// Its source becomes the address of the link that it leaves by; answers are changed back.
    Masquerade,
    /// Its destination becomes this address and port; the source of answers is changed back.
    Dnat(String),
}

/// An IPv4 network: an address and how many of its bits count. One address is a network of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub address: Ipv4Addr,
    pub bits: u8,
}

impl Network {
    /// `10.88.0.0/24` or `10.88.0.2`.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
        let network = Network { address: address.parse().ok()?, bits: bits.parse().ok().filter(|bits| *bits <= 32)? };
        (u32::from(network.address) & !network.mask() == 0).then_some(network)
    }

    pub fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0)
    }
}

/// What is wrong with the addresses in a rule: the field and its text.
pub fn wrong_address(nft: &Nft) -> Option<(&'static str, &str)> {
    let rule = nft.rule.as_ref()?;
    for (name, network) in [("from", &rule.from), ("to", &rule.to)] {
        if let Some(text) = network.as_deref().filter(|text| Network::parse(text).is_none()) {
            return Some((name, text));
        }
    }
    match &rule.then {
        Verdict::Dnat(to) if to.parse::<std::net::SocketAddrV4>().is_err() => Some(("then", to)),
        _ => None,
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
