//! `lsns`: the namespaces of all processes that /proc shows, with how many are in each and the first of them.
//! Manual: namespaces(7), proc_pid_ns(5).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;

use clap::Parser;

use super::namespaces::KINDS;
use super::ps;
use super::report::{self, Failure};

/// List namespaces and who is in them
#[derive(Parser)]
#[command(name = "lsns")]
struct Arguments {
    /// Only this kind: mnt, uts, ipc, net, pid, user, cgroup or time
    #[arg(short = 't', long = "type", value_parser = ["mnt", "uts", "ipc", "net", "pid", "user", "cgroup", "time"])]
    kind: Option<String>,
    /// Only the namespaces of this process
    #[arg(short, long)]
    pid: Option<i32>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |arguments: Arguments| {
        let processes = ps::processes("lsns")?;
        // (kind, identity) → (processes, first pid, its command)
        let mut found: BTreeMap<(usize, u64), (usize, i32, String)> = BTreeMap::new();
        for process in processes.iter().filter(|process| arguments.pid.is_none_or(|pid| pid == process.pid)) {
            for (order, kind) in KINDS.iter().enumerate() {
                if arguments.kind.as_ref().is_some_and(|wanted| wanted != kind.file) {
                    continue;
                }
                // A process of another user may not be looked at: it is left out, as in util-linux.
                let Ok(link) = std::fs::read_link(format!("/proc/{}/ns/{}", process.pid, kind.file)) else { continue };
                let Some(identity) = identity(&link.to_string_lossy()) else { continue };
                let entry = found.entry((order, identity)).or_insert((0, process.pid, process.command.clone()));
                entry.0 += 1;
            }
        }
        if found.is_empty() {
            return Err(Failure::new("no namespace can be seen")
                .hint("wrong process id, or the processes belong to somebody else"));
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "{:>10} {:<6} {:>6} {:>6} COMMAND", "NS", "TYPE", "NPROCS", "PID")?;
        for ((order, identity), (count, pid, command)) in found {
            writeln!(out, "{identity:>10} {:<6} {count:>6} {pid:>6} {command}", KINDS[order].file)?;
        }
        Ok(0)
    })
}

/// `uts:[4026531838]` → 4026531838.
fn identity(link: &str) -> Option<u64> {
    link.split_once('[')?.1.strip_suffix(']')?.parse().ok()
}
