//! The single things that are tried, by name: each is one system call with one answer.
//! A name serves three ends: it keeps the answers of a trial apart, it says the call in a sentence, and it is what a
//! failed call of the lab host is matched with (`Step::of`). Nothing is tried in this file.

use crate::kernel::namespaces::Namespace;

/// One call of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Step {
    /// Calls that do nothing, and that the kernel itself answers in a known way. Any other answer is a filter's.
    EmptyUnshare = 1,
    EmptyMount,
    EmptyPtrace,
    User,
    Setgroups,
    UidMap,
    GidMap,
    Mount,
    Pid,
    Uts,
    Ipc,
    Net,
    Cgroup,
    Time,
    Fork,
    Private,
    Tmpfs,
    Proc,
    Sysfs,
    Devpts,
    Mqueue,
    Xattr,
    Overlay,
    PivotRoot,
    Detach,
    NestedUser,
    NestedMap,
    Seize,
    SyscallInfo,
    Seccomp,
    Loopback,
    Veth,
    Bridge,
    Nft,
}

impl Step {
    /// In the order in which they are tried.
    pub const ALL: [Step; 34] = [
        Step::EmptyUnshare,
        Step::EmptyMount,
        Step::EmptyPtrace,
        Step::User,
        Step::Setgroups,
        Step::UidMap,
        Step::GidMap,
        Step::Uts,
        Step::Ipc,
        Step::Net,
        Step::Loopback,
        Step::Veth,
        Step::Bridge,
        Step::Nft,
        Step::Cgroup,
        Step::Time,
        Step::Pid,
        Step::Mount,
        Step::Fork,
        Step::Private,
        Step::Tmpfs,
        Step::Proc,
        Step::Sysfs,
        Step::Devpts,
        Step::Mqueue,
        Step::Xattr,
        Step::Overlay,
        Step::PivotRoot,
        Step::Detach,
        Step::NestedUser,
        Step::NestedMap,
        Step::Seize,
        Step::SyscallInfo,
        Step::Seccomp,
    ];

    /// The call, as a sentence shows it.
    pub fn call(self) -> &'static str {
        match self {
            Step::EmptyUnshare => "unshare(0)",
            Step::EmptyMount => "mount(NULL)",
            Step::EmptyPtrace => "ptrace(PTRACE_CONT) of no process",
            Step::User => "unshare(CLONE_NEWUSER)",
            Step::Setgroups => "write of `deny` to /proc/self/setgroups",
            Step::UidMap => "write to /proc/self/uid_map",
            Step::GidMap => "write to /proc/self/gid_map",
            Step::Mount => "unshare(CLONE_NEWNS)",
            Step::Pid => "unshare(CLONE_NEWPID)",
            Step::Uts => "unshare(CLONE_NEWUTS)",
            Step::Ipc => "unshare(CLONE_NEWIPC)",
            Step::Net => "unshare(CLONE_NEWNET)",
            Step::Cgroup => "unshare(CLONE_NEWCGROUP)",
            Step::Time => "unshare(CLONE_NEWTIME)",
            Step::Fork => "fork()",
            Step::Private => "mount(MS_REC | MS_PRIVATE) of /",
            Step::Tmpfs => "mount of tmpfs",
            Step::Proc => "mount of proc",
            Step::Sysfs => "mount of sysfs",
            Step::Devpts => "mount of devpts",
            Step::Mqueue => "mount of mqueue",
            Step::Xattr => "setxattr of user.boxlab on a tmpfs",
            Step::Overlay => "mount of overlay",
            Step::PivotRoot => "pivot_root",
            Step::Detach => "umount2(MNT_DETACH) of the old root",
            Step::NestedUser => "unshare(CLONE_NEWUSER) in the lab host",
            Step::NestedMap => "write to /proc/self/uid_map in the lab host",
            Step::Seize => "ptrace(PTRACE_SEIZE)",
            Step::SyscallInfo => "ptrace(PTRACE_GET_SYSCALL_INFO)",
            Step::Seccomp => "seccomp(SECCOMP_SET_MODE_FILTER)",
            Step::Loopback => "setting lo up",
            Step::Veth => "making a veth pair",
            Step::Bridge => "making a bridge",
            Step::Nft => "asking nf_tables for its generation",
        }
    }

    /// The namespace that the step asks for.
    pub fn namespace(self) -> Option<Namespace> {
        Some(match self {
            Step::User | Step::NestedUser => Namespace::User,
            Step::Mount => Namespace::Mount,
            Step::Pid => Namespace::Pid,
            Step::Uts => Namespace::Uts,
            Step::Ipc => Namespace::Ipc,
            Step::Net => Namespace::Net,
            Step::Cgroup => Namespace::Cgroup,
            Step::Time => Namespace::Time,
            _ => return None,
        })
    }

    /// The step that a failed call was, from the call's name and what it was about.
    /// `detail` may be a path (`/proc/42/uid_map`), a file system (`proc`), or kinds of namespaces (`user`, `CLONE_NEWUSER`).
    pub fn of(call: &str, detail: &str) -> Option<Step> {
        let said = format!("{call} {detail}").to_lowercase();
        let has = |word: &str| said.contains(word);
        for (file, step) in [("uid_map", Step::UidMap), ("gid_map", Step::GidMap), ("setgroups", Step::Setgroups)] {
            if has(file) {
                return Some(step);
            }
        }
        if has("unshare") || call.starts_with("clone") {
            // A user namespace first: where several kinds are asked for at once, it is made first, and gives the right to the rest.
            return [
                ("user", Step::User),
                ("pid", Step::Pid),
                ("uts", Step::Uts),
                ("ipc", Step::Ipc),
                ("net", Step::Net),
                ("cgroup", Step::Cgroup),
                ("time", Step::Time),
                ("newns", Step::Mount),
                ("mount", Step::Mount),
                ("mnt", Step::Mount),
            ]
            .iter()
            .find(|(word, _)| has(word))
            .map(|(_, step)| *step)
            .or(Some(Step::User));
        }
        [
            ("pivot_root", Step::PivotRoot),
            ("umount", Step::Detach),
            ("private", Step::Private),
            ("tmpfs", Step::Tmpfs),
            ("sysfs", Step::Sysfs),
            ("devpts", Step::Devpts),
            ("mqueue", Step::Mqueue),
            ("setxattr", Step::Xattr),
            ("overlay", Step::Overlay),
            ("proc", Step::Proc),
            ("syscall_info", Step::SyscallInfo),
            ("ptrace", Step::Seize),
            ("seccomp", Step::Seccomp),
            ("fork", Step::Fork),
            ("mount", Step::Private),
        ]
        .iter()
        .find(|(word, _)| has(word))
        .map(|(_, step)| *step)
    }
}
