//! `burn`: uses all the processor time that it gets, until it is ended, for a while on the clock (`--for`), or until it has
//! had so much processor time (`--work`): then it says how long that took.

use super::report::{self, Failure, name, seconds};
use clap::Parser;
use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// Use processor time
#[derive(Parser)]
#[command(name = "burn")]
struct Arguments {
    /// End after so many seconds on the clock
    #[arg(long = "for", value_name = "SECONDS", conflicts_with = "work")]
    limit: Option<f64>,
    /// End after so many seconds of processor time, and say how long they took
    #[arg(long, value_name = "SECONDS")]
    work: Option<f64>,
    /// Stay on the first processor that it may use
    #[arg(long)]
    pin: bool,
    /// Be so much nicer to others: 0 to 19
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(i32).range(0..=19))]
    nice: i32,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |arguments: Arguments| {
        let began = Instant::now();
        if arguments.pin {
            pin().map_err(|errno| Failure::errno("cannot stay on one processor", errno))?;
        }
        if arguments.nice > 0 {
            rustix::process::nice(arguments.nice).map_err(|errno| {
                Failure::new(format!("cannot be nicer: {}", name(Errno::from_raw(errno.raw_os_error()))))
            })?;
        }
        if let Some(work) = arguments.work {
            let (work, before) = (seconds(work)?, used());
            while used() - before < work {
                turn();
            }
            let (work, took) = (work.as_millis(), began.elapsed().as_millis());
            writeln!(std::io::stdout(), "{work} ms of processor time, {took} ms on the clock")?;
            return Ok(0);
        }
        let limit = arguments.limit.map(seconds).transpose()?;
        while limit.is_none_or(|limit| began.elapsed() < limit) {
            turn();
        }
        Ok(0)
    })
}

/// Some microseconds of work.
fn turn() {
    for number in 0..2000_u32 {
        std::hint::black_box(number);
    }
}

/// The processor time that this process has had.
fn used() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::MAX, Duration::from)
}

fn pin() -> nix::Result<()> {
    let own = Pid::from_raw(0);
    let may = sched_getaffinity(own)?;
    let first = (0..CpuSet::count()).find(|cpu| may.is_set(*cpu).unwrap_or(false)).ok_or(Errno::EINVAL)?;
    let mut only = CpuSet::new();
    only.set(first)?;
    sched_setaffinity(own, &only)
}
