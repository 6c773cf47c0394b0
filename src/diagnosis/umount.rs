//! Why umount2(2) failed: no mount point, a locked mount, or still in use, and by what.

use super::findings::{Findings, reason};
use super::scene::{Scene, flags_at, place, text_at};
use super::walk::{self, Last, Place};
use super::{inherited, paths, rights};
use crate::evidence::record::{Call, Reason};
use crate::kernel::Namespace;
use nix::errno::Errno;
use nix::fcntl::OFlag;

/// No more users of a mount are named.
const MOST_NAMED: usize = 3;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let path = text_at(call, 0)?;
    let flags = flags_at(call, 1);
    let mut findings = Findings::default();
    let last = if flags.contains(&"UMOUNT_NOFOLLOW") { Last::Keep } else { Last::Follow };
    let found = paths::follow(&mut findings, scene, errno, path, last);
    match (errno, found) {
        (Errno::EPERM, _) => {
            let fresh = "unshare(CLONE_NEWNS) first: the new one belongs to the caller's own user namespace";
            let lacks = rights::lacks(scene, "sys_admin", "mount namespace", "mnt", fresh);
            findings.ask("CAP_SYS_ADMIN does not count in the owner of the mount namespace", lacks);
            let force = flags.contains(&"MNT_FORCE").then(|| {
                let cause = "MNT_FORCE takes CAP_SYS_ADMIN in the user namespace that made the file system";
                reason(cause, &["flags: MNT_FORCE".to_owned()], "leave out MNT_FORCE")
            });
            findings.ask("MNT_FORCE on a file system of another user namespace", force);
        }
        (Errno::EINVAL, Some(found)) => {
            findings.ask("it is no mount point", plain(scene, path, &found));
            findings.ask("it was inherited and is locked", locked(scene, path, &found));
            let both = (flags.contains(&"MNT_EXPIRE") && flags.len() > 1).then(|| {
                let cause = "MNT_EXPIRE goes with no other flag but UMOUNT_NOFOLLOW";
                reason(cause, &[format!("flags: {}", flags.join(" | "))], "leave out MNT_EXPIRE")
            });
            findings.ask("flags that exclude each other", both);
        }
        (Errno::EBUSY, Some(found)) => {
            findings.ask("another mount is on it", covered(scene, path, &found));
            // The first remedy, to detach it, helps against both.
            let more = findings.found();
            let used = used(scene, path, &found);
            let used = used.map(|it| if more { Reason { remedy: None, ..it } } else { it });
            findings.ask("a process uses it", used);
        }
        _ => {}
    }
    Some(findings.verdict(scene))
}

fn plain(scene: &Scene<'_>, path: &str, found: &Place) -> Option<Reason> {
    if found.about.is_mount_root {
        return None;
    }
    let lies = paths::lies_on(scene, found);
    let cause = format!("{path} is no mount point, but a plain {} that {lies}", found.about.kind());
    // Which mount was meant nobody can tell: the one that the path lies on is a guess, and perhaps a fatal one.
    let under = paths::mount_of(scene, found).filter(|at| at != "/");
    let remedy = under.map(|_| "name a mount point: /proc/self/mountinfo lists them").unwrap_or_default();
    Some(reason(cause, &[format!("mountinfo: no mount point at {}", found.path)], remedy))
}

fn locked(scene: &Scene<'_>, path: &str, found: &Place) -> Option<Reason> {
    if !found.about.is_mount_root {
        return None;
    }
    let row = scene.row(found.about.mount)?;
    let seen = inherited::from_above(scene, row).or_else(|| inherited::not_own(scene, row))?;
    let cause = format!(
        "the mount at {path} was inherited from a more privileged mount namespace, and is locked: what it covers must stay covered"
    );
    Some(reason(cause, &seen, "mount something over it instead"))
}

fn covered(scene: &Scene<'_>, path: &str, found: &Place) -> Option<Reason> {
    let on_it =
        |row: &&procfs::process::MountInfo| u64::try_from(row.pid) == Ok(found.about.mount) && row.mnt_id != row.pid;
    let children: Vec<String> = scene.mounts().iter().filter(on_it).map(place).collect();
    let first = children.first()?;
    let cause = format!("another mount lies on the mount at {path}, at {first}");
    let seen: Vec<String> = children.iter().take(MOST_NAMED).map(|at| format!("mountinfo: {at}")).collect();
    let remedy = match children.len() {
        1 => format!("umount {first} first"),
        count => format!("umount the {count} mounts on it first"),
    };
    Some(reason(cause, &seen, remedy))
}

/// Who has a root, a working directory, a program or an open file there. Processes of other mount namespaces hold
/// mounts of their own.
fn used(scene: &Scene<'_>, path: &str, found: &Place) -> Option<Reason> {
    let mut users = Vec::new();
    for pid in scene.processes() {
        if !scene.shares(*pid, Namespace::Mount) {
            continue;
        }
        let other = scene.of(*pid);
        let whose = if *pid == scene.pid {
            "the caller's".to_owned()
        } else {
            format!("{}'s", other.status().map(|it| it.name.clone()).unwrap_or_default())
        };
        let mut things = vec![("cwd".to_owned(), "working directory"), ("root".to_owned(), "root directory")];
        things.push(("exe".to_owned(), "program"));
        things.extend(other.descriptors().into_iter().map(|number| (format!("fd/{number}"), "open file")));
        for (name, what) in things {
            let opened = scene.proc.open_with(&format!("{pid}/{name}"), OFlag::O_PATH);
            let about = opened.ok().and_then(|file| walk::about(scene, &file));
            let line = format!("{whose} {what}");
            if about.is_some_and(|about| about.mount == found.about.mount) && !users.contains(&line) {
                users.push(line);
            }
        }
    }
    let first = users.first()?;
    let cause = format!("the mount at {path} is in use: {first} is in it");
    let seen: Vec<String> = users.iter().take(MOST_NAMED).map(|line| format!("in it: {line}")).collect();
    Some(reason(cause, &seen, format!("umount -l {path} (MNT_DETACH takes all below along), or leave it first")))
}
