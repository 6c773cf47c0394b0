//! Whose power a lab has: that of an ordinary user, also when root starts it (user_namespaces(7)).
//! The lab host's id 0 is mapped to one id outside. For an ordinary user that is his own, and the kernel lets him write
//! that map himself. Root's own id must not be it: files of /proc/sys and the like ask for the real id 0, in whatever
//! namespace. So root's lab is mapped to the user behind sudo, else to `nobody`, by the controller, which may; then the
//! launcher takes that id.

use crate::kernel::error::{Errno, Failed};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

/// The id that is nobody's on most systems.
const NOBODY: u32 = 65534;

/// Both ends of the talk between the controller and the launcher; none where the launcher writes its maps itself.
pub struct Talk {
    controller: UnixStream,
    launcher: UnixStream,
}

impl Talk {
    /// For root only.
    pub fn if_root() -> nix::Result<Option<Talk>> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(None);
        }
        let (controller, launcher) = UnixStream::pair().map_err(|error| Errno::from_io(&error))?;
        Ok(Some(Talk { controller, launcher }))
    }

    /// In the controller: waits until the launcher has its user namespace, and writes the maps.
    pub fn map(self, launcher: nix::unistd::Pid) {
        drop(self.launcher);
        let mut talk = self.controller;
        // Where the launcher got no user namespace it has ended, and told why over its wire.
        if talk.read_exact(&mut [0]).is_ok() {
            let done = write_maps(&format!("/proc/{launcher}"), outside("SUDO_UID"), outside("SUDO_GID"))
                // In a container where that id is none, its own root is as little as it gets.
                .or_else(|_| write_maps(&format!("/proc/{launcher}"), 0, 0));
            let errno = done.err().map_or(0, |error| Errno::from_io(&error) as i32);
            talk.write_all(&errno.to_ne_bytes()).ok();
        }
    }
}

fn outside(variable: &str) -> u32 {
    let asked = std::env::var(variable).ok().and_then(|text| text.parse().ok());
    asked.filter(|id| *id != 0).unwrap_or(NOBODY)
}

fn write_maps(process: &str, uid: u32, gid: u32) -> std::io::Result<()> {
    // Without this, an unprivileged process may not map a group.
    std::fs::write(format!("{process}/setgroups"), "deny")?;
    std::fs::write(format!("{process}/gid_map"), format!("0 {gid} 1"))?;
    std::fs::write(format!("{process}/uid_map"), format!("0 {uid} 1"))
}

/// In the launcher, before it asks for its user namespace: what root has beside its id.
pub fn forget_groups(talk: Option<&Talk>) {
    if talk.is_some() {
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
    let mut talk = talk.launcher;
    let mut errno = [0; 4];
    let told = talk.write_all(&[1]).and_then(|()| talk.read_exact(&mut errno));
    told.map_err(|error| Failed::io("read", &error, "the controller"))?;
    match i32::from_ne_bytes(errno) {
        0 => {}
        number => return Err(Failed::new("write", nix::errno::Errno::from_raw(number)).on(file)),
    }
    let root = (nix::unistd::Uid::from_raw(0), nix::unistd::Gid::from_raw(0));
    nix::unistd::setresgid(root.1, root.1, root.1).map_err(|errno| Failed::new("setresgid", errno))?;
    nix::unistd::setresuid(root.0, root.0, root.0).map_err(|errno| Failed::new("setresuid", errno))?;
    // Another id makes a process one that only the machine's root may look into, and its agents could not be traced.
    nix::sys::prctl::set_dumpable(true).map_err(|errno| Failed::new("prctl", errno))
}
