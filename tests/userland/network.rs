//! The tools that speak over the network, on loopback, and in network namespaces of their own: what they say of a connection
//! that cannot be made, and of one that is made and over which nothing comes.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;

use crate::{assert_prints, assert_says, in_empty_root, support, tool};

/// A port of loopback where somebody takes what comes, answers, and closes.
fn answering(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut heard = String::new();
        stream.read_to_string(&mut heard).expect("what was sent");
        stream.write_all(answer.as_bytes()).expect("the answer");
        heard
    });
    (port, heard)
}

#[test]
fn nc_sends_and_prints() {
    let (port, heard) = answering("and back\n");
    let mut nc =
        tool("nc").args(["127.0.0.1", &port]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("nc");
    nc.stdin.take().expect("its input").write_all(b"there\n").expect("it takes input");
    let output = nc.wait_with_output().expect("it ends");
    assert_prints(&output, "and back\n");
    assert_eq!(heard.join().expect("it was heard"), "there\n");
}

#[test]
fn no_connection_and_no_answer_are_two_things() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port().to_string();
    let output = tool("nc").args(["-w", "0.2", "127.0.0.1", &port]).output().expect("nc starts");
    assert_says(&output, &format!("nc: connected to 127.0.0.1:{port}, but nothing came in 0.2 s"));
    assert!(output.status.success(), "the connection was made");
    let page = format!("http://127.0.0.1:{port}/");
    let output = tool("wget").args(["-T", "0.2", &page]).output().expect("wget starts");
    assert_says(&output, &format!("wget: connected to 127.0.0.1:{port}, but no answer in 0.2 s"));
    assert_eq!(output.status.code(), Some(1));
    assert!(tool("nc").args(["-z", "127.0.0.1", &port]).status().expect("nc starts").success());
    drop(silent);
    for (name, arguments) in [("nc", ["-z", "127.0.0.1", &port].as_slice()), ("wget", &["-q", &page])] {
        let output = tool(name).args(arguments).output().expect("it starts");
        assert_says(&output, &format!("{name}: cannot connect to 127.0.0.1:{port}: ECONNREFUSED (Connection refused)"));
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn nc_waits_for_others() {
    let root = tempfile::tempdir().expect("a directory");
    let text = "ip link set lo up; nc -lk 80 > heard & until nc -z 127.0.0.1 80 2> tries; do :; done; \
                echo one | nc localhost 80; echo two | nc 127.0.0.1 80; \
                until read line < heard && test $(wc -l < heard) = 2; do :; done; cat heard; nc -l 80; nc -l -p 80 9.9.9.9";
    let output = in_empty_root(root.path(), text);
    assert_prints(&output, "one\ntwo\n");
    assert_says(&output, "nc: cannot open port 80 of 0.0.0.0: EADDRINUSE (Address already in use)");
    assert_says(&output, "nc: cannot open port 80 of 9.9.9.9: EADDRNOTAVAIL");
}

#[test]
fn nft_adds_lists_and_deletes() {
    let root = tempfile::tempdir().expect("a directory");
    let add = "nft 'table ip nat { chain postrouting { type nat hook postrouting priority 100; ip saddr 10.88.0.0/24 \
               oifname != br0 masquerade; }; }'";
    let first = in_empty_root(root.path(), &format!("nft list ruleset && {add} && nft list ruleset"));
    let said = String::from_utf8_lossy(&first.stderr);
    if said.contains("without nf_tables") {
        return support::skip(&format!("no packet filter here: {said}"));
    }
    let listed = "table ip nat {\n\tchain postrouting {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n\
                  \t\tip saddr 10.88.0.0/24 oifname != \"br0\" masquerade\n\t}\n}\n";
    assert_prints(&first, listed);
    // What it prints it takes.
    let again =
        format!("nft '{listed}' && nft delete table ip other; nft list ruleset; nft flush ruleset; nft list ruleset");
    let output = in_empty_root(root.path(), &again);
    assert_prints(&output, listed);
    assert_says(&output, "ENOENT");
    assert_prints(&in_empty_root(root.path(), &format!("{add}; nft delete table ip nat; nft list ruleset")), "");
    assert_says(
        &tool("nft").args(["insert", "rule"]).output().expect("it starts"),
        "this nft understands `list ruleset`",
    );
}

#[test]
fn setpriv_takes_powers_away() {
    let root = tempfile::tempdir().expect("a directory");
    let with_proc =
        |text: &str| in_empty_root(root.path(), &format!("mkdir -p /proc; mount -t proc proc /proc; {text}"));
    let text = "setpriv --no-new-privs sh -c 'grep NoNewPrivs /proc/self/status'; setpriv --reuid 0 id -u; \
                setpriv --bounding-set -all,+kill caps | grep bounding; \
                setpriv --inh-caps +kill --ambient-caps +kill caps | grep -E 'inheritable|ambient'";
    let expected = "NoNewPrivs:\t1\n0\nbounding     kill\ninheritable  kill\nambient      kill\n";
    assert_prints(&with_proc(text), expected);
    assert_says(&with_proc("setpriv --reuid 7 id"), "cannot take the user id 7: EINVAL");
    assert_says(&with_proc("setpriv --clear-groups id"), "cannot set the supplementary groups: EPERM");
    assert_says(&with_proc("setpriv --bounding-set kill id"), "write +NAME or -NAME");
}

#[test]
fn tcpdump_prints_what_passes() {
    let root = tempfile::tempdir().expect("a directory");
    let text = "ip link set lo up; tcpdump -n -i lo -c 1 > seen & until test -s seen; do ping -c 1 127.0.0.1 > /ping; done; \
                wait; cat seen; tcpdump -i none";
    let output = in_empty_root(root.path(), text);
    assert_prints(&output, "127.0.0.1 → 127.0.0.1 ICMP echo request\n");
    assert_says(&output, "cannot see the packets of none: ioctl: ENODEV");
}
