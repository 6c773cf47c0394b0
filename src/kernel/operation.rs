//! The operations that a lesson's step can ask an actor to do: one each, on the actor itself.
//! In YAML a step says `do: { unshare: [uts] }`: the key names the operation, the value its arguments.
//! This file holds their form only; what they do is in the file of their facility (`perform` finds it), and what
//! the same is called in a shell is in `shell_words`.

pub use super::network::form::{Capture, Connect, LinkChange, LinkType, Listen, NewAddress, NewLink, NewRoute, Serve};
use super::nftables::form::Nft;
use super::{Namespace, capabilities::Capability};
use serde::{Deserialize, Serialize};

/// One operation, as a lesson writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// Nothing: the step only looks.
    Look,
    /// unshare(2): fresh namespaces for the actor.
    Unshare(Vec<Namespace>),
    /// setns(2): into a namespace that exists.
    Setns(Enter),
    /// fork(2): a child, which becomes an actor of this name.
    Fork(String),
    /// wait4(2) for an actor that is this one's child.
    Wait(String),
    /// exit(2): the actor ends with this status.
    Exit(u8),
    /// fork, execve(2) and wait: the program and its arguments; its output becomes the step's output.
    Run(Vec<String>),
    /// kill(2).
    Kill(Kill),
    /// sethostname(2).
    Sethostname(String),
    /// mount(2) of a new file system.
    Mount(NewMount),
    /// mount(2) with MS_BIND: a directory or file, at a second place.
    Bind(Bind),
    /// mount(2) with MS_REMOUNT: other flags for a mount point.
    Remount(Remount),
    /// mount(2) with MS_PRIVATE, MS_SHARED, MS_SLAVE or MS_UNBINDABLE.
    Propagation(Propagation),
    /// umount2(2).
    Umount(Umount),
    /// chroot(2). It does not change the working directory.
    Chroot(String),
    /// chdir(2).
    Chdir(String),
    /// pivot_root(2).
    PivotRoot(PivotRoot),
    /// mkdir(2), one or several.
    Mkdir(Vec<String>),
    /// Writes a file anew: openat(2), write(2), close(2).
    Write(WriteFile),
    /// Reads a file; what it holds becomes the step's output.
    Read(String),
    /// A symbolic link: symlinkat(2).
    Symlink(Symlink),
    /// unlink(2) of a file, or rmdir(2) of a directory.
    Remove(String),
    /// chmod(2).
    Chmod(Chmod),
    /// Opens a file or directory and keeps the descriptor under a name.
    Open(OpenFile),
    /// Closes a descriptor that `open` kept.
    Close(String),
    /// fchdir(2) to a directory that `open` kept.
    Fchdir(String),
    /// Puts one of Boxlab's own small programs at a path, executable.
    Place(Place),
    /// capset(2): takes capabilities out of the actor's effective set.
    Drop(Vec<Capability>),
    /// capset(2): puts them back into the effective set, as far as the permitted set has them.
    Raise(Vec<Capability>),
    /// RTM_NEWLINK (rtnetlink(7)): a link in the actor's network namespace, or both ends of a veth pair.
    LinkAdd(NewLink),
    /// RTM_SETLINK: a link up or down, under another name, on a bridge, into another namespace.
    LinkSet(LinkChange),
    /// RTM_DELLINK.
    LinkDelete(String),
    /// RTM_NEWADDR: an IPv4 address for a link.
    AddressAdd(NewAddress),
    /// RTM_NEWROUTE: by which link and which next hop a destination is reached.
    RouteAdd(NewRoute),
    /// One transaction of nf_tables: a table, a base chain at a hook, a rule at its end.
    Nft(Nft),
    /// NFT_MSG_DELTABLE: a table, with its chains and rules.
    NftDelete(String),
    /// A packet socket on a link, kept under a name: it gets a copy of what passes.
    Capture(Capture),
    /// The packets that a kept packet socket has got meanwhile; they become the step's output.
    Captured(String),
    /// A child of the actor that answers HTTP and DNS until the actor ends.
    Serve(Serve),
    /// One ICMP echo request to an address, and its answer (icmp(7)).
    Ping(String),
    /// socket(2), bind(2), listen(2): an open TCP port, whose socket is kept under a name.
    Listen(Listen),
    /// connect(2) to an address and a port, at most for a moment.
    Connect(Connect),
    /// accept4(2): the next connection of a socket that `listen` kept.
    Accept(String),
}

