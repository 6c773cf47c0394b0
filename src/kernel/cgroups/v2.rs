//! Version 2 of control groups: the files are in the group's one directory, under the names that lessons use.

use super::form::GroupSet;
use super::{directory, too_long};
use crate::kernel::error::Failed;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::AsFd;

/// How long a group may take to freeze, in milliseconds.
const LIMIT: u16 = 5000;

/// Path and text of each setting.
pub fn settings(it: &GroupSet) -> Vec<(String, String)> {
    let at = directory("", &it.group);
    it.files().into_iter().map(|(file, text)| (format!("{at}/{file}"), text.to_owned())).collect()
}

/// The kernel tells in `cgroup.events`, which poll(2) waits for with POLLPRI.
pub fn until_frozen(group: &str, frozen: bool) -> Result<(), Failed> {
    let path = format!("{}/cgroup.events", directory("", group));
    let failed = |error: &std::io::Error, call: &str| Failed::io(call, error, path.clone());
    let mut events = File::open(&path).map_err(|error| failed(&error, "openat"))?;
    let asked = format!("frozen {}", u8::from(frozen));
    loop {
        let mut text = String::new();
        events.rewind().and_then(|()| events.read_to_string(&mut text)).map_err(|error| failed(&error, "read"))?;
        if text.lines().any(|line| line == asked) {
            return Ok(());
        }
        if let Ok(0) = poll(&mut [PollFd::new(events.as_fd(), PollFlags::POLLPRI)], PollTimeout::from(LIMIT)) {
            return Err(too_long(&path));
        }
    }
}
