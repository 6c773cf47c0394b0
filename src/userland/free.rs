//! `free`: memory and swap, as /proc/meminfo has them. That file is the kernel's about the whole machine, in every
//! container the same. Manual: free(1), proc_meminfo(5).

use super::report::{self, Failure};
use clap::Parser;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;

const FILE: &str = "/proc/meminfo";

/// Print how much memory there is, and how much of it is used
#[derive(Parser)]
#[command(name = "free")]
struct Arguments {
    /// In mebibytes, in place of kibibytes
    #[arg(short, long)]
    mebi: bool,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |arguments: Arguments| {
        let text = std::fs::read_to_string(FILE).map_err(|error| {
            Failure::io(format!("cannot read {FILE}"), &error).hint("`mount -t proc proc /proc` would bring it")
        })?;
        std::io::stdout().write_all(table(&text, if arguments.mebi { 10 } else { 0 }).as_bytes())?;
        Ok(0)
    })
}

/// Two rows. Used is what is not available, as procps has it since version 4.
fn table(text: &str, shift: u32) -> String {
    let of = |name: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    };
    let (total, free, available) = (of("MemTotal"), of("MemFree"), of("MemAvailable"));
    let cache = of("Buffers") + of("Cached") + of("SReclaimable");
    let memory = [total, total.saturating_sub(available), free, of("Shmem"), cache, available];
    let (swap, swap_free) = (of("SwapTotal"), of("SwapFree"));
    let mut out = String::from("      ");
    for name in ["total", "used", "free", "shared", "buff/cache", "available"] {
        let _ = write!(out, "{name:>11}");
    }
    for (name, numbers) in [("Mem:", &memory[..]), ("Swap:", &[swap, swap.saturating_sub(swap_free), swap_free])] {
        let _ = write!(out, "\n{name:6}");
        for number in numbers {
            let _ = write!(out, "{:>11}", number >> shift);
        }
    }
    out + "\n"
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_numbers_are_those_of_the_file() {
        let text = "MemTotal:  4096 kB\nMemFree:   1024 kB\nMemAvailable: 2048 kB\nBuffers: 1 kB\nCached: 2 kB\n\
                    SReclaimable: 3 kB\nShmem: 4 kB\nSwapTotal: 10 kB\nSwapFree: 7 kB\n";
        let rows: Vec<Vec<String>> =
            super::table(text, 0).lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect();
        assert_eq!(rows[1], ["Mem:", "4096", "2048", "1024", "4", "6", "2048"]);
        assert_eq!(rows[2], ["Swap:", "10", "3", "7"]);
    }
}
