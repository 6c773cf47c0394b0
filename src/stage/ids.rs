//! Whose power a lab has: that of an ordinary user, also when root starts it (user_namespaces(7)).
//! The lab host's id 0 is mapped to one id outside. For an ordinary user that is his own, and the kernel lets him write
//! that map himself. Root's own id must not be it: files of /proc/sys and the like ask for the real id 0, in whatever
//! namespace. So root's lab is mapped to the user behind sudo, else to `nobody`, by the controller, which may; then the
//! launcher takes that id. With `subids` the map has a second line, which nobody may write for himself either: then too
//! the controller has it written.

use super::subids::{self, NotWritten, Subids};
use crate::kernel::error::{Errno, Failed};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

/// The id that is nobody's on most systems.
const NOBODY: u32 = 65534;

/// Both ends of the talk between the controller and the launcher; none where the launcher writes its maps itself.
pub struct Talk {
    controller: UnixStream,
    launcher: UnixStream,
    subids: Option<Subids>,
    root: bool,
}

impl Talk {
    /// For root, and for a map that is wider than one id.
    pub fn if_needed(subids: Option<Subids>) -> nix::Result<Option<Talk>> {
        let root = nix::unistd::geteuid().is_root();
        if !root && subids.is_none() {
            return Ok(None);
        }
        let (controller, launcher) = UnixStream::pair().map_err(|error| Errno::from_io(&error))?;
        Ok(Some(Talk { controller, launcher, subids, root }))
    }

    /// In the controller: waits until the launcher has its user namespace, and writes the maps.
    pub fn map(self, launcher: nix::unistd::Pid) {
        drop(self.launcher);
        let mut talk = self.controller;
        // Where the launcher got no user namespace it has ended, and told why over its wire.
        if talk.read_exact(&mut [0]).is_ok() {
            let (uid, gid) = lab_user();
            let errno = match self.subids {
                None => {
                    let done = write_maps(&format!("/proc/{launcher}"), uid, gid);
                    done.err().map_or(0, |error| Errno::from_io(&error) as i32)
                }
                Some(lent) => match subids::write(launcher, (uid, gid), lent) {
                    Ok(()) => 0,
                    Err(NotWritten::Kernel(errno)) => errno as i32,
                    Err(_) => libc::EPERM,
                },
            };
            talk.write_all(&errno.to_ne_bytes()).ok();
        }
    }
}

/// The user and the group that a lab's root is outside.
pub fn lab_user() -> (u32, u32) {
    if nix::unistd::geteuid().is_root() {
        (outside("SUDO_UID", "uid_map"), outside("SUDO_GID", "gid_map"))
    } else {
        (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw())
    }
}

/// The id for root's lab. In a container where that id is none, its own root is as little as it gets; where the map
/// cannot be read the id is taken to be there, and the kernel says otherwise.
fn outside(variable: &str, map: &str) -> u32 {
    let asked = std::env::var(variable).ok().and_then(|text| text.parse().ok());
    let id = asked.filter(|id| *id != 0).unwrap_or(NOBODY);
    let is_there = std::fs::read_to_string(format!("/proc/self/{map}")).map_or(true, |map| is_mapped(&map, id));
    if is_there { id } else { 0 }
}

/// Whether an id is one of this user namespace: lines of first id inside, first id outside, count (user_namespaces(7)).
fn is_mapped(map: &str, id: u32) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        matches!(numbers[..], [first, _, count] if (first..first + count).contains(&u64::from(id)))
    })
}

fn write_maps(process: &str, uid: u32, gid: u32) -> std::io::Result<()> {
    // Without this, an unprivileged process may not map a group.
    std::fs::write(format!("{process}/setgroups"), "deny")?;
    std::fs::write(format!("{process}/gid_map"), format!("0 {gid} 1"))?;
    std::fs::write(format!("{process}/uid_map"), format!("0 {uid} 1"))
}

/// In the launcher, before it asks for its user namespace: what root has beside its id.
pub fn forget_groups(talk: Option<&Talk>) {
    if talk.is_some_and(|talk| talk.root) {
        nix::unistd::setgroups(&[]).ok();
    }
}

/// In the launcher, in its fresh user namespace: becomes id 0 of it. `own` are its ids outside.
pub fn become_root(talk: Option<Talk>, own: (nix::unistd::Uid, nix::unistd::Gid)) -> Result<(), Failed> {
    let file = "/proc/self/uid_map";
    let Some(talk) = talk else {
        return write_maps("/proc/self", own.0.as_raw(), own.1.as_raw())
            .map_err(|error| Failed::io("write", &error, file));
    };
    drop(talk.controller);
    let (mut talk, by_root) = (talk.launcher, talk.root);
    let mut errno = [0; 4];
    let told = talk.write_all(&[1]).and_then(|()| talk.read_exact(&mut errno));
    told.map_err(|error| Failed::io("read", &error, "the controller"))?;
    match i32::from_ne_bytes(errno) {
        0 => {}
        number => return Err(Failed::new("write", nix::errno::Errno::from_raw(number)).on(file)),
    }
    if !by_root {
        // The learner's own id is 0 already: the map says so.
        return Ok(());
    }
    let root = (nix::unistd::Uid::from_raw(0), nix::unistd::Gid::from_raw(0));
    nix::unistd::setresgid(root.1, root.1, root.1).map_err(|errno| Failed::new("setresgid", errno))?;
    nix::unistd::setresuid(root.0, root.0, root.0).map_err(|errno| Failed::new("setresuid", errno))?;
    // Another id makes a process one that only the machine's root may look into, and its agents could not be traced.
    nix::sys::prctl::set_dumpable(true).map_err(|errno| Failed::new("prctl", errno))
}

#[cfg(test)]
mod tests {
    use super::is_mapped;

    #[test]
    fn an_id_is_there_if_a_line_of_the_map_has_it() {
        assert!(is_mapped("         0          0 4294967295\n", 65534));
        let container = "0 1000 1\n1 100000 65535\n";
        assert!(is_mapped(container, 0) && is_mapped(container, 65534) && is_mapped(container, 65535));
        assert!(!is_mapped(container, 65536));
        assert!(!is_mapped("0 0 1\n", 65534) && !is_mapped("", 0));
    }
}
