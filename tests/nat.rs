//! What the lab host's packet filter does to connections: the way out, a published port from four viewpoints, packets
//! from both sides, names. Each test is a lesson of a few steps, run by the program; the kernel is the judge.

mod support;

use serde_json::Value;
use support::boxlab::{Boxlab, Who, everyone, program};
use support::lesson;

/// A box on a bridge with port 80 open, and a world outside: what lesson 11 starts from, and nothing else.
const WORLD: &str = "
needs: [namespaces, network, nft]
setup:
  - { as: runtime, do: { fork: box } }
  - { as: box, do: { unshare: [net] } }
  - { as: host, do: { fork: outside } }
  - { as: outside, do: { unshare: [net] } }
  - { as: runtime, do: { link_set: { name: lo, up: true } } }
  - { as: runtime, do: { link_add: { type: bridge, name: br0 } } }
  - { as: runtime, do: { address_add: { link: br0, address: 10.88.0.1/24 } } }
  - { as: runtime, do: { link_set: { name: br0, up: true } } }
  - { as: runtime, do: { link_add: { type: veth, name: v0, peer: p0 } } }
  - { as: runtime, do: { link_set: { name: p0, into: box, rename: eth0 } } }
  - { as: runtime, do: { link_set: { name: v0, master: br0, up: true } } }
  - { as: box, do: { address_add: { link: eth0, address: 10.88.0.2/24 } } }
  - { as: box, do: { link_set: { name: eth0, up: true } } }
  - { as: box, do: { listen: { port: 80, as: web } } }
  - { as: runtime, do: { link_add: { type: veth, name: v1, peer: p1 } } }
  - { as: runtime, do: { link_set: { name: p1, into: outside, rename: eth0 } } }
  - { as: runtime, do: { address_add: { link: v1, address: 203.0.113.1/24 } } }
  - { as: runtime, do: { link_set: { name: v1, up: true } } }
  - { as: outside, do: { address_add: { link: eth0, address: 203.0.113.2/24 } } }
  - { as: outside, do: { link_set: { name: eth0, up: true } } }
  - { as: outside, do: { serve: { names: { example.lab: 203.0.113.2 } } } }
";
const ROUTE: &str = "box: { route_add: { to: default, via: 10.88.0.1 } }";
const FORWARD: &str = "host: { write: { at: /proc/sys/net/ipv4/ip_forward, text: \"1\" } }";
const MASQUERADE: &str =
    "host: { nft: { table: nat, chain: postrouting, rule: { from: 10.88.0.0/24, out_not: br0, then: masquerade } } }";
const TO_OUTSIDE: &str = "{ connect: { to: \"203.0.113.2:80\" } }";

/// A rule as `table chain rule`.
fn rule(table: &str, chain: &str, rule: &str) -> String {
    format!("host: {{ nft: {{ table: {table}, chain: {chain}, rule: {{ {rule} }} }} }}")
}

/// Runs these steps, `ACTOR: OPERATION` each, in that world. An errno and `!` before it: it must fail so. Gives what the
/// steps show; none where no such lab can be made.
fn run(who: Who, operations: &[String]) -> Option<Vec<Value>> {
    let rules = "host.nft.nat.postrouting, host.nft.a.input, host.nft.nat.prerouting, host.forwarding";
    let steps: String = operations.iter().map(|operation| lesson::step(operation, |_| rules.to_owned())).collect();
    let record = lesson::recorded(Boxlab::of(who, &program()), WORLD, &steps, "nf_tables")?;
    Some(record["steps"].as_array()?.iter().map(|step| step["evidence"].clone()).collect())
}

fn owned(operations: &[&str]) -> Vec<String> {
    operations.iter().map(|it| (*it).to_owned()).collect()
}

fn output(evidence: &Value) -> &str {
    evidence["output"].as_str().unwrap_or_default().trim_end()
}

fn cause(evidence: &Value) -> &str {
    evidence["reason"]["cause"].as_str().unwrap_or_default()
}

/// What a step shows of a fact.
fn seen<'a>(evidence: &'a Value, key: &str) -> &'a str {
    let looked = evidence["looked"].as_array().expect("looked");
    looked.iter().find(|fact| fact["key"] == key).map_or("", |fact| fact["text"].as_str().expect("text"))
}

/// From where a published port is tried, and at which address.
const VIEWPOINTS: [(&str, &str); 4] = [
    ("outside", "203.0.113.1:8080"),
    ("host", "203.0.113.1:8080"),
    ("host", "127.0.0.1:8080"),
    ("box", "203.0.113.1:8080"),
];

