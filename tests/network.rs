//! Links, addresses, routes, neighbours and sending: what a lesson sees of them, and why something was refused, with and
//! without ptrace(2). Each test is a lesson of a few steps, run by the program in namespaces of its own.

mod support;

use serde_json::Value;
use support::boxlab::{Boxlab, Who, everyone, program};
use support::lesson;

/// Runs these steps, `ACTOR: OPERATION`; one that starts with an errno and `!` must fail so. At the end the facts of
/// `looks` are looked at. None: no lab with links can be made here.
fn run(who: Who, operations: &[&str], looks: &[&str], forbid_ptrace: bool) -> Option<Value> {
    let own_link = |actor: &str| format!("{actor}.link.lo");
    let mut steps: String = operations.iter().map(|operation| lesson::step(operation, own_link)).collect();
    if !looks.is_empty() {
        let list = looks.join(", ");
        steps.push_str(&format!("- as: runtime\n  say: Look.\n  do: look\n  look: [{list}]\n  why: It is there.\n"));
    }
    let mut boxlab = Boxlab::of(who, &program());
    if forbid_ptrace {
        boxlab = boxlab.before(|| support::filter(libc::SYS_ptrace, support::EPERM));
    }
    lesson::recorded(boxlab, "needs: [namespaces, network]\n", &steps, "links")
}

fn evidence(record: &Value, step: usize) -> &Value {
    &record["steps"][step - 1]["evidence"]
}

/// What a fact is at the end.
fn last<'a>(record: &'a Value, actor: &str, key: &str) -> Option<&'a str> {
    let facts = record["steps"].as_array().expect("steps").last().expect("a step")["evidence"]["looked"].as_array();
    facts.expect("facts").iter().find(|fact| fact["subject"] == actor && fact["key"] == key)?["text"].as_str()
}

/// A container with a cable to the runtime's side.
const CABLE: [&str; 10] = [
    "runtime: { fork: container }",
    "container: { unshare: [net] }",
    "runtime: { link_add: { type: veth, name: v0, peer: p0 } }",
    "runtime: { link_set: { name: p0, into: container, rename: eth0 } }",
    "runtime: { link_set: { name: v0, up: true } }",
    "runtime: { address_add: { link: v0, address: 10.88.0.1/24 } }",
    "container: { link_set: { name: lo, up: true } }",
    "container: { link_set: { name: eth0, up: true } }",
    "container: { address_add: { link: eth0, address: 10.88.0.2/24 } }",
    "container: { ping: 10.88.0.1 }",
];

#[test]
fn ends_and_neighbours_are_shown_by_name_and_are_the_same_for_everybody() {
    let expected = [
        ("container", "link.eth0", "veth, up, peer v0 of host"),
        ("runtime", "link.v0", "veth, up, peer eth0 of container"),
        ("container", "address.eth0", "10.88.0.2/24"),
        ("container", "route.10.88.0.0/24", "directly by eth0"),
        ("container", "neighbour.10.88.0.1", "v0 of host by eth0"),
        ("runtime", "neighbour.10.88.0.2", "eth0 of container by v0"),
    ];
    let looks: Vec<String> = expected.iter().map(|(actor, key, _)| format!("{actor}.{key}")).collect();
    let looks: Vec<&str> = looks.iter().map(String::as_str).collect();
    for who in everyone() {
        let Some(record) = run(who, &CABLE, &looks, false) else { return };
        assert_eq!(evidence(&record, CABLE.len())["output"], "10.88.0.1 answers, ttl 64");
        for (actor, key, text) in expected {
            assert_eq!(last(&record, actor, key), Some(text), "{actor}.{key}");
        }
    }
}

