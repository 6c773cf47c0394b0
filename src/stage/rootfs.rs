//! `--rootfs DIR|TAR`: another root file system for the box, a debootstrap folder or the output of `docker export`.
//! A directory becomes the lower layer of an overlay, so that nothing a lesson does reaches it; a tar file is unpacked
//! into the lab host's tmpfs. Devices in it are left out: a user namespace may not make them.

use crate::kernel::error::{Errno, Failed};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;

/// Opened while it still has a path.
pub enum Source {
    Directory(File),
    Tar(File),
}

impl Source {
    /// Opens it. Errors: as open(2).
    pub fn open(path: &Path) -> Result<Source, Failed> {
        let failed = |error: std::io::Error| Failed::io("openat", &error, path.display().to_string());
        let file = File::open(path).map_err(failed)?;
        let directory = file.metadata().map_err(failed)?.is_dir();
        Ok(if directory { Source::Directory(file) } else { Source::Tar(file) })
    }

    /// Puts it at `to`, below the lab host's new root.
    /// Errors: overlay refused (Linux before 5.11 in a user namespace), a broken archive (EBADMSG), a full tmpfs.
    pub fn unpack(self, to: &Path) -> Result<(), Failed> {
        let on = to.display().to_string();
        std::fs::create_dir_all(to).map_err(|error| Failed::io("mkdir", &error, &on))?;
        match self {
            Source::Directory(lower) => overlay(&lower, to),
            Source::Tar(file) => untar(file, to),
        }
    }
}

/// The two directories that an overlay writes to lie beside its mount point, in the tmpfs.
fn overlay(lower: &File, to: &Path) -> Result<(), Failed> {
    let (upper, work) = (to.with_extension("upper"), to.with_extension("work"));
    for directory in [&upper, &work] {
        std::fs::create_dir(directory).map_err(|error| Failed::io("mkdir", &error, directory.display().to_string()))?;
    }
    let options = format!(
        "lowerdir=/proc/self/fd/{},upperdir={},workdir={},userxattr",
        lower.as_raw_fd(),
        upper.display(),
        work.display()
    );
    nix::mount::mount(Some("overlay"), to, Some("overlay"), nix::mount::MsFlags::empty(), Some(options.as_str()))
        .map_err(|errno| Failed::new("mount", errno).on("overlay"))
}

fn untar(file: File, to: &Path) -> Result<(), Failed> {
    let broken = |error: std::io::Error| {
        let errno = error.raw_os_error().map_or(nix::errno::Errno::EBADMSG, nix::errno::Errno::from_raw);
        Failed { call: "untar".to_owned(), on: Some(error.to_string()), errno: Errno(errno) }
    };
    let mut archive = tar::Archive::new(std::io::BufReader::new(file));
    archive.set_preserve_permissions(true);
    archive.set_preserve_ownerships(false);
    archive.set_unpack_xattrs(false);
    let mut unpacked = 0;
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
            continue;
        }
        // Paths that lead out of `to` are left out by the crate.
        entry.unpack_in(to).map_err(broken)?;
        unpacked += 1;
    }
    if unpacked == 0 {
        return Err(Failed::new("untar", nix::errno::Errno::EBADMSG).on("the archive is empty"));
    }
    Ok(())
}
