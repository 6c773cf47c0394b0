//! What a step has measured, drawn: memory as bars over time, the periods of a quota as a strip, shares as bars beside
//! each other. Each line begins with a mark that says: of this run alone. At most 80 cells wide, and without colour it says
//! the same.

use crate::evidence::drawing::{Drawing, Memory, Part, Periods, Share, TimeSample};
use crate::evidence::record::Now;
use colored::Colorize;
use std::fmt::Write;

/// Before each line of what was measured.
pub const MARK: &str = "   ┆ ";
/// Cells of the longest line, the mark left out.
const WIDEST: usize = 75;
/// Rows of memory over time.
const ROWS: u64 = 12;
/// One cell of a strip, in microseconds; and periods in one row of it.
const CELL: u64 = 10_000;
const IN_A_ROW: usize = 5;
/// Rows of a strip: the last ones.
const STRIPS: usize = 6;

/// All that a step has measured: what its program printed, and its drawing.
pub fn measured(now: Option<&Now>, width: usize) -> String {
    let Some(now) = now else { return String::new() };
    let output = now.output.iter().flat_map(|text| text.lines().map(str::to_owned));
    let drawing = now.drawing.iter().flat_map(|drawing| lines(drawing, width));
    output.chain(drawing).map(|line| marked(&line)).collect()
}

fn marked(line: &str) -> String {
    format!("{}{}\n", MARK.dimmed(), line.trim_end())
}

/// The drawing as it is now, for a screen of this width.
pub fn drawing(drawing: &Drawing, width: usize) -> String {
    lines(drawing, width).iter().map(|line| marked(line)).collect()
}

fn lines(drawing: &Drawing, width: usize) -> Vec<String> {
    let width = width.saturating_sub(MARK.chars().count()).min(WIDEST);
    match drawing {
        Drawing::Memory(it) => memory(it, width),
        Drawing::Periods(it) => periods(it, width),
        Drawing::Share(it) => share(it, width),
    }
}

/// A bar of `part` in `all`, as long as there is room.
fn bar(part: u64, all: u64, room: usize) -> (String, String) {
    let cells = (u128::from(part.min(all)) * room as u128).div_ceil(u128::from(all.max(1)));
    let cells = usize::try_from(cells).unwrap_or(0).min(room);
    ("█".repeat(cells), "·".repeat(room - cells))
}

/// `0.3 s`
fn seconds(micros: u64) -> String {
    format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10)
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1}M", bytes as f64 / 1_048_576.0)
}

/// A row for each tenth of a second, or for as many of these as it takes to have few rows: the most in that time.
fn memory(it: &Memory, width: usize) -> Vec<String> {
    let limits = [(it.limit, "memory.max"), (it.high, "memory.high")];
    let limits = limits.iter().filter_map(|(size, name)| Some(format!("{name} {}", mebibytes((*size)?))));
    let limits: Vec<String> = limits.collect();
    let title = if limits.is_empty() { "no limit".to_owned() } else { limits.join(", ") };
    let mut lines = vec![format!("memory of {}: {title}", it.group)];
    let Some(last) = it.samples.last() else { return lines };
    let slot = (last.at / ROWS).div_ceil(100_000).max(1) * 100_000;
    let most = it.samples.iter().map(|sample| sample.bytes).max().unwrap_or(1);
    let scale = it.limit.unwrap_or(most).max(most);
    let room = width.saturating_sub(18).max(10);
    let mut killed = 0;
    for slots in it.samples.chunk_by(|one, other| one.at / slot == other.at / slot && one.killed == other.killed) {
        let bytes = slots.iter().map(|sample| sample.bytes).max().unwrap_or(0);
        // After a kill what is left counts, and not what was still being given back.
        let after = slots[0].killed > killed;
        // And that once: nobody is left who could take more.
        if !after && killed > 0 {
            continue;
        }
        let bytes = if after { last_with(it, slots[0].killed) } else { bytes };
        let (full, empty) = bar(bytes, scale, room);
        let over = it.high.is_some_and(|high| bytes > high) || bytes >= scale;
        let full = if over { full.yellow() } else { full.green() };
        if after {
            killed = slots[0].killed;
            lines.push("        the kernel has killed a process".red().to_string());
        }
        lines.push(format!("{}  {full}{} {:>7}", seconds(slots[0].at), empty.dimmed(), mebibytes(bytes)));
    }
    lines
}

