//! Why a call on a file failed: chdir(2), fchdir(2), openat(2), mkdir(2), symlink(2), unlink(2), rmdir(2), chmod(2).
//! Most causes lie in the path; the rest in what is there already, in permissions, and in the mount.

use super::findings::{Findings, reason};
use super::scene::{Scene, describe, flags_at, place, texts};
use super::walk::{self, Last, Place, may, parent, walk_from};
use super::{ids, paths, rights};
use crate::evidence::record::{Arg, Call, Reason};
use nix::errno::Errno;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    if call.name == "fchdir" {
        return fchdir(scene, call, errno);
    }
    if call.name == "write" {
        return write(scene, call, errno);
    }
    // What a symbolic link says is no path yet; where it is made is the second text.
    let path = if call.name == "symlink" { texts(call).get(1).copied()? } else { *texts(call).first()? };
    let from = directory_of(scene, call);
    let mut findings = Findings::default();
    let flags = flags_at(call, call.args.len().saturating_sub(1));
    let file = File { scene, call, path, from, flags };
    match call.name.as_str() {
        "chdir" => file.chdir(&mut findings, errno),
        "openat" | "open" => file.open(&mut findings, errno),
        "mknod" if errno == Errno::EPERM => {
            findings.ask("it is a device", ids::device(scene, call));
            file.make(&mut findings, errno);
        }
        "mkdir" | "symlink" | "mknod" => file.make(&mut findings, errno),
        "unlink" | "rmdir" => file.remove(&mut findings, errno),
        "chmod" => file.chmod(&mut findings, errno),
        "stat" | "statx" | "fstatat" | "lstat" | "readlink" | "access" | "faccessat" => file.look(&mut findings, errno),
        _ => return None,
    }
    Some(findings.verdict(scene))
}

/// The open directory that the path starts from, if the call was given one.
fn directory_of(scene: &Scene<'_>, call: &Call) -> Option<i32> {
    call.args.iter().find(|arg| matches!(arg, Arg::Descriptor(_))).and_then(|arg| scene.descriptor_of(arg))
}

struct File<'s, 'a> {
    scene: &'s Scene<'a>,
    call: &'s Call,
    path: &'s str,
    from: Option<i32>,
    flags: Vec<&'s str>,
}

impl File<'_, '_> {
    fn start(&self) -> Option<Place> {
        let number = self.from?;
        let file = self.scene.reopen(number)?;
        let about = walk::about(self.scene, &file)?;
        let path = self.scene.proc.link(self.scene.pid, &format!("fd/{number}")).ok()?;
        Some(Place { file, path, about })
    }

    fn follow(&self, findings: &mut Findings, errno: Errno, last: Last) -> Option<Place> {
        paths::follow_from(findings, self.scene, errno, self.start(), self.path, last)
    }

    /// The directory that something is made in or taken from; the path's end need not be there.
    fn parent(&self, findings: &mut Findings, errno: Errno) -> Option<Place> {
        match parent(self.scene, self.start(), self.path) {
            Ok((place, _)) => {
                if errno == Errno::ENOTDIR && !place.about.is_directory() {
                    let kind = place.about.kind();
                    let cause = format!("{} is a {kind}, and nothing can be in it", place.path);
                    findings.ask("", Some(reason(cause, &[format!("{}: {kind}", place.path)], "")));
                }
                Some(place)
            }
            Err(mut stop) => {
                // The end of the path is what is to be made, so what is missing is on the way to it.
                if let walk::Stop::Missing { last, .. } = &mut stop {
                    *last = false;
                }
                if paths::errno(&stop) == errno {
                    findings.ask("", Some(paths::stopped(self.scene, &stop, self.path)));
                }
                None
            }
        }
    }

    fn what_is_there(&self) -> Option<Place> {
        walk_from(self.scene, self.start(), self.path, Last::Keep).ok()
    }

