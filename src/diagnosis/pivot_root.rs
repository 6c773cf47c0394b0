//! Why pivot_root(2) failed. EINVAL has at least seven causes, and the kernel does not say which; each is a question to
//! the mount table here. The order of the questions is the one in which a person repairs them, not the kernel's.

use super::findings::{Findings, reason};
use super::scene::{Scene, describe, is_shared, place, text_at};
use super::walk::{Place, root};
use super::{inherited, paths, rights};
use crate::evidence::record::{Call, Reason};
use nix::errno::Errno;

/// What the call was about.
struct Pivot<'s, 'a> {
    scene: &'s Scene<'a>,
    new: &'s str,
    old: &'s str,
    new_at: Place,
    old_at: Place,
    root_at: Place,
}

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let (new, old) = (text_at(call, 0)?, text_at(call, 1)?);
    let mut findings = Findings::default();
    if errno == Errno::EPERM {
        let fresh = "unshare(CLONE_NEWNS) first: the new one belongs to the caller's own user namespace";
        let lacks = rights::lacks(scene, "sys_admin", "mount namespace", "mnt", fresh);
        findings.ask("CAP_SYS_ADMIN does not count in the owner of the mount namespace", lacks);
        return Some(findings.verdict(scene));
    }
    let new_at = paths::directory(&mut findings, scene, errno, new);
    let old_at = paths::directory(&mut findings, scene, errno, old);
    let (Some(new_at), Some(old_at), Ok(root_at)) = (new_at, old_at, root(scene)) else {
        return Some(findings.verdict(scene));
    };
    let pivot = Pivot { scene, new, old, new_at, old_at, root_at };
    match errno {
        Errno::EINVAL => {
            let plain = pivot.new_is_plain();
            findings.ask("the new root is no mount point", plain);
            findings.ask("put_old is not at or below the new root", pivot.old_outside());
            findings.ask("the parent mount of the new root is shared", pivot.parent_shared());
            findings.ask("the mount that put_old lies on is shared", pivot.old_shared());
            findings.ask("the new root is the current root", pivot.already());
            findings.ask("the new root is a locked mount", pivot.new_locked());
            findings.ask("the current root is no mount point", pivot.root_is_plain());
            findings.ask("the current root is the rootfs", pivot.rootfs());
            findings.ask("the parent mount of the current root is shared", pivot.root_parent_shared());
        }
        Errno::EBUSY => {
            findings.ask("the new root lies on the mount that is the current root", pivot.same_mount());
            findings.ask("put_old lies on the mount that is the current root", pivot.old_on_root());
        }
        Errno::ENOENT if !findings.found() => {
            let gone = (pivot.new_at.about.links == 0)
                .then(|| reason(format!("{new} has been removed"), &[format!("{new}: no links left")], ""));
            findings.ask("the new root has been removed", gone);
        }
        _ => {}
    }
    Some(findings.verdict(scene))
}

impl Pivot<'_, '_> {
    fn bind_it(&self) -> String {
        format!("mount --bind {0} {0}", self.new)
    }

    fn new_is_plain(&self) -> Option<Reason> {
        if self.new_at.about.is_mount_root {
            return None;
        }
        let lies = paths::lies_on(self.scene, &self.new_at);
        let on = lies.replace("lies ", "");
        let cause = format!("the new root must be a mount point, and {} is a plain directory {on}", self.new);
        let seen = [format!("mountinfo: no mount point at {}; it {lies}", self.new_at.path)];
        Some(reason(cause, &seen, self.bind_it()))
    }

    fn old_outside(&self) -> Option<Reason> {
        let (new, old) = (&self.new_at.path, &self.old_at.path);
        let below = new == "/" || old == new || old.strip_prefix(new).is_some_and(|rest| rest.starts_with('/'));
        if below {
            return None;
        }
        let cause = format!(
            "the old root must go to a directory at or below the new root, and {} is not below {}",
            self.old, self.new
        );
        let seen = [format!("new root: {new}"), format!("put_old: {old}")];
        Some(reason(cause, &seen, format!("pivot_root {0} {0}/old", self.new)))
    }