/// What was left with this count of kills.
fn last_with(it: &Memory, killed: u64) -> u64 {
    it.samples.iter().rev().find(|sample| sample.killed == killed).map_or(0, |sample| sample.bytes)
}

/// One cell of a strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Before the first sample.
    Blank,
    Runs,
    Waits,
}

impl Cell {
    fn letter(self) -> char {
        match self {
            Cell::Blank => ' ',
            Cell::Runs => '█',
            Cell::Waits => '░',
        }
    }
}

/// The periods from the first in which the group ran to the last, each in cells of ten milliseconds. A period begins where
/// the group is let run again.
pub fn strips(it: &Periods) -> Vec<Vec<Cell>> {
    let ran = |pair: &[TimeSample]| pair[1].used > pair[0].used;
    let Some(first) = it.samples.windows(2).find(|pair| ran(pair)).map(|pair| pair[0].at) else { return Vec::new() };
    let end = it.samples.last().map_or(first, |sample| sample.at);
    // The last one at which a period begins before that, as a whole number of cells from the first sample on.
    let early = it.quota.map_or(0, |_| (first + it.period - phase(it)) % it.period / CELL);
    let begin = first.saturating_sub(early * CELL);
    let blank = usize::try_from(early - (first - begin) / CELL).unwrap_or(0);
    let cell = |cell: u64| if runs(it, begin + cell * CELL) { Cell::Runs } else { Cell::Waits };
    let cells: Vec<Cell> = std::iter::repeat_n(Cell::Blank, blank).chain((0..(end - begin) / CELL).map(cell)).collect();
    let in_period = usize::try_from((it.period / CELL).clamp(1, 20)).unwrap_or(10);
    // What comes after the end of the program is no period.
    let last = cells.iter().rposition(|cell| *cell == Cell::Runs).unwrap_or(0) / in_period;
    cells.chunks(in_period).take(last + 1).map(<[Cell]>::to_vec).collect()
}

/// A gap after each period.
fn periods(it: &Periods, width: usize) -> Vec<String> {
    let quota = it.quota.map_or("no quota".to_owned(), |quota| {
        format!("a quota of {} ms in each {} ms", quota / 1000, it.period / 1000)
    });
    let mut lines = vec![format!("time of {}, {quota}: █ it runs, ░ it does not", it.group)];
    let whole = strips(it);
    let Some(in_period) = whole.first().map(Vec::len) else { return lines };
    let in_row = IN_A_ROW.min(width.saturating_sub(7) / (in_period + 1)).max(1);
    let rows: Vec<&[Vec<Cell>]> = whole.chunks(in_row).collect();
    // On a slow machine the start of the program takes long, and what is shown is the program.
    let left_out = rows.len().saturating_sub(STRIPS);
    for (row, periods) in rows.into_iter().enumerate().skip(left_out) {
        let strips: Vec<String> = periods.iter().map(|period| strip(period)).collect();
        lines.push(format!("{}  {}", seconds((row * in_row * in_period) as u64 * CELL), strips.join(" ")));
    }
    let (used, end) = it.samples.last().map_or((0, 0), |sample| (sample.used, sample.at));
    let mut text = format!("ran {} ms of {} ms", used / 1000, end / 1000);
    if it.quota.is_some() {
        let _ = write!(text, "; made to wait in {} of {} periods", it.throttled, it.counted);
    }
    lines.push(text);
    lines
}