#[test]
fn a_bridge_carries_two_containers_and_a_deleted_end_takes_the_other() {
    let mut steps = CABLE[..5].to_vec();
    steps.extend([
        "runtime: { link_add: { type: bridge, name: br0 } }",
        "runtime: { link_set: { name: br0, up: true } }",
        "runtime: { link_set: { name: v0, master: br0 } }",
        "container: { link_set: { name: eth0, up: true } }",
        "container: { address_add: { link: eth0, address: 10.88.0.2/24 } }",
        "runtime: { fork: other }",
        "other: { unshare: [net] }",
        "runtime: { link_add: { type: veth, name: v1, peer: p1 } }",
        "runtime: { link_set: { name: v1, master: br0, up: true, mtu: 1400 } }",
        "runtime: { link_set: { name: p1, into: other, rename: eth0, up: true } }",
        "other: { address_add: { link: eth0, address: 10.88.0.3/24 } }",
        "other: { ping: 10.88.0.2 }",
        "runtime: { link_delete: v0 }",
    ]);
    let looks = ["runtime.link.v1", "other.neighbour.10.88.0.2", "runtime.link.v0", "container.link.eth0"];
    let Some(record) = run(Who::Me, &steps, &looks, false) else { return };
    assert_eq!(last(&record, "runtime", "link.v1"), Some("veth, up, peer eth0 of other, port of br0, MTU 1400"));
    assert_eq!(last(&record, "other", "neighbour.10.88.0.2"), Some("eth0 of container by eth0"));
    assert_eq!((last(&record, "runtime", "link.v0"), last(&record, "container", "link.eth0")), (None, None));
}

#[test]
fn a_connection_stands_before_anybody_accepts_it() {
    let mut steps = CABLE[..9].to_vec();
    steps.extend([
        "runtime: { listen: { port: 80, as: web } }",
        "container: { connect: { to: \"10.88.0.1:80\", from_port: 5000, say: hello } }",
        "container: { connect: { to: \"10.88.0.1:80\" } }",
        "runtime: { accept: web }",
        "runtime: { accept: web }",
        "EAGAIN!runtime: { accept: web }",
    ]);
    let Some(record) = run(Who::Me, &steps, &[], false) else { return };
    let said: Vec<&str> = (11..=14).filter_map(|step| evidence(&record, step)["output"].as_str()).collect();
    assert_eq!(
        said,
        [
            "10.88.0.2:5000 is connected to 10.88.0.1:80",
            "10.88.0.2 is connected to 10.88.0.1:80",
            "from 10.88.0.2:5000: hello",
            "from 10.88.0.2",
        ]
    );
}