    /// Of a plain directory the kernel asks the parent of the mount it lies on; that is a consequence, not told.
    fn parent_shared(&self) -> Option<Reason> {
        if !self.new_at.about.is_mount_root {
            return None;
        }
        let row = self.scene.row(self.new_at.about.mount)?;
        let parent = self.scene.parent_row(row).filter(|parent| is_shared(parent))?;
        let at = place(parent);
        let cause = format!(
            "the mount at {at}, on which the new root {} is mounted, is shared: its peers would see the exchange",
            self.new
        );
        Some(reason(cause, &[format!("mountinfo: {}", describe(parent))], format!("mount --make-rprivate {at}")))
    }

    fn old_shared(&self) -> Option<Reason> {
        let row = self.scene.row(self.old_at.about.mount).filter(|row| is_shared(row))?;
        let at = place(row);
        let cause = format!("the mount at {at}, on which put_old lies, is shared: its peers would see the exchange");
        Some(reason(cause, &[format!("mountinfo: {}", describe(row))], format!("mount --make-rprivate {at}")))
    }

    fn new_locked(&self) -> Option<Reason> {
        if !self.new_at.about.is_mount_root || self.already().is_some() {
            return None;
        }
        let row = self.scene.row(self.new_at.about.mount)?;
        let seen = inherited::from_above(self.scene, row)?;
        let cause = format!(
            "the mount at {} was inherited from a more privileged mount namespace, and is locked in its place",
            self.new
        );
        Some(reason(cause, &seen, self.bind_it()))
    }

    fn root_is_plain(&self) -> Option<Reason> {
        if self.root_at.about.is_mount_root {
            return None;
        }
        let root = self.scene.root();
        let cause = format!(
            "the caller's current root must be a mount point, and {root} is a plain directory: chroot made it the root"
        );
        let seen = [format!("root: {root}"), format!("mountinfo: no mount point at {root}")];
        Some(reason(cause, &seen, format!("mount --bind {root} {root} before the chroot")))
    }

    fn rootfs(&self) -> Option<Reason> {
        let row = self.scene.row(self.root_at.about.mount)?;
        (row.mnt_id == row.pid).then(|| {
            let cause =
                "the current root is the kernel's first file system (rootfs), which has no parent to be taken from";
            let seen = [format!("mountinfo: / is {}, its own parent", row.fs_type)];
            reason(cause, &seen, "mount --move NEW / and chroot into it, as switch_root(8) does")
        })
    }

    fn root_parent_shared(&self) -> Option<Reason> {
        let row = self.scene.row(self.root_at.about.mount)?;
        let parent = self.scene.parent_row(row).filter(|parent| is_shared(parent))?;
        let cause = "the mount on which the caller's current root is mounted is shared";
        let remedy = format!("mount --make-private {}", place(parent));
        Some(reason(cause, &[format!("mountinfo: {}", describe(parent))], remedy))
    }

    fn already(&self) -> Option<Reason> {
        let (new, root) = (&self.new_at.about, &self.root_at.about);
        ((new.mount, new.inode) == (root.mount, root.inode)).then(|| {
            let cause = format!("the new root {} is the root that the caller has already", self.new);
            reason(cause, &["mountinfo: the new root is the mount at /".to_owned()], "another mount as the new root")
        })
    }

    fn same_mount(&self) -> Option<Reason> {
        if self.new_at.about.mount != self.root_at.about.mount {
            return None;
        }
        self.already().or_else(|| {
            let cause = format!(
                "the new root must be another mount than the current root, and {} is a plain directory on the mount at /",
                self.new
            );
            let seen = [format!("mountinfo: {} {}", self.new_at.path, paths::lies_on(self.scene, &self.new_at))];
            Some(reason(cause, &seen, self.bind_it()))
        })
    }

    fn old_on_root(&self) -> Option<Reason> {
        (self.old_at.about.mount == self.root_at.about.mount).then(|| {
            let cause = format!(
                "the old root cannot be put onto itself: {} is a directory on the mount that is the current root",
                self.old
            );
            let seen = [format!("mountinfo: {} {}", self.old_at.path, paths::lies_on(self.scene, &self.old_at))];
            reason(cause, &seen, format!("pivot_root {0} {0}/old", self.new))
        })
    }
}
