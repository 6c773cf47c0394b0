//! Puts an export's files into a folder that is empty or not there yet. Nothing is ever overwritten.

use super::{Content, File};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;

/// Why it was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    #[error("it is not empty")]
    NotEmpty,
    #[error("it is no folder")]
    NoFolder,
    #[error("{path}: {error}")]
    Failed { path: String, error: io::Error },
}

/// Writes them.
pub fn write(folder: &Path, files: &[File]) -> Result<(), NotWritten> {
    let failed = |path: &Path, error: io::Error| NotWritten::Failed { path: path.display().to_string(), error };
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => return Err(NotWritten::NotEmpty),
        Ok(false) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(NotWritten::NoFolder),
        Err(error) => return Err(failed(folder, error)),
    }
    for file in files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
        }
        put(&path, file).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn put(path: &Path, file: &File) -> io::Result<()> {
    let new = || OpenOptions::new().write(true).create_new(true).mode(file.mode).open(path);
    match &file.content {
        Content::Bytes(bytes) => new()?.write_all(bytes)?,
        // It was replaced or removed while it runs, maybe; this is the one that runs.
        Content::OwnProgram => io::copy(&mut std::fs::File::open("/proc/self/exe")?, &mut new()?).map(drop)?,
        Content::Directory => std::fs::create_dir_all(path)?,
        Content::Link(to) => return symlink(to, path),
    }
    // The caller's umask shall not make another file system of it.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(file.mode))
}
