//! Why mount(2) failed. It is five calls under one name, told apart by flags in the kernel's own order: remount, bind,
//! propagation, move, and a new file system (`new_mount`). This file has what they share and the first four.

use super::findings::{Findings, reason};
use super::scene::{Scene, as_text, describe, flags_at, is_shared, place, text_at};
use super::walk::{Last, Place};
use super::{inherited, new_mount, paths, rights};
use crate::evidence::record::{Call, Reason};
use nix::errno::Errno;
use procfs::process::{MountInfo, MountOptFields};

const PROPAGATION: [&str; 4] = ["MS_SHARED", "MS_PRIVATE", "MS_SLAVE", "MS_UNBINDABLE"];

/// What the call asked for.
pub struct Asked<'s> {
    pub source: Option<&'s str>,
    pub at: &'s str,
    pub kind: Option<&'s str>,
    pub flags: Vec<&'s str>,
    pub options: Option<&'s str>,
}

impl Asked<'_> {
    pub fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }
}

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let asked = Asked {
        source: text_at(call, 0),
        at: text_at(call, 1)?,
        kind: text_at(call, 2),
        flags: flags_at(call, 3),
        options: call.args.get(4).and_then(as_text),
    };
    let mut findings = Findings::default();
    let Some(at) = paths::follow(&mut findings, scene, errno, asked.at, Last::Follow) else {
        return Some(findings.verdict(scene));
    };
    if errno == Errno::EPERM {
        let fresh = "unshare(CLONE_NEWNS) first: the new one belongs to the caller's own user namespace";
        let lacks = rights::lacks(scene, "sys_admin", "mount namespace", "mnt", fresh);
        findings.ask("CAP_SYS_ADMIN does not count in the owner of the mount namespace", lacks);
        if findings.found() {
            return Some(findings.verdict(scene));
        }
    }
    if errno == Errno::ENOSPC {
        findings.ask("the mount namespace is full", full(scene));
    }
    let changes = PROPAGATION.into_iter().any(|flag| asked.has(flag));
    if asked.has("MS_REMOUNT") {
        remount(&mut findings, scene, &asked, &at, errno);
    } else if asked.has("MS_BIND") {
        bind(&mut findings, scene, &asked, &at, errno);
    } else if changes {
        if errno == Errno::EINVAL {
            findings.ask("it is no mount point", no_mount_point(scene, asked.at, &at));
            findings.ask("two propagation types in one call", two_types(&asked));
        }
    } else if asked.has("MS_MOVE") {
        moved(&mut findings, scene, &asked, &at, errno);
    } else {
        new_mount::ask(&mut findings, scene, &asked, &at, errno);
    }
    Some(findings.verdict(scene))
}

/// EINVAL of the calls that change a mount which is there.
pub fn no_mount_point(scene: &Scene<'_>, path: &str, at: &Place) -> Option<Reason> {
    if at.about.is_mount_root {
        return None;
    }
    let lies = paths::lies_on(scene, at);
    let cause = format!("{path} is no mount point, but a plain {} that {lies}", at.about.kind());
    let seen = [format!("mountinfo: no mount point at {}", at.path)];
    Some(reason(cause, &seen, format!("mount --bind {path} {path} makes it one")))
}

fn full(scene: &Scene<'_>) -> Option<Reason> {
    let most = scene.sysctl("fs/mount-max")?;
    let now = i64::try_from(scene.mounts().len()).unwrap_or(i64::MAX);
    (now >= most).then(|| {
        let cause = format!("the mount namespace holds as many mounts as it may: {most}");
        reason(cause, &[format!("fs.mount-max = {most}")], "unmount something")
    })
}

fn two_types(asked: &Asked<'_>) -> Option<Reason> {
    let given: Vec<&str> = PROPAGATION.into_iter().filter(|flag| asked.has(flag)).collect();
    (given.len() > 1).then(|| {
        let cause = format!("one call sets one propagation type, and {} were given", given.len());
        reason(cause, &[format!("flags: {}", given.join(" | "))], "one call for each")
    })
}

