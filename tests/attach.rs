//! `attach`: a mount of one mount namespace put into another that lives, and what it says when it cannot.
//! Runs as whoever runs it: root or not.

mod support;

use support::lesson::said as run;

/// A container with a mount table of its own, in which nothing of the host's arrives by itself.
const CONTAINER: [(&str, &str, &str); 3] = [
    ("runtime", "{ fork: container }", ""),
    ("container", "{ unshare: [mount] }", ""),
    ("container", "{ propagation: { at: /, to: private, recursive: true } }", ""),
];

#[test]
fn a_tree_of_the_host_is_shown_in_the_container_and_nowhere_else() {
    let mut steps = CONTAINER.to_vec();
    steps.push((
        "runtime",
        "{ attach: { from: /etc, into: container, at: /mnt, flags: [ro] } }",
        "expect: { container.mount./mnt: \"tmpfs ro,nosuid of /etc private\", host.mount./mnt: absent, \
         runtime.mount./mnt: absent, container.file./mnt/motd: contains lab host }",
    ));
    steps.push(("container", "{ write: { at: /mnt/motd, text: mine } }", "fails: EROFS"));
    let Some(said) = run(&steps) else { return };
    for call in ["open_tree(\"/etc\"", "MOUNT_ATTR_RDONLY | MS_PRIVATE", "child: setns(<pidfd>", "move_mount(<tree>"] {
        assert!(said.contains(call), "no {call}:\n{said}");
    }
}

#[test]
fn some_names_of_a_directory_are_attached_one_by_one() {
    let mut steps = CONTAINER.to_vec();
    steps.push(("container", "{ mount: { type: tmpfs, at: /dev, options: mode=755 } }", ""));

    steps.push((
        "runtime",
        "{ attach: { from: /dev, names: [zero, full], into: container, at: /dev } }",
        "expect: { container.file./dev/zero: contains 1:5, container.file./dev/full: contains 1:7 }",
    ));
    run(&steps);
}

#[test]
fn what_cannot_be_attached_is_explained() {
    let mut steps = CONTAINER.to_vec();
    steps.push(("runtime", "{ attach: { from: /etc, into: container, at: /nowhere/deep } }", "fails: ENOENT"));
    steps.push(("runtime", "{ attach: { from: /nothing, into: container, at: /mnt } }", "fails: ENOENT"));
    steps.push(("runtime", "{ attach: { from: /etc, into: container, at: /etc/motd } }", "fails: EINVAL"));
    steps.push(("runtime", "{ attach: { from: /etc/motd, into: container, at: /mnt } }", "fails: EINVAL"));
    steps.push(("runtime", "{ propagation: { at: /, to: unbindable } }", ""));
    steps.push(("runtime", "{ attach: { from: /etc, into: container, at: /mnt } }", "fails: EINVAL"));
    steps.push(("runtime", "{ drop: [sys_admin] }", ""));
    steps.push(("runtime", "{ attach: { from: /root, into: container, at: /mnt } }", "fails: EPERM"));
    let Some(said) = run(&steps) else { return };
    for words in [
        "there is no /nowhere,",
        "there is no /nothing",
        "a directory was to be shown at /etc/motd, which is a file",
        "a file was to be shown at /mnt, which is a directory",
        "/etc lies on the mount at /, which is unbindable",
        "CAP_SYS_ADMIN",
    ] {
        assert!(said.contains(words), "no {words:?}:\n{said}");
    }
    assert!(!said.contains("none of the causes"), "{said}");
}
