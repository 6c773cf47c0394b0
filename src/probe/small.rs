//! What the small namespaces hold: the queues of an IPC namespace, the offsets of a time namespace, the name of a
//! control group as a cgroup namespace shows it; and the kernel, of which there is one for all of them. sysvipc(5), time_namespaces(7), cgroup_namespaces(7).

use super::outside::Proc;
use crate::evidence::family::Family;
use crate::evidence::{Key, Value};
use crate::kernel::error::Errno;
use nix::time::{ClockId, clock_gettime};
use std::io::Read;

/// What a process reads of itself.
pub fn inside(families: &[Family]) -> Vec<(Key, Value)> {
    let mut facts = Vec::new();
    if families.contains(&Family::Ipc) {
        facts.push((Key::Queues, queues()));
    }
    if families.contains(&Family::Clock) {
        facts.push((Key::Uptime, clock(ClockId::CLOCK_BOOTTIME)));
        facts.push((Key::Date, clock(ClockId::CLOCK_REALTIME)));
    }
    if families.contains(&Family::Cpus) {
        facts.push((Key::Cpus, cpus().map_or_else(|errno| Value::Unreadable(Errno(errno)), Value::Line)));
    }
    if families.contains(&Family::Kernel) {
        let release = nix::sys::utsname::uname().map(|it| it.release().to_string_lossy().into_owned());
        facts.push((Key::KernelRelease, release.map_or_else(|errno| Value::Unreadable(Errno(errno)), Value::Line)));
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        facts.push((
            Key::BootId,
            match boot {
                Ok(boot) => Value::Line(boot.trim_end().to_owned()),
                Err(error) => Value::Unreadable(Errno(Errno::from_io(&error))),
            },
        ));
    }
    if families.contains(&Family::GroupPath) {
        let own = std::fs::read_link("/proc/self/ns/cgroup").map(|link| link.to_string_lossy().into_owned());
        let text = std::fs::read_to_string("/proc/self/cgroup");
        facts.push((
            Key::GroupPath,
            match (own, text) {
                (Ok(own), Ok(text)) => path(&own, &text),
                (Err(error), _) | (_, Err(error)) => Value::Unreadable(Errno(Errno::from_io(&error))),
            },
        ));
    }
    facts
}

/// How many it may run on.
fn cpus() -> nix::Result<String> {
    use nix::sched::{CpuSet, sched_getaffinity};
    let may = sched_getaffinity(nix::unistd::Pid::from_raw(0))?;
    Ok((0..CpuSet::count()).filter(|cpu| may.is_set(*cpu).unwrap_or(false)).count().to_string())
}

/// What the lab host's first process reads of another.
pub fn outside(proc: &Proc, pid: i32, families: &[Family]) -> Vec<(Key, Value)> {
    let mut facts = Vec::new();
    let read = |name: &str| {
        let mut text = String::new();
        proc.file(pid, name).ok()?.read_to_string(&mut text).ok()?;
        Some(text)
    };
    if families.contains(&Family::Clock) {
        facts.push((Key::NsTimeForChildren, proc.namespace(pid, "time_for_children")));
        // A kernel without time namespaces has no such file.
        facts.extend(read("timens_offsets").map(|text| (Key::Offsets, Value::Text(offsets(&text)))));
    }
    if families.contains(&Family::GroupPath) {
        let own = proc.own_link("ns/cgroup");
        facts.extend(own.zip(read("cgroup")).map(|(own, text)| (Key::GroupPath, path(&own, &text))));
    }
    facts
}

/// The keys of all queues in the reader's IPC namespace: the first column of /proc/sysvipc/msg.
fn queues() -> Value {
    match std::fs::read_to_string("/proc/sysvipc/msg") {
        Ok(text) => {
            let key = |line: &str| line.split_whitespace().next().map(str::to_owned);
            Value::List(text.lines().skip(1).filter_map(key).collect())
        }
        Err(error) => Value::Unreadable(Errno(Errno::from_io(&error))),
    }
}

fn clock(id: ClockId) -> Value {
    clock_gettime(id).map_or_else(|errno| Value::Unreadable(Errno(errno)), |time| Value::Clock(time.tv_sec()))
}

/// `monotonic 0 0` a line: the clock, seconds, nanoseconds.
fn offsets(text: &str) -> String {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let (clock, seconds) = (words.next()?, words.next()?);
        Some(if seconds == "0" { format!("{clock} 0") } else { format!("{clock} +{seconds} s") })
    };
    text.lines().filter_map(line).collect::<Vec<_>>().join(", ")
}

/// The last field of each line, `0::/user.slice`. Version 1 has a line for each hierarchy, mostly with the same path.
fn path(namespace: &str, text: &str) -> Value {
    // Where a lab has groups of its own, no name is the machine's.
    if let Some(layout) = super::groups::lab() {
        return Value::Text(super::groups::path(layout, text));
    }
    let mut paths: Vec<String> = Vec::new();
    for path in text.lines().filter_map(|line| line.splitn(3, ':').nth(2)) {
        if !paths.iter().any(|known| known == path) {
            paths.push(path.to_owned());
        }
    }
    let number = super::namespaces::parse(namespace).map_or(0, |(_, number)| number);
    Value::GroupPath { namespace: number, text: paths.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_small_namespaces_are_read() {
        assert_eq!(
            offsets("monotonic           0         0\nboottime       864000         0\n"),
            "monotonic 0, boottime +864000 s"
        );
        let text = "3:cpu:/a\n2:pids:/a\n0::/b:c\n";
        assert_eq!(path("cgroup:[7]", text), Value::GroupPath { namespace: 7, text: "/a, /b:c".to_owned() });
    }
}
