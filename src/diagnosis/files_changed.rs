//! Why a directory entry could not be made, removed or changed: mkdir(2), symlink(2), mknod(2), unlink(2), rmdir(2),
//! chmod(2).

use super::files::{File, removed};
use super::findings::{Findings, reason};
use super::scene::{describe, texts};
use super::walk::{Last, Place};
use super::{access, paths};
use crate::evidence::record::Reason;
use nix::errno::Errno;

impl File<'_, '_> {
    pub(super) fn make(&self, findings: &mut Findings, errno: Errno) {
        if errno == Errno::EEXIST {
            findings.ask("it is there already", self.exists());
            return;
        }
        let Some(found) = self.parent(findings, errno) else { return };
        match errno {
            Errno::EACCES => {
                findings.ask("the caller may not write into the directory", self.denied(&found, 2, "make anything in"));
            }
            Errno::EROFS => {
                findings.ask("the mount is read-only", paths::read_only(self.scene, &found));
            }
            Errno::ENOENT if !findings.found() => {
                findings.ask("the file system is the kernel's own", self.kernels(&found));
                findings.ask("the directory has been removed", (found.about.links == 0).then(|| removed(&found.path)));
                let empty = (self.call.name == "symlink" && texts(self.call).first() == Some(&"")).then(|| {
                    reason("a symbolic link must say something, and its text is empty", &["text: \"\"".to_owned()], "")
                });
                findings.ask("the link's text is empty", empty);
            }
            Errno::EPERM => {
                findings.ask("the file system is the kernel's own", self.kernels(&found));
            }
            _ => {}
        }
    }

    pub(super) fn remove(&self, findings: &mut Findings, errno: Errno) {
        let directory = self.call.name == "rmdir" || self.flags.contains(&"AT_REMOVEDIR");
        let Some(found) = self.follow(findings, errno, Last::Keep) else { return };
        let kind = found.about.kind();
        let seen = [format!("{}: {kind}", found.path)];
        match errno {
            Errno::ENOTDIR if directory && !found.about.is_directory() => {
                let cause = format!("{} is a {kind}, and rmdir removes directories only", self.path);
                findings.ask("", Some(reason(cause, &seen, format!("rm {}", self.path))));
            }
            Errno::EISDIR if found.about.is_directory() => {
                let cause = format!("{} is a directory, and unlink removes anything else only", self.path);
                findings.ask("", Some(reason(cause, &seen, format!("rmdir {}", self.path))));
            }
            Errno::ENOTEMPTY => {
                findings.ask("it is not empty", self.not_empty(&found));
            }
            Errno::EBUSY => {
                findings.ask("it is a mount point", self.mount_point(&found));
            }
            Errno::EACCES | Errno::EPERM => {
                if let Some(above) = self.parent(findings, errno) {
                    findings.ask("the caller may not write into its directory", self.denied(&above, 2, "remove from"));
                    findings.ask("its directory is sticky", self.sticky_removal(&above, &found));
                    findings.ask("the file system is the kernel's own", self.kernels(&above));
                }
            }
            Errno::EROFS => {
                findings.ask("the mount is read-only", paths::read_only(self.scene, &found));
            }
            Errno::EINVAL => {
                let dot = self.path.ends_with('.').then(|| {
                    let cause = format!("{} ends with a dot, and a directory is not removed from within", self.path);
                    reason(cause, &[format!("path: {}", self.path)], "name it by its parent")
                });
                findings.ask("the path ends with a dot", dot);
            }
            _ => {}
        }
    }

    pub(super) fn chmod(&self, findings: &mut Findings, errno: Errno) {
        let Some(found) = self.follow(findings, errno, Last::Follow) else { return };
        match errno {
            Errno::EPERM => {
                let uid = found.about.uid;
                let owns = self.scene.status().is_some_and(|it| it.fuid == uid);
                let counts = self.scene.has("fowner") && access::mapped(self.scene, "uid_map", uid);
                let not_owner = (!owns && !counts).then(|| {
                    let cause =
                        format!("only the owner of {} may change its mode, and the caller is another user", self.path);
                    reason(cause, &[format!("{}: of user {uid}", found.path), paths::who(self.scene)], "CAP_FOWNER")
                });
                findings.ask("the caller is not its owner", not_owner);
            }
            Errno::EROFS => {
                findings.ask("the mount is read-only", paths::read_only(self.scene, &found));
            }
            _ => {}
        }
    }

    fn kernels(&self, above: &Place) -> Option<Reason> {
        let row = self.scene.row(above.about.mount)?;
        let own = matches!(row.fs_type.as_str(), "proc" | "sysfs" | "devpts" | "cgroup" | "cgroup2" | "mqueue");
        own.then(|| {
            let cause =
                format!("{} is on {}, whose entries only the kernel makes and removes", above.path, row.fs_type);
            reason(cause, &[format!("mountinfo: {}", describe(row))], "another directory")
        })
    }

    fn not_empty(&self, found: &Place) -> Option<Reason> {
        use std::os::fd::AsRawFd;
        let flags = nix::fcntl::OFlag::O_RDONLY | nix::fcntl::OFlag::O_DIRECTORY;
        let opened = self.scene.proc.open_with(&format!("self/fd/{}", found.file.as_raw_fd()), flags).ok()?;
        let directory = nix::dir::Dir::from_fd(opened).ok()?;
        let names = directory.into_iter().flatten().map(|it| it.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name != "." && name != "..").collect();
        names.sort();
        let first = names.first()?;
        let cause = format!("{} is not empty: it holds {first}", self.path);
        let seen = [format!("{}: {}", found.path, names.iter().take(5).cloned().collect::<Vec<_>>().join(" "))];
        Some(reason(cause, &seen, format!("rm -r {}", self.path)))
    }

    fn mount_point(&self, found: &Place) -> Option<Reason> {
        if found.about.is_mount_root {
            let at = paths::mount_of(self.scene, found).unwrap_or_else(|| found.path.clone());
            let cause = format!("{} is a mount point", self.path);
            return Some(reason(cause, &[format!("mountinfo: {at}")], format!("umount {at} first")));
        }
        None
    }

    fn sticky_removal(&self, above: &Place, found: &Place) -> Option<Reason> {
        let own = self.scene.status().is_some_and(|it| it.fuid == found.about.uid || it.fuid == above.about.uid);
        (above.about.mode & libc::S_ISVTX != 0 && !own && !self.scene.has("fowner")).then(|| {
            let cause = format!("{} is sticky: only the owner of a file may remove it there", above.path);
            let seen = [format!("{}: mode {:04o}", above.path, above.about.permissions()), paths::who(self.scene)];
            reason(cause, &seen, "be its owner, or CAP_FOWNER")
        })
    }
}
