//! Control groups (cgroups(7)): a group is a directory, its settings are files in it, and a process is moved by writing
//! its number to `cgroup.procs`. The names are those of version 2; `v1` says where version 1 has the same.
//! Version 2 has one tree, so one directory is a group. Version 1 has a tree for each controller, so a group is a
//! directory in each of them. Which version it is, the file system at /sys/fs/cgroup says.

pub mod form;
pub mod v1;
pub mod v2;
pub mod words;

use super::error::Failed;
use form::{GroupEnable, GroupJoin, GroupSet};
use nix::errno::Errno;
use nix::sys::statfs::{CGROUP2_SUPER_MAGIC, statfs};
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::Write;

/// Where the lab host shows its groups.
pub const ROOT: &str = "/sys/fs/cgroup";

/// The controllers of version 1 that lessons know.
const CONTROLLERS: [&str; 4] = ["cpu", "freezer", "memory", "pids"];

/// The trees that a lab has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub version: u8,
    /// Name below `ROOT` and all controllers of each; of version 2 both are empty.
    pub trees: Vec<(String, String)>,
}

impl Layout {
    /// The directories that a group is.
    pub fn directories(&self, group: &str) -> Vec<String> {
        self.trees.iter().map(|(name, _)| directory(name, group)).collect()
    }
}

/// `/sys/fs/cgroup/pids/box`; of version 2 `tree` is empty. The group `/` is the root of the tree.
pub fn directory(tree: &str, group: &str) -> String {
    let parts = [tree, group.trim_matches('/')];
    let below: String = parts.iter().filter(|it| !it.is_empty()).map(|it| format!("/{it}")).collect();
    format!("{ROOT}{below}")
}

/// The version that is mounted here.
pub fn version() -> Result<u8, Failed> {
    let about = statfs(ROOT).map_err(|errno| Failed::new("statfs", errno).on(ROOT))?;
    Ok(if about.filesystem_type() == CGROUP2_SUPER_MAGIC { 2 } else { 1 })
}

/// The trees that are mounted here: one without a name in version 2, one for each controller in version 1.
fn trees() -> Result<Vec<String>, Failed> {
    if version()? == 2 {
        return Ok(vec![String::new()]);
    }
    let there = |name: &&str| std::path::Path::new(&directory(name, "/")).exists();
    Ok(CONTROLLERS.into_iter().filter(there).map(str::to_owned).collect())
}

// ANCHOR: group_make
/// Makes a group: a directory in each tree, mkdir(2). The kernel fills it with the files.
pub fn make(group: &str) -> Result<(), Failed> {
    for tree in trees()? {
        let path = directory(&tree, group);
        std::fs::create_dir(&path).map_err(|error| Failed::io("mkdir", &error, path))?;
    }
    Ok(())
}
// ANCHOR_END: group_make

// ANCHOR: group_remove
/// Removes a group: rmdir(2). The files are no obstacle, processes and groups below it are.
pub fn remove(group: &str) -> Result<(), Failed> {
    for tree in trees()? {
        let path = directory(&tree, group);
        std::fs::remove_dir(&path).map_err(|error| Failed::io("rmdir", &error, path))?;
    }
    Ok(())
}
// ANCHOR_END: group_remove

// ANCHOR: group_set
/// Writes settings of a group, each into the file that this version has for it.
pub fn set(it: &GroupSet) -> Result<(), Failed> {
    for (path, text) in settings(it)? {
        write(&path, &text)?;
    }
    until_frozen(it)
}
// ANCHOR_END: group_set

fn settings(it: &GroupSet) -> Result<Vec<(String, String)>, Failed> {
    if version()? == 2 { Ok(v2::settings(it)) } else { v1::settings(it) }
}

/// Freezing takes a moment, and is waited for.
fn until_frozen(it: &GroupSet) -> Result<(), Failed> {
    let Some(freeze) = it.freeze.as_deref() else { return Ok(()) };
    let wait = if version()? == 2 { v2::until_frozen } else { v1::until_frozen };
    wait(&it.group, freeze == "1")
}

// ANCHOR: group_join
/// Moves a process into a group, in each tree. 0 stands for the writer itself.
pub fn join(it: &GroupJoin, pid_of: Option<i32>) -> Result<(), Failed> {
    let number = pid_of.unwrap_or(0).to_string();
    for tree in trees()? {
        write(&format!("{}/cgroup.procs", directory(&tree, &it.group)), &number)?;
    }
    Ok(())
}
// ANCHOR_END: group_join

// ANCHOR: group_enable
/// Hands controllers down to the children of a group. Version 1 has no such file.
pub fn enable(it: &GroupEnable) -> Result<(), Failed> {
    let words: Vec<String> = it.controllers.iter().map(|name| format!("+{name}")).collect();
    write(&format!("{}/cgroup.subtree_control", directory("", &it.group)), &words.join(" "))
}
// ANCHOR_END: group_enable

// ANCHOR: group_kill
/// Ends every process of a group: one write in version 2, a round of signals until nobody is left in version 1.
pub fn kill(group: &str) -> Result<(), Failed> {
    if version()? == 2 { write(&format!("{}/cgroup.kill", directory("", group)), "1") } else { v1::kill(group) }
}
// ANCHOR_END: group_kill

/// The files are the kernel's: openat(2) without O_CREAT, so that one which is missing is said to be.
fn write(path: &str, text: &str) -> Result<(), Failed> {
    let mut file = OpenOptions::new().write(true).open(path).map_err(|error| Failed::io("openat", &error, path))?;
    file.write_all(text.as_bytes()).map_err(|error| Failed::io("write", &error, path))
}

/// A wait has had no end.
fn too_long(path: &str) -> Failed {
    Failed::new("poll", Errno::ETIMEDOUT).on(path)
}
