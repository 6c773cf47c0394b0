//! Why a file could not be opened, entered or looked at: permissions, its kind, and rules of the mount that it lies on
//! (openat(2), chdir(2), stat(2)).

use super::files::{File, removed};
use super::findings::{Findings, reason};
use super::scene::{describe, place};
use super::walk::{self, Last, Place, parent, walk_from};
use super::{paths, rights};
use crate::evidence::record::{Arg, Reason};
use nix::errno::Errno;

impl File<'_, '_> {
    pub(super) fn chdir(&self, findings: &mut Findings, errno: Errno) {
        let Some(found) = self.follow(findings, errno, Last::Follow) else { return };
        let kind = found.about.kind();
        if errno == Errno::ENOTDIR && !found.about.is_directory() {
            let cause = format!("{} is a {kind}, and only a directory can be worked in", self.path);
            findings.ask("", Some(reason(cause, &[format!("{}: {kind}", found.path)], "name a directory")));
        }
        if errno == Errno::EACCES {
            findings.ask("the caller may not search it", self.denied(&found, 1, "search"));
        }
    }

    pub(super) fn look(&self, findings: &mut Findings, errno: Errno) {
        let keeps =
            matches!(self.call.name.as_str(), "lstat" | "readlink") || self.flags.contains(&"AT_SYMLINK_NOFOLLOW");
        let Some(found) = self.follow(findings, errno, if keeps { Last::Keep } else { Last::Follow }) else { return };
        match errno {
            Errno::EINVAL if self.call.name == "readlink" => {
                let kind = found.about.kind();
                let cause = format!("{} is a {kind}, and only a symbolic link can be read so", self.path);
                findings.ask("", Some(reason(cause, &[format!("{}: {kind}", found.path)], "")));
            }
            Errno::EACCES => {
                // What was asked for is a number: R_OK 4, W_OK 2, X_OK 1.
                let asked = self.call.args.iter().rev().find_map(|arg| match arg {
                    Arg::Number(asked) => u32::try_from(*asked).ok(),
                    _ => None,
                });
                findings.ask("the caller has no permission", self.denied(&found, asked.unwrap_or(4) & 7, "use"));
            }
            Errno::EROFS => {
                findings.ask("the mount is read-only", paths::read_only(self.scene, &found));
            }
            _ => {}
        }
    }

    pub(super) fn open(&self, findings: &mut Findings, errno: Errno) {
        let creates = self.flags.contains(&"O_CREAT");
        let writes = self.flags.iter().any(|flag| matches!(*flag, "O_WRONLY" | "O_RDWR" | "O_TRUNC"));
        let there = walk_from(self.scene, self.start(), self.path, Last::Follow).ok();
        let found = if creates && there.is_none() {
            self.parent(findings, errno)
        } else {
            self.follow(findings, errno, Last::Follow)
        };
        let Some(found) = found else { return };
        let is_new = creates && there.is_none();
        match errno {
            Errno::EACCES if is_new => {
                findings.ask("the caller may not write into the directory", self.denied(&found, 2, "make a file in"));
            }
            Errno::EACCES => {
                findings.ask("its mount is nodev", self.nodev(&found));
                findings.ask("a sticky directory protects it", self.sticky(&found, creates));
                let reads = !self.flags.contains(&"O_WRONLY");
                let write = writes.then(|| self.denied(&found, 2, "write")).flatten();
                findings.ask("the caller may not write it", write);
                findings.ask("the caller may not read it", reads.then(|| self.denied(&found, 4, "read")).flatten());
                findings
                    .ask("its setting may be changed only by the owner of its namespace", self.sysctl(&found, writes));
                findings.ask("a namespace of a more powerful process", self.of_process(&found));
            }
            Errno::EROFS => {
                findings.ask("the mount is read-only", paths::read_only(self.scene, &found));
            }
            Errno::EISDIR => {
                let directory = found.about.is_directory().then(|| {
                    let cause = format!("{} is a directory, which cannot be opened for writing", self.path);
                    reason(cause, &[format!("{}: directory", found.path)], "name a file in it")
                });
                findings.ask("it is a directory", directory);
            }
            Errno::EEXIST => {
                findings.ask("it is there already", self.exists());
            }
            Errno::ENXIO | Errno::ENODEV => {
                let kind = found.about.kind();
                let special = matches!(kind, "character device" | "block device" | "pipe" | "socket").then(|| {
                    let cause = format!("{} is a {kind} with nobody behind it", self.path);
                    reason(cause, &[format!("{}: {kind}", found.path)], "")
                });
                findings.ask("a device without a driver, or a pipe without a reader", special);
            }
            Errno::ETXTBSY => {
                let running = self.scene.processes().iter().find_map(|pid| {
                    let exe = self.scene.proc.open_with(&format!("{pid}/exe"), nix::fcntl::OFlag::O_PATH).ok()?;
                    let about = walk::about(self.scene, &exe)?;
                    ((about.device, about.inode) == (found.about.device, found.about.inode)).then_some(())
                });
                let cause = format!("{} is being executed, so it cannot be written", self.path);
                let seen = ["exe: a running process is this program".to_owned()];
                findings.ask(
                    "it is being executed",
                    running.map(|()| reason(cause, &seen, "write a new file and rename it")),
                );
            }
            Errno::ENOTDIR if !found.about.is_directory() => {
                let kind = found.about.kind();
                let cause = format!("{} is a {kind}, and a directory was asked for", self.path);
                findings.ask("", Some(reason(cause, &[format!("{}: {kind}", found.path)], "")));
            }
            Errno::ENOENT if creates && !findings.found() => {
                let gone = (found.about.links == 0).then(|| removed(&found.path));
                findings.ask("the directory has been removed", gone);
            }
            _ => {}
        }
    }

