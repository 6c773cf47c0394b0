//! Why a call about another process failed: kill(2), pidfd_open(2), wait4(2); and capset(2), which is about the caller.
//! A PID is a name in the caller's own PID namespace, and means another process, or none, anywhere else.

use super::findings::{Findings, reason};
use super::scene::Scene;
use crate::evidence::record::{Arg, Call, Reason};
use crate::kernel::Namespace;
use nix::errno::Errno;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let mut findings = Findings::default();
    let number = match call.args.first() {
        Some(Arg::Number(number)) => i32::try_from(*number).ok()?,
        _ => 0,
    };
    match (call.name.as_str(), errno) {
        ("kill" | "pidfd_open", Errno::ESRCH) => {
            findings.ask("no process of that number", nobody(scene, number));
        }
        ("kill", Errno::EPERM) => {
            findings.ask("the process is another user's", another_user(scene, number));
        }
        ("pidfd_open", Errno::EINVAL) => {
            let cause = "the number is no process, but a thread of one, or less than 1";
            findings.ask("", Some(reason(cause, &[format!("pid: {number}")], "the number of the process itself")));
        }
        ("kill", Errno::EINVAL) => {
            let cause = "there is no such signal";
            let signal = call.args.get(1).map(ToString::to_string).unwrap_or_default();
            findings.ask("", Some(reason(cause, &[format!("signal: {signal}")], "a signal of signal(7)")));
        }
        ("wait4", Errno::ECHILD) => {
            findings.ask("it is no child of the caller", no_child(scene, number));
            findings.ask("SIGCHLD is ignored", ignored(scene));
        }
        ("capset", Errno::EPERM) => {
            let cause = "a capability can be raised only as far as the permitted set has it, and that only shrinks";
            let seen = ["status: CapPrm does not have what was asked for".to_owned()];
            findings.ask(
                "",
                Some(reason(cause, &seen, "a new user namespace, or execve of a program with file capabilities")),
            );
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}

/// How many PID namespaces the caller is below the lab host's, from 0.
pub(super) fn level(scene: &Scene<'_>) -> Option<usize> {
    scene.status()?.nspid.as_ref()?.len().checked_sub(1)
}

/// The process that a number means to the caller, by the lab host's number.
pub(super) fn meant(scene: &Scene<'_>, number: i32) -> Option<i32> {
    let level = level(scene)?;
    let is_meant = |pid: &&i32| {
        let other = scene.of(**pid);
        let there = other.status().and_then(|it| it.nspid.as_ref()?.get(level).copied());
        there == Some(number) && below(scene, &other)
    };
    scene.processes().iter().find(is_meant).copied()
}

/// Whether another process is in the caller's PID namespace or one below it.
fn below(scene: &Scene<'_>, other: &Scene<'_>) -> bool {
    let Some(own) = scene.namespace_inode("pid") else { return false };
    let mut at = other.namespace("pid");
    for _ in 0..64 {
        let Some(file) = at else { return false };
        if crate::probe::namespaces::inode(&file) == Some(own) {
            return true;
        }
        at = crate::probe::namespaces::parent(&file).ok();
    }
    false
}

fn nobody(scene: &Scene<'_>, number: i32) -> Option<Reason> {
    if number > 0 && meant(scene, number).is_some() {
        return None;
    }
    if number < -1 {
        let cause = format!("there is no process group {}", -number);
        return Some(reason(cause, &[format!("process group {}: nobody in it", -number)], ""));
    }
    let level = level(scene)?;
    let there = |pid: &i32| {
        let other = scene.of(*pid);
        let number = other.status().and_then(|it| it.nspid.as_ref()?.get(level).copied());
        number.filter(|_| below(scene, &other))
    };
    let mut known: Vec<i32> = scene.processes().iter().filter_map(there).collect();
    known.sort_unstable();
    let list: Vec<String> = known.iter().take(12).map(ToString::to_string).collect();
    let mut seen = vec![format!("processes that the caller's PID namespace names: {}", list.join(" "))];
    let mut cause = format!("no process has the number {number} in the caller's PID namespace");
    if level > 0
        && let Some(status) = scene.of(number).status()
    {
        cause.push_str(&format!(
            "; outside {number} is {}, but a number means nothing in another namespace",
            status.name
        ));
        seen.push(format!("lab host: {number} is {}", status.name));
    }
    Some(reason(cause, &seen, "the number that it has in the caller's namespace, if it has one there"))
}

fn another_user(scene: &Scene<'_>, number: i32) -> Option<Reason> {
    let other = scene.of(meant(scene, number)?);
    let (own, their) = (scene.status()?, other.status()?);
    let same = [own.euid, own.ruid].iter().any(|uid| [their.ruid, their.suid].contains(uid));
    (!same && !scene.has("kill") || !scene.shares(other.pid, Namespace::User)).then(|| {
        let cause = format!(
            "process {number} ({}) belongs to another user or user namespace, and CAP_KILL does not count there",
            their.name
        );
        let seen = [
            format!("status: user {} of the caller, user {} of {}", own.euid, their.ruid, their.name),
            format!("status: CapEff {} kill", if scene.has("kill") { "has" } else { "lacks" }),
        ];
        reason(cause, &seen, "the same user, or CAP_KILL in its user namespace")
    })
}

fn no_child(scene: &Scene<'_>, number: i32) -> Option<Reason> {
    let own = scene.pid;
    if number < 1 {
        let has = |pid: &i32| scene.of(*pid).status().is_some_and(|it| it.ppid == own);
        let seen = ["status: no process names the caller as its parent".to_owned()];
        return (!scene.processes().iter().any(has)).then(|| reason("the caller has no children", &seen, ""));
    }
    let Some(child) = meant(scene, number).map(|pid| scene.of(pid)) else { return Some(collected(scene, number)) };
    let status = child.status()?;
    if status.ppid == own {
        return None;
    }
    let parent = scene.of(status.ppid);
    // The parent of the first process of a lab is outside of it.
    let named = parent.status().map_or("another process", |it| it.name.as_str());
    let cause = format!("{} is a child of {named}, and only its parent can wait for a process", status.name);
    let seen = [format!("status of {}: its parent is {named}, not the caller", status.name)];
    Some(reason(cause, &seen, format!("wait in {named}")))
}

/// No process has that number any more.
fn collected(scene: &Scene<'_>, number: i32) -> Reason {
    let mut seen = vec![format!("no process has the number {number} in the caller's PID namespace")];
    let bit = 1u64 << (libc::SIGCHLD - 1);
    let cause = if scene.status().is_some_and(|it| it.sigblk & bit != 0) {
        seen.push("status: SigBlk has CHLD".to_owned());
        "somebody has waited for that process already: the caller reads SIGCHLD from a descriptor, as an init that \
         collects every child does"
    } else {
        "somebody has waited for that process already, or it never was"
    };
    reason(cause, &seen, "")
}

fn ignored(scene: &Scene<'_>) -> Option<Reason> {
    let bit = 1u64 << (libc::SIGCHLD - 1);
    (scene.status()?.sigign & bit != 0).then(|| {
        let cause = "the caller ignores SIGCHLD, so the kernel takes its children's ends away itself";
        reason(cause, &["status: SigIgn has CHLD".to_owned()], "the default action for SIGCHLD")
    })
}
