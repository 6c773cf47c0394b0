//! Why mount(2) of a new file system failed: its type, who may mount it where, and its own options. What a user
//! namespace may mount, and the rule that proc and sysfs must not uncover anything: user_namespaces(7),
//! mount_namespaces(7).

use super::findings::{Findings, reason};
use super::mount::Asked;
use super::scene::{Scene, describe, place};
use super::walk::{Last, Place};
use super::{overlay, paths, rights};
use crate::evidence::record::Reason;
use nix::errno::Errno;

/// The file systems that the kernel lets a user namespace mount (FS_USERNS_MOUNT).
const FOR_ANYBODY: [&str; 12] = [
    "proc", "sysfs", "tmpfs", "ramfs", "devpts", "mqueue", "overlay", "fuse", "fuseblk", "cgroup", "cgroup2", "binder",
];
/// What tmpfs takes (tmpfs(5)); a value may follow.
const TMPFS: [&str; 16] = [
    "size",
    "nr_blocks",
    "nr_inodes",
    "mode",
    "uid",
    "gid",
    "huge",
    "mpol",
    "inode32",
    "inode64",
    "noswap",
    "quota",
    "usrquota",
    "grpquota",
    "casefold",
    "strict_encoding",
];

pub fn ask(findings: &mut Findings, scene: &Scene<'_>, asked: &Asked<'_>, at: &Place, errno: Errno) {
    let Some(kind) = asked.kind else {
        let cause = "a new mount needs a file system type, and none was given";
        let seen = ["type: none, and no flag for a bind, a move or a change".to_owned()];
        findings.ask("", Some(reason(cause, &seen, "mount -t TYPE, or --bind")));
        return;
    };
    match errno {
        Errno::ENODEV => {
            findings.ask("the kernel has no such file system", unknown(scene, kind));
        }
        Errno::EPERM => {
            findings.ask("this file system is kept for the machine's administrator", kept(scene, kind));
            findings.ask("it shows a namespace that is not the caller's", foreign(scene, kind));
            findings.ask("the caller sees only a part of the one that is there", covered(scene, asked, kind));
        }
        Errno::EBUSY => {
            findings.ask("the same file system is mounted there already", twice(scene, kind, at));
        }
        Errno::ENOTDIR if !at.about.is_directory() => {
            let what = at.about.kind();
            let cause = format!("{} is a {what}, and a file system is mounted on a directory", asked.at);
            findings.ask("", Some(reason(cause, &[format!("{}: {what}", at.path)], "name a directory")));
        }
        Errno::EINVAL if kind == "tmpfs" => {
            findings.ask("an option that tmpfs does not know", unknown_option(asked));
            findings.ask("an id that is not mapped", unmapped(scene, asked));
        }
        Errno::EACCES => {
            findings.ask("the mount is read-only", paths::read_only(scene, at));
        }
        Errno::ENOENT | Errno::ENOTBLK if kind != "overlay" && !findings.found() => {
            source(findings, scene, asked, errno);
        }
        _ => {}
    }
    if kind == "overlay" {
        overlay::ask(findings, scene, asked, errno);
    }
}

fn unknown(scene: &Scene<'_>, kind: &str) -> Option<Reason> {
    let list = scene.text("filesystems")?;
    let known = list.lines().any(|line| line.rsplit('\t').next() == Some(kind));
    (!known).then(|| {
        let cause = format!("this kernel has no file system named {kind}");
        let seen = [format!("/proc/filesystems: no line {kind}")];
        reason(cause, &seen, "a type of /proc/filesystems; some are modules that only root can load")
    })
}

fn kept(scene: &Scene<'_>, kind: &str) -> Option<Reason> {
    let outside = !rights::initial(scene) && !FOR_ANYBODY.contains(&kind);
    outside.then(|| {
        let cause = format!("a user namespace may not mount {kind}: only the machine's own root may");
        let seen = [
            "ns/user: not the machine's first user namespace".to_owned(),
            format!("{kind} is none of the file systems that the kernel offers to user namespaces"),
        ];
        reason(cause, &seen, "bind a directory of a file system that is mounted, or use tmpfs or overlay")
    })
}

