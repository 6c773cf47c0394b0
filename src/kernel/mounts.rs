//! The mount table: which file system is seen at which directory (mount_namespaces(7)).
//! mount(2) is five operations under one name: a new file system, a bind, a remount, a propagation change, a move.
//! Each takes one of them a call; flags that belong to another are ignored without a word, so each has a
//! function of its own here. umount2(2) takes a mount point out of the caller's table.

use super::error::Failed;
use super::operation::{Bind, MountFlag, NewMount, Propagation, PropagationType, Remount, Umount};
use nix::mount::{MntFlags, MsFlags};

fn flags(list: &[MountFlag]) -> MsFlags {
    list.iter().fold(MsFlags::empty(), |all, flag| {
        all | match flag {
            MountFlag::Ro => MsFlags::MS_RDONLY,
            MountFlag::Nosuid => MsFlags::MS_NOSUID,
            MountFlag::Nodev => MsFlags::MS_NODEV,
            MountFlag::Noexec => MsFlags::MS_NOEXEC,
        }
    })
}

fn recursive(yes: bool) -> MsFlags {
    if yes { MsFlags::MS_REC } else { MsFlags::empty() }
}

fn call(source: Option<&str>, at: &str, kind: Option<&str>, flags: MsFlags, data: Option<&str>) -> Result<(), Failed> {
    nix::mount::mount(source, at, kind, flags, data).map_err(|errno| Failed::new("mount", errno).on(at))
}

// ANCHOR: mount
/// Mounts a file system at a directory: mount(2). `proc` shows the PID namespace of whoever mounts it.
pub fn mount(new: &NewMount) -> Result<(), Failed> {
    let source = new.source.as_deref().unwrap_or(&new.kind);
    call(Some(source), &new.at, Some(&new.kind), flags(&new.flags), new.options.as_deref())
}
// ANCHOR_END: mount

// ANCHOR: bind
/// Shows a directory or file at a second place: mount(2) with MS_BIND.
/// The kernel takes no other flag in this call but MS_REC: read-only takes a `remount` afterwards.
pub fn bind(bind: &Bind) -> Result<(), Failed> {
    let flags = MsFlags::MS_BIND | recursive(bind.recursive) | flags(&bind.flags);
    bind.pairs().iter().try_for_each(|(from, to)| call(Some(from), to, None, flags, None))
}
// ANCHOR_END: bind

// ANCHOR: remount
/// Changes the flags of a mount point: MS_REMOUNT. With MS_BIND only this one; else the file system, for everyone.
pub fn remount(remount: &Remount) -> Result<(), Failed> {
    let only_here = if remount.bind { MsFlags::MS_BIND } else { MsFlags::empty() };
    call(None, &remount.at, None, MsFlags::MS_REMOUNT | only_here | flags(&remount.flags), None)
}
// ANCHOR_END: remount

// ANCHOR: propagation
/// Says where mount events below this mount point go to and come from.
pub fn propagation(change: &Propagation) -> Result<(), Failed> {
    let kind = match change.to {
        PropagationType::Private => MsFlags::MS_PRIVATE,
        PropagationType::Shared => MsFlags::MS_SHARED,
        PropagationType::Slave => MsFlags::MS_SLAVE,
        PropagationType::Unbindable => MsFlags::MS_UNBINDABLE,
    };
    call(None, &change.at, None, kind | recursive(change.recursive), None)
}
// ANCHOR_END: propagation

// ANCHOR: umount
/// Takes a mount point out of the tree: umount2(2). MNT_DETACH does it now and frees it when nobody uses it.
pub fn umount(umount: &Umount) -> Result<(), Failed> {
    let flags = if umount.detach { MntFlags::MNT_DETACH } else { MntFlags::empty() };
    nix::mount::umount2(umount.at.as_str(), flags).map_err(|errno| Failed::new("umount2", errno).on(&umount.at))
}
// ANCHOR_END: umount
