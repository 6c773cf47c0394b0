//! From an errno to its reason: which of the many causes is the one, by the facts of this machine at this moment.
//! The order of the checks is the kernel's own (kernel/user_namespace.c, kernel/nsproxy.c), so that the cause that is named
//! is the one that struck first. user_namespaces(7), seccomp(2). Pure functions of facts and answers: nothing is tried here.

use super::child::Answers;
use super::explain_mounts as mounts;
use super::explain_rest as rest;
use super::facts::{Facts, limit_name};
use super::remedy;
use super::report::Reason;
use super::step::Step;
use crate::kernel::namespaces::Namespace;
use nix::errno::Errno;

/// Why, and the way out.
pub type Cause = (String, Option<String>);

const CHROOT: &str = "Enter that directory as a real root: a bind mount and pivot_root instead of chroot. bubblewrap does both:\n\
                      $ bwrap --bind DIRECTORY / --dev /dev --proc /proc boxlab";

/// The reason for a step that failed.
pub fn explain(step: Step, errno: Errno, facts: &Facts, answers: &Answers) -> Reason {
    let (why, remedy) = filter(step, errno, facts, answers)
        .or_else(|| cause(step, errno, facts, answers))
        .unwrap_or_else(|| unexplained(facts, answers));
    Reason { what: format!("{} answered {errno:?}.", step.call()), why, remedy }
}

/// The reason for a step that never answered: the process that tried it was ended there.
pub fn struck(step: Step, end: &str, facts: &Facts, answers: &Answers) -> Reason {
    let what = format!("The process that tried {} gave no answer: {end}.", step.call());
    let filter = facts.seccomp == Some(2);
    let why = match (filter, end.contains("SIG")) {
        (true, true) => {
            "A seccomp filter is installed (Seccomp: 2 in /proc/self/status), and a filter may kill what it does not allow."
        }
        (true, false) => {
            "A seccomp filter is installed (Seccomp: 2 in /proc/self/status), and a filter may hand a call to another process, which does not answer."
        }
        (false, _) => {
            "No filter is installed, so it was not refused: the machine may be out of memory or processes, or very slow."
        }
    };
    let remedy = match filter {
        true => remedy::unconfine(facts, answers),
        false => "See whether the kernel ended it, and try again:\n$ sudo dmesg | tail".to_owned(),
    };
    Reason { what, why: why.to_owned(), remedy: Some(remedy) }
}

fn cause(step: Step, errno: Errno, facts: &Facts, answers: &Answers) -> Option<Cause> {
    match step {
        Step::User | Step::NestedUser => user(errno, facts, answers),
        Step::Setgroups | Step::UidMap | Step::GidMap | Step::NestedMap => map(errno, facts),
        Step::Mount | Step::Pid | Step::Uts | Step::Ipc | Step::Net | Step::Cgroup | Step::Time => {
            namespace(step, errno, facts)
        }
        Step::Private | Step::Tmpfs | Step::Proc | Step::Sysfs | Step::Devpts | Step::Mqueue | Step::Overlay => {
            mounts::mount(step, errno, facts, answers)
        }
        Step::Xattr => mounts::xattr(errno, facts),
        Step::PivotRoot | Step::Detach => mounts::pivot(errno, facts),
        Step::Fork => rest::fork(errno),
        Step::Seize | Step::SyscallInfo => rest::ptrace(step, errno, facts),
        Step::Seccomp => rest::seccomp(errno, facts),
        Step::Loopback | Step::Veth | Step::Bridge | Step::Nft => rest::network(step, errno, facts),
        Step::EmptyUnshare | Step::EmptyMount | Step::EmptyPtrace => None,
    }
}

/// A seccomp filter answers before the kernel looks at the arguments. A call that the kernel never refuses, refused, is
/// the proof of one.
fn filter(step: Step, errno: Errno, facts: &Facts, answers: &Answers) -> Option<Cause> {
    let (empty, call) = match step {
        Step::EmptyUnshare => (Step::EmptyUnshare, "unshare"),
        Step::EmptyMount => (Step::EmptyMount, "mount"),
        Step::EmptyPtrace | Step::Seize | Step::SyscallInfo => (Step::EmptyPtrace, "ptrace"),
        Step::Private | Step::Tmpfs | Step::Proc | Step::Sysfs | Step::Devpts | Step::Mqueue | Step::Overlay => {
            (Step::EmptyMount, "mount")
        }
        _ if step.namespace().is_some() => (Step::EmptyUnshare, "unshare"),
        _ => return None,
    };
    let answer = answers.failed(empty)?;
    if answer != errno {
        return None;
    }
    let state = match facts.seccomp {
        Some(mode) => format!("a seccomp filter (Seccomp: {mode} in /proc/self/status)"),
        None => "a seccomp filter".to_owned(),
    };
    let why = format!(
        "{}, which changes nothing and which no kernel refuses so, answers {answer:?} too: {state} refuses {call} \
         whatever it is asked for{}.",
        empty.call(),
        within(facts)
    );
    Some((why, Some(remedy::unconfine(facts, answers))))
}

