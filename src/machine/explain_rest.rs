//! Why a fork, a trace, a filter or a link failed. fork(2), ptrace(2) ("Ptrace access mode checking", Yama), seccomp(2),
//! rtnetlink(7). Pure functions of facts, but for the limit on processes, which is asked when it is named.

use super::child::Answers;
use super::explain::{Cause, security_module};
use super::explain_mounts::older;
use super::facts::Facts;
use super::remedy;
use super::step::Step;
use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit};

/// fork(2) in a new PID namespace.
pub fn fork(errno: Errno) -> Option<Cause> {
    match errno {
        Errno::EAGAIN => {
            let limit = getrlimit(Resource::RLIMIT_NPROC).map_or(0, |(soft, _)| soft);
            let why = format!(
                "The limit on processes is reached: RLIMIT_NPROC is {limit} for this user, and a control group may set pids.max."
            );
            let remedy = "End some processes, or raise the limit in this shell:\n$ ulimit -u unlimited\n\
                          $ cat /sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/pids.max";
            Some((why, Some(remedy.to_owned())))
        }
        Errno::ENOMEM => Some((
            "The first process of the new PID namespace has ended, and nothing can be forked into a PID namespace without its \
             PID 1; or memory has run out."
                .to_owned(),
            Some("Look at what is free, then try again:\n$ free -m".to_owned()),
        )),
        _ => None,
    }
}

/// What each value of Yama's setting means.
pub fn yama(scope: Option<u32>) -> &'static str {
    match scope {
        None => "Yama is not in this kernel",
        Some(0) => "kernel.yama.ptrace_scope is 0: a user may trace all their processes",
        Some(1) => "kernel.yama.ptrace_scope is 1: a process may trace its descendants, which is all that Boxlab does",
        Some(2) => {
            "kernel.yama.ptrace_scope is 2: only with CAP_SYS_PTRACE, which the lab host has over its own processes"
        }
        Some(_) => "kernel.yama.ptrace_scope is 3: nobody may trace, until the next boot",
    }
}

pub fn ptrace(step: Step, errno: Errno, facts: &Facts) -> Option<Cause> {
    match errno {
        Errno::EIO if step == Step::SyscallInfo => Some((
            format!("The kernel is {}, and PTRACE_GET_SYSCALL_INFO came with Linux 5.3.", facts.release),
            Some("Use a newer kernel, or run the lesson in a virtual machine.".to_owned()),
        )),
        Errno::EPERM | Errno::EACCES if facts.yama.is_some_and(|scope| scope >= 2) => {
            let why = format!("{}.", yama(facts.yama));
            let scope = facts.yama.unwrap_or_default();
            let remedy = match scope {
                2 => remedy::sysctl("kernel.yama.ptrace_scope", "1", facts),
                _ => "A 3 cannot be taken back while the machine runs. Find who sets it, change it to 1, and start again:\n\
                      $ grep -r ptrace_scope /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d"
                    .to_owned(),
            };
            Some((why, Some(remedy)))
        }
        Errno::EPERM | Errno::EACCES => security_module(facts),
        Errno::ENOSYS => Some(("This kernel has no ptrace.".to_owned(), Some(remedy::NO_WAY.to_owned()))),
        _ => None,
    }
}

pub fn seccomp(errno: Errno, facts: &Facts) -> Option<Cause> {
    match errno {
        Errno::EINVAL | Errno::ENOSYS => {
            Some(("This kernel was built without seccomp filters.".to_owned(), Some(remedy::NO_WAY.to_owned())))
        }
        _ if facts.seccomp == Some(2) => Some((
            "A seccomp filter that is installed already refuses a further one.".to_owned(),
            Some(remedy::unconfine(facts, &Answers::default())),
        )),
        _ => None,
    }
}

pub fn network(step: Step, errno: Errno, facts: &Facts) -> Option<Cause> {
    let module = match step {
        Step::Veth => "veth",
        Step::Bridge => "bridge",
        Step::Nft => "nf_tables",
        _ => return matches!(errno, Errno::EPERM | Errno::EACCES).then(|| security_module(facts)).flatten(),
    };
    match errno {
        Errno::EOPNOTSUPP | Errno::EPROTONOSUPPORT | Errno::EINVAL | Errno::ENOENT => Some((
            format!("This kernel does not know {module}: it is in a module that is not loaded, or was not built."),
            Some(remedy::modprobe(module, facts)),
        )),
        Errno::EPERM | Errno::EACCES => security_module(facts),
        _ => None,
    }
    .or_else(|| {
        older(&facts.release, 4, 9)
            .then(|| (format!("The kernel is only {}.", facts.release), Some("Use a newer kernel.".to_owned())))
    })
}
