//! The scene of a failure: the facts about the process whose call has failed, each read from /proc when it is first
//! asked for, and kept. The process is stopped, so they are those that the kernel decided by.
//! Manual: proc(5), namespaces(7), mount_namespaces(7). It changes nothing.

use crate::evidence::record::{Arg, Call};
use crate::kernel::Namespace;
use crate::kernel::capabilities::NAMES;
use crate::probe::namespaces;
use crate::probe::outside::Proc;
use nix::fcntl::OFlag;
use procfs::process::{MountInfo, MountOptFields, Status};
use std::cell::OnceCell;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

/// The process, and what is known of it.
pub struct Scene<'a> {
    pub proc: &'a Proc,
    pub pid: i32,
    status: OnceCell<Option<Status>>,
    mounts: OnceCell<Vec<MountInfo>>,
    root: OnceCell<String>,
    processes: OnceCell<Vec<i32>>,
}

impl<'a> Scene<'a> {
    pub fn new(proc: &'a Proc, pid: i32) -> Scene<'a> {
        Scene {
            proc,
            pid,
            status: OnceCell::new(),
            mounts: OnceCell::new(),
            root: OnceCell::new(),
            processes: OnceCell::new(),
        }
    }

    /// The same questions about another process.
    pub fn of(&self, pid: i32) -> Scene<'a> {
        Scene::new(self.proc, pid)
    }

    pub fn status(&self) -> Option<&Status> {
        self.status.get_or_init(|| self.proc.status(self.pid).ok()).as_ref()
    }

    /// Whether a capability is in the effective set, by its name in lower case without CAP_.
    pub fn has(&self, capability: &str) -> bool {
        let bit = NAMES.iter().position(|name| *name == capability);
        bit.zip(self.status()).is_some_and(|(bit, status)| status.capeff & (1 << bit) != 0)
    }

    /// Whether it is permitted, so that it could be raised.
    pub fn may_raise(&self, capability: &str) -> bool {
        let bit = NAMES.iter().position(|name| *name == capability);
        bit.zip(self.status()).is_some_and(|(bit, status)| status.capprm & (1 << bit) != 0)
    }

    /// The mount table, with the paths as the process sees them.
    pub fn mounts(&self) -> &[MountInfo] {
        self.mounts.get_or_init(|| self.proc.mounts(self.pid).unwrap_or_default())
    }

    /// The row of a mount, by its number.
    pub fn row(&self, mount: u64) -> Option<&MountInfo> {
        self.mounts().iter().find(|row| u64::try_from(row.mnt_id) == Ok(mount))
    }

    /// The row of the mount that a mount is on; none where the process cannot see it.
    pub fn parent_row(&self, row: &MountInfo) -> Option<&MountInfo> {
        self.mounts().iter().find(|other| other.mnt_id == row.pid && other.mnt_id != row.mnt_id)
    }

    /// The root directory as a path in its mount namespace: `/` unless chroot(2) moved it.
    pub fn root(&self) -> &str {
        self.root.get_or_init(|| self.proc.link(self.pid, "root").unwrap_or_else(|_| "/".to_owned()))
    }

    pub fn chrooted(&self) -> bool {
        self.root() != "/"
    }

    /// All processes of the lab, by number.
    pub fn processes(&self) -> &[i32] {
        self.processes.get_or_init(|| {
            let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
            let mut pids = Vec::new();
            if let Some(directory) = self.proc.open_with(".", flags).ok().and_then(|it| nix::dir::Dir::from_fd(it).ok())
            {
                let names = directory.into_iter().flatten();
                pids.extend(names.filter_map(|it| it.file_name().to_str().ok()?.parse::<i32>().ok()));
            }
            pids.sort_unstable();
            pids
        })
    }

    /// A namespace of the process, open. The name is that under /proc/PID/ns.
    pub fn namespace(&self, name: &str) -> Option<File> {
        self.proc.file(self.pid, &format!("ns/{name}")).ok()
    }

    pub fn namespace_inode(&self, name: &str) -> Option<u64> {
        let link = self.proc.link(self.pid, &format!("ns/{name}")).ok()?;
        namespaces::parse(&link).map(|(_, inode)| inode)
    }