#[test]
fn a_published_port_from_four_viewpoints_one_rule_after_the_other() {
    let publish = "local: true, port: 8080, then: { dnat: \"10.88.0.2:80\" }";
    let (ok, refused, silent) = ("", "ECONNREFUSED", "ETIMEDOUT");
    let rows: [(String, [&str; 4]); 8] = [
        (FORWARD.to_owned(), [refused; 4]),
        (rule("nat", "prerouting", publish), [ok, refused, refused, silent]),
        (rule("nat", "output", publish), [ok, ok, silent, silent]),
        (
            "host: { write: { at: /proc/sys/net/ipv4/conf/all/route_localnet, text: \"1\" } }".to_owned(),
            [ok, ok, silent, silent],
        ),
        (rule("nat", "postrouting", "from: 127.0.0.0/8, out: br0, then: masquerade"), [ok, ok, ok, silent]),
        (rule("nat", "postrouting", "from: 10.88.0.2, to: 10.88.0.2, port: 80, then: masquerade"), [ok; 4]),
        (
            "host: { nft: { table: filter, chain: forward, policy: drop } }".to_owned(),
            // What the host sends itself is not forwarded.
            [silent, ok, ok, silent],
        ),
        ("host: { nft_delete: filter }".to_owned(), [ok; 4]),
    ];
    let mut steps = owned(&[ROUTE]);
    for (rule, expected) in &rows {
        steps.push(rule.clone());
        for ((actor, to), errno) in VIEWPOINTS.iter().zip(expected) {
            let fails = if errno.is_empty() { String::new() } else { format!("{errno}!") };
            steps.push(format!("{fails}{actor}: {{ connect: {{ to: \"{to}\" }} }}"));
        }
    }
    for who in everyone() {
        let Some(evidence) = run(who, &steps) else { return };
        // The reasons for the silences, each from the facts of its moment. Step 0 is the route, then five a row.
        for (row, viewpoint, words) in [
            (1, 3, "a source that is its own address, 10.88.0.2"),
            (2, 2, "may not leave by br0"),
            (3, 2, "comes in by a link is taken for a forgery"),
            (6, 0, "drops what is forwarded to 10.88.0.2"),
            (0, 1, "nobody listens on port 8080"),
            (1, 1, "is not asked about what the host sends itself"),
        ] {
            let step = &evidence[1 + row * 5 + 1 + viewpoint];
            assert!(cause(step).contains(words), "{who:?} row {row}, viewpoint {viewpoint}: {step:#}");
        }
    }
}

#[test]
fn the_way_out_and_the_way_back() {
    let steps = owned(&[
        &format!("ENETUNREACH!box: {TO_OUTSIDE}"),
        ROUTE,
        &format!("ETIMEDOUT!box: {TO_OUTSIDE}"),
        "outside: { capture: { link: eth0, as: wire } }",
        "host: { capture: { link: br0, as: switch } }",
        FORWARD,
        &format!("ETIMEDOUT!box: {TO_OUTSIDE}"),
        "outside: { captured: wire }",
        MASQUERADE,
        &format!("box: {TO_OUTSIDE}"),
        "outside: { captured: wire }",
        "host: { captured: switch }",
    ]);
    for who in everyone() {
        let Some(evidence) = run(who, &steps) else { return };
        for (step, words) in [
            (0, "no route of this network namespace fits 203.0.113.2"),
            (2, "came to the host, which forwards nothing"),
            (6, "the network namespace of outside has no route for an answer to 10.88.0.2"),
        ] {
            assert!(cause(&evidence[step]).contains(words), "{who:?}: {:#}", evidence[step]);
        }
        assert_eq!(seen(&evidence[2], "forwarding"), "off", "{who:?}");
        assert_eq!(seen(&evidence[6], "forwarding"), "on", "{who:?}");
        assert_eq!(output(&evidence[7]), "10.88.0.2:[ephemeral] → 203.0.113.2:80 TCP SYN", "{who:?}");
        // One connection, as each side sees it.
        let both = |from: &str| {
            format!("{from}:[ephemeral] → 203.0.113.2:80 TCP SYN\n203.0.113.2:80 → {from}:[ephemeral] TCP SYN ACK")
        };
        assert_eq!(output(&evidence[10]), both("203.0.113.1"), "{who:?}");
        let switch = format!("10.88.0.2:[ephemeral] → 203.0.113.2:80 TCP SYN\n{}", both("10.88.0.2"));
        assert_eq!(output(&evidence[11]), switch, "{who:?}");
    }
}

