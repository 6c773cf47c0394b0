//! Walking a path as the process would: from its own root and working directory, component by component, so that the
//! first one that fails is known, and why (path_resolution(7)). Links are followed by hand and an absolute one starts at
//! the process' root, so none leads out of it. Opens with O_PATH only; reads and changes no file.

use super::access::may;
pub use super::access::{About, about};
use super::scene::Scene;
use nix::fcntl::{OFlag, openat, readlinkat};
use nix::sys::stat::Mode;
use std::collections::VecDeque;
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};

/// As many links as the kernel follows in one path (MAXSYMLINKS).
const MOST_LINKS: usize = 40;
/// As long as a component may be (NAME_MAX).
const LONGEST_NAME: usize = 255;

/// What a path leads to.
#[derive(Debug)]
pub struct Place {
    pub file: OwnedFd,
    /// Without links and dots, as the process sees it.
    pub path: String,
    pub about: About,
}

/// Where a walk ended before the path's end.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// The path is empty text.
    Empty,
    /// There is nothing of this name; the directory it was looked for in is there.
    /// The link that named it, if one did: its path and its text.
    Missing {
        at: String,
        inside: String,
        link: Option<(String, String)>,
        last: bool,
    },
    /// A component that is not the last one is no directory.
    NotADirectory {
        at: String,
        kind: &'static str,
    },
    /// The process may not search this directory.
    Forbidden {
        at: String,
        mode: u32,
        uid: u32,
    },
    /// More than forty links.
    Loop {
        at: String,
    },
    TooLong {
        name: String,
    },
    /// The directory that the walk starts from was removed, or cannot be opened.
    NoStart,
}

/// Whether a link at the path's end is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    Follow,
    Keep,
}

struct Walk<'s, 'a> {
    scene: &'s Scene<'a>,
    root: Place,
    at: Place,
    links: usize,
}

/// The process' root directory.
pub fn root(scene: &Scene<'_>) -> Result<Place, Stop> {
    start(scene, "root", "/".to_owned())
}

/// Its working directory. Outside of the root its path is that of the mount namespace, marked so.
pub fn cwd(scene: &Scene<'_>) -> Result<Place, Stop> {
    let text = scene.proc.link(scene.pid, "cwd").map_err(|_| Stop::NoStart)?;
    let path = if scene.chrooted() {
        match text.strip_prefix(scene.root()) {
            Some("") => "/".to_owned(),
            Some(rest) if rest.starts_with('/') => rest.to_owned(),
            _ => format!("(outside its root) {text}"),
        }
    } else {
        text
    };
    start(scene, "cwd", path)
}

fn start(scene: &Scene<'_>, name: &str, path: String) -> Result<Place, Stop> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let file = scene.proc.open_with(&format!("{}/{name}", scene.pid), flags).map_err(|_| Stop::NoStart)?;
    let about = about(scene, &file).ok_or(Stop::NoStart)?;
    Ok(Place { file, path, about })
}

/// Walks a path.
pub fn walk(scene: &Scene<'_>, path: &str, last: Last) -> Result<Place, Stop> {
    walk_from(scene, None, path, last)
}

/// The same from an open directory, as the calls with `at` in their names do.
pub fn walk_from(scene: &Scene<'_>, from: Option<Place>, path: &str, last: Last) -> Result<Place, Stop> {
    if path.is_empty() {
        return Err(Stop::Empty);
    }
    let at = match from {
        _ if path.starts_with('/') => root(scene)?,
        Some(from) => from,
        None => cwd(scene)?,
    };
    // A slash at the end asks for a directory, so a link there is followed.
    let last = if path.ends_with('/') { Last::Follow } else { last };
    let mut walk = Walk { scene, root: root(scene)?, at, links: 0 };
    walk.along(path, last)?;
    if path.ends_with('/') && !walk.at.about.is_directory() {
        return Err(Stop::NotADirectory { at: walk.at.path, kind: walk.at.about.kind() });
    }
    Ok(walk.at)
}

/// The directory that a path's last component is looked for in, and that component.
pub fn parent(scene: &Scene<'_>, from: Option<Place>, path: &str) -> Result<(Place, String), Stop> {
    let trimmed = path.trim_end_matches('/');
    let (directory, name) = match trimmed.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((directory, name)) => (directory, name),
        None => (".", trimmed),
    };
    Ok((walk_from(scene, from, directory, Last::Follow)?, name.to_owned()))
}

/// The components, and for each whether it comes from a link.
type Link = Option<(String, String)>;

