//! The kernel's packet filter, nf_tables: chains of rules at hooks on a packet's way, spoken to over netlink(7).
//! A rule is a small program: each expression loads something of the packet into a register, compares it, or acts.
//! NAT rules are asked about a connection's first packet only; what they decide is kept with the connection, and all
//! its packets, answers too, are changed alike.

mod batch;
mod expression;
pub mod form;
pub mod read;

use super::error::Failed;
use batch::{Batch, Message};
use form::{Hook, Nft};
use std::fmt::Write;

// ANCHOR: nft
/// Adds a table, a base chain and a rule in one transaction: all of it is there at once, or nothing.
pub fn nft(it: &Nft) -> Result<(), Failed> {
    let mut batch = Batch::begin();
    batch.add(Message::NewTable, |table| table.text(1, &it.table));
    batch.add(Message::NewChain, |chain| {
        chain.text(1, &it.table);
        chain.text(3, it.chain.name());
        chain.nest(4, |hook| {
            hook.number(1, number(it.chain));
            hook.number(2, priority(it).cast_unsigned());
        });
        if let Some(policy) = it.policy {
            chain.number(5, policy as u32 ^ 1);
        }
        chain.text(7, kind(it));
    });
    if let Some(rule) = &it.rule {
        let expressions = expression::expressions(rule)?;
        batch.add(Message::NewRule, |message| {
            message.text(1, &it.table);
            message.text(2, it.chain.name());
            message.nest(4, |list| expressions.iter().for_each(|it| it.put(list)));
        });
    }
    batch.commit(&format!("table ip {}, chain {}", it.table, it.chain.name()))
}

/// Takes a table away, with its chains and rules. Connections that they have changed stay as they are.
pub fn nft_delete(table: &str) -> Result<(), Failed> {
    let mut batch = Batch::begin();
    batch.add(Message::DeleteTable, |message| message.text(1, table));
    batch.commit(&format!("table ip {table}"))
}
// ANCHOR_END: nft

/// Takes all tables away, of all families of addresses.
pub fn nft_flush() -> Result<(), Failed> {
    let mut batch = Batch::begin();
    batch.add(Message::DeleteAllTables, |_| {});
    batch.commit("all tables")
}

fn kind(nft: &Nft) -> &'static str {
    if nft.table == "nat" { "nat" } else { "filter" }
}

/// The order among chains at one hook, lowest first: the usual places, NF_IP_PRI_NAT_DST and its like.
pub(super) fn priority(nft: &Nft) -> i32 {
    match (kind(nft), nft.chain) {
        ("nat", Hook::Prerouting | Hook::Output) => -100,
        ("nat", _) => 100,
        _ => 0,
    }
}

/// NF_INET_PRE_ROUTING and its like.
fn number(hook: Hook) -> u32 {
    match hook {
        Hook::Prerouting => 0,
        Hook::Input => 1,
        Hook::Forward => 2,
        Hook::Output => 3,
        Hook::Postrouting => 4,
    }
}

/// The same as nft(8) takes it on its command line.
pub fn words(nft: &Nft) -> String {
    let mut words = format!("type {} hook {} priority {};", kind(nft), nft.chain.name(), priority(nft));
    if let Some(policy) = nft.policy {
        write!(words, " policy {};", policy.name()).ok();
    }
    if let Some(rule) = &nft.rule {
        write!(words, " {};", rule_words(rule)).ok();
    }
    format!("nft 'table ip {} {{ chain {} {{ {words} }}; }}'", nft.table, nft.chain.name())
}

fn rule_words(rule: &form::Rule) -> String {
    let mut words = Vec::new();
    words.extend(rule.from.as_ref().map(|from| format!("ip saddr {from}")));
    words.extend(rule.to.as_ref().map(|to| format!("ip daddr {to}")));
    words.extend(rule.local.then(|| "fib daddr type local".to_owned()));
    words.extend(rule.input.as_ref().map(|link| format!("iifname {link}")));
    words.extend(rule.output.as_ref().map(|link| format!("oifname {link}")));
    words.extend(rule.output_not.as_ref().map(|link| format!("oifname != {link}")));
    words.extend(rule.port.map(|port| format!("tcp dport {port}")));
    words.push(match &rule.then {
        form::Verdict::Accept => "accept".to_owned(),
        form::Verdict::Drop => "drop".to_owned(),
        form::Verdict::Masquerade => "masquerade".to_owned(),
        form::Verdict::Dnat(to) => format!("dnat to {to}"),
    });
    words.join(" ")
}
