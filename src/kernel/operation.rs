//! The operations that a lesson's step can ask an actor to do: one each, on the actor itself.
//! In YAML a step says `do: { unshare: [uts] }`: the key names the operation, the value its arguments.
//! This file holds their form only; what they do is in the file of their facility (`perform` finds it), and what
//! the same is called in a shell is in `shell_words`.

use super::capability_sets::ChangeSets;
pub use super::cgroups::form::{GroupEnable, GroupJoin, GroupSet};
use super::clock::TimeOfDay;
pub use super::mount_forms::{
    Attach, Bind, MountFlag, NewMount, PivotRoot, Propagation, PropagationType, Remount, Umount,
};
pub use super::network::form::{
    Capture, Connect, LinkChange, LinkType, Listen, NewAddress, NewLink, NewRoute, Ping, Serve,
};
use super::nftables::form::Nft;
use super::privileges::{FileCapabilities, Securebit};
use super::queues::Queue;
use super::raw_calls::Harmless;
use super::seccomp::Filter;
pub use super::start::Start;
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
    /// The same, but the output is a list of the system calls that the program made, as the observer saw them.
    Log(Vec<String>),
    /// fork(2) and execve(2), without waiting: the program becomes an actor that does nothing but run.
    Start(Start),
    /// kill(2).
    Kill(Kill),
    /// The duties of PID 1 from here on: passes signals on, collects whoever ends.
    Init(InitFor),
    /// prctl(2) with PR_SET_CHILD_SUBREAPER: orphans below the actor become its children.
    Subreaper(bool),
    /// sethostname(2).
    Sethostname(String),
    /// clock_settime(2): the machine's time of day, set to what it is.
    SetClock(TimeOfDay),
    /// mount(2) of a new file system.
    Mount(NewMount),
    /// mount(2) with MS_BIND: a directory or file, at a second place.
    Bind(Bind),
    /// mount(2) with MS_REMOUNT: other flags for a mount point.
    Remount(Remount),
    /// mount(2) with MS_PRIVATE, MS_SHARED, MS_SLAVE or MS_UNBINDABLE.
    Propagation(Propagation),
    /// open_tree(2), setns(2) and move_mount(2): a tree of the actor, shown in another actor's mount namespace.
    Attach(Attach),
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
    /// rename(2).
    Rename(Rename),
    /// unlink(2) of a file, or rmdir(2) of a directory.
    Remove(String),
    /// mknod(2): a character device.
    Mknod(Mknod),
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
    /// msgget(2): finds a message queue by its key, or makes it.
    Msgget(Queue),
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
    Ping(Ping),
    /// socket(2), bind(2), listen(2): an open TCP port, whose socket is kept under a name.
    Listen(Listen),
    /// connect(2) to an address and a port, at most for a moment.
    Connect(Connect),
    /// accept4(2): the next connection of a socket that `listen` kept.
    Accept(String),
    /// capset(2) and prctl(2): keeps, drops or raises capabilities in any of the five sets.
    Capabilities(ChangeSets),
    /// prctl(2) with PR_SET_NO_NEW_PRIVS: execve adds no powers from now on.
    NoNewPrivs(bool),
    /// prctl(2) with PR_SET_SECUREBITS: what user id 0 loses of its special treatment.
    Securebits(Vec<Securebit>),
    /// setxattr(2): a program file that brings capabilities.
    Setcap(FileCapabilities),
    /// seccomp(2): a filter of system calls.
    Seccomp(Filter),
    /// Makes system calls with arguments that no kernel takes, to see who answers.
    Calls(Vec<Harmless>),
    /// Starts a machine of its own, asks its kernel, and takes it away. No agent does it, but the controller.
    Boot,
    /// Writes the maps of a user namespace: setgroups, gid_map and uid_map of /proc/PID.
    Map(IdMap),
    /// setuid(2).
    Setuid(u32),
    /// setgid(2).
    Setgid(u32),
    /// setgroups(2): the supplementary groups.
    Setgroups(Vec<u32>),
    /// chown(2).
    Chown(Chown),
    /// mkdir(2) of a control group, in each tree of groups.
    GroupMake(String),
    /// rmdir(2) of one.
    GroupRemove(String),
    /// Settings of a control group: pids.max, memory.max, cpu.max, cgroup.freeze, …
    GroupSet(GroupSet),
    /// Moves a process into a control group.
    GroupJoin(GroupJoin),
    /// Hands controllers down to a control group's children (version 2).
    GroupEnable(GroupEnable),
    /// Ends every process of a control group.
    GroupKill(String),
}

// ANCHOR: forms
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

/// Whom to signal, by number as the actor itself would say it or by name, and the signal's name without SIG.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i32>,
    /// The actor that is meant; or none, and a `pid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    pub signal: String,
}

/// What an init is there for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitFor {
    /// The child that signals are passed on to, and with which the init ends; none: it ends itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main: Option<String>,
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
pub struct Rename {
    pub from: String,
    pub to: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mknod {
    pub at: String,
    /// Which driver and which of its devices, `major:minor`: "1:3".
    pub device: String,
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

/// What is written of a user namespace's maps (user_namespaces(7)), in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdMap {
    /// The actor whose user namespace it is; the caller's own if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setgroups: Option<Setgroups>,
    /// Lines of first id inside, first id outside, count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gid: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uid: Vec<String>,
}

/// What the file setgroups of a user namespace holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Setgroups {
    Allow,
    Deny,
}

impl Setgroups {
    /// As the file takes it.
    pub fn text(self) -> &'static str {
        match self {
            Setgroups::Allow => "allow",
            Setgroups::Deny => "deny",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chown {
    pub at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
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
// ANCHOR_END: forms

fn is_false(value: &bool) -> bool {
    !value
}

impl Operation {
    /// The actor that it makes, if it succeeds.
    pub fn child(&self) -> Option<&String> {
        match self {
            Operation::Fork(name) | Operation::Start(Start { name, .. }) => Some(name),
            _ => None,
        }
    }

    /// It changes nothing, so it need not be repeated.
    pub fn only_looks(&self) -> bool {
        matches!(
            self,
            Operation::Look | Operation::Read(_) | Operation::Calls(_) | Operation::Captured(_) | Operation::Boot
        )
    }

    /// The other actor that it needs to find, by number.
    pub fn other(&self) -> Option<&str> {
        match self {
            Operation::Setns(enter) => enter.of.as_deref(),
            Operation::Attach(it) => Some(&it.into),
            Operation::Map(it) => it.of.as_deref(),
            Operation::Kill(it) => it.of.as_deref(),
            Operation::GroupJoin(it) => it.of.as_deref(),
            Operation::LinkAdd(new) => new.into.as_deref(),
            Operation::LinkSet(change) => change.into.as_deref(),
            _ => None,
        }
    }
}
