//! What the lab host's first process sees of another process, in its own /proc (proc(5)).
//! /proc is held open as a directory since the start, so that nothing a lesson mounts over it can blind the witness.
//! The parsers of status and mountinfo are those of the procfs crate.

use super::powers::capabilities;
use crate::evidence::fact::MountPoint;
use crate::evidence::family::Family;
use crate::evidence::{Fact, Key, Value, View};
use crate::kernel::Namespace;
use crate::kernel::error::Errno;
use nix::fcntl::{OFlag, openat, readlinkat};
use nix::sys::stat::Mode;
use procfs::FromRead;
use procfs::process::{MountInfo, MountInfos, MountOptFields, Status};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

/// /proc, held open.
#[derive(Debug)]
pub struct Proc {
    directory: OwnedFd,
    /// The user namespace of the observer, as its link reads.
    own_user_namespace: Option<String>,
    /// Namespaces that were seen, held: the kernel gives the number of one that is freed to the next that is made, at
    /// some time, and what was seen under it would seem to be back.
    seen: RefCell<BTreeMap<(Namespace, u64), OwnedFd>>,
    /// The bounding set of the observer, which has all capabilities that this kernel has.
    all_capabilities: u64,
}

impl Proc {
    /// Opens /proc of the caller's root. Errors: as open(2); ENOENT where there is none.
    pub fn open() -> nix::Result<Proc> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let directory = nix::fcntl::open("/proc", flags, Mode::empty())?;
        let own = readlinkat(&directory, "self/ns/user").ok().map(|link| link.to_string_lossy().into_owned());
        let all_capabilities = super::powers::ALL;
        let mut proc = Proc { directory, own_user_namespace: own, all_capabilities, seen: RefCell::default() };
        let status = proc.open_path("self/status").ok().and_then(|file| Status::from_read(file).ok());
        proc.all_capabilities = status.and_then(|it| it.capbnd).unwrap_or(super::powers::ALL);
        Ok(proc)
    }

    /// Opens a file below /proc for reading.
    pub fn open_path(&self, path: &str) -> nix::Result<File> {
        openat(&self.directory, path, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty()).map(File::from)
    }

    /// Opens a path below /proc with these flags. The links that proc(5) has for namespaces, roots and descriptors lead
    /// to the thing itself.
    pub fn open_with(&self, path: &str, flags: OFlag) -> nix::Result<OwnedFd> {
        openat(&self.directory, path, flags | OFlag::O_CLOEXEC, Mode::empty())
    }

    /// Opens `PID/NAME` for reading.
    pub fn file(&self, pid: i32, name: &str) -> nix::Result<File> {
        self.open_path(&format!("{pid}/{name}"))
    }

    /// The text behind `PID/NAME` where that is a link.
    pub fn link(&self, pid: i32, name: &str) -> nix::Result<String> {
        let text = readlinkat(&self.directory, format!("{pid}/{name}").as_str())?;
        Ok(text.to_string_lossy().into_owned())
    }

    /// Device and inode of what a process' descriptor is open on.
    pub fn identity(&self, pid: i32, descriptor: i32) -> Option<(u64, u64)> {
        let path = format!("{pid}/fd/{descriptor}");
        let about = nix::sys::stat::fstatat(&self.directory, path.as_str(), nix::fcntl::AtFlags::empty()).ok()?;
        Some((about.st_dev, about.st_ino))
    }

    /// status(5) of a process; ESRCH if there is none.
    pub fn status(&self, pid: i32) -> nix::Result<Status> {
        let file = self.file(pid, "status").map_err(|_| nix::errno::Errno::ESRCH)?;
        Status::from_read(file).map_err(|_| nix::errno::Errno::ESRCH)
    }

    /// The mount table as the process sees it.
    pub fn mounts(&self, pid: i32) -> nix::Result<Vec<MountInfo>> {
        let mut text = Vec::with_capacity(4096);
        self.file(pid, "mountinfo")?.read_to_end(&mut text).map_err(|error| Errno::from_io(&error))?;
        MountInfos::from_read(text.as_slice()).map(|table| table.0).map_err(|_| nix::errno::Errno::EIO)
    }

    /// Whether a process lives, and the PID namespaces of itself and of its children.
    pub fn life(&self, subject: &str, pid: i32) -> Vec<Fact> {
        let state = match self.status(pid) {
            Err(_) => "ended",
            Ok(status) if status.state.starts_with('Z') => "zombie",
            Ok(_) => "running",
        };
        let mut facts = vec![(Key::State, Value::Text(state.to_owned()))];
        if state == "running" {
            facts.push((Key::Ns(Namespace::Pid), self.namespace(pid, "pid")));
            facts.push((Key::NsPidForChildren, self.namespace(pid, "pid_for_children")));
        }
        let fact = |(key, value)| Fact { subject: subject.to_owned(), view: View::Outside, key, value };
        facts.into_iter().map(fact).collect()
    }

    /// Every fact that is read from here about a process: those of always, and those of the families.
    pub fn facts(&self, subject: &str, pid: i32, families: &[Family]) -> Vec<Fact> {
        let mut facts = Vec::with_capacity(48);
        let mut add = |key: Key, value: Value| {
            facts.push(Fact { subject: subject.to_owned(), view: View::Outside, key, value });
        };
        let Ok(status) = self.status(pid) else {
            add(Key::State, Value::Text("ended".to_owned()));
            return facts;
        };
        add(Key::Pid, Value::Number(i64::from(pid)));
        add(Key::Ppid, Value::Number(i64::from(status.ppid)));
        let pids = status.nspid.clone().unwrap_or_default();
        add(Key::Nspid, Value::List(pids.iter().map(ToString::to_string).collect()));
        if status.state.starts_with('Z') {
            add(Key::State, Value::Text("zombie".to_owned()));
            return facts;
        }
        add(Key::State, Value::Text("running".to_owned()));
        add(Key::Uid, Value::Number(i64::from(status.euid)));
        add(Key::Gid, Value::Number(i64::from(status.egid)));
        for kind in Namespace::ALL {
            add(Key::Ns(kind), self.namespace(pid, kind.file()));
        }
        add(Key::NsPidForChildren, self.namespace(pid, "pid_for_children"));
        add(Key::Root, text(self.link(pid, "root")));
        add(Key::Cwd, text(self.link(pid, "cwd")));
        add(Key::CapEffective, capabilities(status.capeff, self.all_capabilities));
        add(Key::CapPermitted, capabilities(status.capprm, self.all_capabilities));
        if families.contains(&Family::Powers) {
            let filters = super::powers::filters(self.file(pid, "status"));
            for (key, value) in super::powers::facts(&status, self.all_capabilities, filters) {
                add(key, value);
            }
        }
        for (key, value) in super::small::outside(self, pid, families) {
            add(key, value);
        }
        if families.contains(&Family::Signals) {
            for (key, value) in super::signals::facts(&status) {
                add(key, value);
            }
        }
        add(Key::UidMap, self.map(pid, "uid_map"));
        add(Key::GidMap, self.map(pid, "gid_map"));
        if families.contains(&Family::Ids) {
            add(Key::Setgroups, self.word(pid, "setgroups"));
        }
        if let Ok(mounts) = self.mounts(pid) {
            if families.contains(&Family::Hidden) {
                for (key, value) in super::hidden::facts(&mounts) {
                    add(key, value);
                }
            }
            for (key, value) in mount_facts(&mounts) {
                add(key, value);
            }
        }
        facts
    }

    /// The numbers of all processes that there are.
    pub fn pids(&self) -> Vec<i32> {
        let Ok(directory) =
            nix::dir::Dir::openat(&self.directory, ".", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())
        else {
            return Vec::new();
        };
        let entries = directory.into_iter().flatten();
        entries.filter_map(|entry| entry.file_name().to_str().ok()?.parse().ok()).collect()
    }

    /// A link of the reader's own.
    pub fn own_link(&self, name: &str) -> Option<String> {
        let text = readlinkat(&self.directory, format!("self/{name}").as_str()).ok()?;
        Some(text.to_string_lossy().into_owned())
    }

    pub(super) fn namespace(&self, pid: i32, name: &str) -> Value {
        match self.link(pid, &format!("ns/{name}")) {
            Ok(link) => match super::namespaces::parse(&link) {
                Some((kind, inode)) => {
                    self.hold(kind, inode, pid, name);
                    Value::Namespace(kind, inode)
                }
                None => Value::Text(link),
            },
            // Between unshare(CLONE_NEWPID) and the first fork the link is there and leads nowhere: pid_namespaces(7).
            Err(nix::errno::Errno::ENOENT) => Value::Text("not yet: no child so far".to_owned()),
            Err(errno) => Value::Unreadable(Errno(errno)),
        }
    }

    /// Not a mount or network namespace: what is mounted or connected there has to go with it.
    fn hold(&self, kind: Namespace, inode: u64, pid: i32, name: &str) {
        let quiet = !matches!(kind, Namespace::Mount | Namespace::Net);
        if quiet
            && let Entry::Vacant(place) = self.seen.borrow_mut().entry((kind, inode))
            && let Ok(file) = self.open_with(&format!("{pid}/ns/{name}"), OFlag::O_RDONLY)
        {
            place.insert(file);
        }
    }

    /// A file of the process that holds one word.
    fn word(&self, pid: i32, name: &str) -> Value {
        let mut word = String::new();
        match self.file(pid, name).map(|file| file.take(64).read_to_string(&mut word)) {
            Ok(_) => Value::Text(word.trim_end().to_owned()),
            Err(errno) => Value::Unreadable(Errno(errno)),
        }
    }

    fn map(&self, pid: i32, name: &str) -> Value {
        let mut map = String::new();
        let read = self.file(pid, name).map(|mut file| file.read_to_string(&mut map));
        // In the lab host's own user namespace the outer ids are the learner's; in a nested one they are the lab host's.
        let own = self.link(pid, "ns/user").is_ok_and(|link| self.own_user_namespace.as_ref() == Some(&link));
        match read {
            Ok(_) => Value::IdMap {
                lines: map.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect(),
                of_learner: own,
            },
            Err(errno) => Value::Unreadable(Errno(errno)),
        }
    }
}

