//! Files and directories, as far as a root file system needs them: path_resolution(7), inode(7).
//! A path starts at the process' root directory, a relative one at its working directory; an open descriptor needs
//! neither and keeps what it points to, across chroot and pivot_root too.

use super::error::Failed;
use super::operation::{Chmod, Mknod, OpenFile, Rename, Symlink, WriteFile};
use nix::sys::stat::{self, Mode, SFlag};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

/// Descriptors that an actor keeps, by the name that the lesson gave them.
pub type Kept = BTreeMap<String, File>;

// ANCHOR: mkdir
/// Makes directories, one call each: mkdir(2).
pub fn mkdir(paths: &[String]) -> Result<(), Failed> {
    for path in paths {
        std::fs::create_dir(path).map_err(|error| Failed::io("mkdir", &error, path))?;
    }
    Ok(())
}
// ANCHOR_END: mkdir

// ANCHOR: write
/// Writes a file: openat(2) with O_CREAT and O_TRUNC, write(2).
pub fn write(file: &WriteFile) -> Result<(), Failed> {
    let mode = if file.executable { 0o755 } else { 0o644 };
    write_bytes(&file.at, file.text.as_bytes(), mode)
}

pub(super) fn write_bytes(at: &str, bytes: &[u8], mode: u32) -> Result<(), Failed> {
    let mut open = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(at);
    let file = open.as_mut().map_err(|error| Failed::io("openat", error, at))?;
    file.write_all(bytes).map_err(|error| Failed::io("write", &error, at))
}
// ANCHOR_END: write

// ANCHOR: read
/// Reads a file, at most 64 KiB of it: openat(2), read(2).
pub fn read(path: &str) -> Result<String, Failed> {
    let file = File::open(path).map_err(|error| Failed::io("openat", &error, path))?;
    let mut bytes = Vec::with_capacity(4096);
    file.take(super::process::OUTPUT_LIMIT)
        .read_to_end(&mut bytes)
        .map_err(|error| Failed::io("read", &error, path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
// ANCHOR_END: read

// ANCHOR: symlink
/// Makes a symbolic link: symlink(2). What it points to is looked up anew each time, in the root of whoever follows it.
pub fn symlink(link: &Symlink) -> Result<(), Failed> {
    std::os::unix::fs::symlink(&link.to, &link.at).map_err(|error| Failed::io("symlink", &error, &link.at))
}
// ANCHOR_END: symlink

// ANCHOR: rename
/// Gives a file or directory another name, within one file system: rename(2).
pub fn rename(it: &Rename) -> Result<(), Failed> {
    std::fs::rename(&it.from, &it.to).map_err(|error| Failed::io("rename", &error, &it.from))
}
// ANCHOR_END: rename

// ANCHOR: remove
/// Removes a file with unlink(2), a directory with rmdir(2).
pub fn remove(path: &str) -> Result<(), Failed> {
    let directory = std::fs::symlink_metadata(path).is_ok_and(|it| it.is_dir());
    if directory {
        std::fs::remove_dir(path).map_err(|error| Failed::io("rmdir", &error, path))
    } else {
        std::fs::remove_file(path).map_err(|error| Failed::io("unlink", &error, path))
    }
}
// ANCHOR_END: remove

// ANCHOR: mknod
/// Makes the node of a character device: mknod(2). It names a driver of the kernel by two numbers, and is no more than that.
pub fn mknod(node: &Mknod) -> Result<(), Failed> {
    let failed = |errno| Failed::new("mknod", errno).on(&node.at);
    let (major, minor) = numbers(&node.device).ok_or_else(|| failed(nix::errno::Errno::EINVAL))?;
    let (kind, mode) = (SFlag::S_IFCHR, Mode::from_bits_truncate(0o666));
    stat::mknod(node.at.as_str(), kind, mode, stat::makedev(major, minor)).map_err(failed)
}
// ANCHOR_END: mknod

/// `1:3`
fn numbers(device: &str) -> Option<(u64, u64)> {
    let (major, minor) = device.split_once(':')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

// ANCHOR: chmod
/// Changes a file's permission bits: chmod(2).
pub fn chmod(change: &Chmod) -> Result<(), Failed> {
    let mode = u32::from_str_radix(&change.mode, 8)
        .map_err(|_| Failed::new("chmod", nix::errno::Errno::EINVAL).on(&change.mode))?;
    std::fs::set_permissions(&change.at, Permissions::from_mode(mode))
        .map_err(|error| Failed::io("chmod", &error, &change.at))
}
// ANCHOR_END: chmod

// ANCHOR: open
/// Opens a file or directory and keeps the descriptor: openat(2).
pub fn open(open: &OpenFile, kept: &mut Kept) -> Result<(), Failed> {
    let file = File::open(&open.path).map_err(|error| Failed::io("openat", &error, &open.path))?;
    kept.insert(open.name.clone(), file);
    Ok(())
}

/// Changes the working directory to one that is open: fchdir(2). It is not looked up by a path, so no root stops it.
pub fn fchdir(name: &str, kept: &Kept) -> Result<(), Failed> {
    let file = kept.get(name).ok_or_else(|| Failed::new("fchdir", nix::errno::Errno::EBADF).on(name))?;
    nix::unistd::fchdir(file).map_err(|errno| Failed::new("fchdir", errno).on(name))
}
// ANCHOR_END: open

/// Closes a descriptor that `open` kept: close(2).
pub fn close(name: &str, kept: &mut Kept) -> Result<(), Failed> {
    kept.remove(name).map(drop).ok_or_else(|| Failed::new("close", nix::errno::Errno::EBADF).on(name))
}
