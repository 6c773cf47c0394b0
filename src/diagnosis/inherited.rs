//! Locked mounts: what a mount namespace got from a more privileged one when it was made, its owner may neither take
//! away nor uncover (mount_namespaces(7), "Restrictions on mount namespaces"). The kernel shows no mark of it; but the
//! same mount is still in a table of a namespace above, or is a slave of one there.

use super::rights::{Standing, owner_of, standing};
use super::scene::{Scene, describe, place};
use crate::kernel::Namespace;
use crate::probe::namespaces::{inode, parent};
use procfs::process::{MountInfo, MountOptFields};

/// The facts that show that a mount came from a more privileged mount namespace; none if nothing shows it.
pub fn from_above(scene: &Scene<'_>, row: &MountInfo) -> Option<Vec<String>> {
    let own = owner_of(scene, "mnt")?;
    // The user namespaces above the one that owns this mount namespace, as far as the lab reaches.
    let mut above = Vec::new();
    let mut at = parent(&own).ok();
    while let Some(file) = at.filter(|_| above.len() < 64) {
        above.extend(inode(&file));
        at = parent(&file).ok();
    }
    let at = place(row);
    let fresh = format!("mountinfo: {}", describe(row));
    // The lab host itself is below the machine: its own root was put in the place of a locked one.
    let is_root = at == "/" && !row.mount_options.is_empty();
    if above.is_empty() {
        let seen = "the lab host's mount namespace is itself one of a user namespace below the machine's".to_owned();
        return is_root.then(|| vec![fresh, seen]);
    }
    let slave = row.opt_fields.iter().any(|field| matches!(field, MountOptFields::Master(_)));
    let same = |other: &MountInfo| (place(other), &other.majmin, &other.root) == (at.clone(), &row.majmin, &row.root);
    for pid in scene.processes() {
        let other = scene.of(*pid);
        let there = owner_of(&other, Namespace::Mount.file()).and_then(|file| inode(&file));
        if !there.is_some_and(|there| above.contains(&there)) {
            continue;
        }
        if other.mounts().iter().any(same) {
            let seen = "the same mount is in a mount namespace of a user namespace above".to_owned();
            return Some(vec![fresh, seen]);
        }
    }
    slave.then(|| vec![fresh, "a slave: the mount namespace above has its master".to_owned()])
}

/// The same where the mount namespace that it came from is gone, since its last process has left it: the facts that show
/// that the caller cannot have made the file system itself. A bind mount of it would show the same, but is not locked.
pub fn not_own(scene: &Scene<'_>, row: &MountInfo) -> Option<Vec<String>> {
    let fresh = format!("mountinfo: {}", describe(row));
    let foreign = |name: &str| standing(scene, owner_of(scene, name)) == Standing::Outside;
    // A proc shows a PID namespace, and is mounted by whoever may act on that.
    if row.fs_type == "proc" && foreign(Namespace::Pid.file()) {
        let seen = "ns/pid: owned by a user namespace above, so its proc was mounted from there".to_owned();
        return Some(vec![fresh, seen]);
    }
    let above = scene.processes().iter().find(|pid| {
        let other = scene.of(**pid);
        let mounted = other.mounts().iter().any(|it| it.majmin == row.majmin);
        mounted && standing(scene, owner_of(&other, Namespace::Mount.file())) == Standing::Outside
    });
    let seen = "the same file system is mounted in a mount namespace of a user namespace above".to_owned();
    above.map(|_| vec![fresh, seen])
}