    fn chdir(&self, findings: &mut Findings, errno: Errno) {
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

    fn look(&self, findings: &mut Findings, errno: Errno) {
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

    fn open(&self, findings: &mut Findings, errno: Errno) {
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

    fn make(&self, findings: &mut Findings, errno: Errno) {
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

    fn remove(&self, findings: &mut Findings, errno: Errno) {
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

    fn chmod(&self, findings: &mut Findings, errno: Errno) {
        let Some(found) = self.follow(findings, errno, Last::Follow) else { return };
        match errno {
            Errno::EPERM => {
                let uid = found.about.uid;
                let owns = self.scene.status().is_some_and(|it| it.fuid == uid);
                let counts = self.scene.has("fowner") && walk::mapped(self.scene, "uid_map", uid);
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

    fn exists(&self) -> Option<Reason> {
        let there = self.what_is_there()?;
        let kind = there.about.kind();
        let cause = format!("there is a {kind} at {} already", self.path);
        Some(reason(cause, &[format!("{}: {kind}", there.path)], "another name, or remove it first"))
    }

    /// The permission bits do not allow it.
    fn denied(&self, found: &Place, wanted: u32, what: &str) -> Option<Reason> {
        let about = &found.about;
        (!may(self.scene, about, wanted)).then(|| {
            let cause = format!("the caller may not {what} {}", found.path);
            let mode = about.permissions();
            let seen = [
                format!("{}: mode {mode:04o}, of user {}, group {}", found.path, about.uid, about.gid),
                paths::who(self.scene),
            ];
            reason(cause, &seen, "other permission bits, another user, or CAP_DAC_OVERRIDE")
        })
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

fn removed(path: &str) -> Reason {
    reason(format!("the directory {path} has been removed"), &[format!("{path}: no links left")], "another directory")
}

/// A write into a file that is open.
fn write(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let Arg::Descriptor(path) = call.args.first()? else { return None };
    let mut findings = Findings::default();
    match errno {
        Errno::EINVAL | Errno::ERANGE | Errno::EPERM if path.contains("/sys/") => {
            let text = texts(call).first().copied().unwrap_or_default();
            let cause = format!("{path} is a setting of the kernel, and it does not take {text:?}");
            findings
                .ask("", Some(reason(cause, &[format!("written: {text:?}")], "a value of its own kind: see proc(5)")));
        }
        Errno::ENOSPC => {
            let file = call.args.first().and_then(|arg| scene.descriptor_of(arg)).and_then(|it| scene.reopen(it));
            let full =
                file.and_then(|file| nix::sys::statfs::fstatfs(&file).ok()).filter(|it| it.blocks_available() == 0);
            let full = full.map(|_| {
                let cause = format!("the file system that {path} is on is full");
                reason(
                    cause,
                    &["statfs: no block is free".to_owned()],
                    "remove something, or mount one with a larger size=",
                )
            });
            findings.ask("the file system is full", full);
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}

fn fchdir(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let argument = call.args.first()?;
    let mut findings = Findings::default();
    match errno {
        Errno::EBADF => {
            let cause = "the number is no open descriptor of the caller";
            findings.ask("", Some(reason(cause, &[format!("fd: {argument} is not open")], "open the directory first")));
        }
        Errno::ENOTDIR => {
            let cause = format!("the descriptor is open on {argument}, which is no directory");
            findings.ask("", Some(reason(cause, &[format!("fd: {argument}")], "open a directory")));
        }
        Errno::EACCES => {
            let about =
                scene.descriptor_of(argument).and_then(|it| scene.reopen(it)).and_then(|it| walk::about(scene, &it));
            let denied = about.filter(|about| !may(scene, about, 1)).map(|about| {
                let cause = format!("the caller may not search the directory {argument}");
                reason(cause, &[format!("mode {:04o}", about.permissions()), paths::who(scene)], "chmod a+x")
            });
            findings.ask("the caller may not search it", denied);
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}
