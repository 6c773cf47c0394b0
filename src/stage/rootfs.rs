//! `--rootfs DIR|TAR`: another root file system for the box, a debootstrap folder or the output of `docker export`.
//! A directory becomes the lower layer of an overlay, so that nothing a lesson does reaches it; a tar file is unpacked
//! into the lab host's tmpfs. Devices in it are left out: a user namespace may not make them.
//! All is done inside the lab host's root. Its place is a lesson's word, so no link is followed on the way there: one of
//! /proc/self/fd would lead to the machine.

use crate::kernel::error::{Errno, Failed};
use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::path::{Component, Path, PathBuf};

/// Opened while it still has a path.
pub enum Source {
    Directory(File),
    Tar(File),
}

/// A source that has its place; a tar file is still to be unpacked.
pub struct Laid {
    tar: Option<File>,
    to: PathBuf,
}

impl Source {
    /// Opens it. Errors: as open(2).
    pub fn open(path: &Path) -> Result<Source, Failed> {
        let failed = |error: std::io::Error| Failed::io("openat", &error, path.display().to_string());
        let file = File::open(path).map_err(failed)?;
        let directory = file.metadata().map_err(failed)?.is_dir();
        Ok(if directory { Source::Directory(file) } else { Source::Tar(file) })
    }

    /// Makes its place, `to`, and puts a directory there. To be called in the new root, while the machine's is still in
    /// the mount table, though below no path: an overlay takes only what is mounted in the caller's own namespace.
    /// Errors: `to` is no place for it (EINVAL, ENOTDIR); overlay refused (Linux before 5.11 in a user namespace).
    pub fn lay(self, to: &str) -> Result<Laid, Failed> {
        let to = place(to)?;
        let tar = match self {
            Source::Directory(lower) => {
                overlay(&lower, &to)?;
                None
            }
            Source::Tar(file) => Some(file),
        };
        Ok(Laid { tar, to })
    }
}

impl Laid {
    /// Unpacks a tar file, and adds what lessons need of a root. To be called when the machine's mounts are gone.
    /// Errors: a broken archive (EBADMSG), a full tmpfs.
    pub fn fill(self) -> Result<(), Failed> {
        if let Some(file) = self.tar {
            untar(file, &self.to)?;
        }
        // `docker export` has them, a folder made by hand may not; where they cannot be made, the lesson will say so.
        for name in ["proc", "tmp"] {
            std::fs::create_dir(self.to.join(name)).ok();
        }
        Ok(())
    }
}

/// Makes the directories of a path, one by one, and follows no link.
fn place(to: &str) -> Result<PathBuf, Failed> {
    let mut parts = Path::new(to).components();
    let absolute = parts.next() == Some(Component::RootDir);
    let names: Vec<_> = parts.collect();
    if !absolute || names.is_empty() || names.iter().any(|part| !matches!(part, Component::Normal(_))) {
        let why = "which must be an absolute path of a directory below /, without `..`";
        return Err(Failed::new("mkdir", nix::errno::Errno::EINVAL).on(format!("{to}, {why}")));
    }
    let mut path = PathBuf::from("/");
    for name in names {
        path.push(name);
        let on = path.display().to_string();
        match path.symlink_metadata() {
            Ok(about) if about.is_dir() => {}
            Ok(_) => return Err(Failed::new("mkdir", nix::errno::Errno::ENOTDIR).on(on)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                std::fs::create_dir(&path).map_err(|error| Failed::io("mkdir", &error, on))?;
            }
            Err(error) => return Err(Failed::io("stat", &error, on)),
        }
    }
    Ok(path)
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
    let (mut unpacked, mut left_out) = (0, 0);
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        let device = kind.is_character_special() || kind.is_block_special() || kind.is_fifo();
        // Paths that lead out of `to` are left out by the crate, which says so.
        if !device && entry.unpack_in(to).map_err(broken)? {
            unpacked += 1;
        } else {
            left_out += 1;
        }
    }
    match (unpacked, left_out) {
        (0, 0) => Err(Failed::new("untar", nix::errno::Errno::EBADMSG).on("the archive is empty")),
        (0, count) => {
            let what = format!("nothing of the archive can be used: {count} devices, or paths that lead out of it");
            Err(Failed::new("untar", nix::errno::Errno::EBADMSG).on(what))
        }
        _ => Ok(()),
    }
}
