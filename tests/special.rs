//! What lessons 07 and 09 rely on: a /sys in the lab host, facts that say the same on every machine, and reasons for what
//! fails there. Runs as whoever runs it: root or not.

mod support;

use support::lesson::said as run;

fn says(said: &str, all: &[&str]) {
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in all {
        assert!(flat.contains(words), "no {words:?}:\n{said}");
    }
    assert!(!said.contains("none of the causes"), "{said}");
}

#[test]
fn the_lab_host_has_a_sys_that_nobody_can_write_and_that_is_lent() {
    let steps = [
        (
            "host",
            "look",
            "expect: { host.mount./sys: \"lent by the machine, ro\", host.file./sys: contains directory }",
        ),
        ("host", "{ mkdir: [/sys/mine] }", "fails: EROFS"),
    ];
    run(&steps);
}

#[test]
fn a_line_of_the_machine_has_a_name_and_no_number() {
    let look = "look: [host.line./proc/meminfo, runtime.line./proc/meminfo, host.line./proc/nothing]\n    expect: { \
                runtime.line./proc/meminfo: as host, host.line./proc/nothing: absent }";
    let Some(said) = run(&[("host", "look", look)]) else { return };
    assert!(said.contains("line:[host]") && !said.contains("MemTotal"), "{said}");
}

#[test]
fn what_is_masked_and_read_only_is_compared_with_dockers_list() {
    let steps = [
        ("host", "{ bind: { from: /dev/null, to: /proc/interrupts } }", "expect: { host.masked: contains 1 of 12 }"),
        ("host", "{ bind: { from: /proc/sys, to: /proc/sys } }", "expect: { host.readonly: contains 0 of }"),
        (
            "host",
            "{ remount: { at: /proc/sys, flags: [ro, nosuid, noexec], bind: true } }",
            "expect: { host.readonly: contains /proc/sys }",
        ),
        ("host", "{ write: { at: /proc/sys/net/ipv4/ip_forward, text: \"0\" } }", "fails: EROFS"),
    ];
    let Some(said) = run(&steps) else { return };
    says(&said, &["lies on the mount at /proc/sys, which is read-only"]);
}

#[test]
fn a_device_is_no_users_to_make() {
    let Some(said) = run(&[("host", "{ mknod: { at: /tmp/null, device: \"1:3\" } }", "fails: EPERM")]) else { return };
    says(&said, &["mknod(\"/tmp/null\", S_IFCHR | 0666, 1:3) = -1 EPERM", "machine's first user namespace"]);
}

#[test]
fn a_queue_belongs_to_an_ipc_namespace() {
    let steps = [
        ("host", "{ msgget: { key: 7 } }", "fails: ENOENT"),
        ("host", "{ msgget: { key: 7, create: true } }", "expect: { runtime.ipc.queues: \"7\" }"),
        ("runtime", "{ unshare: [ipc] }", "expect: { runtime.ipc.queues: (none), host.ipc.queues: \"7\" }"),
        ("runtime", "{ msgget: { key: 7 } }", "fails: ENOENT"),
    ];
    let Some(said) = run(&steps) else { return };
    says(&said, &["sysvipc/msg: no row with the key 7", "sysvipc/msg of the lab host: a row with the key 7"]);
}

#[test]
fn a_control_group_reads_as_the_root_in_a_namespace_of_its_own() {
    run(&[(
        "runtime",
        "{ unshare: [cgroup] }",
        "expect: { runtime.cgroup.path: /, runtime.outside.cgroup.path: \"path:[host]\", host.cgroup.path: \
         \"path:[host]\" }",
    )]);
}

#[test]
fn offsets_of_time_are_set_before_the_first_child_and_not_after() {
    let write = "{ write: { at: /proc/self/timens_offsets, text: \"boottime 172800 0\\n\" } }";
    let bad = "{ write: { at: /proc/self/timens_offsets, text: \"boottime\\n\" } }";
    let steps = [
        ("runtime", write, "needs: [time]\n    fails: EPERM"),
        ("runtime", "{ unshare: [time] }", "needs: [time]"),
        ("runtime", bad, "needs: [time]\n    fails: EINVAL"),
        ("runtime", write, "needs: [time]\n    expect: { runtime.clock.offsets: contains boottime +172800 s }"),
        (
            "runtime",
            "{ fork: later }",
            "needs: [time]\n    expect: { later.clock.uptime: \"[host] +2 days\", later.clock.date: \"[host]\" }",
        ),
        ("runtime", write, "needs: [time]\n    fails: EACCES"),
    ];
    let Some(said) = run(&steps) else { return };
    if said.contains("left out") {
        support::skip("no time namespaces here");
        return;
    }
    says(
        &said,
        &[
            "time namespace belongs to a user namespace outside of the lab",
            "a process is in that time namespace already",
            "seconds and nanoseconds",
        ],
    );
}

#[test]
fn rounds_of_calls_are_counted_unless_all_calls_are_asked_for() {
    let attach = "{ attach: { from: /dev, names: [zero, full, tty], into: child, at: /mnt } }";
    let steps = [("runtime", "{ fork: child }", ""), ("child", "{ unshare: [mount] }", ""), ("runtime", attach, "")];
    let Some(said) = run(&steps) else { return };
    says(&said, &["open_tree(\"/dev/zero\"", "… these 2 again, 2 times"]);
    assert!(!said.contains("open_tree(\"/dev/full\""), "{said}");
}
