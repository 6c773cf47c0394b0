//! Making the groups of a lab, outside of it and as the learner: one in each tree that is wanted, and a leaf below.
//! Root gives them to the user whose lab it is, as systemd does for a user's session: the directory, and the files by
//! which processes are moved and controllers handed down. The limits of the lab's own group stay root's.

use super::bounds::Bounds;
use super::find::{self, Found, Place};
use super::keeper::Keeper;
use super::{LEAF, NO_GROUPS, NOT_ENTERED, Wanted};
use crate::kernel::cgroups::Layout;
use crate::kernel::error::{Errno, Failed};
use crate::probe::meter::Trees;
use crate::stage::ids::lab_user;
use crate::stage::message::NoLab;
use crate::state::groups::PREFIX;
use crate::state::ledger;
use nix::unistd::{Gid, Uid};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The files that whoever is given a group may write to (cgroups(7), delegation; version 1 has `tasks`).
const GIVEN: [&str; 4] = ["cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "tasks"];

/// The groups of one lab.
#[derive(Debug)]
pub struct Groups {
    found: Found,
    /// The controllers that the lab shows; others are there for its bounds alone.
    shown: Wanted,
    /// In the order of the places.
    paths: Vec<PathBuf>,
    keeper: Keeper,
}

/// In which leaf a process is to go, opened while it still may: one for each tree.
pub struct Leaves(Vec<(PathBuf, File)>);

fn no(act: &str, path: &Path, failed: Failed) -> NoLab {
    NoLab { act: format!("{act} {}", path.display()), failed }
}

fn io<T>(call: &str, path: &Path, result: std::io::Result<T>) -> Result<T, NoLab> {
    result.map_err(|error| no(call, path, Failed::io(call, &error, path.display().to_string())))
}

/// A name that none of the places has yet.
fn free_name(found: &Found) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let name = format!("{PREFIX}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        if !found.places.iter().any(|place| place.parent.join(&name).exists()) {
            return name;
        }
    }
}

/// Makes those that are wanted, if any is, and bounds the lab where that can be done. The caller has one thread.
pub fn make(wanted: &Wanted, bounds: Option<Bounds>) -> Result<Option<Groups>, NoLab> {
    if let Some((bounds, found)) = bounds.zip(find::find(&Bounds::with(wanted)).ok()) {
        let made = make_at(found, wanted, Some(bounds));
        // For bounds alone no lab is refused.
        return if wanted.is_empty() { Ok(made.ok()) } else { made.map(Some) };
    }
    if wanted.is_empty() {
        return Ok(None);
    }
    let found = find::find(wanted).map_err(|_| NoLab {
        act: NO_GROUPS.to_owned(),
        failed: Failed::new("access", nix::errno::Errno::EACCES).on("/sys/fs/cgroup"),
    })?;
    make_at(found, wanted, None).map(Some)
}

fn make_at(found: Found, wanted: &Wanted, bounds: Option<Bounds>) -> Result<Groups, NoLab> {
    ledger::clean_groups().ok();
    let name = free_name(&found);
    let paths: Vec<PathBuf> = found.places.iter().map(|place| place.parent.join(&name)).collect();
    let entered = ledger::enter_groups(&name, &paths)
        .map_err(|error| NoLab { act: NOT_ENTERED.to_owned(), failed: Failed::io("write", &error, "the ledger") })?;
    let keeper = Keeper::start(paths.clone(), entered)
        .map_err(|failed| NoLab { act: "fork of the keeper of the control groups".to_owned(), failed })?;
    // From here on the keeper takes away what is made.
    let groups = Groups { found, shown: wanted.clone(), paths, keeper };
    for path in &groups.paths {
        for group in [path.clone(), path.join(LEAF)] {
            io("mkdir", &group, std::fs::create_dir(&group))?;
            give(&group)?;
        }
        bounds.iter().for_each(|bounds| bounds.write(path));
    }
    Ok(groups)
}

/// To the lab's user, where root has made it.
fn give(group: &Path) -> Result<(), NoLab> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    let (uid, gid) = lab_user();
    let files = GIVEN.iter().map(|file| group.join(file)).filter(|path| path.exists());
    for path in std::iter::once(group.to_owned()).chain(files) {
        nix::unistd::chown(&path, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))
            .map_err(|errno| no("chown", &path, Failed::new("chown", errno).on(path.display().to_string())))?;
    }
    Ok(())
}

impl Groups {
    /// As the lab host shows them, if it shows any.
    pub fn layout(&self) -> Option<Layout> {
        let version = self.found.version;
        let shown = |place: &Place| {
            let has = |name: &&&str| version == 2 || place.options.split(',').any(|it| it == **name);
            let name = self.shown.iter().find(has)?;
            Some((if version == 2 { String::new() } else { (*name).to_owned() }, place.options.clone()))
        };
        let trees: Vec<_> = self.found.places.iter().filter_map(shown).collect();
        (!trees.is_empty()).then_some(Layout { version, trees })
    }

    /// Where they are for somebody outside of the lab, who measures them.
    pub fn trees(&self) -> Trees {
        let names = self.found.places.iter().map(|place| place.name.clone());
        Trees { version: self.found.version, places: names.zip(self.paths.iter().cloned()).collect() }
    }

    /// In the launcher, before it has a user namespace: enters the lab's groups. The leaves are for later: the cgroup
    /// namespace is to begin above them.
    pub fn enter(&self) -> Result<Leaves, Failed> {
        let open = |path: &Path| {
            let path = path.join("cgroup.procs");
            let file = File::options().write(true).open(&path);
            file.map_err(|error| Failed::io("openat", &error, path.display().to_string()))
        };
        let mut leaves = Vec::new();
        for path in &self.paths {
            leaves.push((path.join(LEAF), open(&path.join(LEAF))?));
            // To move a process costs the kernel some milliseconds.
            if !self.shown.is_empty() {
                join(path, &mut open(path)?)?;
            }
        }
        Ok(Leaves(leaves))
    }

    /// Says that the lab is over: the keeper ends what is left, and takes the groups away.
    pub fn over(&mut self) {
        self.keeper.tell();
    }
}

impl Leaves {
    /// In the launcher, after it has its cgroup namespace.
    pub fn enter(&mut self) -> Result<(), Failed> {
        self.0.iter_mut().try_for_each(|(path, file)| join(path, file))
    }
}

/// 0 stands for whoever writes it.
fn join(path: &Path, file: &mut File) -> Result<(), Failed> {
    file.write_all(b"0").map_err(|error| {
        Failed::new("write", Errno::from_io(&error)).on(path.join("cgroup.procs").display().to_string())
    })
}