/// One period, painted: pieces that are alike together.
fn strip(period: &[Cell]) -> String {
    let paint = |cells: &[Cell]| {
        let text: String = cells.iter().map(|cell| cell.letter()).collect();
        if cells[0] == Cell::Runs { text.green().to_string() } else { text.dimmed().to_string() }
    };
    period.chunk_by(|one, other| one == other).map(paint).collect()
}

/// Where in a period of the clock the kernel lets the group run again: where it used most, of all pieces of that length.
fn phase(it: &Periods) -> u64 {
    let mut used = std::collections::BTreeMap::<u64, u64>::new();
    for pair in it.samples.windows(2) {
        *used.entry(pair[0].at % it.period / (CELL / 2)).or_default() += pair[1].used - pair[0].used;
    }
    let pieces = it.period / (CELL / 2);
    let of = |piece: u64| used.get(&(piece % pieces)).copied().unwrap_or(0);
    (0..pieces).max_by_key(|piece| of(*piece) + of(piece + 1)).unwrap_or(0) * (CELL / 2)
}

/// Whether the group ran for most of a cell: what it had used at its end and at its beginning, between two samples in
/// proportion.
fn runs(it: &Periods, from: u64) -> bool {
    let used = |at: u64| -> u64 {
        let after = it.samples.iter().position(|sample| sample.at >= at).unwrap_or(it.samples.len() - 1);
        let (one, other) = (it.samples[after.saturating_sub(1)], it.samples[after]);
        let part = at.clamp(one.at, other.at) - one.at;
        one.used + (other.used - one.used) * part / (other.at - one.at).max(1)
    };
    used(from + CELL) - used(from) >= CELL * 2 / 5
}

fn share(it: &Share, width: usize) -> Vec<String> {
    let most = it.groups.iter().map(|part| part.used).max().unwrap_or(1).max(1);
    let name = it.groups.iter().map(|part| part.group.chars().count()).max().unwrap_or(0);
    let room = width.saturating_sub(name + 28).max(8);
    let line = |part: &Part| {
        let (full, _) = bar(part.used, most, room);
        let gap = " ".repeat(room - full.chars().count());
        format!("{:name$}  weight {:>5}  {}{gap} {:>6} ms", part.group, part.weight, full.green(), part.used / 1000)
    };
    it.groups.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::drawing::MemorySample;

    fn plain(drawing: &Drawing) -> String {
        colored::control::set_override(false);
        super::drawing(drawing, 80)
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        let samples = (0..200).map(|at| MemorySample { at: at * 10_000, bytes: at << 17, killed: at / 150 });
        let memory =
            Memory { group: "box".into(), limit: Some(20 << 20), high: Some(8 << 20), samples: samples.collect() };
        let samples = (0..130_u64).map(|at| TimeSample { at: at * 10_000, used: at.div_ceil(10) * 10_000 }).collect();
        let periods =
            Periods { group: "box".into(), quota: Some(10_000), period: 100_000, samples, ..Periods::default() };
        let part = |group: &str, used| Part { group: group.into(), weight: 10_000, used };
        let share = Share { groups: vec![part("light", 9), part("heavy", 90)], wall: 1 };
        for drawing in [Drawing::Memory(memory), Drawing::Periods(periods), Drawing::Share(share)] {
            let text = plain(&drawing);
            for line in text.lines() {
                assert!(line.starts_with(MARK.trim_end()) && line.chars().count() <= 80, "{text}");
            }
        }
    }

    #[test]
    fn a_period_has_the_cells_in_which_it_ran() {
        let samples = (0..21_u64).map(|at| TimeSample { at: at * 10_000, used: at.div_ceil(10) * 10_000 }).collect();
        let periods =
            Periods { group: "box".into(), quota: Some(10_000), period: 100_000, samples, ..Periods::default() };
        assert!(plain(&Drawing::Periods(periods)).contains("0.0 s  █░░░░░░░░░ █░░░░░░░░░"));
    }
}
