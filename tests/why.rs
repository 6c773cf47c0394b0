//! `why COMMAND` where no system call returns the failure: the kernel's answer is a message, a wait is over, a name server
//! knows no such name, or a signal changes nothing. Asked of the real kernel through the program, in a lab's shell.

mod support;

use std::process::{Command, Output, Stdio};

/// A lab with a process that has ended (4), and servers for HTTP and names on all addresses.
const STEPS: &str = "  - as: runtime
    say: Fork.
    do: { fork: gone }
    expect: { gone.pid: \"4\" }
    why: It is needed.
  - as: gone
    say: End.
    do: { exit: 0 }
    expect: { gone.state: zombie }
    why: It is needed.
  - as: runtime
    say: Serve.
    do: { serve: { names: { there.lab: 127.0.0.1 } } }
    look: [runtime.pid]
    why: It is needed.
";

fn shell(script: &str) -> Option<(String, Option<i32>)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lesson = folder.path().join("01-bare");
    std::fs::create_dir(&lesson).expect("a folder for the lesson");
    let text = format!(
        "id: bare\ntitle: Bare\npart: process\nminutes: 1\nmisconception: None.\nintro: A bare lab.\nneeds: \
         [namespaces]\nsteps:\n{STEPS}summary: None.\ndocker: [docker run]\n"
    );
    std::fs::write(lesson.join("lesson.yaml"), text).expect("the lesson is written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_boxlab"));
    command.arg("--lessons").arg(folder.path()).stdin(Stdio::null());
    command.env("XDG_STATE_HOME", folder.path().join("state")).env("HOME", folder.path());
    command.args(["shell", "bare", "3", "--as", "runtime", "--", "sh", "-c", script]);
    let output: Output = command.output().expect("boxlab starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(3) {
        support::skip(&format!("no lab here: {said}"));
        return None;
    }
    Some((said, output.status.code()))
}

/// Each row: a script, and words of the answer.
fn answers(rows: &[(&str, &[&str])]) {
    for (script, words) in rows {
        let Some((said, _)) = shell(script) else { return };
        let at = said.find("why: ").unwrap_or_else(|| panic!("`{script}` has no answer:\n{said}"));
        for word in *words {
            assert!(said[at..].contains(word), "`{script}`: no {word:?} in:\n{said}");
        }
        assert!(!said.contains("none of the causes"), "`{script}`:\n{said}");
    }
}

const SERVER: &str = "rm /etc/hosts; ip link set lo up; echo nameserver 127.0.0.1 > /etc/resolv.conf; ";
const CABLE: &str =
    "ip link add v0 type veth peer p0; ip link set v0 up; ip link set p0 up; ip addr add 10.9.0.1/24 dev v0; ";

#[test]
fn a_name_that_nobody_knows() {
    answers(&[
        (
            &format!("{SERVER}why wget http://nowhere.lab/"),
            &["NXDOMAIN", "127.0.0.1 answered, and knows no name nowhere.lab"],
        ),
        (&format!("{SERVER}why nslookup nowhere.lab"), &["knows no name nowhere.lab"]),
        (&format!("{SERVER}why wget -q http://there.lab/"), &["it did not fail"]),
        // What it did without is not what it failed by; whoever names the file wants it.
        (&format!("{SERVER}why wget http://there.lab:81/"), &["connect(", "127.0.0.1:81", "ECONNREFUSED"]),
        ("rm /etc/hosts; why cat /etc/hosts", &["there is no /etc/hosts"]),
        (
            "why unshare -n sh -c 'ip link set lo up; rm -f /etc/resolv.conf; wget http://there.lab/'",
            &["there is no /etc/resolv.conf", "nobody listens there"],
        ),
    ]);
}

#[test]
fn a_netlink_request_that_is_refused() {
    answers(&[
        (
            "why unshare -U ip link set lo down",
            &["RTM_SETLINK(\"lo\") = -1 EPERM", "network namespace belongs to the lab host's user namespace"],
        ),
        (
            "why unshare -U ip addr add 10.9.0.1/24 dev lo",
            &["RTM_NEWADDR(\"10.9.0.1/24\", \"lo\") = -1 EPERM", "CAP_NET_ADMIN"],
        ),
        (&format!("{CABLE}why ip link add v0 type bridge"), &["RTM_NEWLINK(\"v0\") = -1 EEXIST", "a link v0 already"]),
        (
            &format!("{CABLE}why ip route add default via 10.8.0.1"),
            &["RTM_NEWROUTE(\"default\", \"10.8.0.1\") = -1 ENETUNREACH", "next hop 10.8.0.1"],
        ),
    ]);
}

#[test]
fn a_transaction_of_the_packet_filter_that_is_refused() {
    let Some((said, status)) = shell("nft list ruleset") else { return };
    if status != Some(0) {
        return support::skip(&format!("no nf_tables here: {said}"));
    }
    answers(&[
        ("why unshare -U nft list ruleset", &["NFT_MSG_GET", "= -1 EPERM", "CAP_NET_ADMIN"]),
        ("why unshare -U nft flush ruleset", &["EPERM", "CAP_NET_ADMIN"]),
        ("why unshare -U nft delete table ip nope", &["NFNL_MSG_BATCH_BEGIN", "EPERM", "CAP_NET_ADMIN"]),
        ("why nft delete table ip nope", &["NFT_MSG_DELTABLE(\"nope\") = -1 ENOENT", "no table nope"]),
    ]);
}

#[test]
fn a_wait_that_is_over() {
    answers(&[
        (&format!("{CABLE}why ping -c 1 -W 0.2 10.9.0.9"), &["10.9.0.9", "route: 10.9.0.0/24 directly by v0"]),
        (
            &format!("{CABLE}ip route add default via 10.9.0.2; why wget -T 0.2 http://10.7.0.9/"),
            &["connect(", "10.7.0.9:80", "route: default via 10.9.0.2 by v0"],
        ),
    ]);
}

#[test]
fn a_signal_that_changes_nothing() {
    answers(&[
        ("why kill -9 4", &["kill(4, SIGKILL) = 0", "it is a zombie", "waits for runtime to collect it"]),
        ("why kill -TERM 1", &["PID 1 of its PID namespace", "SigCgt lacks SIGTERM"]),
        (
            "why unshare -pf sh -c 'kill -9 1; true'",
            &["kill(1, SIGKILL) = 0", "drops every signal from inside", "send SIGKILL from outside"],
        ),
        ("why kill -0 1", &["it did not fail"]),
        ("why kill -CHLD 3", &["it did not fail"]),
        ("sleep 9 & why kill -9 $!", &["it did not fail"]),
    ]);
}

#[test]
fn without_a_command_it_gives_an_example() {
    let Some((said, status)) = shell("why") else { return };
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("why umount /proc") && !said.contains("Usage"), "{said}");
}

#[test]
fn the_hint_of_a_refused_mount_is_about_its_type() {
    for (kind, has, lacks) in [
        ("tmpfs", "CAP_SYS_ADMIN", "proc also"),
        ("proc", "PID namespace", "sysfs"),
        ("sysfs", "network namespace", "PID namespace"),
    ] {
        let Some((said, _)) = shell(&format!("unshare -U mount -t {kind} x /mnt")) else { return };
        assert!(said.contains(has) && !said.contains(lacks), "{kind}: {said}");
    }
}
