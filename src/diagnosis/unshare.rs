//! Why unshare(2) failed, and the same causes for clone(2) with namespace flags: rights, the rules of single kinds
//! (user_namespaces(7), pid_namespaces(7)), and the limits on how many there may be.

use super::findings::{Findings, reason};
use super::scene::{Scene, flags_at};
use super::{access, rights};
use crate::evidence::record::{Call, Reason};
use crate::kernel::Namespace;
use nix::errno::Errno;
use std::collections::BTreeSet;

/// The kernel nests user and PID namespaces no deeper.
const LEVELS: usize = 33;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let flags = flags_at(call, 0);
    let mut findings = Findings::default();
    match errno {
        Errno::EINVAL => {
            findings.ask("a flag is no namespace flag", unknown(&flags));
            findings.ask("the caller has several threads", threads(scene, &flags));
            findings.ask("the caller's children get another PID namespace already", pid_twice(scene, &flags));
            findings.ask("the PID namespace is not below the user namespace", pid_elsewhere(scene, &flags));
        }
        _ => namespaces(&mut findings, scene, &flags, errno),
    }
    Some(findings.verdict(scene))
}

/// What unshare and clone have in common.
pub fn namespaces(findings: &mut Findings, scene: &Scene<'_>, flags: &[&str], errno: Errno) {
    match errno {
        Errno::EPERM if flags.contains(&"CLONE_NEWUSER") => {
            findings.ask("the caller is in a chroot", chrooted(scene));
            findings.ask("the caller's user or group id is not mapped", unmapped(scene));
            findings.ask("a setting of the system forbids user namespaces", forbidden(scene));
        }
        Errno::EPERM => {
            findings.ask("CAP_SYS_ADMIN is not effective", rights::not_effective(scene, "sys_admin"));
        }
        Errno::ENOSPC => {
            for flag in flags {
                findings.ask(&format!("the limit on {flag}"), limit(scene, flag));
            }
            let deep = flags.iter().any(|flag| matches!(*flag, "CLONE_NEWUSER" | "CLONE_NEWPID"));
            findings.ask("the namespaces are nested too deeply", if deep { nested(scene) } else { None });
        }
        Errno::EUSERS => {
            findings.ask("the namespaces are nested too deeply", nested(scene));
        }
        _ => {}
    }
}

/// The kind that a flag is about.
pub fn kind_of(flag: &str) -> Option<Namespace> {
    Some(match flag {
        "CLONE_NEWCGROUP" => Namespace::Cgroup,
        "CLONE_NEWIPC" => Namespace::Ipc,
        "CLONE_NEWNS" => Namespace::Mount,
        "CLONE_NEWNET" => Namespace::Net,
        "CLONE_NEWPID" => Namespace::Pid,
        "CLONE_NEWTIME" => Namespace::Time,
        "CLONE_NEWUSER" => Namespace::User,
        "CLONE_NEWUTS" => Namespace::Uts,
        _ => return None,
    })
}

fn unknown(flags: &[&str]) -> Option<Reason> {
    let flag = flags.iter().find(|flag| flag.starts_with("0x"))?;
    let cause = format!("{flag} is no flag that unshare takes");
    Some(reason(cause, &[format!("flags: {flag} names no namespace")], "one of the CLONE_NEW… flags"))
}

fn threads(scene: &Scene<'_>, flags: &[&str]) -> Option<Reason> {
    let threads = scene.status()?.threads;
    let alone = flags.iter().find(|flag| **flag == "CLONE_NEWUSER")?;
    (threads > 1).then(|| {
        let cause = format!("the caller has {threads} threads, and {alone} is for a process with one");
        reason(cause, &[format!("status: Threads: {threads}")], "call it before any thread is made, or in a child")
    })
}

fn pid_twice(scene: &Scene<'_>, flags: &[&str]) -> Option<Reason> {
    if !flags.contains(&"CLONE_NEWPID") {
        return None;
    }
    let (own, children) = (scene.namespace_inode("pid"), scene.proc.link(scene.pid, "ns/pid_for_children"));
    let waits = children.is_err();
    let differs = scene.namespace_inode("pid_for_children") != own;
    (waits || differs).then(|| {
        let cause = "the caller has asked for a PID namespace already: its children will be in another one than itself";
        let link = if waits { "leads nowhere yet: no child so far" } else { "another one than ns/pid" };
        reason(cause, &[format!("ns/pid_for_children: {link}")], "fork first; the child may ask for the next one")
    })
}