fn remount(findings: &mut Findings, scene: &Scene<'_>, asked: &Asked<'_>, at: &Place, errno: Errno) {
    match errno {
        Errno::EINVAL => {
            findings.ask("it is no mount point", no_mount_point(scene, asked.at, at));
        }
        Errno::EPERM => {
            findings.ask("a flag of it is locked", locked_flags(scene, asked, at));
            let other = (!asked.has("MS_BIND")).then(|| foreign_file_system(scene, at)).flatten();
            findings.ask("the file system belongs to another user namespace", other);
        }
        Errno::EBUSY => {
            let row = scene.row(at.about.mount).filter(|_| asked.has("MS_RDONLY") && !asked.has("MS_BIND"));
            let open = row.map(|row| {
                let cause = format!("a file is open for writing on {}, so it cannot become read-only", row.fs_type);
                let remedy = format!("mount -o remount,bind,ro {} changes this mount point alone", asked.at);
                reason(cause, &[format!("mountinfo: {}", describe(row))], remedy)
            });
            findings.ask("a file is open for writing", open);
        }
        _ => {}
    }
}

/// The flags that a less privileged mount namespace may not take off, and that the call leaves out.
fn locked_flags(scene: &Scene<'_>, asked: &Asked<'_>, at: &Place) -> Option<Reason> {
    let row = scene.row(at.about.mount)?;
    let known = [("ro", "MS_RDONLY"), ("nosuid", "MS_NOSUID"), ("nodev", "MS_NODEV"), ("noexec", "MS_NOEXEC")];
    let lost: Vec<&str> = known
        .into_iter()
        .filter(|(word, flag)| row.mount_options.contains_key(*word) && !asked.has(flag))
        .map(|(word, _)| word)
        .collect();
    if lost.is_empty() {
        return None;
    }
    let mut seen = locked(scene, row)?;
    let lost = lost.join(",");
    let cause = format!(
        "the mount at {} was inherited from a more privileged mount namespace with {lost}, and these flags are locked",
        asked.at
    );
    seen.push(format!("the call would take off {lost}"));
    Some(reason(cause, &seen, format!("keep them: mount -o remount,bind,{lost},… {}", asked.at)))
}

fn locked(scene: &Scene<'_>, row: &MountInfo) -> Option<Vec<String>> {
    inherited::from_above(scene, row).or_else(|| inherited::not_own(scene, row))
}

/// A remount without MS_BIND changes the file system, which needs rights where it was made.
fn foreign_file_system(scene: &Scene<'_>, at: &Place) -> Option<Reason> {
    let row = scene.row(at.about.mount)?;
    let mut seen = match inherited::from_above(scene, row) {
        Some(seen) => seen,
        // What is lent by the machine is a file of a file system that the lab did not make.
        None if row.root != "/" && !rights::initial(scene) => {
            vec![format!("mountinfo: {} shows a part of it", place(row))]
        }
        None => return None,
    };
    seen.truncate(3);
    let cause = format!(
        "a remount without MS_BIND changes the whole file system, and that of {} was mounted in a more privileged user namespace",
        place(row)
    );
    Some(reason(cause, &seen, format!("mount -o remount,bind,… {} changes this mount point alone", place(row))))
}

fn bind(findings: &mut Findings, scene: &Scene<'_>, asked: &Asked<'_>, at: &Place, errno: Errno) {
    let Some(source) = asked.source.filter(|it| !it.is_empty()) else {
        let cause = "a bind needs a source, and none was given";
        findings.ask("", Some(reason(cause, &["source: none".to_owned()], "name the directory or file to bind")));
        return;
    };
    let Some(from) = paths::follow(findings, scene, errno, source, Last::Follow) else { return };
    match errno {
        Errno::ENOTDIR => {
            findings.ask("a directory and a file are bound to each other", unlike((source, &from), (asked.at, at)));
        }
        Errno::EINVAL => {
            findings.ask("the source is unbindable", unbindable(scene, source, &from));
            let children = if asked.has("MS_REC") { None } else { locked_child(scene, source, &from) };
            findings.ask("the source has locked mounts below it", children);
            findings.ask("the source is of another mount namespace", elsewhere(scene, source, &from));
        }
        Errno::ENOENT if !findings.found() => {
            let removed = [(source, &from), (asked.at, at)].into_iter().find(|(_, it)| it.about.links == 0);
            let gone = removed
                .map(|(path, _)| reason(format!("{path} has been removed"), &[format!("{path}: no links left")], ""));
            findings.ask("source or target has been removed", gone);
        }
        _ => {}
    }
}

