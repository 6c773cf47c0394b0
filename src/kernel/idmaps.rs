//! User ids and what they mean: a user namespace maps its own ids to those of the one above (user_namespaces(7)).
//! A map is a file of /proc, written once, by the process itself or by its parent: lines of first id inside, first id
//! outside, count. Who may rule the ids above may map any; anybody else his own only, and a group only after `deny`.
//! What is in no map has no id inside, so it cannot be set and cannot be owned (EINVAL); a file's owner shows as 65534.

use super::error::Failed;
use super::operation::{Chown, IdMap};
use nix::unistd::{Gid, Uid};
use std::fs::File;
use std::io::Write;

// ANCHOR: map
/// Writes maps of a user namespace: setgroups, gid_map, uid_map of /proc/PID. `pid` is none for the caller's own.
pub fn map(map: &IdMap, pid: Option<i32>) -> Result<(), Failed> {
    let process = pid.map_or("self".to_owned(), |pid| pid.to_string());
    if let Some(word) = map.setgroups {
        write(&format!("/proc/{process}/setgroups"), word.text())?;
    }
    if !map.gid.is_empty() {
        write(&format!("/proc/{process}/gid_map"), &map.gid.join("\n"))?;
    }
    if !map.uid.is_empty() {
        write(&format!("/proc/{process}/uid_map"), &map.uid.join("\n"))?;
    }
    Ok(())
}
// ANCHOR_END: map

/// The whole map in one write(2): a second one is refused.
fn write(path: &str, text: &str) -> Result<(), Failed> {
    let mut opened = File::options().write(true).open(path);
    let file = opened.as_mut().map_err(|error| Failed::io("openat", error, path))?;
    file.write_all(text.as_bytes()).map_err(|error| Failed::io("write", &error, path))
}

// ANCHOR: setuid
/// Becomes another user: setuid(2). With CAP_SETUID real, effective and saved id are set, and there is no way back;
/// capabilities go too where the id was 0.
pub fn setuid(id: u32) -> Result<(), Failed> {
    nix::unistd::setuid(Uid::from_raw(id)).map_err(|errno| Failed::new("setuid", errno).on(id.to_string()))?;
    stay_in_sight()
}

/// Takes another group: setgid(2). Before setuid, since afterwards the right to do it is gone.
pub fn setgid(id: u32) -> Result<(), Failed> {
    nix::unistd::setgid(Gid::from_raw(id)).map_err(|errno| Failed::new("setgid", errno).on(id.to_string()))?;
    stay_in_sight()
}
// ANCHOR_END: setuid

/// Another id makes a process one that only the machine's root may look into (PR_SET_DUMPABLE of prctl(2)); execve would
/// undo that, and an agent execs nothing.
fn stay_in_sight() -> Result<(), Failed> {
    nix::sys::prctl::set_dumpable(true).map_err(|errno| Failed::new("prctl", errno))
}

// ANCHOR: setgroups
/// Sets the supplementary groups: setgroups(2).
pub fn setgroups(groups: &[u32]) -> Result<(), Failed> {
    let groups: Vec<Gid> = groups.iter().map(|id| Gid::from_raw(*id)).collect();
    nix::unistd::setgroups(&groups).map_err(|errno| Failed::new("setgroups", errno))
}
// ANCHOR_END: setgroups

// ANCHOR: chown
/// Gives a file to somebody: chown(2). What is left out stays as it is.
pub fn chown(change: &Chown) -> Result<(), Failed> {
    let (uid, gid) = (change.uid.map(Uid::from_raw), change.gid.map(Gid::from_raw));
    nix::unistd::chown(change.at.as_str(), uid, gid).map_err(|errno| Failed::new("chown", errno).on(&change.at))
}
// ANCHOR_END: chown

/// One line of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub inside: u32,
    pub outside: u32,
    pub count: u32,
}

impl std::fmt::Display for Line {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {} {}", self.inside, self.outside, self.count)
    }
}