    fn nodev(&self, found: &Place) -> Option<Reason> {
        let row = self.scene.row(found.about.mount)?;
        let device = matches!(found.about.kind(), "character device" | "block device");
        (device && row.mount_options.contains_key("nodev")).then(|| {
            let cause =
                format!("{} is a device on the mount at {}, where devices are closed (nodev)", self.path, place(row));
            let remedy = format!("mount -o remount,bind,dev {}, or bind the device itself", place(row));
            reason(cause, &[format!("mountinfo: {}, nodev", describe(row))], remedy)
        })
    }

    /// With O_CREAT the kernel does not open another user's file in a directory where everybody may write.
    fn sticky(&self, found: &Place, creates: bool) -> Option<Reason> {
        let (above, _) = parent(self.scene, self.start(), self.path).ok().filter(|_| creates)?;
        let mode = above.about.mode;
        let own = self.scene.status().is_some_and(|it| it.fuid == found.about.uid);
        let other = !own && found.about.uid != above.about.uid;
        (mode & libc::S_ISVTX != 0 && mode & 0o002 != 0 && other).then(|| {
            let cause = format!(
                "{} is a sticky directory that everybody may write, and O_CREAT does not open another user's {} there",
                above.path,
                found.about.kind()
            );
            let seen = [
                format!("{}: mode {:04o}", above.path, above.about.permissions()),
                format!("{}: of user {}", found.path, found.about.uid),
            ];
            reason(cause, &seen, format!("chmod 755 {}", above.path))
        })
    }

    fn sysctl(&self, found: &Place, writes: bool) -> Option<Reason> {
        let row = self.scene.row(found.about.mount).filter(|row| writes && row.fs_type == "proc")?;
        let inside = found.path.strip_prefix(&place(row))?.trim_start_matches('/').starts_with("sys/");
        (inside && !rights::initial(self.scene)).then(|| {
            let cause =
                format!("{} is a setting of the whole machine, which a user namespace may not change", self.path);
            let seen = ["ns/user: not the machine's first user namespace".to_owned()];
            reason(cause, &seen, "the machine's own root may")
        })
    }

    /// /proc/PID/… of a process that the caller may not trace: ptrace(2), "Ptrace access mode checking".
    fn of_process(&self, found: &Place) -> Option<Reason> {
        // Behind the last link lies another file system; the way there is what was refused.
        let rest = self
            .scene
            .mounts()
            .iter()
            .filter(|row| row.fs_type == "proc")
            .find_map(|row| found.path.strip_prefix(&place(row)).map(|rest| rest.trim_start_matches('/')))?;
        let number: i32 = rest.split('/').next()?.parse().ok()?;
        let cause = format!("{} is of a process that the caller may not look into (ptrace access)", self.path);
        Some(reason(cause, &[format!("path: of process {number}")], "CAP_SYS_PTRACE in that process' user namespace"))
    }
}
