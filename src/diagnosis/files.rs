//! Why a call on a file failed: chdir(2), fchdir(2), openat(2), mkdir(2), symlink(2), unlink(2), rmdir(2), chmod(2).
//! Most causes lie in the path. What else can be wrong is in `files_opened` and `files_changed`; here is what they share.

use super::access::{mapped, may};
use super::findings::{Findings, reason};
use super::scene::{Scene, flags_at, texts};
use super::walk::{self, Last, Place, parent, walk_from};
use super::{ids, paths};
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

/// The call, and what it names.
pub(super) struct File<'s, 'a> {
    pub scene: &'s Scene<'a>,
    pub call: &'s Call,
    pub path: &'s str,
    from: Option<i32>,
    pub flags: Vec<&'s str>,
}

impl File<'_, '_> {
    pub(super) fn start(&self) -> Option<Place> {
        let number = self.from?;
        let file = self.scene.reopen(number)?;
        let about = walk::about(self.scene, &file)?;
        let path = self.scene.proc.link(self.scene.pid, &format!("fd/{number}")).ok()?;
        Some(Place { file, path, about })
    }

    pub(super) fn follow(&self, findings: &mut Findings, errno: Errno, last: Last) -> Option<Place> {
        paths::follow_from(findings, self.scene, errno, self.start(), self.path, last)
    }

    /// The directory that something is made in or taken from; the path's end need not be there.
    pub(super) fn parent(&self, findings: &mut Findings, errno: Errno) -> Option<Place> {
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

    pub(super) fn exists(&self) -> Option<Reason> {
        let there = self.what_is_there()?;
        let kind = there.about.kind();
        let cause = format!("there is a {kind} at {} already", self.path);
        Some(reason(cause, &[format!("{}: {kind}", there.path)], "another name, or remove it first"))
    }

    /// The permission bits do not allow it.
    pub(super) fn denied(&self, found: &Place, wanted: u32, what: &str) -> Option<Reason> {
        let about = &found.about;
        (!may(self.scene, about, wanted)).then(|| {
            let mut cause = format!("the caller may not {what} {}", found.path);
            let mut remedy = "other permission bits, another user, or CAP_DAC_OVERRIDE";
            let named = mapped(self.scene, "uid_map", about.uid) && mapped(self.scene, "gid_map", about.gid);
            if self.scene.has("dac_override") && !named {
                let why = "its owner has no id in the caller's user namespace, so CAP_DAC_OVERRIDE does not count";
                cause = format!("{cause}: {why}");
                remedy = "do it where the owner is mapped";
            }
            let mode = about.permissions();
            let seen = [
                format!("{}: mode {mode:04o}, of user {}, group {}", found.path, about.uid, about.gid),
                paths::who(self.scene),
            ];
            reason(cause, &seen, remedy)
        })
    }
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

/// The directory is open or worked in, and has no name any more.
pub(super) fn removed(path: &str) -> Reason {
    reason(format!("the directory {path} has been removed"), &[format!("{path}: no links left")], "another directory")
}
