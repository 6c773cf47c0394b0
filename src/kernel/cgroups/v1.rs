//! Version 1 of control groups: each controller has a tree of its own, and some files other names and other units.
//! What has no like here is looked for under its name of version 2, and the kernel says that there is none.

use super::form::GroupSet;
use super::{directory, too_long, trees, write};
use crate::kernel::error::Failed;
use crate::kernel::process::pidfd;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill as send};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How long a group may take to freeze, or its processes to end.
const LIMIT: Duration = Duration::from_secs(5);

/// Path and text of each setting. A quota and its period are two files here.
pub fn settings(it: &GroupSet) -> Result<Vec<(String, String)>, Failed> {
    let mut settings = Vec::new();
    for (file, text) in it.files() {
        // `memory.max` belongs to the tree of `memory`.
        let controller = if file == "cgroup.freeze" { "freezer" } else { file.split('.').next().unwrap_or(file) };
        let mut add = |file: &str, text: String| {
            settings.push((format!("{}/{file}", directory(controller, &it.group)), text));
        };
        match file {
            "memory.max" => add("memory.limit_in_bytes", if text == "max" { "-1" } else { text }.to_owned()),
            "memory.swap.max" => add("memory.swappiness", swappiness(it, text)?),
            "cpu.max" => {
                let (quota, period) = text.split_once(' ').unwrap_or((text, "100000"));
                add("cpu.cfs_period_us", period.to_owned());
                add("cpu.cfs_quota_us", if quota == "max" { "-1" } else { quota }.to_owned());
            }
            "cpu.weight" => add("cpu.shares", shares(text)),
            "cgroup.freeze" => add("freezer.state", if text == "1" { "FROZEN" } else { "THAWED" }.to_owned()),
            same => add(same, text.to_owned()),
        }
    }
    Ok(settings)
}

/// Version 1 has a limit only for memory and swap together, and not on every kernel. That a group swaps nothing at all is
/// its swappiness 0, on every one.
fn swappiness(it: &GroupSet, swap: &str) -> Result<String, Failed> {
    match swap {
        "0" => Ok("0".to_owned()),
        "max" => Ok("60".to_owned()),
        _ => Err(Failed::new("openat", Errno::ENOENT).on(directory("memory", &it.group) + "/memory.swap.max")),
    }
}

/// The kernel's own scale: the usual weight 100 is 1024 shares.
fn shares(weight: &str) -> String {
    weight.parse::<u64>().map_or_else(|_| weight.to_owned(), |weight| (weight * 1024 / 100).to_string())
}

/// `freezer.state` says FREEZING until all are; it is worked out when it is read, and nothing tells of a change.
pub fn until_frozen(group: &str, frozen: bool) -> Result<(), Failed> {
    let path = directory("freezer", group) + "/freezer.state";
    let failed = |error: &std::io::Error, call: &str| Failed::io(call, error, path.clone());
    let mut file = File::open(&path).map_err(|error| failed(&error, "openat"))?;
    let since = Instant::now();
    loop {
        let mut state = String::new();
        file.rewind().and_then(|()| file.read_to_string(&mut state)).map_err(|error| failed(&error, "read"))?;
        if (state.trim() == "FROZEN") == frozen && state.trim() != "FREEZING" {
            return Ok(());
        }
        if since.elapsed() > LIMIT {
            return Err(too_long(&path));
        }
        moment();
    }
}

/// Lets others go on: a wait of one millisecond for nothing.
fn moment() {
    poll(&mut [], 1u8).ok();
}

/// SIGKILL for each process of the group, again until none is left, since one may fork meanwhile; then they are thawed,
/// for a frozen process keeps its signal until then. So do container runtimes.
pub fn kill(group: &str) -> Result<(), Failed> {
    let first = trees()?.into_iter().next().unwrap_or_default();
    let path = directory(&first, group) + "/cgroup.procs";
    let since = Instant::now();
    loop {
        let text = std::fs::read_to_string(&path).map_err(|error| Failed::io("openat", &error, path.clone()))?;
        let pids: Vec<i32> = text.lines().filter_map(|line| line.trim().parse().ok()).filter(|pid| *pid > 0).collect();
        if pids.is_empty() {
            return Ok(());
        }
        let mut ending = Vec::new();
        for pid in pids {
            // One that has ended meanwhile is what is wanted.
            ending.extend(pidfd(pid).ok());
            match send(Pid::from_raw(pid), Signal::SIGKILL) {
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(errno) => return Err(Failed::new("kill", errno).on(pid.to_string())),
            }
        }
        write(&(directory("freezer", group) + "/freezer.state"), "THAWED")?;
        for process in &ending {
            let left = PollTimeout::try_from(LIMIT.saturating_sub(since.elapsed())).unwrap_or(PollTimeout::ZERO);
            if let Ok(0) = poll(&mut [PollFd::new(process.as_fd(), PollFlags::POLLIN)], left) {
                return Err(too_long(&path));
            }
        }
    }
}
