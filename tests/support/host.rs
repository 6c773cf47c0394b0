//! The machine, as it must be again after every run: mounts, links, control groups, and no process of a lab.
//! Processes are found by a mark in their environment, which every fork inherits; never by their name.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::collections::BTreeSet;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Nothing of a lab may live longer than this after its controller's end. It is a bound for a broken program, not a
/// claim about speed: the wait ends with the process.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mark in the environment of a run, unlike any other's.
#[derive(Clone, Debug)]
pub struct Mark(String);

impl Mark {
    pub const NAME: &'static str = "BOXLAB_TEST_MARK";

    pub fn new() -> Mark {
        Mark(format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// The processes that carry it: PID and name.
    pub fn processes(&self) -> Vec<(i32, String)> {
        let entry = format!("{}={}", Mark::NAME, self.0).into_bytes();
        let mut found = Vec::new();
        for directory in std::fs::read_dir("/proc").expect("/proc").flatten() {
            let Some(pid) = directory.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
            let environment = std::fs::read(directory.path().join("environ")).unwrap_or_default();
            if environment.split(|byte| *byte == 0).any(|it| it == entry) {
                let name = std::fs::read_to_string(directory.path().join("comm")).unwrap_or_default();
                found.push((pid, name.trim_end().to_owned()));
            }
        }
        found.sort_unstable();
        found
    }

    /// Waits for the end of all of them.
    #[track_caller]
    pub fn assert_nothing_left(&self) {
        for (pid, name) in self.processes() {
            let Some(process) = pidfd(pid) else { continue };
            let mut waits = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
            let limit = PollTimeout::try_from(PATIENCE).expect("a short time");
            let ended = poll(&mut waits, limit).expect("poll");
            assert_ne!(ended, 0, "process {pid} ({name}) of the lab is still there");
        }
        let left = self.processes();
        assert!(left.is_empty(), "processes of the lab are still there: {left:?}");
    }
}

/// A descriptor for a process; none if it has ended.
fn pidfd(pid: i32) -> Option<OwnedFd> {
    // SAFETY: the call takes two numbers and gives a new descriptor.
    let number = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    // SAFETY: the kernel has just given it to us.
    (number >= 0).then(|| unsafe { OwnedFd::from_raw_fd(number as i32) })
}

/// What must be the same before and after.
#[derive(Debug, PartialEq, Eq)]
pub struct Fingerprint {
    mounts: BTreeSet<String>,
    links: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Fingerprint {
    pub fn take() -> Fingerprint {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let names = |path: &str| {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        };
        let mut groups = BTreeSet::new();
        directories(Path::new("/sys/fs/cgroup"), 3, &mut groups);
        // Other programs of the machine make and remove their own meanwhile, and so does a Boxlab that somebody else runs:
        // its groups have its number, and it is alive.
        let lives = |pid| Path::new(&format!("/proc/{pid}")).exists();
        groups.retain(|path| path.contains("boxlab") && !owner(path).is_some_and(lives));
        Fingerprint { mounts: mounts.lines().map(str::to_owned).collect(), links: names("/sys/class/net"), groups }
    }
}

/// The process that made a group of Boxlab's: `boxlab-PID-NUMBER`.
fn owner(group: &str) -> Option<u32> {
    group.split('/').find_map(|name| name.strip_prefix("boxlab-")?.split('-').next()?.parse().ok())
}

/// Whether a group is one of a Boxlab that lives, and that no test has started.
pub fn is_foreign(group: &str) -> bool {
    let environment = owner(group).and_then(|pid| std::fs::read(format!("/proc/{pid}/environ")).ok());
    let marked = |bytes: &[u8]| bytes.split(|byte| *byte == 0).any(|it| it.starts_with(Mark::NAME.as_bytes()));
    environment.is_some_and(|bytes| !marked(&bytes))
}

fn directories(path: &Path, depth: u32, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        if depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.insert(entry.path().display().to_string());
            directories(&entry.path(), depth - 1, found);
        }
    }
}

/// All files below a folder, by path.
pub fn files(path: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(files(&entry.path()));
        } else {
            found.insert(entry.path().display().to_string());
        }
    }
    found
}
