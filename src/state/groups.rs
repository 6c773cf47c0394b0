//! Taking control groups away that a lab made: whoever is in them is ended, then they are removed, children first.
//! A group outlives its processes and its maker (cgroups(7)), so this is done by the lab's keeper, and by `clean` where
//! the keeper was killed too. Only directories on a cgroup file system whose name is of Boxlab's own form are touched.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::io::{Error, ErrorKind};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What the names of all groups of labs begin with.
pub const PREFIX: &str = "boxlab-";

/// A killed process is gone in a moment; under emulation in a few more.
const LIMIT: Duration = Duration::from_secs(10);

/// Ends whoever is in these groups or below, and removes them. What is gone already is no error.
///
/// # Errors
/// As of the calls; EBUSY where a process would not end in time.
pub fn take_away(groups: &[PathBuf]) -> std::io::Result<()> {
    let deadline = Instant::now() + LIMIT;
    let ours: Vec<PathBuf> = groups.iter().filter(|path| is_ours(path)).flat_map(|path| with_children(path)).collect();
    // In version 1 a frozen process keeps its SIGKILL until it is thawed (kernel: cgroup-v1/freezer-subsystem).
    for group in &ours {
        if group.join("freezer.state").exists() {
            std::fs::write(group.join("freezer.state"), "THAWED").ok();
        }
    }
    for group in &ours {
        // Version 2 ends them at once, the frozen too (Linux 5.14).
        std::fs::write(group.join("cgroup.kill"), "1").ok();
        end_all(group, deadline)?;
    }
    ours.iter().try_for_each(|group| remove(group, deadline))
}

/// On a cgroup file system, and named by us.
fn is_ours(path: &Path) -> bool {
    const CGROUP1: u64 = 0x0027_e0eb;
    const CGROUP2: u64 = 0x6367_7270;
    let named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
    let kind = rustix::fs::statfs(path).map(|about| u64::try_from(about.f_type).unwrap_or(0));
    named && kind.is_ok_and(|kind| [CGROUP1, CGROUP2].contains(&kind))
}

/// The group and all below it, children first.
fn with_children(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(with_children(&entry.path()));
        }
    }
    found.push(path.to_owned());
    found
}

/// The processes of a group, by our numbers. One that has no number here shows as 0.
fn processes(group: &Path) -> Vec<Pid> {
    let text = std::fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    text.lines().filter_map(|line| Pid::from_raw(line.trim().parse().ok()?)).collect()
}

/// Kills and waits until nobody is left: one that forks meanwhile leaves children that the next round finds.
fn end_all(group: &Path, deadline: Instant) -> std::io::Result<()> {
    loop {
        let ending: Vec<OwnedFd> = processes(group)
            .into_iter()
            .filter_map(|pid| {
                let process = pidfd_open(pid, PidfdFlags::empty()).ok()?;
                // The number may have come to mean another process before it was opened.
                processes(group).contains(&pid).then_some(process)
            })
            .collect();
        if ending.is_empty() {
            return Ok(());
        }
        for process in &ending {
            pidfd_send_signal(process, Signal::KILL).ok();
        }
        for process in &ending {
            if !wait(process, PollFlags::IN, deadline) {
                return Err(Error::new(
                    ErrorKind::ResourceBusy,
                    format!("{}: a process does not end", group.display()),
                ));
            }
        }
    }
}

/// rmdir(2). A process counts as in its group for a moment after its end; version 2 tells of the end of that.
fn remove(group: &Path, deadline: Instant) -> std::io::Result<()> {
    loop {
        let events = std::fs::File::open(group.join("cgroup.events"));
        match std::fs::remove_dir(group) {
            Err(error) if error.kind() == ErrorKind::ResourceBusy && Instant::now() < deadline => {
                let soon = Instant::now() + Duration::from_millis(2);
                match events {
                    Ok(events) => drop(wait(&events, PollFlags::PRI, soon)),
                    // Nothing to wait for: only a moment is left to pass.
                    Err(_) => drop(poll(&mut [], Some(&timespec(Duration::from_millis(1))))),
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => return other.map_err(|error| Error::new(error.kind(), format!("{}: {error}", group.display()))),
        }
    }
}

/// Whether something comes in time.
fn wait(file: &impl std::os::fd::AsFd, what: PollFlags, deadline: Instant) -> bool {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match poll(&mut [PollFd::new(file, what)], Some(&timespec(left))) {
            Err(rustix::io::Errno::INTR) => {}
            ready => return ready.is_ok_and(|count| count > 0),
        }
    }
}

fn timespec(time: Duration) -> rustix::event::Timespec {
    rustix::event::Timespec { tv_sec: i64::try_from(time.as_secs()).unwrap_or(0), tv_nsec: time.subsec_nanos().into() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_directory_that_is_no_control_group_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("boxlab-1-0");
        std::fs::create_dir(&path).expect("a directory");
        super::take_away(std::slice::from_ref(&path)).expect("nothing to do");
        assert!(path.exists());
    }
}
