//! How much memory a process has: proc_pid_smaps(5), Pss. What several have mapped is counted by their shares.

use super::outside::Proc;
use std::io::Read;

/// In KiB; none if it cannot be read.
pub fn of_memory(proc: &Proc, pid: i32) -> Option<u64> {
    let mut text = String::new();
    proc.file(pid, "smaps_rollup").ok()?.read_to_string(&mut text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}
