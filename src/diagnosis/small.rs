//! Why a call on what the small namespaces hold failed: msgget(2), and a write to timens_offsets
//! (time_namespaces(7): offsets are set while the namespace is empty).

use super::findings::{Findings, reason};
use super::rights;
use super::scene::{Scene, text_at};
use crate::evidence::record::{Arg, Call, Reason};
use nix::errno::Errno;

pub fn msgget(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let Some(Arg::Number(key)) = call.args.first() else { return None };
    let mut findings = Findings::default();
    if errno == Errno::ENOENT {
        // The first process reads the table of its own namespace, which is the caller's or not.
        let labs = scene.of(1).namespace_inode("ipc");
        let own = scene.namespace_inode("ipc");
        let table = scene.text("sysvipc/msg").unwrap_or_default();
        let there = table.lines().skip(1).any(|line| line.split_whitespace().next() == Some(&key.to_string()));
        let cause = format!("no message queue has the key {key} in the caller's IPC namespace");
        let remedy = "make it with IPC_CREAT";
        let found = match (own == labs, there) {
            (true, false) => Some(reason(cause, &[format!("sysvipc/msg: no row with the key {key}")], remedy)),
            (false, true) => {
                let seen = [
                    "ns/ipc: not the lab host's".to_owned(),
                    format!("sysvipc/msg of the lab host: a row with the key {key}"),
                ];
                Some(reason(cause, &seen, format!("{remedy}, or enter the namespace that has it")))
            }
            (false, false) => Some(reason(cause, &["ns/ipc: not the lab host's".to_owned()], remedy)),
            (true, true) => None,
        };
        findings.ask("there is no queue of this key", found);
    }
    Some(findings.verdict(scene))
}

/// None where the call writes something else.
pub fn offsets(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let Arg::Descriptor(path) = call.args.first()? else { return None };
    if !path.ends_with("/timens_offsets") {
        return None;
    }
    let text = text_at(call, 1).unwrap_or_default();
    let mut findings = Findings::default();
    match errno {
        Errno::EACCES => {
            findings.ask("a process is in that time namespace", inhabited(scene));
        }
        Errno::EPERM => {
            let fresh = "unshare(CLONE_NEWTIME) in a user namespace of one's own";
            let lacks = rights::lacks(scene, "sys_time", "time namespace", "time_for_children", fresh);
            findings.ask("CAP_SYS_TIME does not count in its owner", lacks);
        }
        Errno::EINVAL | Errno::ERANGE => {
            let cause = format!("{text:?} is no line of a clock, seconds and nanoseconds that the kernel takes");
            findings.ask("", Some(reason(cause, &[format!("written: {text:?}")], "boottime 86400 0")));
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}

fn inhabited(scene: &Scene<'_>) -> Option<Reason> {
    let for_children = scene.namespace_inode("time_for_children")?;
    if scene.namespace_inode("time") == Some(for_children) {
        let cause = "the caller's children are in the time namespace that it is in itself, and its offsets are fixed";
        let seen = ["ns/time_for_children: the same as ns/time".to_owned()];
        return Some(reason(cause, &seen, "unshare(CLONE_NEWTIME) first"));
    }
    let inside = scene.processes().iter().filter(|pid| scene.of(**pid).namespace_inode("time") == Some(for_children));
    let count = inside.count();
    (count > 0).then(|| {
        let cause = "a process is in that time namespace already, and its clocks must not jump";
        let seen = [format!("ns/time: {count} of the lab's processes in the namespace of time_for_children")];
        reason(cause, &seen, "write the offsets after unshare(CLONE_NEWTIME) and before the first fork")
    })
}
