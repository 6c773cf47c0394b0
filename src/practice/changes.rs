//! Whether a folder has changed: inotify(7) says when to look, and what is there says whether anything is new. Where
//! inotify says nothing (a network's file system, a folder that was deleted and made anew) a look every second does. No
//! thread does this, as one of a library would: labs are forked from a process that has one.

use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
use std::collections::BTreeMap;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// More files than these are not watched.
const MOST: usize = 4096;

/// What is known of a file: when it was written, its size, and which one it is.
type Known = (Option<SystemTime>, u64, u64);

/// A folder that is watched.
pub struct Changes {
    folder: PathBuf,
    watch: Option<OwnedFd>,
    known: BTreeMap<PathBuf, Known>,
}

impl Changes {
    pub fn of(folder: &Path) -> Changes {
        let watch = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok();
        let mut changes = Changes { folder: folder.to_owned(), watch, known: BTreeMap::new() };
        changes.any();
        changes
    }

    /// For poll(2); none where there is no inotify.
    pub fn watch(&self) -> Option<BorrowedFd<'_>> {
        self.watch.as_ref().map(AsFd::as_fd)
    }

    /// Takes what inotify has said. It says that something happened; what, is looked at.
    pub fn take(&self) {
        let Some(watch) = &self.watch else { return };
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(watch, &mut buffer);
        while reader.next().is_ok() {}
    }

    /// The first file that is new, gone, or another than at the last look.
    pub fn any(&mut self) -> Option<PathBuf> {
        let now = self.look();
        let new = now.iter().find(|(path, known)| self.known.get(*path) != Some(known)).map(|(path, _)| path.clone());
        let gone = || self.known.keys().find(|path| !now.contains_key(*path)).cloned();
        let changed = new.or_else(gone);
        self.known = now;
        changed
    }

    /// Whether the folder is there.
    pub fn is_there(&self) -> bool {
        self.folder.is_dir()
    }

    fn look(&self) -> BTreeMap<PathBuf, Known> {
        use std::os::unix::fs::MetadataExt;
        let mut found = BTreeMap::new();
        let mut open = vec![self.folder.clone()];
        while let Some(folder) = open.pop() {
            // A watch that is there already stays as it is.
            if let Some(watch) = &self.watch {
                let flags = WatchFlags::CLOSE_WRITE
                    | WatchFlags::CREATE
                    | WatchFlags::DELETE
                    | WatchFlags::DELETE_SELF
                    | WatchFlags::MOVED_FROM
                    | WatchFlags::MOVED_TO;
                add_watch(watch, &folder, flags | WatchFlags::ONLYDIR).ok();
            }
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let Ok(about) = entry.metadata() else { continue };
                let name = entry.file_name();
                if about.is_dir() && name != "target" && name != ".git" {
                    open.push(entry.path());
                } else if about.is_file() && found.len() < MOST && !is_editors(&name.to_string_lossy()) {
                    found.insert(entry.path(), (about.modified().ok(), about.len(), about.ino()));
                }
            }
        }
        found
    }
}

/// Files that editors make beside the one that is edited, and remove again.
fn is_editors(name: &str) -> bool {
    name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".swx") || name.starts_with(".#") || name == "4913"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_once_however_it_was_written() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("attempt");
        let file = folder.join("src/main.rs");
        std::fs::create_dir_all(folder.join("src")).expect("folders");
        std::fs::write(&file, "one").expect("a file");
        let mut changes = Changes::of(&folder);
        assert_eq!(changes.any(), None);
        std::fs::write(&file, "two, longer").expect("a file");
        assert_eq!(changes.any().as_deref(), Some(file.as_path()));
        assert_eq!(changes.any(), None);
        // As editors do: another file takes the place, maybe of the same size in the same moment.
        std::fs::write(folder.join("src/.main.rs.swp"), "six, longer").expect("a file");
        std::fs::rename(folder.join("src/.main.rs.swp"), &file).expect("a rename");
        assert_eq!(changes.any().as_deref(), Some(file.as_path()));
        std::fs::remove_dir_all(&folder).expect("removed");
        assert!(changes.any().is_some() && !changes.is_there());
        std::fs::create_dir_all(folder.join("src")).expect("folders");
        std::fs::write(&file, "back").expect("a file");
        assert_eq!(changes.any().as_deref(), Some(file.as_path()));
        changes.take();
        assert!(changes.watch().is_some());
    }
}
