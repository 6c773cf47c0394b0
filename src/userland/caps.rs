//! `caps [PID]`: the five capability sets of a process by name, from /proc/PID/status; without /proc, the caller's own
//! by system call. Manual: capabilities(7), capget(2), prctl(2).

use std::ffi::OsString;
use std::io::Write as _;

use crate::kernel::capabilities::NAMES;
use clap::Parser;
use nix::libc;

use super::report::{self, Failure};

/// Print the five capability sets of a process by name
#[derive(Parser)]
#[command(name = "caps")]
struct Arguments {
    /// The process; this one, if none is given
    pid: Option<i32>,
}

/// In the order of capabilities(7); the words that /proc uses for them.
const SETS: [(&str, &str); 5] = [
    ("permitted", "CapPrm"),
    ("effective", "CapEff"),
    ("inheritable", "CapInh"),
    ("bounding", "CapBnd"),
    ("ambient", "CapAmb"),
];

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |arguments: Arguments| {
        let file = format!("/proc/{}/status", arguments.pid.map_or("self".into(), |pid| pid.to_string()));
        let sets = match (std::fs::read_to_string(&file), arguments.pid) {
            (Ok(text), _) => from_status(&text).ok_or_else(|| Failure::new(format!("{file} names no capabilities")))?,
            (Err(_), None) => own()?,
            (Err(error), Some(_)) => return Err(Failure::io(format!("cannot read {file}"), &error)),
        };
        let mut out = std::io::stdout().lock();
        for ((name, _), set) in SETS.iter().zip(sets) {
            writeln!(out, "{name:<12} {}", describe(set))?;
        }
        Ok(0)
    })
}

fn from_status(text: &str) -> Option<[u64; 5]> {
    let mut sets = [0; 5];
    for ((_, key), set) in SETS.iter().zip(&mut sets) {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        *set = u64::from_str_radix(line.trim(), 16).ok()?;
    }
    Some(sets)
}

/// The caller's sets without /proc: three by capget, two by asking for each capability.
fn own() -> Result<[u64; 5], Failure> {
    let header: [u32; 2] = [0x2008_0522, 0];
    let mut data = [0u32; 6];
    // SAFETY: version 3 of the header, which asks for two triples of 32 bits: 24 bytes, as `data` has.
    if unsafe { libc::syscall(libc::SYS_capget, header.as_ptr(), data.as_mut_ptr()) } < 0 {
        return Err(Failure::errno("capget", nix::errno::Errno::last()));
    }
    let wide = |low: usize| u64::from(data[low]) | u64::from(data[low + 3]) << 32;
    let ask = |option: libc::c_int, first: u64| {
        (0..NAMES.len() as u64)
            .filter(|bit| {
                // SAFETY: both options only read; the arguments are numbers.
                let answer = if first == 0 {
                    unsafe { libc::prctl(option, *bit, 0, 0, 0) }
                } else {
                    unsafe { libc::prctl(option, first, *bit, 0, 0) }
                };
                answer == 1
            })
            .fold(0, |set, bit| set | 1 << bit)
    };
    let bounding = ask(libc::PR_CAPBSET_READ, 0);
    let ambient = ask(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_IS_SET as u64);
    Ok([wide(1), wide(0), wide(2), bounding, ambient])
}

fn describe(set: u64) -> String {
    let all = (1u64 << NAMES.len()) - 1;
    if set == 0 {
        return "none".into();
    }
    if set & all == all {
        return "all".into();
    }
    let has = |bit: &usize| set & (1 << bit) != 0;
    let present: Vec<&str> = (0..NAMES.len()).filter(has).map(|bit| NAMES[bit]).collect();
    if present.len() * 2 > NAMES.len() {
        let absent: Vec<&str> = (0..NAMES.len()).filter(|bit| !has(bit)).map(|bit| NAMES[bit]).collect();
        return format!("all but {}", absent.join(" "));
    }
    present.join(" ")
}