/// ENOTDIR: what is put somewhere must be of the kind that is there.
pub fn unlike(from: (&str, &Place), at: (&str, &Place)) -> Option<Reason> {
    let (one, other) = (from.1.about.kind(), at.1.about.kind());
    if from.1.about.is_directory() == at.1.about.is_directory() {
        return None;
    }
    let cause =
        format!("{} is a {one} and {} is a {other}: a directory goes on a directory, a file on a file", from.0, at.0);
    Some(reason(cause, &[format!("{}: {one}", from.0), format!("{}: {other}", at.0)], "a target of the same kind"))
}

/// EINVAL of whatever copies a mount.
pub fn unbindable(scene: &Scene<'_>, source: &str, from: &Place) -> Option<Reason> {
    let is_so = |row: &&MountInfo| row.opt_fields.iter().any(|it| matches!(it, MountOptFields::Unbindable));
    scene.row(from.about.mount).filter(is_so).map(|row| {
        let cause = format!("{source} lies on the mount at {}, which is unbindable", place(row));
        reason(cause, &[format!("mountinfo: {}", describe(row))], format!("mount --make-private {}", place(row)))
    })
}

/// Likewise: a mount below it must not be left out.
pub fn locked_child(scene: &Scene<'_>, source: &str, from: &Place) -> Option<Reason> {
    let below = |row: &&MountInfo| {
        let at = place(row);
        u64::try_from(row.pid) == Ok(from.about.mount)
            && row.mnt_id != row.pid
            && (from.path == "/" || at.strip_prefix(&from.path).is_some_and(|rest| rest.starts_with('/')))
    };
    let (child, seen) =
        scene.mounts().iter().filter(below).find_map(|row| locked(scene, row).map(|seen| (row, seen)))?;
    let cause = format!(
        "below {source} lies the mount at {}, which is locked: a bind without it would uncover what it hides",
        place(child)
    );
    Some(reason(cause, &seen, format!("mount --rbind {source} … takes the mounts below along")))
}

fn elsewhere(scene: &Scene<'_>, source: &str, from: &Place) -> Option<Reason> {
    (scene.row(from.about.mount).is_none() && !scene.chrooted()).then(|| {
        let cause = format!("{source} leads to a mount that is not in the caller's mount namespace");
        reason(cause, &["mountinfo: no row for that mount".to_owned()], "bind it from within its own mount namespace")
    })
}

fn moved(findings: &mut Findings, scene: &Scene<'_>, asked: &Asked<'_>, at: &Place, errno: Errno) {
    let Some(source) = asked.source.filter(|it| !it.is_empty()) else { return };
    let Some(from) = paths::follow(findings, scene, errno, source, Last::Follow) else { return };
    match errno {
        Errno::EINVAL => {
            findings.ask("the source is no mount point", no_mount_point(scene, source, &from));
            if !from.about.is_mount_root {
                return;
            }
            let Some(row) = scene.row(from.about.mount) else { return };
            let parent = scene.parent_row(row);
            let shared = parent.filter(|parent| is_shared(parent)).map(|parent| {
                let cause = format!("the mount at {}, from which {source} would be taken, is shared", place(parent));
                let remedy = format!("mount --make-private {}", place(parent));
                reason(cause, &[format!("mountinfo: {}", describe(parent))], remedy)
            });
            findings.ask("the parent mount of the source is shared", shared);
            let locked = inherited::from_above(scene, row).map(|seen| {
                let cause = format!(
                    "the mount at {source} was inherited from a more privileged mount namespace, and is locked"
                );
                reason(cause, &seen, "bind it instead: mount --rbind")
            });
            findings.ask("the source is locked", locked);
            findings.ask("a directory and a file", unlike((source, &from), (asked.at, at)));
        }
        Errno::ELOOP => {
            let inside = at.path.strip_prefix(&from.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let cause = format!("{} lies within {source}, so the mount would be put into itself", asked.at);
            let seen = [format!("source: {}", from.path), format!("target: {}", at.path)];
            findings
                .ask("the target is within the source", inside.then(|| reason(cause, &seen, "a target outside of it")));
        }
        Errno::ENOTDIR => {
            findings.ask("a directory and a file", unlike((source, &from), (asked.at, at)));
        }
        _ => {}
    }
}