/// `, as a Docker container has one by default`
fn within(facts: &Facts) -> String {
    match facts.hints.first() {
        Some(hint) => format!("; this looks like {} ({})", facts.place.name(), hint.sign),
        None => String::new(),
    }
}

fn user(errno: Errno, facts: &Facts, answers: &Answers) -> Option<Cause> {
    let known = |why: String, remedy: String| Some((why, Some(remedy)));
    match errno {
        Errno::ENOSPC | Errno::EUSERS => limit(Namespace::User, facts),
        Errno::EINVAL if facts.user_namespaces == Some(false) => known(
            "This kernel was built without user namespaces (/proc/self/ns/user is missing).".to_owned(),
            remedy::NO_WAY.to_owned(),
        ),
        Errno::EINVAL => known(
            format!(
                "The kernel wants a process of one thread for a new user namespace, and this one has {}.",
                facts.threads.map_or("more".to_owned(), |threads| threads.to_string())
            ),
            "This is a fault of Boxlab: please report it.".to_owned(),
        ),
        Errno::ENOSYS => known(format!("This kernel has no such call{}.", within(facts)), remedy::NO_WAY.to_owned()),
        Errno::EPERM | Errno::EACCES => {
            if facts.unprivileged_userns_clone == Some(0) && facts.uid != 0 {
                return known(
                    "kernel.unprivileged_userns_clone is 0: this distribution lets only root make user namespaces."
                        .to_owned(),
                    remedy::sysctl("kernel.unprivileged_userns_clone", "1", facts),
                );
            }
            if facts.chrooted == Some(true) {
                return known(
                    "This process is in a chroot: its root directory is not the root of its mount namespace, and the kernel \
                     gives no user namespace to such a process, since it could climb out with it."
                        .to_owned(),
                    CHROOT.to_owned(),
                );
            }
            if facts.unmapped() {
                return known(
                    "Our user id has no mapping in the user namespace that we are in (it shows as 65534), so a namespace of ours \
                     would belong to nobody."
                        .to_owned(),
                    "Enter as a user that is mapped: the lines of inside, outside and count are in\n$ cat /proc/self/uid_map".to_owned(),
                );
            }
            security_module(facts).or_else(|| match facts.seccomp {
                // By elimination: these are all the checks that the kernel itself makes.
                Some(0) => known(
                    "No filter is installed, no security module confines this process, its user id is mapped, and no setting \
                     forbids it. Of the kernel's own checks that leaves one: this process is in a chroot, onto a directory \
                     that is a mount point."
                        .to_owned(),
                    CHROOT.to_owned(),
                ),
                Some(_) => {
                    Some((
                        format!(
                            "A seccomp filter is installed (Seccomp: 2 in /proc/self/status), and no setting of the kernel forbids the \
                             call: the filter refuses this flag{}.",
                            within(facts)
                        ),
                        Some(remedy::unconfine(facts, answers)),
                    ))
                }
                None => None,
            })
        }
        _ => None,
    }
}

/// AppArmor and SELinux.
pub fn security_module(facts: &Facts) -> Option<Cause> {
    if facts.apparmor_restrict == Some(1) && facts.uid != 0 {
        let why = "kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor lets any program make a user namespace, but \
                   takes the capabilities in it away from programs that no profile names.";
        return Some((why.to_owned(), Some(remedy::apparmor(facts))));
    }
    if let Some(profile) = facts.apparmor_profile.as_deref().filter(|profile| *profile != "unconfined") {
        let why = format!("This process is confined by the AppArmor profile {profile}{}.", within(facts));
        let remedy = match facts.hints.is_empty() {
            true => "What it denied is in the kernel's log:\n$ sudo dmesg | grep apparmor=".to_owned(),
            false => remedy::unconfine(facts, &Answers::default()),
        };
        return Some((why, Some(remedy)));
    }
    (facts.selinux_enforcing == Some(true)).then(|| {
        ("SELinux is enforcing, and no setting of the kernel itself forbids it.".to_owned(), Some(remedy::selinux()))
    })
}

