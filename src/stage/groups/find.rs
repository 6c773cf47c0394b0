//! Where the groups of a lab can be: hierarchies that are mounted, and in each a group that we may make one below.
//! Version 2 is taken if it has all that is wanted, else version 1. Nothing is made here; access(2) is asked, with the
//! effective ids. A group of version 2 has the controllers that its parent hands down, and what a parent hands down is
//! never changed by us: it is not ours.

use super::Wanted;
use nix::errno::Errno;
use nix::unistd::{AccessFlags, eaccess};
use std::path::{Path, PathBuf};

/// One hierarchy that is mounted, and our group in it.
#[derive(Clone, Debug)]
pub struct Hierarchy {
    pub version: u8,
    pub point: PathBuf,
    pub controllers: Vec<String>,
    /// Our group's directory.
    pub group: PathBuf,
}

/// A place for one group of the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// How the lab host calls it: the controller of version 1; nothing in version 2, which has one tree.
    pub name: String,
    /// All controllers of the tree, as mount(8) takes them: `cpu,cpuacct`.
    pub options: String,
    /// The group that is to be its parent.
    pub parent: PathBuf,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub version: u8,
    pub places: Vec<Place>,
}

/// Why no groups can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoGroups {
    /// No cgroup file system is mounted.
    NotMounted,
    /// None that is mounted has these controllers.
    NoController(Vec<String>),
    /// Version 2 has them, but the groups that we may write to do not hand them down.
    NotHandedDown { group: PathBuf, missing: Vec<String> },
    /// We may not write there.
    Refused { path: PathBuf, errno: Errno },
}

/// A place for groups with these controllers.
pub fn find(wanted: &Wanted) -> Result<Found, NoGroups> {
    choose(&hierarchies(), wanted)
}

fn choose(hierarchies: &[Hierarchy], wanted: &Wanted) -> Result<Found, NoGroups> {
    if hierarchies.is_empty() {
        return Err(NoGroups::NotMounted);
    }
    // Of version 2 no controller is wanted for freezing.
    let two: Vec<&str> = wanted.iter().copied().filter(|name| *name != "freezer").collect();
    let unified = hierarchies.iter().find(|it| it.version == 2);
    if let Some(unified) = unified {
        let available = words(&unified.point.join("cgroup.controllers"));
        if two.iter().all(|name| available.iter().any(|it| it == name)) {
            let parent = parent(unified, &two)?;
            let place = Place { name: String::new(), options: String::new(), parent };
            return Ok(Found { version: 2, places: vec![place] });
        }
    }
    let mut places: Vec<Place> = Vec::new();
    let mut missing = Vec::new();
    for name in wanted {
        let of = |it: &&Hierarchy| it.version == 1 && it.controllers.iter().any(|controller| controller == name);
        let Some(hierarchy) = hierarchies.iter().find(of) else {
            missing.push((*name).to_owned());
            continue;
        };
        let options = hierarchy.controllers.join(",");
        if !places.iter().any(|place| place.options == options) {
            places.push(Place { name: (*name).to_owned(), options, parent: parent(hierarchy, &[])? });
        }
    }
    if missing.is_empty() { Ok(Found { version: 1, places }) } else { Err(NoGroups::NoController(missing)) }
}

/// The group to make ours in: root takes the root of the tree, anybody else the nearest one that was given to him, his
/// own first. It is always one that our own group is in, since a process may only be moved by who may write to the
/// group that both places are in.
fn parent(hierarchy: &Hierarchy, handed_down: &[&str]) -> Result<PathBuf, NoGroups> {
    let above = hierarchy.group.ancestors().take_while(|it| it.starts_with(&hierarchy.point)).map(Path::to_owned);
    let mut candidates: Vec<PathBuf> = above.collect();
    if nix::unistd::geteuid().is_root() {
        candidates.insert(0, hierarchy.point.clone());
    }
    let mut why = NoGroups::Refused { path: hierarchy.group.clone(), errno: Errno::ENOENT };
    for (at, group) in candidates.iter().enumerate() {
        if let Some((path, errno)) = refused(group) {
            if at == 0 {
                why = NoGroups::Refused { path, errno };
            }
            continue;
        }
        let enabled = words(&group.join("cgroup.subtree_control"));
        let missing: Vec<String> = handed_down
            .iter()
            .filter(|name| !enabled.iter().any(|it| it == *name))
            .map(|it| (*it).to_owned())
            .collect();
        if missing.is_empty() {
            return Ok(group.clone());
        }
        if !matches!(why, NoGroups::NotHandedDown { .. }) {
            why = NoGroups::NotHandedDown { group: group.clone(), missing };
        }
    }
    Err(why)
}

/// What of a group we may not write to: the directory, to make a group in it, and the file that moves processes.
fn refused(group: &Path) -> Option<(PathBuf, Errno)> {
    let asked = [group.to_owned(), group.join("cgroup.procs")];
    asked.into_iter().find_map(|path| {
        let errno = eaccess(&path, AccessFlags::W_OK).err()?;
        Some((path, errno))
    })
}

fn words(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

/// All that are mounted here, each once.
pub fn hierarchies() -> Vec<Hierarchy> {
    let Ok(process) = procfs::process::Process::myself() else { return Vec::new() };
    let (Ok(mounts), Ok(ours)) = (process.mountinfo(), process.cgroups()) else { return Vec::new() };
    let mut found: Vec<Hierarchy> = Vec::new();
    let mounts: Vec<_> = mounts.iter().collect();
    for (at, mount) in mounts.iter().enumerate() {
        let version = match mount.fs_type.as_str() {
            "cgroup" => 1,
            "cgroup2" => 2,
            _ => continue,
        };
        // What another mount covers cannot be reached.
        if mounts[at + 1..].iter().any(|later| mount.mount_point.starts_with(&later.mount_point)) {
            continue;
        }
        let line = ours.0.iter().find(|line| match version {
            // Version 2 is the line `0::`; a version 1 hierarchy is known by its controllers, or its name.
            2 => line.hierarchy == 0,
            _ => {
                line.hierarchy != 0
                    && line.controllers.iter().any(|controller| mount.super_options.contains_key(option(controller)))
            }
        });
        let path = line.map_or("/", |line| line.pathname.as_str());
        // A mount may show only a part of the tree: then its root is a prefix of our path.
        let below = path.strip_prefix(mount.root.as_str()).unwrap_or(path).trim_start_matches('/');
        let group = match below {
            "" => mount.mount_point.clone(),
            below => mount.mount_point.join(below),
        };
        let controllers = match version {
            2 => words(&group.join("cgroup.controllers")),
            _ => line
                .map(|line| line.controllers.iter().filter(|name| !name.contains('=')).cloned().collect())
                .unwrap_or_default(),
        };
        if !found.iter().any(|known| known.version == version && known.controllers == controllers) {
            found.push(Hierarchy { version, point: mount.mount_point.clone(), controllers, group });
        }
    }
    found
}

/// `name=systemd` is the option `name`.
fn option(controller: &str) -> &str {
    controller.split('=').next().unwrap_or(controller)
}