fn text(link: nix::Result<String>) -> Value {
    link.map_or_else(|errno| Value::Unreadable(Errno(errno)), Value::Text)
}

/// Flags that say nothing here: they are defaults of the kernel and differ by version.
const DULL: [&str; 4] = ["relatime", "noatime", "nodiratime", "strictatime"];

/// One fact a mount point. Where several lie on each other, the later ones are `PATH#2`, `PATH#3`.
pub fn mount_facts(mounts: &[MountInfo]) -> Vec<(Key, Value)> {
    let mut count: BTreeMap<String, u32> = BTreeMap::new();
    let rows = mounts.iter().map(|mount| {
        let path = mount.mount_point.to_string_lossy().into_owned();
        let nth = count.entry(path.clone()).or_default();
        *nth += 1;
        let key = if *nth == 1 { path } else { format!("{path}#{nth}") };
        (Key::Mount(key), Value::Mount(mount_point(mount)))
    });
    rows.collect()
}

fn mount_point(mount: &MountInfo) -> MountPoint {
    let mut flags: Vec<String> =
        mount.mount_options.keys().filter(|it| !DULL.contains(&it.as_str())).cloned().collect();
    // rw or ro first, then by name: the map has no order.
    flags.sort_by_key(|flag| (flag != "rw" && flag != "ro", flag.clone()));
    let mut propagation: Vec<String> = mount
        .opt_fields
        .iter()
        .map(|field| match field {
            MountOptFields::Shared(group) => format!("shared:{group}"),
            MountOptFields::Master(group) => format!("master:{group}"),
            MountOptFields::PropagateFrom(group) => format!("propagate_from:{group}"),
            MountOptFields::Unbindable => "unbindable".to_owned(),
        })
        .collect();
    if propagation.is_empty() {
        propagation.push("private".to_owned());
    }
    MountPoint {
        id: u64::try_from(mount.mnt_id).unwrap_or(0),
        parent: u64::try_from(mount.pid).unwrap_or(0),
        device: mount.majmin.clone(),
        root: mount.root.clone(),
        kind: mount.fs_type.clone(),
        source: mount.mount_source.clone().unwrap_or_default(),
        flags,
        propagation,
    }
}
