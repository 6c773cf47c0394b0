//! A fact: something the kernel reports about a subject, seen from a viewpoint.
//! `(subject, view, key) → value`, for example `(container, inside, pid) → 1`. The keys are a closed list, so that a
//! lesson cannot claim what no probe reads; the values keep the kernel's own numbers until `names` replaces them.
//! Manual pages: proc(5), namespaces(7), credentials(7), mount_namespaces(7).

pub use super::group_key::GroupKey;
pub use super::values::{FileFact, LinkFact, MountPoint, NeighbourFact};
use crate::kernel::Namespace;
use serde::{Deserialize, Serialize};

/// From where a fact was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// By the process itself: what its own system calls answered.
    Inside,
    /// By the lab host's first process, in /proc.
    Outside,
}

impl std::fmt::Display for View {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            View::Inside => "inside",
            View::Outside => "outside",
        })
    }
}

/// What the fact is about. Its text form is what lessons write: `ns.uts`, `mount./proc`, `file./etc/motd`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Key {
    /// The process' state as ps shows it: running, zombie, ended.
    State,
    /// Its PID: inside what getpid(2) says, outside the lab host's number.
    Pid,
    /// Its parent's PID, likewise.
    Ppid,
    /// All its PIDs, from the outermost namespace that sees it to its own (NSpid of proc_pid_status(5)).
    Nspid,
    /// User and group id: inside geteuid(2), outside the lab host's.
    Uid,
    Gid,
    Hostname,
    /// A namespace that it is in.
    Ns(Namespace),
    /// The PID namespace that its children will be in.
    NsPidForChildren,
    /// Where its root directory is: outside as the lab host's path.
    Root,
    /// The names in its root directory, as it lists them.
    RootEntries,
    Cwd,
    /// The processes that it sees in /proc.
    Processes,
    /// What /proc/self points to, as it reads it.
    ProcSelf,
    /// A mount point in its mount table.
    Mount(String),
    /// A file or directory at a path that the step watches, as it sees it.
    File(String),
    /// How much lies below a directory: the bytes of the regular files, and how many there are.
    Bytes(String),
    /// The extended attributes of a file that any owner may set (xattr(7)), as its owner sees it.
    Attributes(String),
    /// A capability set (capabilities(7)).
    CapEffective,
    CapPermitted,
    CapInheritable,
    CapBounding,
    CapAmbient,
    /// Whether execve(2) may add powers (PR_SET_NO_NEW_PRIVS).
    NoNewPrivs,
    /// The mode of seccomp(2).
    Seccomp,
    /// The signals that it blocks, and those that it has a handler for (signal(7)).
    SignalsBlocked,
    SignalsCaught,
    /// How many filters it has (Linux 5.9).
    SeccompFilters,
    UidMap,
    GidMap,
    /// A link of its network namespace, by its name.
    Link(String),
    /// The IPv4 addresses of a link.
    Address(String),
    /// A route of the main table, by its destination: `default`, `10.88.0.0/24`.
    Route(String),
    /// Somebody on the same link, by the IPv4 address.
    Neighbour(String),
    /// A base chain of the packet filter, by its table and its name, with its rules: `nft.nat.postrouting`.
    Nft(String),
    /// Whether its network namespace forwards packets: net.ipv4.ip_forward.
    Forwarding,
    /// Whether addresses of 127.0.0.0/8 may leave by a link, and come in by one: net.ipv4.conf.all.route_localnet.
    RouteLocalnet,
    /// Paths of /proc and /sys that are hidden by a mount, of Docker's list.
    Masked,
    /// Likewise those that are read-only.
    ReadOnly,
    /// The keys of the message queues that it can name (sysvipc(5)).
    Queues,
    /// The time namespace that its children will be in, and its offsets.
    NsTimeForChildren,
    Offsets,
    /// What its clocks say, beside the host's: since the boot, and the date.
    Uptime,
    /// The kernel that answers, by its release: uname(2).
    KernelRelease,
    /// A random number that it has made when it started: random(4).
    BootId,
    Date,
    /// How many processors it may run on: sched_getaffinity(2).
    Cpus,
    /// Its control group, by the name that its cgroup namespace gives it.
    GroupPath,
    /// Something of a control group of the lab, whoever is in it.
    Group(GroupKey),
    /// A line of a file that it reads, which is the machine's and gets a name: the first, or that after a `#`.
    Line(String),
    /// Whether setgroups(2) is allowed in its user namespace.
    Setgroups,
}