/// These show one namespace of whoever mounts them, so its owner must be the caller's.
fn foreign(scene: &Scene<'_>, kind: &str) -> Option<Reason> {
    let (what, file, flag) = match kind {
        "proc" => ("PID namespace", "pid", "CLONE_NEWPID"),
        "sysfs" => ("network namespace", "net", "CLONE_NEWNET"),
        "mqueue" => ("IPC namespace", "ipc", "CLONE_NEWIPC"),
        "cgroup" | "cgroup2" => ("cgroup namespace", "cgroup", "CLONE_NEWCGROUP"),
        _ => return None,
    };
    let mut fresh = format!("unshare({flag}) first");
    if file == "pid" {
        fresh.push_str(", and fork: the child is in the new one");
    }
    let mut found = rights::lacks(scene, "sys_admin", what, file, &fresh)?;
    found.cause = format!("{kind} shows the caller's {what}: {}", found.cause);
    Some(found)
}

/// mount_too_revealing of the kernel: in a user namespace, proc and sysfs may be mounted only where one is visible that
/// hides nothing and allows no less.
fn covered(scene: &Scene<'_>, asked: &Asked<'_>, kind: &str) -> Option<Reason> {
    if !matches!(kind, "proc" | "sysfs") || rights::initial(scene) {
        return None;
    }
    let all: Vec<_> = scene.mounts().iter().filter(|row| row.fs_type == kind).collect();
    if all.is_empty() {
        let cause = format!(
            "no {kind} is visible in the caller's mount namespace, so a new one would show what was not to be seen"
        );
        return Some(reason(
            cause,
            &[format!("mountinfo: no mount of type {kind}")],
            format!("mount {kind} before the old root is left"),
        ));
    }
    let mut seen = Vec::new();
    for row in &all {
        if row.root != "/" {
            seen.push(format!("mountinfo: {} is only a part of {kind}", place(row)));
            continue;
        }
        if row.mount_options.contains_key("ro") && !asked.has("MS_RDONLY") {
            seen.push(format!("mountinfo: {} is read-only, and the new one would not be", place(row)));
            continue;
        }
        let over = scene.mounts().iter().find(|other| other.pid == row.mnt_id && other.mnt_id != row.mnt_id);
        match over {
            Some(over) => seen.push(format!("mountinfo: {} is covered in part, at {}", place(row), place(over))),
            None => return None,
        }
    }
    let cause =
        format!("the {kind} that the caller sees is covered in part or read-only, and a new one would uncover it");
    seen.truncate(3);
    Some(reason(cause, &seen, "the same restrictions on the new one, or an uncovered one to begin with"))
}

fn twice(scene: &Scene<'_>, kind: &str, at: &Place) -> Option<Reason> {
    let row = scene.row(at.about.mount).filter(|row| at.about.is_mount_root && row.fs_type == kind)?;
    let cause = format!("the same {kind} is mounted at {} already, and would lie on itself", place(row));
    Some(reason(cause, &[format!("mountinfo: {}", describe(row))], "nothing is needed, or unmount it first"))
}

fn words<'s>(asked: &'s Asked<'_>) -> impl Iterator<Item = (&'s str, &'s str)> {
    let options = asked.options.unwrap_or_default();
    options.split(',').filter(|word| !word.is_empty()).map(|word| word.split_once('=').unwrap_or((word, "")))
}

fn unknown_option(asked: &Asked<'_>) -> Option<Reason> {
    let known = |name: &str| {
        TMPFS.iter().any(|known| name == *known || name.starts_with("usrquota_") || name.starts_with("grpquota_"))
    };
    let (name, _) = words(asked).find(|(name, _)| !known(name))?;
    let cause = format!("tmpfs has no option {name}");
    Some(reason(cause, &[format!("options: {}", asked.options.unwrap_or_default())], "see tmpfs(5)"))
}

fn unmapped(scene: &Scene<'_>, asked: &Asked<'_>) -> Option<Reason> {
    for (name, file) in [("uid", "uid_map"), ("gid", "gid_map")] {
        let Some((_, id)) = words(asked).find(|(word, _)| *word == name) else { continue };
        let Ok(id) = id.parse::<u64>() else { continue };
        if !super::access::maps(scene, file, id) {
            let cause = format!("{name} {id} is not mapped in the caller's user namespace");
            return Some(reason(
                cause,
                &[format!("{file}: no line holds {id}")],
                format!("a mapped id, or leave out {name}="),
            ));
        }
    }
    None
}

/// A file system on a device: the device must be there.
fn source(findings: &mut Findings, scene: &Scene<'_>, asked: &Asked<'_>, errno: Errno) {
    let Some(source) = asked.source.filter(|it| it.starts_with('/')) else { return };
    if let Some(found) = paths::follow(findings, scene, errno, source, Last::Follow)
        && errno == Errno::ENOTBLK
    {
        let kind = found.about.kind();
        let cause = format!("{source} is a {kind}, and this file system needs a block device");
        findings.ask("", Some(reason(cause, &[format!("{source}: {kind}")], "")));
    }
}
