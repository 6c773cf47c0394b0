//! Asking which system calls are there for a process, without doing anything: each is made with nothing but -1.
//! The kernel refuses such arguments (EFAULT, EINVAL, EBADF). A seccomp filter is run before it looks at them, so its
//! answer comes instead: EPERM, ENOSYS, or the end of the process.

use super::error::Errno;
use serde::{Deserialize, Serialize};

/// The calls that can be asked for: with arguments of -1 none of them does anything, whoever the caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harmless {
    AddKey,
    Chroot,
    Clone3,
    Keyctl,
    Mkdirat,
    Mount,
    Setns,
    Unshare,
    Userfaultfd,
    Openat,
}

impl Harmless {
    /// Its name, and its number on this processor.
    pub fn call(self) -> (&'static str, libc::c_long) {
        match self {
            Harmless::AddKey => ("add_key", libc::SYS_add_key),
            Harmless::Chroot => ("chroot", libc::SYS_chroot),
            Harmless::Clone3 => ("clone3", libc::SYS_clone3),
            Harmless::Keyctl => ("keyctl", libc::SYS_keyctl),
            Harmless::Mkdirat => ("mkdirat", libc::SYS_mkdirat),
            Harmless::Mount => ("mount", libc::SYS_mount),
            Harmless::Setns => ("setns", libc::SYS_setns),
            Harmless::Unshare => ("unshare", libc::SYS_unshare),
            Harmless::Userfaultfd => ("userfaultfd", libc::SYS_userfaultfd),
            Harmless::Openat => ("openat", libc::SYS_openat),
        }
    }
}

// ANCHOR: calls
/// Makes each call with arguments that no kernel takes, and says what it answered.
pub fn calls(list: &[Harmless]) -> String {
    let mut text = String::new();
    for (name, number) in list.iter().map(|it| it.call()) {
        let no: libc::c_long = -1;
        // SAFETY: no kernel takes these arguments, and no memory is at this address.
        let result = unsafe { libc::syscall(number, no, no, no, no, no, no) };
        let answer = nix::errno::Errno::result(result).map_or_else(|errno| Errno(errno).name(), |it| it.to_string());
        text.push_str(&format!("{name:<12} {answer}\n"));
    }
    text
}
// ANCHOR_END: calls
