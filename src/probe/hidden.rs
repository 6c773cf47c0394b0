//! What of /proc and /sys a process' mount table hides from it or makes read-only, beside Docker's list of such paths.
//! The list is data, with the version that it is from; whether a path is covered is read from the mount table.
//! Docker: MaskedPaths and ReadonlyPaths of the OCI runtime specification, config-linux.md.

use crate::evidence::{Key, Value};
use procfs::process::MountInfo;

/// From Docker 28.0.2, as lesson 07 says. It adds the thermal_throttle directory of each processor, which is left out here.
const MASKED: [&str; 12] = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
];

const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// The facts of the family `Hidden`.
pub fn facts(mounts: &[MountInfo]) -> Vec<(Key, Value)> {
    let covered = |path: &str, masks: bool| {
        let over = mounts.iter().rfind(|row| row.mount_point.to_str() == Some(path));
        over.is_some_and(|row| if masks { row.fs_type != "proc" } else { row.mount_options.contains_key("ro") })
    };
    let said = |list: &[&str], masks: bool| {
        let found: Vec<&str> = list.iter().copied().filter(|path| covered(path, masks)).collect();
        let names = if found.is_empty() { String::new() } else { format!(": {}", found.join(", ")) };
        Value::Text(format!("{} of {}{names}", found.len(), list.len()))
    };
    vec![(Key::Masked, said(&MASKED, true)), (Key::ReadOnly, said(&READ_ONLY, false))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use procfs::FromRead;
    use procfs::process::MountInfos;

    #[test]
    fn only_what_lies_over_a_path_of_the_list_counts() {
        let table = "20 1 0:20 / /proc rw - proc proc rw\n\
                     21 20 0:6 /null /proc/keys rw - devtmpfs devtmpfs rw\n\
                     22 20 0:20 /sys /proc/sys ro - proc proc rw\n\
                     23 20 0:20 /irq /proc/irq rw - proc proc rw\n";
        let mounts = MountInfos::from_read(table.as_bytes()).expect("a table").0;
        let said: Vec<_> = facts(&mounts).into_iter().map(|(_, value)| value).collect();
        assert_eq!(said[0], Value::Text("1 of 12: /proc/keys".to_owned()));
        assert_eq!(said[1], Value::Text("1 of 5: /proc/sys".to_owned()));
    }
}
