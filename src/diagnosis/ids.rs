//! Why a call about ids failed: chown(2), setuid(2) and its like, setgroups(2); and mknod(2), which asks for power over
//! the whole machine. An id that is not in the user namespace's map does not exist there (user_namespaces(7)).

use super::access::{mapped, maps};
use super::findings::{Findings, reason};
use super::scene::{Scene, flags_at, texts};
use super::walk::{Last, walk};
use super::{paths, rights};
use crate::evidence::record::{Arg, Call, Reason};
use nix::errno::Errno;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let mut findings = Findings::default();
    let numbers: Vec<i64> = call
        .args
        .iter()
        .filter_map(|arg| match arg {
            Arg::Number(number) => Some(*number),
            _ => None,
        })
        .collect();
    match call.name.as_str() {
        "chown" => chown(&mut findings, scene, texts(call).first()?, &numbers, errno),
        "setuid" | "setresuid" => set(&mut findings, scene, ("user", "uid_map", "setuid"), &numbers, errno),
        "setgid" | "setresgid" => set(&mut findings, scene, ("group", "gid_map", "setgid"), &numbers, errno),
        "setgroups" if errno == Errno::EPERM => {
            let denied = scene.own_text("setgroups").filter(|it| it.trim() == "deny").map(|_| {
                let cause =
                    "setgroups is denied in the caller's user namespace: a group might be there to take rights away";
                let remedy = "let newgidmap(1) write gid_map, which needs no deny";
                reason(cause, &["setgroups: deny".to_owned()], remedy)
            });
            findings.ask("setgroups is denied in the user namespace", denied);
            let empty = scene
                .own_text("gid_map")
                .filter(|it| it.trim().is_empty())
                .map(|_| reason("gid_map is not written yet", &["gid_map: empty".to_owned()], "write gid_map first"));
            findings.ask("gid_map is not written yet", empty);
            findings.ask("CAP_SETGID is not effective", rights::not_effective(scene, "setgid"));
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}

fn chown(findings: &mut Findings, scene: &Scene<'_>, path: &str, numbers: &[i64], errno: Errno) {
    let Some(found) = paths::follow(findings, scene, errno, path, Last::Keep) else { return };
    match errno {
        Errno::EINVAL => unmapped(findings, scene, numbers.first(), ("user", "uid_map")),
        Errno::EPERM => {
            let uid = found.about.uid;
            let outside = (!mapped(scene, "uid_map", uid)).then(|| {
                let cause = format!(
                    "the owner of {path} has no id in the caller's user namespace, so CAP_CHOWN does not count"
                );
                reason(cause, &[format!("uid_map: no line for the owner of {path}")], "do it where the owner is mapped")
            });
            findings.ask("the owner is not mapped", outside);
            findings.ask("CAP_CHOWN is not effective", rights::not_effective(scene, "chown"));
        }
        Errno::EROFS => {
            findings.ask("the mount is read-only", paths::read_only(scene, &found));
        }
        _ => {}
    }
    if errno == Errno::EINVAL {
        unmapped(findings, scene, numbers.get(1), ("group", "gid_map"));
    }
}

fn unmapped(findings: &mut Findings, scene: &Scene<'_>, id: Option<&i64>, (what, map): (&str, &str)) {
    // -1 means: leave it as it is.
    let missing = id.filter(|id| **id >= 0 && !maps(scene, map, id.unsigned_abs())).map(|id| {
        let lines: Vec<String> = scene
            .own_text(map)
            .unwrap_or_default()
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let cause = format!("there is no {what} {id} in the caller's user namespace: its {map} does not have it");
        let seen = [format!("{map}: {}", if lines.is_empty() { "empty".to_owned() } else { lines.join("; ") })];
        reason(cause, &seen, format!("a map with a line for {id}: newuidmap(1), newgidmap(1)"))
    });
    findings.ask(&format!("the {what} is not mapped"), missing);
}

fn set(findings: &mut Findings, scene: &Scene<'_>, kind: (&str, &str, &str), numbers: &[i64], errno: Errno) {
    let (what, map, capability) = kind;
    match errno {
        Errno::EINVAL => {
            for id in numbers {
                unmapped(findings, scene, Some(id), (what, map));
                if findings.found() {
                    break;
                }
            }
        }
        Errno::EPERM => {
            findings.ask("the capability is not effective", rights::not_effective(scene, capability));
        }
        _ => {}
    }
}

/// mknod: a device is a way to all of a machine's hardware, so it takes CAP_MKNOD in the machine's first user namespace.
pub fn device(scene: &Scene<'_>, call: &Call) -> Option<Reason> {
    let at = call.args.iter().position(|arg| matches!(arg, Arg::Text(_)))?;
    let kind = *flags_at(call, at + 1).first()?;
    if !kind.starts_with("S_IFCHR") && !kind.starts_with("S_IFBLK") {
        return None;
    }
    if rights::initial(scene) {
        return rights::not_effective(scene, "mknod");
    }
    let holds = if scene.has("mknod") { "has" } else { "lacks" };
    let cause = "a device node takes CAP_MKNOD in the machine's first user namespace, and the caller is in another one";
    let seen = [
        "ns/user: not the machine's first user namespace".to_owned(),
        format!("status: CapEff {holds} mknod, in the caller's own user namespace"),
    ];
    let path = texts(call).first().copied().unwrap_or_default();
    let there = walk(scene, path, Last::Keep).is_ok();
    (!there).then(|| reason(cause, &seen, format!("touch {path} and bind the machine's device onto it")))
}
