//! What the processes of a lab may use of the machine, where their lesson is a stranger's program: so many processes in all,
//! so much memory each (setrlimit(2)), and when memory runs out they are the first to be ended (proc_pid_oom_score_adj(5)).
//! Who is root of the lab host only cannot raise what is set here.

use nix::sys::resource::{Resource, setrlimit};

/// Limits for every process of a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub processes: u64,
    /// In bytes, each.
    pub memory: u64,
}

impl Limits {
    /// For the lessons of a course that is not built in.
    pub fn of_a_stranger() -> Limits {
        Limits { processes: processes(256), memory: 1 << 30 }
    }

    /// In the stage, before it makes anybody: all others inherit it.
    pub(super) fn take(self) {
        // Less than the 1000 of programs in control groups, which are to be ended before the agents that run them.
        std::fs::write("/proc/self/oom_score_adj", "900").ok();
        for (what, most) in
            [(Resource::RLIMIT_CORE, 0), (Resource::RLIMIT_NPROC, self.processes), (Resource::RLIMIT_DATA, self.memory)]
        {
            setrlimit(what, most, most).ok();
        }
    }
}

/// What RLIMIT_NPROC is to be for so many processes of a lab. Before Linux 5.14 the kernel counts all processes of a user
/// for it, wherever they are; since then those of a user namespace.
pub fn processes(count: u64) -> u64 {
    let release = nix::sys::utsname::uname().map(|it| it.release().to_string_lossy().into_owned()).unwrap_or_default();
    let mut numbers = release.split(|it: char| !it.is_ascii_digit()).filter_map(|it| it.parse::<u32>().ok());
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (5, 14) {
        return count;
    }
    count + std::fs::read_dir("/proc").map_or(0, |list| list.count() as u64)
}
