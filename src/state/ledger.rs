//! The ledger: what exists outside of a lab because of it, entered before it is made and struck out after it is gone.
//! One file an entry, so that two labs never write the same one. There are two kinds. Running labs, by the PID of the
//! process that holds one; a lab dies with its controller, so an entry whose process is alive though its controller is
//! not tells of a machine that did not keep that promise, and `clean` ends it. And control groups, by their paths: they
//! outlive everybody, so `clean` removes those whose controller is gone.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A process, named so that another one with the same PID is not mistaken for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub pid: i32,
    /// Field 22 of proc_pid_stat(5): when it started, in ticks since boot.
    pub started: u64,
    /// /proc/sys/kernel/random/boot_id.
    pub boot: String,
}

impl Process {
    /// The process as it is now; none if there is none, or no /proc.
    pub fn of(pid: i32) -> Option<Process> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in brackets, may hold anything; the fields that count follow its last bracket.
        let started = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned();
        Some(Process { pid, started, boot })
    }

    pub fn lives(&self) -> bool {
        Process::of(self.pid).as_ref() == Some(self)
    }
}

/// What is entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub controller: Process,
    /// The process that holds the lab; its end is the lab's.
    pub lab: Process,
}

/// Control groups that are entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsEntry {
    pub controller: Process,
    pub groups: Vec<PathBuf>,
}

/// What the files of such entries begin with.
const GROUPS: &str = "groups-";

fn directory() -> Option<PathBuf> {
    super::directory().map(|directory| directory.join("ledger"))
}

/// An entry that is struck out when it is dropped.
#[derive(Debug)]
pub struct Entered(Option<PathBuf>);

impl Entered {
    /// The file, for another process that is to strike it out; this one does no more.
    pub fn hand_over(mut self) -> Option<PathBuf> {
        self.0.take()
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            std::fs::remove_file(path).ok();
        }
    }
}

/// Enters a lab. Where the state directory cannot be written to, nothing is entered: the lab ends with its controller
/// all the same.
pub fn enter(lab: i32) -> Entered {
    let entry = (|| {
        let entry = Entry { controller: Process::of(std::process::id().cast_signed())?, lab: Process::of(lab)? };
        let directory = directory()?;
        std::fs::create_dir_all(&directory).ok()?;
        let path = directory.join(format!("lab-{lab}.json"));
        let written = std::fs::write(&path, serde_json::to_string(&entry).ok()?);
        if written.is_err() {
            // On a full disk an empty file would be left.
            std::fs::remove_file(&path).ok();
        }
        written.ok().map(|()| path)
    })();
    Entered(entry)
}

/// Enters control groups that are about to be made. They would outlive everybody, so none is made without an entry.
/// `name` is theirs.
///
/// # Errors
/// As of the calls on the file; ENOENT where there is no state directory.
pub fn enter_groups(name: &str, groups: &[PathBuf]) -> std::io::Result<Entered> {
    let none = || std::io::Error::from_raw_os_error(libc::ENOENT);
    let controller = Process::of(std::process::id().cast_signed()).ok_or_else(none)?;
    let directory = directory().ok_or_else(none)?;
    std::fs::create_dir_all(&directory)?;
    let path = directory.join(format!("{GROUPS}{name}.json"));
    let text = serde_json::to_string(&GroupsEntry { controller, groups: groups.to_vec() })?;
    match std::fs::write(&path, text) {
        Ok(()) => Ok(Entered(Some(path))),
        Err(error) => {
            std::fs::remove_file(&path).ok();
            Err(error)
        }
    }
}

/// Removes the control groups that are entered and whose controller is gone.
pub fn clean_groups() -> std::io::Result<Vec<String>> {
    let mut done = Vec::new();
    for path in directory().map(|it| files(&it)).transpose()?.unwrap_or_default() {
        let is_groups = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(GROUPS));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let Some(entry) = serde_json::from_str::<GroupsEntry>(&text).ok().filter(|_| is_groups) else { continue };
        if entry.controller.lives() {
            continue;
        }
        let there: Vec<PathBuf> = entry.groups.iter().filter(|group| group.exists()).cloned().collect();
        super::groups::take_away(&there)?;
        done.extend(there.iter().map(|group| format!("Removed the control group {}.", group.display())));
        match std::fs::remove_file(&path) {
            // The lab's keeper was at it as well.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            other => other?,
        }
        done.push(format!("Struck out {}.", path.display()));
    }
    Ok(done)
}

/// What `clean` found and did, a sentence each.
pub fn clean() -> std::io::Result<Vec<String>> {
    let mut done = clean_groups()?;
    let Some(directory) = directory() else { return Ok(done) };
    for path in files(&directory)? {
        // What is left of these is somebody's who lives.
        let is_groups = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(GROUPS));
        if is_groups
            && std::fs::read_to_string(&path).is_ok_and(|text| serde_json::from_str::<GroupsEntry>(&text).is_ok())
        {
            continue;
        }
        let entry = std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str::<Entry>(&text).ok());
        match entry {
            // Somebody is in that lab now.
            Some(entry) if entry.controller.lives() => continue,
            Some(entry) if entry.lab.lives() => {
                let pid = nix::unistd::Pid::from_raw(entry.lab.pid);
                nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).map_err(std::io::Error::from)?;
                done.push(format!("Ended a lab whose controller was killed (process {pid})."));
            }
            _ => {}
        }
        std::fs::remove_file(&path)?;
        done.push(format!("Struck out {}.", path.display()));
    }
    for path in directory.parent().map(files).transpose()?.unwrap_or_default() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let writer =
            name.strip_prefix('.').and_then(|rest| rest.rsplit_once('.')).and_then(|(_, pid)| pid.parse().ok());
        if writer.is_some_and(|pid: i32| Process::of(pid).is_none()) {
            std::fs::remove_file(&path)?;
            done.push(format!("Removed {}, which a killed run was writing.", path.display()));
        }
    }
    Ok(done)
}

fn files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
}