/// Each row: steps after the cable's, the operation that must fail, and words of its reason.
#[test]
fn what_is_refused_has_its_reason_with_and_without_ptrace() {
    let rows: [(&[&str], &str, &[&str]); 19] = [
        (&[], "ENETUNREACH!container: { ping: 203.0.113.2 }", &["no route of this network namespace fits 203.0.113.2"]),
        (
            &[],
            "EHOSTUNREACH!container: { ping: 10.88.0.9 }",
            &["nobody on eth0 answered to ARP", "arp: 10.88.0.9 on eth0 is incomplete"],
        ),
        (&[], "EHOSTUNREACH!container: { connect: { to: \"10.88.0.9:80\" } }", &["answered to ARP for 10.88.0.9"]),
        (
            &["runtime: { listen: { port: 80, as: web } }"],
            "ECONNREFUSED!container: { connect: { to: \"127.0.0.1:80\" } }",
            &["caller's own network namespace", "port 80 is open in the network namespace of host"],
        ),
        (
            &[],
            "ECONNREFUSED!runtime: { connect: { to: \"10.88.0.2:81\" } }",
            &["an address of the network namespace of container, and nobody listens on port 81"],
        ),
        (
            &["runtime: { listen: { port: 80, as: web } }"],
            "EADDRINUSE!runtime: { listen: { port: 80, as: more } }",
            &["another socket of this network namespace listens on port 80"],
        ),
        (
            &[],
            "EADDRNOTAVAIL!runtime: { listen: { port: 80, address: 10.88.0.2, as: more } }",
            &["10.88.0.2 is no address of this network namespace"],
        ),
        (
            &["container: { route_add: { to: default, via: 10.88.0.9 } }"],
            "EHOSTUNREACH!container: { ping: 203.0.113.2 }",
            &["nobody on eth0 answered to ARP for 10.88.0.9", "route: default via 10.88.0.9 by eth0"],
        ),
        (
            &[],
            "EMSGSIZE!container: { ping: { to: 10.88.0.1, size: 1473 } }",
            &["the packet has 1501 bytes and may not be cut, and eth0 takes 1500 at most", "at most 1472 bytes"],
        ),
        (
            &[
                "runtime: { write: { at: /proc/sys/net/ipv4/ip_forward, text: \"1\" } }",
                "runtime: { fork: far }",
                "far: { unshare: [net] }",
                "runtime: { link_add: { type: veth, name: up0, peer: eth0, into: far } }",
                "runtime: { address_add: { link: up0, address: 10.99.0.1/24 } }",
                "runtime: { link_set: { name: up0, up: true, mtu: 1400 } }",
                "far: { address_add: { link: eth0, address: 10.99.0.2/24 } }",
                "far: { link_set: { name: eth0, up: true } }",
                "far: { route_add: { to: default, via: 10.99.0.1 } }",
                "container: { route_add: { to: default, via: 10.88.0.1 } }",
                "container: { ping: { to: 10.99.0.2, size: 1372 } }",
            ],
            "EMSGSIZE!container: { ping: { to: 10.99.0.2, size: 1373 } }",
            &["the packet has 1401 bytes and may not be cut; on its way, up0 of host takes 1400 at most"],
        ),
        (&[], "EEXIST!runtime: { link_add: { type: bridge, name: v0 } }", &["has a link v0 already"]),
        (&[], "EEXIST!runtime: { address_add: { link: v0, address: 10.88.0.1/24 } }", &["has the address 10.88.0.1"]),
        (
            &["container: { route_add: { to: default, via: 10.88.0.1 } }"],
            "EEXIST!container: { route_add: { to: default, via: 10.88.0.1 } }",
            &["there is a route to default already", "default via 10.88.0.1 by eth0"],
        ),
        (
            &[],
            "ENODEV!runtime: { link_delete: eth0 }",
            &["has no link eth0", "a link eth0 is in the network namespace of container"],
        ),
        (
            &[],
            "ENETUNREACH!container: { route_add: { to: default, via: 10.99.0.1 } }",
            &["next hop 10.99.0.1 is itself not reachable directly"],
        ),
        (&[], "EINVAL!runtime: { link_set: { name: lo, into: container } }", &["lo belongs to its network namespace"]),
        (
            &["container: { drop: [net_admin] }"],
            "EPERM!container: { link_delete: eth0 }",
            &["lacks CAP_NET_ADMIN", "CapEff lacks net_admin"],
        ),
        (
            &["container: { drop: [net_raw] }"],
            "EPERM!container: { ping: 10.88.0.1 }",
            &["lacks CAP_NET_RAW", "CapEff lacks net_raw"],
        ),
        (
            &["container: { drop: [net_bind_service] }"],
            "EACCES!container: { listen: { port: 80, as: web } }",
            &["port 80 is below 1024, and the caller lacks CAP_NET_BIND_SERVICE", "a port from 1024 on"],
        ),
    ];
    for (before, operation, words) in rows {
        for forbid_ptrace in [false, true] {
            let steps = [&CABLE[..9], before, &[operation]].concat();
            let Some(record) = run(Who::Me, &steps, &[], forbid_ptrace) else { return };
            let found = evidence(&record, steps.len());
            let reason = found["reason"].to_string();
            for word in words {
                assert!(
                    reason.contains(word),
                    "{operation}, ptrace forbidden: {forbid_ptrace}: no {word:?}: {found:#}"
                );
            }
            assert_eq!(found["untraced"].is_string(), forbid_ptrace, "{found:#}");
        }
    }
}

/// Nothing comes back: the wait has a bound, and the reason names the side that cannot answer.
#[test]
fn silence_has_a_bound_and_a_reason() {
    let mut steps = CABLE[..5].to_vec();
    steps.extend([
        "runtime: { address_add: { link: v0, address: 10.99.0.1/24 } }",
        "container: { link_set: { name: lo, up: true } }",
        "container: { link_set: { name: eth0, up: true } }",
        "container: { address_add: { link: eth0, address: 10.88.0.2/24 } }",
        "container: { route_add: { to: 10.99.0.0/24, link: eth0 } }",
        "container: { listen: { port: 80, as: web } }",
        "ETIMEDOUT!container: { connect: { to: \"10.99.0.1:80\" } }",
        "ETIMEDOUT!container: { ping: 10.99.0.1 }",
    ]);
    for forbid_ptrace in [false, true] {
        let Some(record) = run(Who::Me, &steps, &[], forbid_ptrace) else { return };
        for step in [12, 13] {
            let found = evidence(&record, step);
            let cause = found["reason"]["cause"].as_str().unwrap_or_default();
            assert!(
                cause.contains("the network namespace of host has no route for an answer to 10.88.0.2"),
                "{found:#}"
            );
        }
    }
}
