//! Explanations for machines that cannot be made here: their facts as those systems report them, and what must be said.
//! What can be made with real means is tested with the kernel itself, in `tests/doctor.rs`.

use super::child::Answers;
use super::container::{Hint, Place};
use super::explain::explain;
use super::facts::Facts;
use super::report::Reason;
use super::step::Step;
use crate::kernel::namespaces::Namespace;
use nix::errno::Errno;

/// An ordinary user on a machine without any obstacle.
fn user() -> Facts {
    Facts {
        release: "6.8.0-45-generic".to_owned(),
        uid: 1000,
        user: "ada".to_owned(),
        program: "/usr/bin/boxlab".into(),
        proc: true,
        seccomp: Some(0),
        uid_map: vec![[0, 0, 4_294_967_295]],
        user_namespaces: Some(true),
        chrooted: Some(false),
        proc_mounts: vec!["/proc".to_owned()],
        ..Facts::default()
    }
}

fn docker() -> Facts {
    Facts {
        uid: 0,
        user: "root".to_owned(),
        seccomp: Some(2),
        apparmor_profile: Some("docker-default".to_owned()),
        proc_covers: vec!["/proc/acpi".to_owned(), "/proc/kcore".to_owned()],
        hints: vec![Hint { sign: "/.dockerenv exists".to_owned(), place: Place::Docker }],
        place: Place::Docker,
        ..user()
    }
}

fn why(step: Step, errno: Errno, facts: &Facts) -> Reason {
    explain(step, errno, facts, &Answers::default())
}

fn refused(step: Step) -> Answers {
    Answers { steps: [(step, Err(Errno::EPERM))].into(), end: None }
}

#[track_caller]
fn says(reason: &Reason, why: &str, remedies: &[&str]) {
    assert!(reason.why.contains(why), "{reason:#?}");
    let remedy = reason.remedy.as_deref().unwrap_or_default();
    assert!(remedies.iter().all(|part| remedy.contains(part)), "{reason:#?}");
}

#[test]
fn ubuntu_takes_the_capabilities_away() {
    let facts = Facts { apparmor_restrict: Some(1), apparmor_profile: Some("unconfined".to_owned()), ..user() };
    let profile = "profile boxlab \"/usr/bin/boxlab\" flags=(unconfined) {\\n  userns,\\n}";
    for (step, errno) in [(Step::UidMap, Errno::EPERM), (Step::Tmpfs, Errno::EACCES), (Step::Uts, Errno::EPERM)] {
        let reason = why(step, errno, &facts);
        says(
            &reason,
            "apparmor_restrict_unprivileged_userns is 1",
            &[profile, "apparmor_parser -r", "sysctl -w kernel.app"],
        );
    }
}

#[test]
fn hardened_debian_and_arch() {
    let facts = Facts { unprivileged_userns_clone: Some(0), ..user() };
    let reason = why(Step::User, Errno::EPERM, &facts);
    says(
        &reason,
        "kernel.unprivileged_userns_clone is 0",
        &["$ sudo sysctl -w kernel.unprivileged_userns_clone=1", "/etc/sysctl.d/"],
    );
}

#[test]
fn docker_is_told_all_its_options_at_once() {
    let reason = explain(Step::User, Errno::EPERM, &docker(), &refused(Step::EmptyUnshare));
    let options = ["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"];
    says(&reason, "unshare(0), which changes nothing", &options);
    // One that was started with two of them lacks only the third.
    let facts = Facts { seccomp: Some(0), apparmor_profile: None, ..docker() };
    let reason = why(Step::Proc, Errno::EPERM, &facts);
    says(&reason, "Parts of /proc are covered here (/proc/acpi, /proc/kcore)", &["systempaths=unconfined"]);
    assert!(!reason.remedy.as_deref().unwrap_or_default().contains("seccomp"), "{reason:#?}");
}

#[test]
fn a_filter_that_looks_at_flags() {
    let facts = Facts { seccomp: Some(2), ..user() };
    says(&why(Step::User, Errno::EPERM, &facts), "the filter refuses this flag", &["Flatpak"]);
}

#[test]
fn selinux() {
    let facts = Facts { selinux_enforcing: Some(true), ..user() };
    says(&why(Step::User, Errno::EACCES, &facts), "SELinux is enforcing", &["ausearch -m avc"]);
}

#[test]
fn limits_that_are_used_up() {
    let facts = Facts { limits: vec![(Namespace::User, 10), (Namespace::Net, 0)], ..user() };
    says(&why(Step::User, Errno::ENOSPC, &facts), "is 10, and as many are in use", &["lsns -t user", "=15000"]);
    says(
        &why(Step::Net, Errno::ENOSPC, &facts),
        "user.max_net_namespaces is 0",
        &["sysctl -w user.max_net_namespaces=15000"],
    );
}

#[test]
fn yama() {
    let facts = Facts { yama: Some(3), ..user() };
    says(&why(Step::Seize, Errno::EPERM, &facts), "is 3: nobody may trace", &["grep -r ptrace_scope"]);
    let facts = Facts { yama: Some(2), ..user() };
    says(&why(Step::Seize, Errno::EPERM, &facts), "is 2: only with", &["sysctl -w kernel.yama.ptrace_scope=1"]);
}

#[test]
fn kernels_that_lack_something() {
    let facts = Facts { release: "5.10.0-28-amd64".to_owned(), ..user() };
    says(&why(Step::Overlay, Errno::EPERM, &facts), "since Linux 5.11", &["newer kernel"]);
    says(&why(Step::Overlay, Errno::ENODEV, &user()), "no file system called overlay", &["$ sudo modprobe overlay"]);
    let facts = Facts { file_systems: Some(vec!["tmpfs".to_owned()]), ..user() };
    says(&why(Step::Overlay, Errno::ENODEV, &facts), "/proc/filesystems does not list it", &["modprobe overlay"]);
    says(&why(Step::Veth, Errno::EOPNOTSUPP, &user()), "does not know veth", &["$ sudo modprobe veth"]);
    let facts = Facts { user_namespaces: Some(false), ..user() };
    says(&why(Step::User, Errno::EINVAL, &facts), "built without user namespaces", &["virtual machine"]);
    says(&why(Step::Time, Errno::EINVAL, &user()), "has no time namespaces", &["virtual machine"]);
}

#[test]
fn what_nobody_foresaw_still_says_what_was_looked_at() {
    says(&why(Step::Ipc, Errno::EIO, &user()), "Seccomp 0", &["dmesg"]);
}

#[test]
fn a_failed_call_is_matched_with_its_step() {
    for (call, detail, step) in [
        ("unshare", "CLONE_NEWUSER|CLONE_NEWNS", Step::User),
        ("unshare", "mount, pid, uts", Step::Pid),
        ("unshare", "CLONE_NEWNS", Step::Mount),
        ("write", "/proc/self/uid_map", Step::UidMap),
        ("openat", "/proc/42/setgroups", Step::Setgroups),
        ("mount", "proc on /proc", Step::Proc),
        ("mount", "tmpfs", Step::Tmpfs),
        ("pivot_root", "", Step::PivotRoot),
        ("umount2", "/old", Step::Detach),
        ("fork", "", Step::Fork),
    ] {
        assert_eq!(Step::of(call, detail), Some(step), "{call} {detail}");
    }
    assert_eq!(Step::of("sethostname", "box"), None);
}
