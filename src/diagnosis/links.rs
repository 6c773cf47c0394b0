//! Why a change of links, addresses or routes was refused: requests of rtnetlink(7), and SIOCGIFINDEX of netdevice(7),
//! which finds a link's number. The kernel answers a request by a message, so this is asked after the operation.

use super::findings::{Findings, reason};
use super::network::{Network, described, list};
use super::rights;
use super::scene::{Scene, text_at};
use crate::evidence::record::{Arg, Call, Reason};
use nix::errno::Errno;
use std::net::Ipv4Addr;

/// Text arguments: what the request is about, and what else it names (see `untraced`).
pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let mut findings = Findings::default();
    let own = Network::of(scene, scene.pid);
    let first = call.args.iter().position(|arg| matches!(arg, Arg::Text(_)))?;
    let (about, more) = (text_at(call, first)?, text_at(call, first + 1));
    match (call.name.as_str(), errno) {
        (_, Errno::EPERM) => {
            let fresh = "unshare(CLONE_NEWNET) first: the new one belongs to the caller's own user namespace";
            let lacks = rights::lacks(scene, "net_admin", "network namespace", "net", fresh);
            findings.ask("CAP_NET_ADMIN does not count in the owner of the network namespace", lacks);
        }
        ("ioctl", Errno::ENODEV) => {
            findings.ask("there is no such link", no_link(&own, about));
        }
        ("RTM_NEWLINK", Errno::EEXIST) => {
            findings.ask("the name is taken", [Some(about), more].into_iter().flatten().find_map(|it| taken(&own, it)));
        }
        ("RTM_SETLINK", Errno::EEXIST) => {
            findings.ask("the new name is taken", more.and_then(|name| taken(&own, name)));
        }
        ("RTM_SETLINK", Errno::EINVAL) if about == "lo" => {
            let cause = "lo belongs to its network namespace: it is made with it, goes with it, and is never moved";
            findings.ask("", Some(reason(cause, &["link: lo".to_owned()], "a veth pair, of which one end is moved")));
        }
        ("RTM_NEWADDR", Errno::EEXIST) => {
            let address = about.split('/').next().and_then(|it| it.parse::<Ipv4Addr>().ok());
            let has = address.filter(|it| own.has(*it)).map(|it| {
                let seen = [format!("addresses: {}", list(own.addresses()))];
                reason(format!("this network namespace has the address {it} already"), &seen, "")
            });
            findings.ask("it has the address already", has);
        }
        ("RTM_NEWROUTE", Errno::EEXIST) => {
            let same = own.routes().iter().map(described).find(|route| route.starts_with(&format!("{about} ")));
            let there =
                same.map(|it| reason(format!("there is a route to {about} already"), &[format!("route: {it}")], ""));
            findings.ask("there is such a route", there);
        }
        ("RTM_NEWROUTE", Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::ENETDOWN) => {
            findings.ask("the next hop is not reachable directly", off_link(&own, more));
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}

fn no_link(own: &Network<'_>, name: &str) -> Option<Reason> {
    let links = own.links();
    if links.iter().any(|link| link == name) {
        return None;
    }
    let mut seen = vec![format!("links here: {}", list(links))];
    let elsewhere = own.others().into_iter().find(|other| other.links().iter().any(|link| link == name));
    seen.extend(elsewhere.map(|other| format!("a link {name} is in {}", other.named())));
    let remedy = "a name of those, or a process in the namespace that has the link";
    Some(reason(format!("this network namespace has no link {name}"), &seen, remedy))
}

fn taken(own: &Network<'_>, name: &str) -> Option<Reason> {
    let links = own.links();
    let there = links.iter().any(|link| link == name);
    let seen = [format!("links here: {}", list(&links))];
    there.then(|| reason(format!("this network namespace has a link {name} already"), &seen, "another name"))
}

fn off_link(own: &Network<'_>, via: Option<&str>) -> Option<Reason> {
    let via: Ipv4Addr = via?.parse().ok()?;
    if own.route_to(via).is_some_and(|route| route.gateway.is_unspecified()) {
        return None;
    }
    let seen = [format!("routes: {}", list(own.routes().iter().map(described)))];
    let cause = format!(
        "the next hop {via} is itself not reachable directly: no link that is up has an address in its network"
    );
    Some(reason(cause, &seen, "an address in that network first, on a link that is up"))
}