/// Where `setns` goes: to the namespaces of an actor, or behind a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enter {
    /// The actor whose namespaces are entered; or none, and a `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// A file that stands for a namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    pub kinds: Vec<Namespace>,
}

/// Whom to signal, by number as the actor itself would say it, and the signal's name without SIG.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    pub pid: i32,
    pub signal: String,
}

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
    /// With everything mounted below it (MS_REC).
    #[serde(default, skip_serializing_if = "is_false")]
    pub recursive: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<MountFlag>,
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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteFile {
    pub at: String,
    pub text: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub executable: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symlink {
    pub to: String,
    pub at: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chmod {
    pub at: String,
    /// Octal, as a string: "755".
    pub mode: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenFile {
    pub path: String,
    /// The name it is kept under.
    #[serde(rename = "as")]
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub program: Program,
    pub at: String,
    /// Further names for it in the same directory: symbolic links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

/// The programs that Boxlab brings for a root file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Program {
    /// Boxlab's own static binary: the shell and the usual commands.
    Tools,
    /// A static program that says one line. It needs nothing.
    Static,
    /// The same, but it names a loader that must be in the root file system.
    Dynamic,
    /// The smallest loader there can be: it starts the program and loads nothing.
    Loader,
    /// The static program with another processor's number in its header.
    Foreign,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Operation {
    /// It changes nothing, so it need not be repeated.
    pub fn only_looks(&self) -> bool {
        matches!(self, Operation::Look | Operation::Read(_) | Operation::Captured(_))
    }

    /// The other actor that it is about, by whose PID the kernel is told.
    pub fn other_actor(&self) -> Option<&str> {
        match self {
            Operation::Setns(enter) => enter.of.as_deref(),
            Operation::LinkSet(change) => change.into.as_deref(),
            _ => None,
        }
    }

    /// The YAML key, for messages: `unshare`, `pivot_root`, …
    pub fn name(&self) -> &'static str {
        match self {
            Operation::Look => "look",
            Operation::Unshare(_) => "unshare",
            Operation::Setns(_) => "setns",
            Operation::Fork(_) => "fork",
            Operation::Wait(_) => "wait",
            Operation::Exit(_) => "exit",
            Operation::Run(_) => "run",
            Operation::Kill(_) => "kill",
            Operation::Sethostname(_) => "sethostname",
            Operation::Mount(_) => "mount",
            Operation::Bind(_) => "bind",
            Operation::Remount(_) => "remount",
            Operation::Propagation(_) => "propagation",
            Operation::Umount(_) => "umount",
            Operation::Chroot(_) => "chroot",
            Operation::Chdir(_) => "chdir",
            Operation::PivotRoot(_) => "pivot_root",
            Operation::Mkdir(_) => "mkdir",
            Operation::Write(_) => "write",
            Operation::Read(_) => "read",
            Operation::Symlink(_) => "symlink",
            Operation::Remove(_) => "remove",
            Operation::Chmod(_) => "chmod",
            Operation::Open(_) => "open",
            Operation::Close(_) => "close",
            Operation::Fchdir(_) => "fchdir",
            Operation::Place(_) => "place",
            Operation::Drop(_) => "drop",
            Operation::Raise(_) => "raise",
            Operation::LinkAdd(_) => "link_add",
            Operation::LinkSet(_) => "link_set",
            Operation::LinkDelete(_) => "link_delete",
            Operation::AddressAdd(_) => "address_add",
            Operation::RouteAdd(_) => "route_add",
            Operation::Nft(_) => "nft",
            Operation::NftDelete(_) => "nft_delete",
            Operation::Capture(_) => "capture",
            Operation::Captured(_) => "captured",
            Operation::Serve(_) => "serve",
            Operation::Ping(_) => "ping",
            Operation::Listen(_) => "listen",
            Operation::Connect(_) => "connect",
            Operation::Accept(_) => "accept",
        }
    }
}
