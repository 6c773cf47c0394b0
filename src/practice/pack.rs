//! A learner's folder as a tar file in memory, for the lab: its processes may be somebody who has no right to read it. What
//! cargo has built elsewhere is put in its place.

use crate::stage::machine_root::memory_file;
use std::fs::File;
use std::path::Path;

/// A folder with more is none of an exercise.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
const MOST_FILES: usize = 4096;

/// Packs a folder. `built` are a file and its path in the folder.
/// Errors: as of the calls; a folder that holds too much.
pub fn pack(folder: &Path, built: Option<(&Path, &str)>) -> std::io::Result<File> {
    let mut archive = tar::Builder::new(std::io::BufWriter::with_capacity(1 << 20, memory_file("exercise")?));
    archive.follow_symlinks(false);
    archive.sparse(false);
    let (mut bytes, mut files) = (0, 0);
    let mut open = vec![folder.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            let path = entry.path();
            let Ok(name) = path.strip_prefix(folder) else { continue };
            let about = entry.metadata()?;
            (files, bytes) = (files + 1, bytes + if about.is_file() { about.len() } else { 0 });
            if files > MOST_FILES || bytes > MOST_BYTES {
                let text = format!(
                    "the folder holds more than {MOST_FILES} files or {} MiB: it is copied for each check",
                    MOST_BYTES >> 20
                );
                return Err(std::io::Error::other(text));
            }
            let built_here = name == Path::new("target") || name == Path::new(".git");
            if about.is_dir() && !built_here {
                archive.append_dir(name, &path)?;
                open.push(path);
            } else if about.is_file() || about.is_symlink() {
                archive.append_path_with_name(&path, name)?;
            }
        }
    }
    if let Some((file, at)) = built {
        archive.append_path_with_name(file, at)?;
    }
    archive.into_inner()?.into_inner().map_err(|error| error.into_error())
}