impl Key {
    /// The keys without an argument, with their text form. The order is that of the screen.
    pub const PLAIN: &'static [(&'static str, Key)] = &[
        ("state", Key::State),
        ("pid", Key::Pid),
        ("ppid", Key::Ppid),
        ("nspid", Key::Nspid),
        ("uid", Key::Uid),
        ("gid", Key::Gid),
        ("hostname", Key::Hostname),
        ("ns.uts", Key::Ns(Namespace::Uts)),
        ("ns.pid", Key::Ns(Namespace::Pid)),
        ("ns.pid_for_children", Key::NsPidForChildren),
        ("ns.mount", Key::Ns(Namespace::Mount)),
        ("ns.user", Key::Ns(Namespace::User)),
        ("ns.net", Key::Ns(Namespace::Net)),
        ("ns.ipc", Key::Ns(Namespace::Ipc)),
        ("ns.cgroup", Key::Ns(Namespace::Cgroup)),
        ("ns.time", Key::Ns(Namespace::Time)),
        ("root", Key::Root),
        ("root.entries", Key::RootEntries),
        ("cwd", Key::Cwd),
        ("processes", Key::Processes),
        ("proc.self", Key::ProcSelf),
        ("caps.effective", Key::CapEffective),
        ("caps.permitted", Key::CapPermitted),
        ("caps.inheritable", Key::CapInheritable),
        ("caps.bounding", Key::CapBounding),
        ("caps.ambient", Key::CapAmbient),
        ("no_new_privs", Key::NoNewPrivs),
        ("seccomp", Key::Seccomp),
        ("signals.blocked", Key::SignalsBlocked),
        ("signals.caught", Key::SignalsCaught),
        ("seccomp.filters", Key::SeccompFilters),
        ("uid_map", Key::UidMap),
        ("gid_map", Key::GidMap),
        ("forwarding", Key::Forwarding),
        ("route_localnet", Key::RouteLocalnet),
        ("masked", Key::Masked),
        ("readonly", Key::ReadOnly),
        ("ipc.queues", Key::Queues),
        ("ns.time_for_children", Key::NsTimeForChildren),
        ("clock.offsets", Key::Offsets),
        ("clock.uptime", Key::Uptime),
        ("kernel.release", Key::KernelRelease),
        ("kernel.boot", Key::BootId),
        ("clock.date", Key::Date),
        ("cpus", Key::Cpus),
        ("cgroup.path", Key::GroupPath),
        ("setgroups", Key::Setgroups),
    ];

    /// All the forms that a lesson may write, for messages and completion.
    pub fn forms() -> Vec<String> {
        let plain = Key::PLAIN.iter().map(|(text, _)| (*text).to_owned());
        let paths = ["mount./PATH", "file./PATH", "line./PATH", "bytes./PATH", "attributes./PATH"];
        let network =
            ["link.NAME", "address.LINK", "route.TO", "neighbour.ADDRESS", "nft.TABLE.CHAIN", "group.NAME.pids.max"];
        let named = paths.into_iter().chain(network);
        plain.chain(named.map(str::to_owned)).collect()
    }

    /// What it is, in words for the screen.
    pub fn label(&self) -> String {
        match self {
            Key::State => "state".into(),
            Key::Pid => "PID".into(),
            Key::Ppid => "parent's PID".into(),
            Key::Nspid => "PIDs, outermost first".into(),
            Key::Uid => "user id".into(),
            Key::Gid => "group id".into(),
            Key::Hostname => "host name".into(),
            Key::Ns(kind) => match kind {
                Namespace::Cgroup => "cgroup namespace".into(),
                Namespace::Ipc => "IPC namespace".into(),
                Namespace::Mount => "mount namespace".into(),
                Namespace::Net => "network namespace".into(),
                Namespace::Pid => "PID namespace".into(),
                Namespace::Time => "time namespace".into(),
                Namespace::User => "user namespace".into(),
                Namespace::Uts => "UTS namespace".into(),
            },
            Key::NsPidForChildren => "PID namespace for its children".into(),
            Key::Root => "root directory".into(),
            Key::RootEntries => "names in /".into(),
            Key::Cwd => "working directory".into(),
            Key::Processes => "processes in /proc".into(),
            Key::ProcSelf => "/proc/self".into(),
            Key::Mount(path) => match path.split_once('#') {
                Some((path, nth)) => format!("mount {path}, layer {nth}"),
                None => format!("mount {path}"),
            },
            Key::File(path) => path.clone(),
            Key::Bytes(path) => format!("bytes below {path}"),
            Key::Attributes(path) => format!("attributes of {path}"),
            Key::CapEffective => "effective capabilities".into(),
            Key::CapPermitted => "permitted capabilities".into(),
            Key::CapInheritable => "inheritable capabilities".into(),
            Key::CapBounding => "bounding set".into(),
            Key::CapAmbient => "ambient capabilities".into(),
            Key::NoNewPrivs => "no new privileges".into(),
            Key::Seccomp => "seccomp".into(),
            Key::SignalsBlocked => "blocked signals".into(),
            Key::SignalsCaught => "signals with a handler".into(),
            Key::SeccompFilters => "seccomp filters".into(),
            Key::UidMap => "uid map".into(),
            Key::GidMap => "gid map".into(),
            Key::Link(name) => format!("link {name}"),
            Key::Address(link) => format!("address of {link}"),
            Key::Route(to) => format!("route {to}"),
            Key::Neighbour(address) => format!("neighbour {address}"),
            Key::Nft(chain) => format!("nft {}", chain.replace('.', " ")),
            Key::Forwarding => "forwarding".into(),
            Key::RouteLocalnet => "routing of 127.0.0.0/8".into(),
            Key::Masked => "masked".into(),
            Key::ReadOnly => "read-only".into(),
            Key::Queues => "message queues".into(),
            Key::NsTimeForChildren => "time namespace for its children".into(),
            Key::Offsets => "offsets for its children".into(),
            Key::Uptime => "time since boot".into(),
            Key::KernelRelease => "kernel".into(),
            Key::BootId => "boot id".into(),
            Key::Date => "date".into(),
            Key::Cpus => "processors".into(),
            Key::GroupPath => "control group".into(),
            Key::Group(key) => key.label(),
            Key::Line(path) => match path.split_once('#') {
                Some((path, nth)) => format!("{path}, line {nth}"),
                None => format!("{path}, line 1"),
            },
            Key::Setgroups => "setgroups".into(),
        }
    }

    /// Whether it can be read from both sides, so that the screen must say which is meant.
    pub fn has_both_views(&self) -> bool {
        self.has_view(View::Inside) && self.has_view(View::Outside)
    }

    /// The viewpoint that is meant where a lesson names none.
    pub fn usual_view(&self) -> View {
        match self {
            Key::Pid | Key::Ppid | Key::Uid | Key::Gid | Key::Hostname | Key::RootEntries => View::Inside,
            Key::Cwd | Key::Processes | Key::ProcSelf | Key::File(_) | Key::Line(_) => View::Inside,
            Key::Bytes(_) | Key::Attributes(_) => View::Inside,
            Key::Queues | Key::Uptime | Key::Date | Key::Cpus | Key::GroupPath | Key::KernelRelease | Key::BootId => {
                View::Inside
            }
            Key::Link(_) | Key::Address(_) | Key::Route(_) | Key::Neighbour(_) | Key::Nft(_) => View::Inside,
            Key::Forwarding | Key::RouteLocalnet => View::Inside,
            _ => View::Outside,
        }
    }

    /// Whether it can be read from there at all.
    pub fn has_view(&self, view: View) -> bool {
        match self {
            Key::Pid | Key::Ppid | Key::Uid | Key::Gid | Key::Cwd | Key::GroupPath => true,
            other => other.usual_view() == view,
        }
    }
}

/// What the kernel said, with its own numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Text(String),
    Number(i64),
    List(Vec<String>),
    /// A namespace, by its kind and the number of its inode.
    Namespace(Namespace, u64),
    Mount(MountPoint),
    File(FileFact),
    Link(LinkFact),
    Neighbour(NeighbourFact),
    /// A line of text that differs from machine to machine.
    Line(String),
    /// A clock, in seconds.
    Clock(i64),
    /// A number that differs from run to run, and what is said of it.
    Rounded {
        text: String,
        raw: String,
    },
    /// The path of a control group, and the cgroup namespace that it was read in.
    GroupPath {
        namespace: u64,
        text: String,
    },
    /// A map of ids (user_namespaces(7)): inside, outside, count. In the lab host's own user namespace the ids outside
    /// are the learner's.
    IdMap {
        lines: Vec<Vec<String>>,
        of_learner: bool,
    },
    /// The kernel answered with an error.
    Unreadable(crate::kernel::error::Errno),
    /// There is none.
    Absent,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The actor it is about.
    pub subject: String,
    pub view: View,
    pub key: Key,
    pub value: Value,
}