    /// Whether another process is in the same namespace.
    pub fn shares(&self, other: i32, kind: Namespace) -> bool {
        let own = self.namespace_inode(kind.file());
        own.is_some() && own == self.of(other).namespace_inode(kind.file())
    }

    /// A small file of /proc, as text. `path` is below /proc.
    pub fn text(&self, path: &str) -> Option<String> {
        let mut text = String::new();
        self.proc.open_path(path).ok()?.take(64 * 1024).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// A small file of the process' own directory in /proc.
    pub fn own_text(&self, name: &str) -> Option<String> {
        self.text(&format!("{}/{name}", self.pid))
    }

    /// A number that a sysctl holds, as the lab host's first process reads it.
    pub fn sysctl(&self, name: &str) -> Option<i64> {
        self.text(&format!("sys/{name}"))?.trim().parse().ok()
    }

    /// The numbers of the process' open descriptors.
    pub fn descriptors(&self) -> Vec<i32> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let opened = self.proc.open_with(&format!("{}/fd", self.pid), flags);
        let Some(directory) = opened.ok().and_then(|it| nix::dir::Dir::from_fd(it).ok()) else { return Vec::new() };
        directory.into_iter().flatten().filter_map(|it| it.file_name().to_str().ok()?.parse().ok()).collect()
    }

    /// The number of a descriptor that is open on what a call's argument names.
    pub fn descriptor_of(&self, argument: &Arg) -> Option<i32> {
        let wanted = |link: &str| match argument {
            Arg::Descriptor(text) => link == text || (text == "pidfd" && link.contains("pidfd")),
            Arg::NamespaceFile(kind, inode) => namespaces::parse(link) == Some((*kind, *inode)),
            _ => false,
        };
        self.descriptors()
            .into_iter()
            .find(|number| self.proc.link(self.pid, &format!("fd/{number}")).is_ok_and(|link| wanted(&link)))
    }

    /// The same file as a descriptor of the process is open on, without the right to read it.
    pub fn reopen(&self, number: i32) -> Option<OwnedFd> {
        self.proc.open_with(&format!("{}/fd/{number}", self.pid), OFlag::O_PATH | OFlag::O_CLOEXEC).ok()
    }
}

/// Whether a row is shared: its mount events reach peers.
pub fn is_shared(row: &MountInfo) -> bool {
    row.opt_fields.iter().any(|field| matches!(field, MountOptFields::Shared(_)))
}

/// Where a row is mounted, as the process sees it.
pub fn place(row: &MountInfo) -> String {
    row.mount_point.to_string_lossy().into_owned()
}

/// `/srv tmpfs ro shared`: a row without numbers. Of a bind of a part its type is left out, which may be that of the
/// learner's own disk.
pub fn describe(row: &MountInfo) -> String {
    let mut words = vec![place(row)];
    words.push(if row.root == "/" { row.fs_type.clone() } else { "(bind)".to_owned() });
    words.push(if row.mount_options.contains_key("ro") { "ro" } else { "rw" }.to_owned());
    words.extend(
        row.opt_fields
            .iter()
            .map(|field| match field {
                MountOptFields::Shared(_) => "shared",
                MountOptFields::Master(_) => "slave",
                MountOptFields::PropagateFrom(_) => "propagate_from",
                MountOptFields::Unbindable => "unbindable",
            })
            .map(str::to_owned),
    );
    if row.opt_fields.is_empty() {
        words.push("private".to_owned());
    }
    words.join(" ")
}

/// The text arguments of a call, in order.
pub fn texts(call: &Call) -> Vec<&str> {
    let text = |arg: &'_ Arg| matches!(arg, Arg::Text(_));
    call.args.iter().filter(|arg| text(arg)).filter_map(as_text).collect()
}

/// An argument that is text.
pub fn as_text(arg: &Arg) -> Option<&str> {
    match arg {
        Arg::Text(text) => Some(text),
        _ => None,
    }
}

/// The argument at a place, if it is text.
pub fn text_at(call: &Call, at: usize) -> Option<&str> {
    call.args.get(at).and_then(as_text)
}

/// The flags of a call, one by one.
pub fn flags_at(call: &Call, at: usize) -> Vec<&str> {
    match call.args.get(at) {
        Some(Arg::Flags(flags)) => flags.split(" | ").filter(|flag| *flag != "0").collect(),
        _ => Vec::new(),
    }
}