#[test]
fn names_come_from_two_files_and_pages_say_who_asked() {
    let wget = |url: &str| format!("box: {{ run: [/bin/wget, -qO-, \"{url}\"] }}");
    let lookup = "box: { run: [/bin/nslookup, example.lab] }";
    let write = |at: &str, text: &str| format!("box: {{ write: {{ at: {at}, text: \"{text}\\n\" }} }}");
    let steps = [
        owned(&[ROUTE, FORWARD, MASQUERADE, lookup]),
        vec![write("/etc/resolv.conf", "nameserver 203.0.113.2"), lookup.to_owned(), wget("http://example.lab/")],
        vec!["box: { run: [/bin/nslookup, other.lab] }".to_owned(), wget("http://other.lab/")],
        vec![write("/etc/hosts", "203.0.113.2 other.lab"), wget("http://other.lab/"), wget("http://203.0.113.1:81/")],
    ]
    .concat();
    for who in everyone() {
        let Some(evidence) = run(who, &steps) else { return };
        for (step, words) in [
            (3, "there is no /etc/resolv.conf"),
            (5, "Server:  203.0.113.2\nName:    example.lab\nAddress: 203.0.113.2"),
            (6, "example.lab to 203.0.113.1: hello"),
            (7, "knows no such name"),
            (8, "knows no such name"),
            (10, "other.lab to 203.0.113.1: hello"),
            (11, "ECONNREFUSED"),
        ] {
            assert!(output(&evidence[step]).contains(words), "{who:?} {}: {:#}", steps[step], evidence[step]);
        }
    }
}

#[test]
fn rules_are_shown_as_the_kernel_keeps_them() {
    let rows = [
        ("then: drop", "drop"),
        ("from: 10.88.0.2, then: accept", "ip saddr 10.88.0.2 accept"),
        ("from: 10.88.0.0/15, then: accept", "ip saddr 10.88.0.0/15 accept"),
        ("to: 0.0.0.0/0, then: accept", "ip daddr 0.0.0.0/0 accept"),
        ("in: br0, port: 80, then: accept", "iifname br0 tcp dport 80 accept"),
        ("local: true, from: 127.0.0.0/8, then: drop", "ip saddr 127.0.0.0/8 fib daddr type local drop"),
    ];
    let mut steps = vec!["host: { nft: { table: a, chain: input, policy: drop } }".to_owned()];
    steps.extend(rows.iter().map(|(written, _)| rule("a", "input", written)));
    steps.push("EPERM!box: { nft: { table: a, chain: input } }".to_owned());
    steps.insert(steps.len() - 1, "box: { drop: [net_admin] }".to_owned());
    steps.push("ENOENT!host: { nft_delete: b }".to_owned());
    for who in everyone() {
        let Some(evidence) = run(who, &steps) else { return };
        let mut chain = "policy drop".to_owned();
        for (step, (_, shown)) in rows.iter().enumerate() {
            chain.push_str(&format!(", {shown}"));
            assert_eq!(seen(&evidence[step + 1], "nft.a.input"), chain, "{who:?}");
        }
        let last = &evidence[steps.len() - 2..];
        assert!(cause(&last[0]).contains("CAP_NET_ADMIN"), "{who:?}: {:#}", last[0]);
        assert!(cause(&last[1]).contains("no table b"), "{who:?}: {:#}", last[1]);
    }
}

#[test]
fn the_server_ends_with_its_actor() {
    let steps = owned(&["host: { run: [/bin/ps] }", "outside: { exit: 0 }", "host: { run: [/bin/ps] }"]);
    for who in everyone() {
        let Some(evidence) = run(who, &steps) else { return };
        assert!(output(&evidence[0]).contains("server"), "{who:?}: {:#}", evidence[0]);
        assert!(!output(&evidence[2]).contains("server"), "{who:?}: {:#}", evidence[2]);
    }
}

#[test]
fn an_address_that_is_none_is_found_before_the_lesson_runs() {
    let home = tempfile::tempdir().expect("a folder");
    let written = "from: 10.88.0.2/24, then: drop";
    let step = format!(
        "- as: host\n  say: Do it.\n  do: {{ nft: {{ table: a, chain: input, rule: {{ {written} }} }} }}\n  why: No.\n"
    );
    let folder = lesson::made(home.path(), "", &step);
    let ran = Boxlab::new(["lesson".as_ref(), "lint".as_ref(), folder.as_os_str()]).run();
    assert!(ran.stdout.contains("`10.88.0.2/24` is no address"), "{ran:#?}");
}

#[test]
fn the_table_at_the_end_is_what_the_steps_have_found() {
    for who in everyone() {
        let ran = Boxlab::by(who, ["run", "bridge", "--auto", "--deeper"]).run();
        if ran.status == Some(3) {
            support::skip(&format!("no lab with nf_tables here: {}", ran.stdout));
            return;
        }
        assert_eq!(ran.status, Some(0), "{ran:#?}");
        let (_, table) = ran.stdout.split_once("from each viewpoint after each step\n").expect("a table");
        let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0], ["outside", "host", "host", "container"], "{table}");
        assert!(rows[2].ends_with(&["connected", "ECONNREFUSED", "ECONNREFUSED", "·"]), "{table}");
    }
}
