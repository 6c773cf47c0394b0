//! `nproc`: how many processors this process may run on. That is its affinity mask, and no quota of its group.
//! Manual: sched_getaffinity(2), nproc(1).

use super::report::{self, Failure};
use clap::Parser;
use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::io::Write as _;

/// Print how many processors there are for this process
#[derive(Parser)]
#[command(name = "nproc")]
struct Arguments {}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |_: Arguments| {
        let may = sched_getaffinity(Pid::from_raw(0)).map_err(|errno| Failure::errno("cannot ask for them", errno))?;
        let count = (0..CpuSet::count()).filter(|cpu| may.is_set(*cpu).unwrap_or(false)).count();
        writeln!(std::io::stdout(), "{count}")?;
        Ok(0)
    })
}