fn pid_elsewhere(scene: &Scene<'_>, flags: &[&str]) -> Option<Reason> {
    if !flags.contains(&"CLONE_NEWPID") || flags.contains(&"CLONE_NEWUSER") {
        return None;
    }
    // The new one's owner, the caller's user namespace, must be the owner of its parent or below that.
    let own = rights::owner_of(scene, "pid").and_then(|file| crate::probe::namespaces::inode(&file))?;
    let mut at = scene.namespace("user");
    while let Some(file) = at {
        if crate::probe::namespaces::inode(&file) == Some(own) {
            return None;
        }
        at = crate::probe::namespaces::parent(&file).ok();
    }
    let cause = "the caller's PID namespace belongs to a user namespace that is not the caller's nor above it";
    Some(reason(cause, &["ns/pid: owned by an unrelated user namespace".to_owned()], ""))
}

fn chrooted(scene: &Scene<'_>) -> Option<Reason> {
    scene.chrooted().then(|| {
        let root = scene.root();
        let cause = format!("the caller is in a chroot ({root}), from where the kernel makes no user namespace");
        let why = "a new user namespace would bring CAP_SYS_CHROOT, and with it the way out".to_owned();
        reason(
            cause,
            &[format!("root: {root}, not the root of the mount namespace"), why],
            "use pivot_root instead of chroot",
        )
    })
}

fn unmapped(scene: &Scene<'_>) -> Option<Reason> {
    let status = scene.status()?;
    let (uid, gid) = (access::mapped(scene, "uid_map", status.euid), access::mapped(scene, "gid_map", status.egid));
    let missing = match (uid, gid) {
        (true, true) => return None,
        (false, _) => "user",
        (true, false) => "group",
    };
    let file = if missing == "user" { "uid_map" } else { "gid_map" };
    let cause = format!("the caller's {missing} id is not mapped in its user namespace, so it cannot own another one");
    Some(reason(cause, &[format!("{file}: no line for the caller's id")], format!("write {file} first")))
}

fn forbidden(scene: &Scene<'_>) -> Option<Reason> {
    for (name, wanted) in [("kernel/unprivileged_userns_clone", 0), ("kernel/apparmor_restrict_unprivileged_userns", 1)]
    {
        if scene.sysctl(name) == Some(wanted) {
            let name = name.replace('/', ".");
            let cause = format!("the system keeps user namespaces for administrators: {name} is {wanted}");
            return Some(reason(cause, &[format!("{name} = {wanted}")], "boxlab doctor"));
        }
    }
    None
}

/// How many namespaces of a kind the lab's processes are in, against the lab host's limit.
fn limit(scene: &Scene<'_>, flag: &str) -> Option<Reason> {
    let kind = kind_of(flag)?;
    let name = format!("max_{}_namespaces", kind.file());
    let limit = scene.sysctl(&format!("user/{name}"))?;
    let used: BTreeSet<u64> =
        scene.processes().iter().filter_map(|pid| scene.of(*pid).namespace_inode(kind.file())).collect();
    let used = i64::try_from(used.len()).unwrap_or(i64::MAX);
    (used >= limit).then(|| {
        let cause = format!("no more {} namespaces may be made: user.{name} is {limit}", kind.file());
        let remedy = format!("sysctl -w user.{name}={}", limit.saturating_mul(2).max(100));
        reason(cause, &[format!("user.{name} = {limit}")], remedy)
    })
}

fn nested(scene: &Scene<'_>) -> Option<Reason> {
    let depth = rights::depth(scene).max(scene.status()?.nspid.as_ref().map_or(0, Vec::len));
    (depth >= LEVELS - 1).then(|| {
        let cause = format!("the namespaces are nested as deeply as the kernel allows: {LEVELS} levels");
        reason(cause, &[format!("{depth} levels from the lab host down to the caller")], "make it higher up")
    })
}
