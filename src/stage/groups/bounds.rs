//! What all processes of a lab may take together, where there can be a control group for it. The lab's own group has the
//! limits; its processes are below it, so that none of them finds the files, whatever it mounts. Where there is no place
//! for a group, what each process is limited by (setrlimit(2)) has to do.

use super::Wanted;
use std::path::Path;

/// So much in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Processes and threads.
    pub processes: u64,
    /// Bytes, with what it has in files of its tmpfs. Nothing is swapped.
    pub memory: u64,
}

impl Bounds {
    /// The controllers that it takes.
    pub const CONTROLLERS: [&'static str; 2] = ["memory", "pids"];

    /// What is wanted, and these.
    pub fn with(wanted: &Wanted) -> Wanted {
        wanted.iter().copied().chain(Bounds::CONTROLLERS).collect()
    }

    /// Writes them, each to the file that this tree has. A kernel that does not count swap has none for that.
    pub fn write(self, group: &Path) {
        let (processes, memory) = (self.processes.to_string(), self.memory.to_string());
        let files = [
            ("pids.max", processes.as_str()),
            // Version 1 counts what is below a group only if told so; later kernels always do (Linux 5.11).
            ("memory.use_hierarchy", "1"),
            ("memory.limit_in_bytes", &memory),
            ("memory.memsw.limit_in_bytes", &memory),
            ("memory.max", &memory),
            ("memory.swap.max", "0"),
        ];
        for (file, text) in files.iter().filter(|(file, _)| group.join(file).exists()) {
            std::fs::write(group.join(file), text).ok();
        }
    }
}
