//! Why fork(2), vfork(2), clone(2) or clone3(2) failed. ENOMEM seldom means memory: a PID namespace that has lost its
//! first process takes no more (pid_namespaces(7)).

use super::findings::{Findings, reason};
use super::scene::{Scene, flags_at};
use super::unshare;
use crate::evidence::record::{Call, Reason};
use nix::errno::Errno;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let flags = flags_at(call, 0);
    let mut findings = Findings::default();
    match errno {
        Errno::ENOMEM => {
            findings.ask("the PID namespace for the caller's children has lost its first process", init_gone(scene));
            findings.ask("memory is short", short_of_memory(scene));
        }
        Errno::EAGAIN => {
            findings.ask("the pids control group is full", pids_group(scene));
            if !findings.found() {
                findings.ask("the user has as many processes as RLIMIT_NPROC allows", process_limit(scene));
            }
        }
        Errno::EINVAL => {
            findings.ask("flags that exclude each other", excluded(&flags));
            findings.ask("the PID namespace for children is another one already", thread_elsewhere(scene, &flags));
        }
        _ => unshare::namespaces(&mut findings, scene, &flags, errno),
    }
    Some(findings.verdict(scene))
}

/// The namespace's PID 1 is dead, or a zombie.
fn init_gone(scene: &Scene<'_>) -> Option<Reason> {
    let children = scene.namespace_inode("pid_for_children")?;
    for pid in scene.processes() {
        let other = scene.of(*pid);
        let Some(status) = other.status() else { continue };
        let first = status.nspid.as_ref().and_then(|pids| pids.last()) == Some(&1);
        if first && other.namespace_inode("pid") == Some(children) && !status.state.starts_with('Z') {
            return None;
        }
    }
    let cause = "the PID namespace for the caller's children has lost its first process (PID 1), and takes no more";
    let mut seen = vec!["no living process has PID 1 in the namespace of ns/pid_for_children".to_owned()];
    if scene.namespace_inode("pid") != Some(children) {
        seen.insert(0, "ns/pid_for_children: another one than ns/pid".to_owned());
    }
    Some(reason(cause, &seen, "make a new one from a fresh process: unshare --pid --fork"))
}

fn short_of_memory(scene: &Scene<'_>) -> Option<Reason> {
    let text = scene.text("meminfo")?;
    let of = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().split(' ').next()?.parse::<u64>().ok())
    };
    let (total, free) = (of("MemTotal:")?, of("MemAvailable:")?);
    (free < total / 100).then(|| {
        let seen = ["meminfo: less than one percent of the memory is available".to_owned()];
        reason("the machine is short of memory", &seen, "end something large")
    })
}

/// The group of the pids controller, version 2 or 1, and those that it is in. They are read where the observer has them,
/// since the caller may have no cgroup file system; its group is named from the observer's cgroup namespace too.
fn pids_group(scene: &Scene<'_>) -> Option<Reason> {
    let groups = scene.own_text("cgroup")?;
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, own) = (fields.next()?, fields.next()?);
        let tree = match controllers {
            "" => "",
            list if list.split(',').any(|it| it == "pids") => "/pids",
            _ => continue,
        };
        for group in std::path::Path::new(own).ancestors().map(|it| it.display().to_string()) {
            let number = |name: &str| -> Option<u64> {
                scene.text(&format!("self/root/sys/fs/cgroup{tree}{group}/{name}"))?.trim().parse().ok()
            };
            if let (Some(most), Some(now)) = (number("pids.max"), number("pids.current"))
                && now >= most
            {
                let cause = format!("the control group {group} has as many processes as it may: {most}");
                return Some(reason(
                    cause,
                    &[format!("pids.max {most}, pids.current {now}")],
                    "a larger pids.max, or end one of them",
                ));
            }
        }
    }
    None
}

fn process_limit(scene: &Scene<'_>) -> Option<Reason> {
    let limits = scene.own_text("limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max processes"))?;
    let soft: u64 = line.split_whitespace().next()?.parse().ok()?;
    let user = scene.status()?.ruid;
    let same = |pid: &&i32| scene.of(**pid).status().is_some_and(|it| it.ruid == user);
    let seen_here = u64::try_from(scene.processes().iter().filter(same).count()).unwrap_or(u64::MAX);
    // The kernel counts the user's processes on the whole machine, and the lab sees its own only.
    let small = soft <= seen_here || soft < 4096;
    small.then(|| {
        let cause = format!("the user may have {soft} processes, and has as many on this machine");
        reason(cause, &[format!("limits: Max processes {soft}")], "ulimit -u with a larger number, or end some")
    })
}

/// The pairs that clone(2) refuses.
fn excluded(flags: &[&str]) -> Option<Reason> {
    let has = |flag: &str| flags.contains(&flag);
    let pairs = [
        ("CLONE_NEWUSER", "CLONE_THREAD", "a thread stays in its process' user namespace"),
        ("CLONE_NEWPID", "CLONE_THREAD", "a thread stays in its process' PID namespace"),
        ("CLONE_NEWUSER", "CLONE_FS", "a new user namespace must not share root and working directory"),
        ("CLONE_NEWNS", "CLONE_FS", "a new mount namespace must not share root and working directory"),
    ];
    let (one, other, why) = pairs.into_iter().find(|(one, other, _)| has(one) && has(other))?;
    let cause = format!("{one} and {other} exclude each other: {why}");
    Some(reason(cause, &[format!("flags: {one}, {other}")], format!("leave out {other}")))
}

fn thread_elsewhere(scene: &Scene<'_>, flags: &[&str]) -> Option<Reason> {
    let own = scene.namespace_inode("pid");
    let differs = scene.namespace_inode("pid_for_children") != own;
    let concerned = flags.contains(&"CLONE_THREAD") || flags.contains(&"CLONE_NEWPID");
    (differs && concerned).then(|| {
        let cause = "the caller's children will be in another PID namespace, and a thread must be in its process' own";
        reason(
            cause,
            &["ns/pid_for_children: another one than ns/pid".to_owned()],
            "make threads before, or in the child",
        )
    })
}
