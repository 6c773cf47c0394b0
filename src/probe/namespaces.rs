//! Namespaces as /proc names them: the links of `/proc/PID/ns` read `uts:[4026531838]` (namespaces(7)).
//! Two processes are in the same one exactly if the numbers are the same.
//! The ioctls of ioctl_nsfs(2) tell which user namespace owns one, and which is its parent.

use crate::kernel::Namespace;
use std::os::fd::{AsFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::MetadataExt;

/// `uts:[4026531838]` → its kind and number.
pub fn parse(link: &str) -> Option<(Namespace, u64)> {
    let (name, rest) = link.split_once(":[")?;
    let inode = rest.strip_suffix(']')?.parse().ok()?;
    let kind = match name {
        "mnt" => Namespace::Mount,
        "cgroup" => Namespace::Cgroup,
        "ipc" => Namespace::Ipc,
        "net" => Namespace::Net,
        "pid" | "pid_for_children" => Namespace::Pid,
        "time" | "time_for_children" => Namespace::Time,
        "user" => Namespace::User,
        "uts" => Namespace::Uts,
        _ => return None,
    };
    Some((kind, inode))
}

/// The inode number of a namespace file.
pub fn inode(file: &std::fs::File) -> Option<u64> {
    file.metadata().ok().map(|it| it.ino())
}

nix::ioctl_none!(ns_get_userns, 0xb7, 0x1);
nix::ioctl_none!(ns_get_parent, 0xb7, 0x2);
// It has no size in its number, though it writes one.
nix::ioctl_read_bad!(ns_get_owner_uid, nix::request_code_none!(0xb7, 0x4), libc::uid_t);

fn owned(result: nix::Result<i32>) -> Result<OwnedFd, nix::errno::Errno> {
    let number: RawFd = result?;
    // SAFETY: the ioctl has just given this new descriptor to us.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// The user namespace that owns this namespace (NS_GET_USERNS). EPERM: it is not below the caller's own.
pub fn owner(file: impl AsFd) -> Result<std::fs::File, nix::errno::Errno> {
    use std::os::fd::AsRawFd;
    // SAFETY: this ioctl takes no argument.
    owned(unsafe { ns_get_userns(file.as_fd().as_raw_fd()) }).map(std::fs::File::from)
}

/// The user who made a user namespace, as the caller numbers users (NS_GET_OWNER_UID).
pub fn owner_uid(file: impl AsFd) -> Result<u32, nix::errno::Errno> {
    use std::os::fd::AsRawFd;
    let mut uid = 0;
    // SAFETY: this ioctl writes one number, which lives across the call.
    unsafe { ns_get_owner_uid(file.as_fd().as_raw_fd(), &raw mut uid) }?;
    Ok(uid)
}

/// The parent of a user or PID namespace (NS_GET_PARENT). EPERM: it is not below the caller's own.
pub fn parent(file: impl AsFd) -> Result<std::fs::File, nix::errno::Errno> {
    use std::os::fd::AsRawFd;
    // SAFETY: this ioctl takes no argument.
    owned(unsafe { ns_get_parent(file.as_fd().as_raw_fd()) }).map(std::fs::File::from)
}
