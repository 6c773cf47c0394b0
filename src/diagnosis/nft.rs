//! Why a transaction of nf_tables was refused. The kernel answers each message of it by a message, so this is asked after
//! the operation; with one message refused, nothing of the whole has been done.

use super::findings::{Findings, reason};
use super::rights;
use super::scene::{Scene, as_text};
use crate::evidence::Key;
use crate::evidence::record::{Call, Reason};
use nix::errno::Errno;

/// Text arguments: the table that it is about (see `untraced`).
pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let mut findings = Findings::default();
    match (call.name.as_str(), errno) {
        (_, Errno::EPERM) => {
            let fresh = "unshare(CLONE_NEWNET) first: the new one belongs to the caller's own user namespace";
            let lacks = rights::lacks(scene, "net_admin", "network namespace", "net", fresh);
            findings.ask("CAP_NET_ADMIN does not count in the owner of the network namespace", lacks);
        }
        ("NFT_MSG_DELTABLE", Errno::ENOENT) => {
            let table = call.args.iter().find_map(as_text)?;
            findings.ask("there is no such table", no_table(scene, table));
        }
        ("NFT_MSG_NEWTABLE" | "NFT_MSG_NEWCHAIN" | "NFT_MSG_NEWRULE", Errno::ENOENT | Errno::EOPNOTSUPP) => {
            let cause =
                "this kernel lacks a part of nf_tables that the message needs, and could not load it as a module";
            let remedy = "modprobe nf_tables nft_chain_nat nft_masq nft_nat nft_fib_ipv4, on the machine and as root";
            findings.ask("", Some(reason(cause, &[format!("refused: {}", call.name)], remedy)));
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}

/// Only the tables of the stage's own namespace can be read from here: those of the lab host.
fn no_table(scene: &Scene<'_>, table: &str) -> Option<Reason> {
    let host = scene.of(1).namespace_inode("net");
    if host.is_none() || scene.namespace_inode("net") != host {
        return None;
    }
    let chains = crate::probe::nft::facts().ok()?.into_iter();
    let mut names: Vec<String> = chains
        .filter_map(|(key, _)| match key {
            Key::Nft(chain) => Some(chain.split('.').next()?.to_owned()),
            _ => None,
        })
        .collect();
    names.dedup();
    if names.iter().any(|name| name == table) {
        return None;
    }
    let seen = [format!("tables with chains: {}", super::network::list(names))];
    Some(reason(format!("this network namespace has no table {table}"), &seen, ""))
}
