//! Why a write to uid_map, gid_map or setgroups failed: the rules of user_namespaces(7), "Defining user and group ID
//! mappings". Each map is written once; a process without rights above may map its own id only, and a group only after
//! `deny` in setgroups.

use super::findings::{Findings, reason};
use super::rights::{Standing, standing};
use super::scene::{Scene, text_at};
use crate::evidence::record::{Arg, Call, Reason};
use crate::probe::namespaces::{inode, parent};
use nix::errno::Errno;

/// Whether the call writes to one of these files: the file's name and the process that it is of.
fn target(scene: &Scene<'_>, call: &Call) -> Option<(&'static str, i32)> {
    let Arg::Descriptor(path) = call.args.first()? else { return None };
    let mut parts = path.rsplit('/');
    let name = parts.next()?;
    let name = ["uid_map", "gid_map", "setgroups"].into_iter().find(|known| *known == name)?;
    let pid = match parts.next()? {
        "self" => scene.pid,
        number => outside(scene, number.parse().ok()?),
    };
    Some((name, pid))
}

/// A number of the process' own PID namespace, as the lab host has it.
fn outside(scene: &Scene<'_>, number: i32) -> i32 {
    let own = |pid: &&i32| {
        let other = scene.of(**pid);
        let last = other.status().and_then(|it| it.nspid.as_ref()?.last().copied());
        last == Some(number) && scene.shares(**pid, crate::kernel::Namespace::Pid)
    };
    scene.processes().iter().find(own).copied().unwrap_or(number)
}

