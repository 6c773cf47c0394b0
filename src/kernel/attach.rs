//! Putting a mount into another mount namespace that lives: open_tree(2), mount_setattr(2), setns(2), move_mount(2).
//! mount(2) cannot, since both of its paths are looked up in the caller's own namespace. A descriptor can be carried over:
//! open_tree makes a copy of a tree that hangs nowhere and is held by a descriptor, which means the same after setns.
//! So a child goes over with it, puts it in place there, and ends.

use super::Namespace;
use super::error::Failed;
use super::operation::{Attach, MountFlag};
use super::{namespaces, process};
use nix::errno::Errno;
use nix::unistd::ForkResult;
use std::ffi::CString;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

// ANCHOR: attach
/// Shows a tree of the caller in the mount namespace of the process `pid`. The child's paths start at the root of that.
pub fn attach(it: &Attach, pid: i32) -> Result<(), Failed> {
    let there = process::pidfd(pid)?;
    let mut trees = Vec::new();
    for (from, at) in it.pairs() {
        let tree = copy_of(&from, it.recursive)?;
        // A copy of a shared mount is its peer: what happens below one would reach the other.
        make_private(&tree, it).map_err(|failed| failed.on(&from))?;
        trees.push((tree, at));
    }
    in_a_child(|| {
        namespaces::setns(&there, &[Namespace::Mount])?;
        trees.iter().try_for_each(|(tree, at)| {
            make_place(tree, at)?;
            put(tree, at)
        })
    })
}
// ANCHOR_END: attach

/// open_tree(2): the tree at a path again, and mounted nowhere yet.
fn copy_of(from: &str, recursive: bool) -> Result<OwnedFd, Failed> {
    let failed = |errno| Failed::new("open_tree", errno).on(from);
    let path = CString::new(from).map_err(|_| failed(Errno::EINVAL))?;
    let below = if recursive { libc::AT_RECURSIVE.cast_unsigned() } else { 0 };
    let flags = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | below;
    // SAFETY: the path is a string with its end, which the call only reads.
    let result = unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) };
    let number = Errno::result(result).map_err(failed)?;
    let number = RawFd::try_from(number).map_err(|_| failed(Errno::EBADF))?;
    // SAFETY: the kernel has just given this new descriptor to us.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// mount_setattr(2), Linux 5.12: flags and propagation of a tree in one call.
fn make_private(tree: &OwnedFd, it: &Attach) -> Result<(), Failed> {
    let flag = |flag: &MountFlag| match flag {
        MountFlag::Ro => libc::MOUNT_ATTR_RDONLY,
        MountFlag::Nosuid => libc::MOUNT_ATTR_NOSUID,
        MountFlag::Nodev => libc::MOUNT_ATTR_NODEV,
        MountFlag::Noexec => libc::MOUNT_ATTR_NOEXEC,
    };
    let attributes = libc::mount_attr {
        attr_set: it.flags.iter().fold(0, |all, it| all | flag(it)),
        attr_clr: 0,
        propagation: libc::MS_PRIVATE,
        userns_fd: 0,
    };
    let below = if it.recursive { libc::AT_RECURSIVE } else { 0 };
    let flags = libc::AT_EMPTY_PATH | below;
    let size = size_of::<libc::mount_attr>();
    // SAFETY: an empty path with its end, and a structure of the length that is said; the call only reads them.
    let result = unsafe {
        libc::syscall(libc::SYS_mount_setattr, tree.as_raw_fd(), c"".as_ptr(), flags, &raw const attributes, size)
    };
    Errno::result(result).map(drop).map_err(|errno| Failed::new("mount_setattr", errno))
}

/// A mount needs something to lie on, of its own kind: made where there is nothing, as runc does.
fn make_place(tree: &OwnedFd, at: &str) -> Result<(), Failed> {
    if std::fs::symlink_metadata(at).is_ok() {
        return Ok(());
    }
    let directory = nix::sys::stat::fstat(tree).is_ok_and(|it| it.st_mode & libc::S_IFMT == libc::S_IFDIR);
    if directory { super::files::mkdir(&[at.to_owned()]) } else { super::files::write_bytes(at, b"", 0o644) }
}

/// move_mount(2): to a path of the namespace in which the caller is now.
fn put(tree: &OwnedFd, at: &str) -> Result<(), Failed> {
    let failed = |errno| Failed::new("move_mount", errno).on(at);
    let path = CString::new(at).map_err(|_| failed(Errno::EINVAL))?;
    let (from, here) = (tree.as_raw_fd(), libc::AT_FDCWD);
    let flags = libc::MOVE_MOUNT_F_EMPTY_PATH;
    // SAFETY: two strings with their ends, which the call only reads.
    let result = unsafe { libc::syscall(libc::SYS_move_mount, from, c"".as_ptr(), here, path.as_ptr(), flags) };
    Errno::result(result).map(drop).map_err(failed)
}

/// Does something in a child, so that the caller itself stays where it is, and waits for it.
fn in_a_child(act: impl FnOnce() -> Result<(), Failed>) -> Result<(), Failed> {
    let (report, write_report) =
        nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).map_err(|errno| Failed::new("pipe2", errno))?;
    // SAFETY: the caller has one thread.
    match unsafe { process::fork() }? {
        ForkResult::Child => {
            let failed = act().err().map(|failed| failed.packed());
            // It stays open to the end, so that the parent begins to wait only then.
            let mut write_report = std::fs::File::from(write_report);
            write_report.write_all(failed.unwrap_or_default().as_bytes()).ok();
            // SAFETY: _exit(2) ends the child without running what belongs to its parent.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => {
            drop(write_report);
            let mut said = String::new();
            std::fs::File::from(report).read_to_string(&mut said).ok();
            match (process::wait(child)?.as_str(), said.is_empty()) {
                ("exit 0", true) => Ok(()),
                _ => Err(Failed::unpacked(&said).unwrap_or_else(|| Failed::new("fork", Errno::ECHILD))),
            }
        }
    }
}
