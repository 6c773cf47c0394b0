//! Values of facts that have several parts: a mount point, a file, a link, a neighbour.

use serde::{Deserialize, Serialize};

/// One row of mountinfo (proc_pid_mountinfo(5)), as far as it is the same on all machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountPoint {
    pub id: u64,
    pub parent: u64,
    /// The device number, `major:minor`.
    pub device: String,
    /// The path within the file system that is mounted.
    pub root: String,
    pub kind: String,
    pub source: String,
    /// The flags of the mount point, without the time-stamp ones.
    pub flags: Vec<String>,
    /// The optional fields: `shared:N`, `master:N`, `unbindable`.
    pub propagation: Vec<String>,
}

/// A file as lstat(2) describes it, and its first bytes where it is a small text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFact {
    /// file, directory, link, character device, …
    pub kind: String,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Whether the owner is named also if it is user and group 0: in lessons about ids.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owner_too: bool,
    pub device: u64,
    pub inode: u64,
    /// What it holds, or where the link points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A link as its network namespace lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkFact {
    pub index: i32,
    /// loopback, veth, bridge, …
    pub kind: String,
    pub up: bool,
    /// Something is at the other end. It counts only where the link is up.
    pub carrier: bool,
    /// The hardware address.
    pub hardware: String,
    /// The number of the other end, and whether that is in another namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<(i32, bool)>,
    /// The bridge that it is a port of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master: Option<String>,
    /// Where it is not the usual one for its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}

/// Who answered for an address on a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeighbourFact {
    pub link: String,
    /// Its hardware address; none where nobody answered.
    pub hardware: Option<String>,
}

impl std::fmt::Display for FileFact {
    /// `file 0644 of 0:0 "text"`
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.kind)?;
        // A link has the permissions of what it points to, and whose it is says nothing: those of /proc belong to a user
        // whom a rootless lab cannot name.
        if self.kind != "link" {
            write!(out, " {:04o}", self.mode)?;
            // A user namespace makes no device files: these are lent by the machine, and whose they are there differs.
            let lent = self.kind == "character device";
            if self.owner_too || ((self.uid, self.gid) != (0, 0) && !lent) {
                write!(out, " of {}:{}", self.uid, self.gid)?;
            }
        }
        match &self.text {
            Some(text) if self.kind == "link" => write!(out, " to {text}"),
            Some(text) => write!(out, " {text:?}"),
            None => Ok(()),
        }
    }
}
