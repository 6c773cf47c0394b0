//! Namespaces: what a process sees of the system, one kind at a time.
//! `unshare(2)` gives the caller a fresh one, `setns(2)` puts it into one that exists, and every child inherits.
//! A PID namespace is for the children to come: a process keeps its PID for life (pid_namespaces(7)).
//! The kernel counts a namespace's users and frees it with the last; a file descriptor or a bind mount of
//! `/proc/PID/ns/KIND` counts as one (namespaces(7)). This file acts; what changed is read by `probe`.

use super::error::{Errno, Failed};
use nix::sched::CloneFlags;
use serde::{Deserialize, Serialize};
use std::os::fd::AsFd;

/// One kind of namespace, named as `lsns` and `/proc/PID/ns` name it (but `mount` for `mnt`, as in unshare(1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Namespace {
    Cgroup,
    Ipc,
    Mount,
    Net,
    Pid,
    Time,
    User,
    Uts,
}

impl Namespace {
    pub const ALL: [Namespace; 8] = [
        Namespace::Cgroup,
        Namespace::Ipc,
        Namespace::Mount,
        Namespace::Net,
        Namespace::Pid,
        Namespace::Time,
        Namespace::User,
        Namespace::Uts,
    ];

    /// The `CLONE_NEW…` flag, as unshare(2), setns(2) and clone(2) take it.
    pub fn flag(self) -> CloneFlags {
        match self {
            Namespace::Cgroup => CloneFlags::CLONE_NEWCGROUP,
            Namespace::Ipc => CloneFlags::CLONE_NEWIPC,
            Namespace::Mount => CloneFlags::CLONE_NEWNS,
            Namespace::Net => CloneFlags::CLONE_NEWNET,
            Namespace::Pid => CloneFlags::CLONE_NEWPID,
            // Newer than nix's list. The bits are those of <linux/sched.h>.
            Namespace::Time => CloneFlags::from_bits_retain(libc::CLONE_NEWTIME),
            Namespace::User => CloneFlags::CLONE_NEWUSER,
            Namespace::Uts => CloneFlags::CLONE_NEWUTS,
        }
    }

    /// Its name under `/proc/PID/ns`.
    pub fn file(self) -> &'static str {
        match self {
            Namespace::Cgroup => "cgroup",
            Namespace::Ipc => "ipc",
            Namespace::Mount => "mnt",
            Namespace::Net => "net",
            Namespace::Pid => "pid",
            Namespace::Time => "time",
            Namespace::User => "user",
            Namespace::Uts => "uts",
        }
    }

    /// The option of unshare(1) and nsenter(1).
    pub fn option(self) -> &'static str {
        match self {
            Namespace::Cgroup => "--cgroup",
            Namespace::Ipc => "--ipc",
            Namespace::Mount => "--mount",
            Namespace::Net => "--net",
            Namespace::Pid => "--pid",
            Namespace::Time => "--time",
            Namespace::User => "--user",
            Namespace::Uts => "--uts",
        }
    }
}

fn flags(kinds: &[Namespace]) -> CloneFlags {
    kinds.iter().fold(CloneFlags::empty(), |all, kind| all | kind.flag())
}

// ANCHOR: unshare
/// Gives the calling process fresh namespaces of these kinds: unshare(2).
/// Those for mounts and names start as copies, those for PIDs, IPC and the network empty. A new PID namespace is for its
/// children.
pub fn unshare(kinds: &[Namespace]) -> Result<(), Failed> {
    nix::sched::unshare(flags(kinds)).map_err(|errno| Failed::new("unshare", errno))
}
// ANCHOR_END: unshare

// ANCHOR: setns
/// Moves the calling process into a namespace that exists: setns(2).
/// `file` is an open `/proc/PID/ns/KIND`, a bind mount of one, or a pidfd; `kinds` says what is expected behind it.
pub fn setns(file: impl AsFd, kinds: &[Namespace]) -> Result<(), Failed> {
    nix::sched::setns(file, flags(kinds)).map_err(|errno| Failed::new("setns", errno))
}
// ANCHOR_END: setns

/// What a namespace can be entered by, from setns(2): an error here names the file that was tried.
pub fn open(path: &str) -> Result<std::fs::File, Failed> {
    std::fs::File::open(path).map_err(|error| Failed::new("openat", Errno::from_io(&error)).on(path))
}
