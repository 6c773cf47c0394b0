//! The lab host's packet filter, asked what it does with a packet. The rules are read from the kernel as the probe reads
//! them, in nft's words; a rule with a word that is not known here matches nothing.

use crate::evidence::{Key, Value};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Rules by chain; the first line of a chain is its policy.
pub struct Rules(BTreeMap<String, Vec<String>>);

/// A packet as a chain sees it. What a hook does not know yet, or no more, is none.
pub struct Seen<'a> {
    pub from: Ipv4Addr,
    pub to: Ipv4Addr,
    pub port: u16,
    pub input: Option<&'a str>,
    pub output: Option<&'a str>,
    /// The destination is an address of this host.
    pub local: bool,
}

impl Rules {
    /// Those of the caller's network namespace: the stage is in the lab host's.
    pub fn read() -> Rules {
        let facts = crate::probe::nft::facts().unwrap_or_default();
        let chain = |(key, value)| match (key, value) {
            (Key::Nft(name), Value::List(rules)) => Some((name, rules)),
            _ => None,
        };
        Rules(facts.into_iter().filter_map(chain).collect())
    }

    /// What the first rule that holds does, and the rule; else the policy. None: there is no such chain.
    pub fn verdict(&self, chain: &str, seen: &Seen<'_>) -> Option<(&str, &str)> {
        let (policy, rules) = self.0.get(chain)?.split_first()?;
        let held = rules.iter().find_map(|rule| Some((holds(rule, seen)?, rule.as_str())));
        held.or_else(|| Some((policy.strip_prefix("policy ")?, policy)))
    }
}

/// The verdict of a rule whose comparisons all hold.
fn holds<'a>(rule: &'a str, seen: &Seen<'_>) -> Option<&'a str> {
    let mut rest = rule;
    loop {
        let words: Vec<&str> = rest.split(' ').collect();
        let (count, holds) = match words.as_slice() {
            ["ip", "saddr", network, ..] => (3, within(seen.from, network)),
            ["ip", "daddr", network, ..] => (3, within(seen.to, network)),
            ["fib", "daddr", "type", "local", ..] => (4, seen.local),
            ["iifname", "!=", name, ..] => (3, seen.input.is_some_and(|it| it != *name)),
            ["iifname", name, ..] => (2, seen.input == Some(*name)),
            ["oifname", "!=", name, ..] => (3, seen.output.is_some_and(|it| it != *name)),
            ["oifname", name, ..] => (2, seen.output == Some(*name)),
            ["tcp", "dport", port, ..] => (3, port.parse() == Ok(seen.port)),
            ["accept" | "drop" | "masquerade"] | ["dnat", "to", _] => return Some(rest),
            _ => return None,
        };
        if !holds {
            return None;
        }
        rest = rest.splitn(count + 1, ' ').nth(count)?;
    }
}

fn within(address: Ipv4Addr, network: &str) -> bool {
    let (network, bits) = network.split_once('/').unwrap_or((network, "32"));
    let (Ok(network), Ok(bits)) = (network.parse::<Ipv4Addr>(), bits.parse::<u32>()) else { return false };
    let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
    u32::from(address) & mask == u32::from(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_holds_decides_and_else_the_policy() {
        let chain = ["policy drop", "ip saddr 10.88.0.0/24 oifname != br0 masquerade", "tcp dport 80 accept"];
        let rules = Rules(BTreeMap::from([("a.b".to_owned(), chain.map(str::to_owned).to_vec())]));
        let (from, to) = (Ipv4Addr::new(10, 88, 0, 2), Ipv4Addr::new(203, 0, 113, 2));
        let seen = |output, port| Seen { from, to, port, input: None, output: Some(output), local: false };
        let verdict = |output, port| rules.verdict("a.b", &seen(output, port)).map(|it| it.0);
        assert_eq!(verdict("up0", 1), Some("masquerade"));
        assert_eq!(verdict("br0", 80), Some("accept"));
        assert_eq!(verdict("br0", 81), Some("drop"));
        assert_eq!(rules.verdict("a.c", &seen("br0", 1)), None);
    }
}