impl Walk<'_, '_> {
    fn along(&mut self, path: &str, last: Last) -> Result<(), Stop> {
        let mut names: VecDeque<(String, Link)> = split(path, &None);
        while let Some((name, link)) = names.pop_front() {
            if !self.at.about.is_directory() {
                return Err(Stop::NotADirectory { at: self.at.path.clone(), kind: self.at.about.kind() });
            }
            if !may(self.scene, &self.at.about, 1) {
                let about = &self.at.about;
                return Err(Stop::Forbidden { at: self.at.path.clone(), mode: about.permissions(), uid: about.uid });
            }
            if name.len() > LONGEST_NAME {
                return Err(Stop::TooLong { name });
            }
            match name.as_str() {
                "." => continue,
                ".." => {
                    self.up()?;
                    continue;
                }
                _ => {}
            }
            let ends = names.is_empty();
            let next = self.down(&name, &link, ends)?;
            let is_link = next.about.mode & libc::S_IFMT == libc::S_IFLNK;
            if !is_link || (ends && last == Last::Keep) {
                self.at = next;
                continue;
            }
            self.links += 1;
            if self.links > MOST_LINKS {
                return Err(Stop::Loop { at: next.path });
            }
            self.follow(next, &name, &mut names)?;
        }
        Ok(())
    }

    fn open(&self, name: &str, more: OFlag) -> nix::Result<OwnedFd> {
        let name = CString::new(name).map_err(|_| nix::errno::Errno::EINVAL)?;
        openat(&self.at.file, name.as_c_str(), OFlag::O_PATH | OFlag::O_CLOEXEC | more, Mode::empty())
    }

    fn down(&self, name: &str, link: &Link, last: bool) -> Result<Place, Stop> {
        let path = join(&self.at.path, name);
        let missing = || Stop::Missing { at: path.clone(), inside: self.at.path.clone(), link: link.clone(), last };
        let file = self.open(name, OFlag::O_NOFOLLOW).map_err(|_| missing())?;
        let about = about(self.scene, &file).ok_or_else(missing)?;
        Ok(Place { file, path, about })
    }

    /// `..` at the root stays there.
    fn up(&mut self) -> Result<(), Stop> {
        let same =
            |one: &About, other: &About| (one.mount, one.device, one.inode) == (other.mount, other.device, other.inode);
        if same(&self.at.about, &self.root.about) {
            return Ok(());
        }
        let file = self.open("..", OFlag::O_DIRECTORY).map_err(|_| Stop::NoStart)?;
        let about = about(self.scene, &file).ok_or(Stop::NoStart)?;
        let path = match self.at.path.rsplit_once('/') {
            Some(("", _)) | None => "/".to_owned(),
            Some((above, _)) => above.to_owned(),
        };
        self.at = Place { file, path, about };
        Ok(())
    }

    /// The link's text takes the place of its name.
    fn follow(&mut self, link: Place, name: &str, names: &mut VecDeque<(String, Link)>) -> Result<(), Stop> {
        let text = readlinkat(&link.file, "").map(|it| it.to_string_lossy().into_owned());
        let in_proc = nix::sys::statfs::fstatfs(link.file.as_fd())
            .is_ok_and(|it| it.filesystem_type() == nix::sys::statfs::PROC_SUPER_MAGIC);
        if in_proc && matches!(name, "self" | "thread-self") {
            // The text depends on who reads it; the process reads its own number in that proc's namespace.
            if let Some(own) = self.own_directory() {
                self.at = own;
                return Ok(());
            }
        }
        let relative = text.as_ref().is_ok_and(|text| !text.starts_with('/') && !text.contains(":["));
        if in_proc && !relative {
            // These links are not paths: the kernel jumps to the file itself.
            if let Ok(file) = self.open(name, OFlag::empty())
                && let Some(about) = about(self.scene, &file)
            {
                self.at = Place { file, path: link.path, about };
                return Ok(());
            }
        }
        let text = text.unwrap_or_default();
        if text.is_empty() {
            return Err(Stop::Missing { at: link.path, inside: self.at.path.clone(), link: None, last: false });
        }
        if text.starts_with('/') {
            self.at = root(self.scene)?;
        }
        let mut all = split(&text, &Some((link.path, text.clone())));
        all.append(names);
        *names = all;
        Ok(())
    }

    fn own_directory(&self) -> Option<Place> {
        let pids = self.scene.status()?.nspid.clone()?;
        // Innermost first: the proc of the process' own namespace is the usual one.
        pids.iter().rev().find_map(|pid| self.down(&pid.to_string(), &None, false).ok())
    }
}

fn split(path: &str, link: &Link) -> VecDeque<(String, Link)> {
    path.split('/').filter(|name| !name.is_empty()).map(|name| (name.to_owned(), link.clone())).collect()
}

/// A path and a name below it.
pub fn join(directory: &str, name: &str) -> String {
    if directory == "/" { format!("/{name}") } else { format!("{directory}/{name}") }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
