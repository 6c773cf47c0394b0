//! The forms of the operations on mount points, as a lesson writes them: mount(2), umount2(2), pivot_root(2).
//! What they do is in `mounts` and `rootfs`.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMount {
    /// The file system's type: tmpfs, proc, …
    #[serde(rename = "type")]
    pub kind: String,
    pub at: String,
    /// What is mounted; the type's own name where the file system needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<MountFlag>,
    /// Options of the file system itself, as mount(8) takes them after -o.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
}

/// A flag of a mount point (mount(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MountFlag {
    Ro,
    Nosuid,
    Nodev,
    Noexec,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    pub from: String,
    pub to: String,
    /// Only these of the directory `from`, each at the same name below `to`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// With everything mounted below it (MS_REC).
    #[serde(default, skip_serializing_if = "is_false")]
    pub recursive: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<MountFlag>,
}

/// What is shown in whose mount namespace, and where there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attach {
    /// A path of whoever acts.
    pub from: String,
    /// The actor whose mount namespace gets it.
    pub into: String,
    /// A path in that namespace, from its own root.
    pub at: String,
    /// Only these of the directory `from`, each at the same name below `at`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// With everything mounted below it (AT_RECURSIVE).
    #[serde(default, skip_serializing_if = "is_false")]
    pub recursive: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<MountFlag>,
}

impl Attach {
    /// Each tree and its place.
    pub fn pairs(&self) -> Vec<(String, String)> {
        pairs(&self.from, &self.at, &self.names)
    }
}

impl Bind {
    /// Each path and its second place.
    pub fn pairs(&self) -> Vec<(String, String)> {
        pairs(&self.from, &self.to, &self.names)
    }
}

/// Both paths, or each name below both of them.
fn pairs(from: &str, to: &str, names: &[String]) -> Vec<(String, String)> {
    if names.is_empty() {
        return vec![(from.to_owned(), to.to_owned())];
    }
    let below = |path: &str, name: &String| format!("{}/{name}", path.trim_end_matches('/'));
    names.iter().map(|name| (below(from, name), below(to, name))).collect()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remount {
    pub at: String,
    pub flags: Vec<MountFlag>,
    /// Only this mount point (MS_BIND), not the file system for everyone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bind: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Propagation {
    pub at: String,
    pub to: PropagationType,
    #[serde(default, skip_serializing_if = "is_false")]
    pub recursive: bool,
}

/// Where mount events go to and come from (mount_namespaces(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PropagationType {
    Private,
    Shared,
    Slave,
    Unbindable,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Umount {
    pub at: String,
    /// Out of the tree now, freed when nothing uses it any more (MNT_DETACH).
    #[serde(default, skip_serializing_if = "is_false")]
    pub detach: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PivotRoot {
    pub new_root: String,
    pub put_old: String,
}

fn is_false(value: &bool) -> bool {
    !value
}
