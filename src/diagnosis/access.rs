//! What the kernel knows of a file (statx(2)), and whether the process may do something by a file's permission bits, its own ids and its capabilities: inode(7),
//! capabilities(7); and which ids exist in its user namespace, user_namespaces(7).

use super::scene::Scene;
use std::os::fd::{AsRawFd, OwnedFd};

/// What statx(2) says of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct About {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub inode: u64,
    pub device: (u32, u32),
    pub links: u32,
    pub mount: u64,
    pub is_mount_root: bool,
}

impl About {
    pub fn kind(&self) -> &'static str {
        match self.mode & libc::S_IFMT {
            libc::S_IFDIR => "directory",
            libc::S_IFREG => "file",
            libc::S_IFLNK => "symbolic link",
            libc::S_IFCHR => "character device",
            libc::S_IFBLK => "block device",
            libc::S_IFIFO => "pipe",
            libc::S_IFSOCK => "socket",
            _ => "special file",
        }
    }

    pub fn is_directory(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFDIR
    }

    pub fn permissions(&self) -> u32 {
        self.mode & 0o7777
    }
}

/// statx(2) of an open file. Before Linux 5.8 it tells no mount; then fdinfo is asked.
pub fn about(scene: &Scene<'_>, file: &OwnedFd) -> Option<About> {
    // SAFETY: the structure is all numbers, for which zero is a value.
    let mut found: libc::statx = unsafe { std::mem::zeroed() };
    let mask = libc::STATX_BASIC_STATS | libc::STATX_MNT_ID;
    let flags = libc::AT_EMPTY_PATH | libc::AT_NO_AUTOMOUNT | libc::AT_SYMLINK_NOFOLLOW;
    // SAFETY: an open descriptor, an empty string, and a structure that lives across the call.
    let result = unsafe { libc::statx(file.as_raw_fd(), c"".as_ptr(), flags, mask, &raw mut found) };
    if result != 0 {
        return None;
    }
    let mount = if found.stx_mask & libc::STATX_MNT_ID != 0 {
        Some(found.stx_mnt_id)
    } else {
        let info = scene.text(&format!("self/fdinfo/{}", file.as_raw_fd())).unwrap_or_default();
        info.lines().find_map(|line| line.strip_prefix("mnt_id:")).and_then(|id| id.trim().parse().ok())
    };
    let root = libc::STATX_ATTR_MOUNT_ROOT as u64;
    Some(About {
        mode: u32::from(found.stx_mode),
        uid: found.stx_uid,
        gid: found.stx_gid,
        inode: found.stx_ino,
        device: (found.stx_dev_major, found.stx_dev_minor),
        links: found.stx_nlink,
        mount: mount.unwrap_or(0),
        is_mount_root: found.stx_attributes & root != 0,
    })
}

/// Whether the process may do this (4 read, 2 write, 1 execute or search) by the permission bits or its capabilities.
pub fn may(scene: &Scene<'_>, about: &About, wanted: u32) -> bool {
    let Some(status) = scene.status() else { return true };
    let bits = if status.fuid == about.uid {
        about.mode >> 6
    } else if status.fgid == about.gid || status.groups.contains(&about.gid) {
        about.mode >> 3
    } else {
        about.mode
    };
    if bits & wanted == wanted {
        return true;
    }
    // A capability counts only where the file's owner has an id in the process' user namespace.
    if !mapped(scene, "uid_map", about.uid) || !mapped(scene, "gid_map", about.gid) {
        return false;
    }
    let executable = about.is_directory() || about.mode & 0o111 != 0;
    let overrides = scene.has("dac_override") && (wanted & 1 == 0 || executable);
    let reads = scene.has("dac_read_search") && (wanted == 4 || (about.is_directory() && wanted & 2 == 0));
    overrides || reads
}

/// Whether an id, as the process itself says it, is in its map.
pub fn maps(scene: &Scene<'_>, map: &str, id: u64) -> bool {
    let Some(text) = scene.own_text(map) else { return true };
    text.lines().any(|line| {
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        matches!(numbers[..], [first, _, count] if (first..first.saturating_add(count)).contains(&id))
    })
}

/// Whether the process is in the lab host's user namespace, whose numbers all ids are that are read here.
pub fn in_lab_hosts(scene: &Scene<'_>) -> bool {
    let labs = scene.proc.open_path("self/ns/user").ok().and_then(|file| crate::probe::namespaces::inode(&file));
    scene.namespace_inode("user") == labs
}

/// Whether an id, as the lab host numbers it, is mapped in the process' user namespace.
pub fn mapped(scene: &Scene<'_>, map: &str, id: u32) -> bool {
    let Some(text) = scene.own_text(map) else { return true };
    // In the reader's own namespace the second column is about its parent; the first one is in its own numbers then.
    let column = usize::from(!in_lab_hosts(scene));
    text.lines().any(|line| {
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        let (Some(first), Some(count)) = (numbers.get(column), numbers.get(2)) else { return false };
        (*first..first.saturating_add(*count)).contains(&u64::from(id))
    })
}