/// One line of a map.
#[derive(Clone, Copy)]
struct Line {
    inside: u64,
    outside: u64,
    count: u64,
}

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let (name, pid) = target(scene, call)?;
    let text = text_at(call, 1).unwrap_or_default();
    let other = scene.of(pid);
    let mut findings = Findings::default();
    if name == "setgroups" {
        if errno == Errno::EPERM {
            findings.ask("deny is final", denied_already(&other, text));
            findings.ask("gid_map is written already", too_late(&other, text));
        }
        return Some(findings.verdict(scene));
    }
    match errno {
        Errno::EPERM => {
            findings.ask("the map is written already", written(&other, name));
            if !findings.found() {
                findings
                    .ask("the writer is in neither the user namespace nor its parent", stranger(scene, &other, name));
                findings.ask("setgroups is still allowed", allowed(scene, &other, name));
                findings.ask("more than the writer's own id is mapped", too_much(scene, &other, name, text));
            }
        }
        Errno::EINVAL => {
            findings.ask("a line is no map", malformed(text));
            findings.ask("two lines overlap", overlap(text));
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}

fn written(other: &Scene<'_>, name: &str) -> Option<Reason> {
    let now = other.own_text(name)?;
    let line = now.lines().next()?.split_whitespace().collect::<Vec<_>>().join(" ");
    let cause = format!("{name} has been written already, and a map is written once");
    Some(reason(cause, &[format!("{name}: {line}")], "a new user namespace: unshare(CLONE_NEWUSER)"))
}

fn stranger(scene: &Scene<'_>, other: &Scene<'_>, name: &str) -> Option<Reason> {
    let theirs = other.namespace("user")?;
    let own = scene.namespace_inode("user")?;
    let above = parent(&theirs).ok().and_then(|file| inode(&file));
    if inode(&theirs) == Some(own) || above == Some(own) {
        // Without CAP_SYS_ADMIN in the namespace itself it is refused too.
        return (standing(scene, Some(theirs)) == Standing::Counts && !scene.has("sys_admin") && above != Some(own))
            .then(|| {
                let cause = format!("the writer of {name} lacks CAP_SYS_ADMIN in that user namespace");
                reason(
                    cause,
                    &["status: CapEff lacks sys_admin".to_owned()],
                    "write it before capabilities are dropped",
                )
            });
    }
    let cause = format!("the writer of {name} is in neither that user namespace nor the one above it");
    Some(reason(cause, &["ns/user: another one".to_owned()], "write it from the process' parent"))
}

/// Whether the writer may set any ids in the namespace above.
fn rules_above(scene: &Scene<'_>, other: &Scene<'_>, name: &str) -> bool {
    let capability = if name == "uid_map" { "setuid" } else { "setgid" };
    let above = other.namespace("user").and_then(|file| parent(&file).ok());
    above.is_some_and(|file| standing(scene, Some(file)) == Standing::Counts) && scene.has(capability)
}

fn allowed(scene: &Scene<'_>, other: &Scene<'_>, name: &str) -> Option<Reason> {
    if name != "gid_map" || rules_above(scene, other, name) {
        return None;
    }
    let setgroups = other.own_text("setgroups")?;
    (setgroups.trim() == "allow").then(|| {
        let cause = "gid_map may be written without CAP_SETGID above only after `deny` is written to setgroups";
        let why = "else a group that takes rights away could be dropped".to_owned();
        reason(cause, &["setgroups: allow".to_owned(), why], "echo deny > /proc/self/setgroups")
    })
}

fn too_much(scene: &Scene<'_>, other: &Scene<'_>, name: &str, text: &str) -> Option<Reason> {
    if rules_above(scene, other, name) {
        return None;
    }
    let lines = lines(text)?;
    let what = match lines[..] {
        [Line { count: 1, outside, .. }] => {
            // Seen from within the new namespace, the id outside is that of whoever made it.
            let made_by = if name == "uid_map" { scene.status()?.euid } else { scene.status()?.egid };
            if u64::from(made_by) == outside {
                return None;
            }
            format!("it maps {outside}, which is not the writer's own id")
        }
        [Line { count, .. }] => format!("its line maps {count} ids"),
        _ => format!("it has {} lines", lines.len()),
    };
    let capability = if name == "uid_map" { "CAP_SETUID" } else { "CAP_SETGID" };
    let cause = format!(
        "a process without {capability} in the user namespace above may map only its own id, one line of one id, and {what}"
    );
    let seen = [format!("written: {}", text.trim()), format!("{name}: still empty")];
    Some(reason(cause, &seen, "0 OWN-ID 1, or newuidmap(1) with /etc/subuid"))
}

fn denied_already(other: &Scene<'_>, text: &str) -> Option<Reason> {
    let now = other.own_text("setgroups")?;
    (now.trim() == "deny" && text.trim() == "allow").then(|| {
        let cause = "setgroups has been denied in this user namespace, and that is final";
        reason(cause, &["setgroups: deny".to_owned()], "a new user namespace")
    })
}

fn too_late(other: &Scene<'_>, text: &str) -> Option<Reason> {
    let map = other.own_text("gid_map")?;
    (!map.trim().is_empty() && text.trim() == "deny").then(|| {
        let cause = "setgroups can be denied only before gid_map is written";
        reason(cause, &["gid_map: written already".to_owned()], "first setgroups, then gid_map")
    })
}

fn lines(text: &str) -> Option<Vec<Line>> {
    let line = |line: &str| {
        let numbers: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
        match numbers[..] {
            [inside, outside, count] => Some(Line { inside, outside, count }),
            _ => None,
        }
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(line).collect()
}

fn malformed(text: &str) -> Option<Reason> {
    let bad = text.lines().filter(|line| !line.trim().is_empty()).find(|line| {
        lines(line)
            .is_none_or(|it| it.iter().any(|it| it.count == 0 || it.inside.saturating_add(it.count) > 0xffff_ffff))
    });
    let bad = match bad {
        Some(bad) => bad.trim(),
        None if text.trim().is_empty() => "",
        None => return None,
    };
    let cause = "a map is lines of three numbers: first id inside, first id outside, and how many, at least one";
    Some(reason(cause, &[format!("written: {bad:?}")], "0 1000 1"))
}

fn overlap(text: &str) -> Option<Reason> {
    let lines = lines(text)?;
    let meet =
        |a: u64, b: u64, count_a: u64, count_b: u64| a < b.saturating_add(count_b) && b < a.saturating_add(count_a);
    let clash = lines.iter().enumerate().any(|(at, one)| {
        lines[at + 1..].iter().any(|it| {
            meet(one.inside, it.inside, one.count, it.count) || meet(one.outside, it.outside, one.count, it.count)
        })
    });
    clash.then(|| {
        let cause = "two lines of the map speak of the same id";
        reason(cause, &[format!("written: {}", text.trim().replace('\n', "; "))], "ranges that do not overlap")
    })
}
