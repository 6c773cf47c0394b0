//! The eight kinds of namespace, as `unshare`, `nsenter` and `lsns` name them. Manual: namespaces(7).

use nix::sched::CloneFlags;

pub struct Kind {
    /// The name under /proc/PID/ns.
    pub file: &'static str,
    pub flag: CloneFlags,
}

/// In the order in which they must be entered: the user namespace first, because it gives the rights for the others.
pub const KINDS: [Kind; 8] = [
    Kind { file: "user", flag: CloneFlags::CLONE_NEWUSER },
    Kind { file: "cgroup", flag: CloneFlags::CLONE_NEWCGROUP },
    Kind { file: "ipc", flag: CloneFlags::CLONE_NEWIPC },
    Kind { file: "uts", flag: CloneFlags::CLONE_NEWUTS },
    Kind { file: "net", flag: CloneFlags::CLONE_NEWNET },
    Kind { file: "pid", flag: CloneFlags::CLONE_NEWPID },
    Kind { file: "mnt", flag: CloneFlags::CLONE_NEWNS },
    Kind { file: "time", flag: TIME },
];

/// CLONE_NEWTIME, which the nix crate does not name.
pub const TIME: CloneFlags = CloneFlags::from_bits_retain(0x80);
