//! When a group runs and when it waits: a strip of the processor's time, cut into the periods of its quota. Those in which
//! the group had used its quota up, and had to wait for the next, are marked.

use super::canvas::{Canvas, Drawn, LETTER, LINE, wrapped};
use crate::evidence::drawing::Periods;
use crate::show::drawing::{Cell, strips};

/// One cell, ten milliseconds; its height; between two periods, and from row to row.
const CELL: i32 = 12;
const HIGH: i32 = 18;
const GAP: i32 = 4;
const ROW: i32 = 30;
const LEFT: i32 = 6 * LETTER;
/// How many rows there may be; the program is what was at the end.
const ROWS: usize = 9;

/// The picture.
pub fn draw(it: &Periods, width: i32) -> Option<Drawn> {
    let periods = strips(it);
    let in_period = i32::try_from(periods.first()?.len()).ok()?;
    let one = in_period * CELL + GAP;
    let in_row = usize::try_from((width - LEFT + GAP) / one).unwrap_or(0).max(1);
    let rows: Vec<&[Vec<Cell>]> = periods.chunks(in_row).collect();
    let left_out = rows.len().saturating_sub(ROWS);
    let mut canvas = Canvas::default();
    let mut y = 2;
    for (row, strip) in rows.iter().enumerate().skip(left_out) {
        let since = i32::try_from(row * in_row).unwrap_or(0) * in_period * 10;
        canvas.text((0, y + 14), &format!("{}.{} s", since / 1000, since / 100 % 10), "line");
        for (at, period) in strip.iter().enumerate() {
            let x = LEFT + i32::try_from(at).unwrap_or(0) * one;
            canvas.band((x, y), (in_period * CELL, HIGH), "band idle");
            let waits = throttled(it, period);
            for (from, run) in runs(period) {
                let class = match period[from] {
                    Cell::Runs => "band ran",
                    Cell::Waits if waits => "band waited",
                    _ => continue,
                };
                let wide = i32::try_from(run).unwrap_or(0) * CELL;
                canvas.band((x + i32::try_from(from).unwrap_or(0) * CELL, y), (wide, HIGH), class);
            }
        }
        y += ROW;
    }
    key(&mut canvas, it, y, width);
    Some(canvas.finish(&words(it, periods.len(), periods.iter().filter(|it_| throttled(it, it_)).count())))
}

/// Cells that are alike, with where they begin and how many there are.
fn runs(period: &[Cell]) -> Vec<(usize, usize)> {
    let mut at = 0;
    let run = |cells: &[Cell]| {
        at += cells.len();
        (at - cells.len(), cells.len())
    };
    period.chunk_by(|one, other| one == other).map(run).collect()
}

/// Whether it has used most of its quota in a period, and then stood still until the end of it.
fn throttled(it: &Periods, period: &[Cell]) -> bool {
    let ran = u64::try_from(period.iter().filter(|cell| **cell == Cell::Runs).count()).unwrap_or(0) * 10_000;
    it.quota.is_some_and(|quota| ran > 0 && ran + 5000 >= quota) && period.last() == Some(&Cell::Waits)
}

/// What the colours mean, and what was counted.
fn key(canvas: &mut Canvas, it: &Periods, top: i32, width: i32) {
    let mut y = top + 6;
    let mut entry = |class: Option<&'static str>, text: &str| {
        let left = if class.is_some() { 2 * CELL } else { 0 };
        if let Some(class) = class {
            canvas.band((0, y), (CELL + 4, 14), class);
        }
        for line in wrapped(text, width - left) {
            canvas.text((left, y + 12), &line, "line");
            y += LINE;
        }
    };
    entry(Some("band ran"), "it runs");
    if it.quota.is_some() {
        entry(Some("band waited"), "its quota is used up: it waits for the next period");
    }
    entry(Some("band idle"), "it does not run");
    entry(None, &format!("Each box is a period of {} ms. {}", it.period / 1000, counted(it)));
}

fn counted(it: &Periods) -> String {
    let (used, end) = it.samples.last().map_or((0, 0), |sample| (sample.used / 1000, sample.at / 1000));
    match it.quota {
        Some(quota) => format!(
            "With a quota of {} ms it ran {used} ms of {end} ms, and the kernel counts {} of {} periods in which it waited.",
            quota / 1000,
            it.throttled,
            it.counted
        ),
        None => format!("Without a quota it ran {used} ms of {end} ms."),
    }
}

fn words(it: &Periods, periods: usize, waits: usize) -> String {
    let seen = match it.quota {
        Some(_) => {
            format!("In {waits} of the {periods} that are drawn it runs at the beginning and then stands still.")
        }
        None => format!("In each of the {periods} that are drawn it runs."),
    };
    format!("Processor time of {}, in periods of {} ms. {} {seen}", it.group, it.period / 1000, counted(it))
}
