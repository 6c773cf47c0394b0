//! The memory of a control group over time, with its limits, and where the kernel has killed somebody.

use super::axis::{self, Scale, mebibytes, seconds};
use super::canvas::{Canvas, Drawn, LETTER, LINE, wide};
use crate::evidence::drawing::{Memory, MemorySample};

const HEIGHT: i32 = 190;
/// Room for the numbers on the left, and above the highest line.
const LEFT: i32 = 8 * LETTER;
const TOP: i32 = 26;

/// The picture. `version` is that of the control groups, whose files have other names.
pub fn draw(it: &Memory, version: u8, width: i32) -> Option<Drawn> {
    let last = it.samples.last()?;
    let most = it.samples.iter().map(|sample| sample.bytes).max().unwrap_or(0);
    let highest = [it.limit, it.high, Some(most)].into_iter().flatten().max().unwrap_or(1);
    let (x, y) = (
        Scale { most: last.at.max(1), from: LEFT, to: width - 2 },
        // A tenth above the highest line keeps its name off the edge.
        Scale { most: highest.max(1), from: TOP + HEIGHT, to: TOP },
    );
    let mut canvas = Canvas::default();
    let steps: Vec<u64> = (20..40).map(|power| 1 << power).collect();
    for mark in y.marks(&steps, 6) {
        let text = mebibytes(mark);
        canvas.line(&[(LEFT, y.at(mark)), (width - 2, y.at(mark))], "grid");
        canvas.text((LEFT - LETTER - wide(&text), y.at(mark) + 5), &text, "line");
    }
    let points: Vec<(i32, i32)> = it.samples.iter().map(|sample| (x.at(sample.at), y.at(sample.bytes))).collect();
    let mut area = points.clone();
    area.extend([(x.at(last.at), y.from), (LEFT, y.from)]);
    canvas.area(&area, "area");
    canvas.line(&points, "curve");
    for (limit, name) in limits(it, version) {
        canvas.line(&[(LEFT, y.at(limit)), (width - 2, y.at(limit))], "limit");
        canvas.text((LEFT + LETTER, y.at(limit) - 6), &format!("{name} {}", mebibytes(limit)), "line bad");
    }
    for (kill, _) in kills(it) {
        cross(&mut canvas, (x.at(kill.at), y.at(kill.bytes)), y.from);
    }
    if let Some((kill, _)) = kills(it).last() {
        let whom = processes(last.killed);
        let lines = match width > 500 {
            true => ["the kernel kills".to_owned(), format!("{whom} (SIGKILL)")],
            false => ["SIGKILL for".to_owned(), whom],
        };
        name(&mut canvas, &lines, x.at(kill.at), y.from);
    }
    axis::time(&mut canvas, x, y.from, if width > 500 { 7 } else { 3 });
    Some(canvas.finish(&words(it, version)))
}

/// A cross on the curve.
fn cross(canvas: &mut Canvas, (x, y): (i32, i32), bottom: i32) {
    canvas.line(&[(x, y), (x, bottom)], "limit");
    for side in [-1, 1] {
        canvas.line(&[(x - 6, y - 6 * side), (x + 6, y + 6 * side)], "kill");
    }
}

/// What a cross stands for: below the curve that leads to it, where there is room, else behind it.
fn name(canvas: &mut Canvas, lines: &[String], x: i32, bottom: i32) {
    let widest = lines.iter().map(|line| wide(line)).max().unwrap_or(0);
    let left = if x - LEFT > widest + 4 * LETTER { x - 2 * LETTER - widest } else { x + 6 * LETTER };
    for (at, line) in (0..).zip(lines) {
        canvas.text((left, bottom - LINE - 12 + at * LINE), line, "line bad");
    }
}

fn processes(count: u64) -> String {
    if count == 1 { "a process".to_owned() } else { format!("{count} processes") }
}

/// The last sample before each kill: where it was, as far as anybody has seen; and how many were killed.
fn kills(it: &Memory) -> impl Iterator<Item = (MemorySample, u64)> {
    let kill = |pair: &[MemorySample]| (pair[0], pair[1].killed.saturating_sub(pair[0].killed));
    it.samples.windows(2).map(kill).filter(|(_, count)| *count > 0)
}

/// What is set, by the name of its file.
fn limits(it: &Memory, version: u8) -> Vec<(u64, &'static str)> {
    let name = if version == 1 { "memory.limit_in_bytes" } else { "memory.max" };
    let set = [(it.limit, name), (it.high, "memory.high")];
    set.into_iter().filter_map(|(limit, name)| Some((limit?, name))).collect()
}

fn words(it: &Memory, version: u8) -> String {
    let most = it.samples.iter().max_by_key(|sample| sample.bytes).copied();
    let limits: Vec<String> =
        limits(it, version).into_iter().map(|(limit, name)| format!("{name} is {}", mebibytes(limit))).collect();
    let mut out = format!("Memory of {} over time.", it.group);
    if let (Some(first), Some(most), Some(last)) = (it.samples.first(), most, it.samples.last()) {
        out += &format!(
            " It begins with {}, is highest with {} after {}, and ends with {} after {}.",
            mebibytes(first.bytes),
            mebibytes(most.bytes),
            seconds(most.at),
            mebibytes(last.bytes),
            seconds(last.at)
        );
    }
    if !limits.is_empty() {
        out += &format!(" The limit: {}.", limits.join(", "));
    }
    for (kill, count) in kills(it) {
        out += &format!(" After {} the kernel kills {} of it.", seconds(kill.at), processes(count));
    }
    out
}
