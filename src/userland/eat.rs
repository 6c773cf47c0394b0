//! `eat [SIZE]`: takes memory in steps and says after each how much it has; what is left to see is who stops it.
//! It asks malloc(3), as every program does, and writes to what it got. With `--untouched` it only asks.

use super::report::{self, Failure, seconds};
use clap::Parser;
use std::ffi::OsString;
use std::io::Write as _;
use std::time::Duration;

/// The smallest that there is.
const PAGE: usize = 4096;

/// Take memory in steps, and keep it until the end
#[derive(Parser)]
#[command(name = "eat")]
struct Arguments {
    /// How much: 40M, 512K, 1G
    #[arg(default_value = "64M", value_parser = size)]
    size: usize,
    /// So much in one step
    #[arg(long, default_value = "4M", value_parser = size)]
    step: usize,
    /// Seconds between two steps
    #[arg(long, value_name = "SECONDS", default_value_t = 0.1)]
    every: f64,
    /// Ask for all of it at once, and touch none of it
    #[arg(long)]
    untouched: bool,
    /// Be ended by SIGALRM so many seconds after the first step
    #[arg(long = "for", value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |mut arguments: Arguments| {
        let mut out = std::io::stdout();
        if arguments.untouched {
            let asked = ask(arguments.size)?;
            writeln!(out, "asked for {}, got it, touched none of it", shown(arguments.size))?;
            drop(std::hint::black_box(asked));
            return Ok(0);
        }
        let pause = seconds(arguments.every)?;
        let (mut kept, mut eaten) = (Vec::new(), 0);
        while eaten < arguments.size {
            if eaten > 0 {
                wait(pause);
            }
            let step = arguments.step.clamp(1, arguments.size - eaten);
            let mut piece = ask(step)?;
            // The kernel gives a page when it is written to for the first time.
            piece.spare_capacity_mut().chunks_mut(PAGE).for_each(|page| _ = page[0].write(1));
            kept.push(std::hint::black_box(piece));
            eaten += step;
            writeln!(out, "{}", shown(eaten))?;
            out.flush()?;
            // From here on, since a slow machine has taken long to come so far.
            if let Some(limit) = arguments.limit.take() {
                nix::unistd::alarm::set(limit);
            }
        }
        wait(pause);
        drop(std::hint::black_box(kept));
        Ok(0)
    })
}

/// malloc(3), which may say no.
fn ask(size: usize) -> Result<Vec<u8>, Failure> {
    let mut piece = Vec::new();
    let asked = piece.try_reserve_exact(size);
    asked.map_err(|_| Failure::new(format!("malloc refused {}: ENOMEM", shown(size))))?;
    Ok(piece)
}

/// Time between two steps is what was asked for: nothing is waited for in it.
fn wait(pause: Duration) {
    nix::poll::poll(&mut [], nix::poll::PollTimeout::try_from(pause).unwrap_or(nix::poll::PollTimeout::MAX)).ok();
}

fn size(text: &str) -> Result<usize, String> {
    let (digits, shift) = match text.chars().next_back().map(|unit| unit.to_ascii_uppercase()) {
        Some('K') => (&text[..text.len() - 1], 10),
        Some('M') => (&text[..text.len() - 1], 20),
        Some('G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: Option<usize> = digits.parse().ok();
    let size = number.and_then(|number| number.checked_mul(1 << shift)).filter(|size| *size > 0);
    size.ok_or_else(|| "a number of bytes from 1 up, or one with K, M or G".to_owned())
}

fn shown(size: usize) -> String {
    let units = [(30, "G"), (20, "M"), (10, "K")];
    let unit = units.into_iter().find(|(bits, _)| size.trailing_zeros() >= *bits);
    unit.map_or_else(|| size.to_string(), |(bits, unit)| format!("{}{unit}", size >> bits))
}
