//! How groups have shared a processor: a bar for each, beside what its weight would give it.

use super::axis::{self, Scale};
use super::canvas::{Canvas, Drawn, LETTER, LINE, wide, wrapped};
use crate::evidence::drawing::{Part, Share};

const HIGH: i32 = 22;

/// The picture.
pub fn draw(it: &Share, width: i32) -> Option<Drawn> {
    let all: u64 = it.groups.iter().map(|part| part.used).sum();
    let weights: u64 = it.groups.iter().map(|part| part.weight).sum();
    if all == 0 || weights == 0 {
        return None;
    }
    let names = it.groups.iter().map(|part| wide(&named(part))).max().unwrap_or(0) + 2 * LETTER;
    // On a narrow page the name stands above its bar.
    let beside = width > 500;
    let scale = Scale { most: it.wall.max(all), from: if beside { names } else { 0 }, to: width - 2 };
    let mut canvas = Canvas::default();
    let mut y = 8;
    for part in &it.groups {
        if beside {
            canvas.text((0, y + 16), &named(part), "name");
        } else {
            canvas.text((0, y + 12), &named(part), "name");
            y += LINE;
        }
        let end = scale.at(part.used);
        canvas.band((scale.from, y), (scale.to - scale.from, HIGH), "band idle");
        canvas.band((scale.from, y), ((end - scale.from).max(1), HIGH), "band ran");
        let expected = scale.at(all * part.weight / weights);
        canvas.line(&[(expected, y - 4), (expected, y + HIGH + 4)], "limit");
        canvas.text((scale.from, y + HIGH + 17), &format!("{} ms", part.used / 1000), "line");
        y += HIGH + LINE + 14;
    }
    axis::time(&mut canvas, scale, y, if beside { 6 } else { 3 });
    y += 2 * LINE + 6;
    for line in
        wrapped("The dashed line is what its weight gives a group of that time while all of them want to run.", width)
    {
        canvas.text((0, y), &line, "line");
        y += LINE;
    }
    let of = |part: &Part| format!("{}, had {} ms", named(part), part.used / 1000);
    let parts: Vec<String> = it.groups.iter().map(of).collect();
    Some(canvas.finish(&format!("Processor time in {}. {}.", axis::seconds(it.wall), parts.join("; "))))
}

fn named(part: &Part) -> String {
    format!("{}, weight {}", part.group, part.weight)
}