/// The maps of a user namespace: a file of /proc is written by the process itself.
fn map(errno: Errno, facts: &Facts) -> Option<Cause> {
    match errno {
        Errno::ENOENT | Errno::ENOTDIR if !facts.proc => Some((
            "/proc is not mounted, and the maps of a user namespace are written through it.".to_owned(),
            Some(format!("$ {}mount -t proc proc /proc", facts.sudo())),
        )),
        Errno::EROFS => Some(("/proc is mounted read-only.".to_owned(), Some(remedy::unconfine(facts, &Answers::default())))),
        Errno::EPERM | Errno::EACCES => security_module(facts).or_else(|| {
            (errno == Errno::EACCES).then(|| {
                (
                    "The files of /proc of a process that changed its user id belong to root until it calls execve: it is not \
                     dumpable (prctl(2), PR_SET_DUMPABLE)."
                        .to_owned(),
                    Some("Start Boxlab as the user itself, not from a program that switched to that user:\n$ su - USER".to_owned()),
                )
            })
        }),
        _ => None,
    }
}

fn namespace(step: Step, errno: Errno, facts: &Facts) -> Option<Cause> {
    let kind = step.namespace()?;
    match errno {
        Errno::ENOSPC | Errno::EUSERS => limit(kind, facts),
        Errno::EINVAL => Some((
            format!("This kernel ({}) has no {} namespaces.", facts.release, kind.file()),
            Some(remedy::NO_WAY.to_owned()),
        )),
        Errno::EPERM | Errno::EACCES => security_module(facts),
        _ => None,
    }
}

/// The count of namespaces of a kind, per user and user namespace.
fn limit(kind: Namespace, facts: &Facts) -> Option<Cause> {
    let name = limit_name(kind);
    let outer = if facts.in_user_namespace() {
        " We are in a user namespace ourselves, and the limits of those around it count as well."
    } else {
        ""
    };
    Some(match facts.limit(kind) {
        Some(0) => (
            format!("{name} is 0: no {} namespace may be made here, by root neither.{outer}", kind.file()),
            Some(remedy::sysctl(&name, "15000", facts)),
        ),
        Some(limit) => (
            format!(
                "{name} is {limit}, and as many are in use{}.{outer}",
                if kind == Namespace::User { ", or user namespaces are 33 deep here" } else { "" }
            ),
            Some(format!(
                "See who holds them, and end those, or raise the limit:\n$ lsns -t {}\n{}",
                kind.file(),
                remedy::sysctl(&name, &(limit.saturating_mul(2).max(15000)).to_string(), facts)
            )),
        ),
        None => (
            format!(
                "The limit on {} namespaces is reached; {name} cannot be read, since /proc is missing or covered.",
                kind.file()
            ),
            Some(remedy::sysctl(&name, "15000", facts)),
        ),
    })
}

/// Nothing fits: say what was looked at, so that somebody else can go on from there.
fn unexplained(facts: &Facts, answers: &Answers) -> Cause {
    let show = |name: &str, value: Option<String>| format!("{name} {}", value.unwrap_or_else(|| "unknown".to_owned()));
    let seen = [
        show("Seccomp", facts.seccomp.map(|mode| mode.to_string())),
        show("AppArmor profile", facts.apparmor_profile.clone().or(Some("none".to_owned()))),
        show(
            "SELinux",
            facts
                .selinux_enforcing
                .map(|on| if on { "enforcing" } else { "permissive" }.to_owned())
                .or(Some("none".to_owned())),
        ),
        show("user id", Some(facts.uid.to_string())),
        show("kernel", Some(facts.release.clone())),
    ];
    let end = answers.end.as_deref().map(|end| format!(" The trial itself: {end}.")).unwrap_or_default();
    (
        format!(
            "No setting that Boxlab knows explains it ({}).{end}{}",
            seen.join(", "),
            within(facts).replace("; t", " T")
        ),
        Some(
            "See what the kernel says of it, then try another machine or a virtual machine:\n$ sudo dmesg | tail"
                .to_owned(),
        ),
    )
}
