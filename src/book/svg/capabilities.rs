//! The capability sets of a process as a grid: a row of cells for each capability, one cell for each set that was read.

use super::canvas::{Canvas, Drawn, LETTER, LINE};
use super::facts::Facts;
use crate::evidence::Key;
use crate::kernel::capabilities;

/// A set, its letter, and its name.
const SETS: [(Key, &str, &str); 5] = [
    (Key::CapEffective, "E", "effective"),
    (Key::CapPermitted, "P", "permitted"),
    (Key::CapInheritable, "I", "inheritable"),
    (Key::CapBounding, "B", "bounding"),
    (Key::CapAmbient, "A", "ambient"),
];

const CELL: i32 = 12;
const STEP: i32 = 15;

/// The picture.
pub fn draw(facts: Facts<'_>, before: Facts<'_>, actor: &str, width: i32) -> Option<Drawn> {
    let all = capabilities::NAMES;
    let read: Vec<_> = SETS.iter().filter(|(key, ..)| facts.outside(actor, key).is_some()).collect();
    if read.is_empty() {
        return None;
    }
    let holds = |facts: Facts<'_>, key: &Key, name: &str| facts.outside(actor, key).is_some_and(|text| has(text, name));
    let sets = i32::try_from(read.len()).unwrap_or(0);
    let longest = all.iter().map(|it| it.len()).max().unwrap_or(0);
    let column = sets * STEP + 8 + i32::try_from(longest).unwrap_or(0) * LETTER + 16;
    let columns = (width / column).clamp(1, 4);
    let count = i32::try_from(all.len()).unwrap_or(0);
    let high = (count + columns - 1) / columns;
    let mut canvas = Canvas::default();
    for at in 0..columns {
        for (set, (_, letter, _)) in (0..).zip(&read) {
            canvas.text((at * column + set * STEP + 2, 14), letter, "title");
        }
    }
    for (at, name) in (0..).zip(&all) {
        let (x, y) = ((at / high) * column, 24 + (at % high) * LINE);
        let mut any = false;
        for (set, (key, ..)) in (0..).zip(&read) {
            let (is, was) = (holds(facts, key, name), holds(before, key, name));
            any |= is;
            let class = match (is, was) {
                (true, true) => "cell on",
                (true, false) => "cell on new",
                (false, true) => "cell off new",
                (false, false) => "cell off",
            };
            canvas.cell((x + set * STEP, y), CELL, class);
        }
        canvas.text((x + sets * STEP + 6, y + 11), name, if any { "name" } else { "line" });
    }
    let key: Vec<String> = read.iter().map(|(_, letter, name)| format!("{letter} {name}")).collect();
    let bottom = canvas.height() + LINE;
    let mut y = bottom;
    for line in super::canvas::wrapped(&key.join(", "), width) {
        canvas.text((0, y), &line, "line");
        y += LINE;
    }
    let words: Vec<String> = read
        .iter()
        .map(|(key, _, name)| format!("{name}: {}", facts.outside(actor, key).unwrap_or_default()))
        .collect();
    Some(canvas.finish(&format!("Capabilities of {actor}. {}.", words.join(". "))))
}

/// From `all`, `none`, `all but sys_admin`, `chown, kill`.
fn has(text: &str, name: &str) -> bool {
    let among = |list: &str| list.split(", ").any(|it| it == name);
    match text.strip_prefix("all but ") {
        Some(list) => !among(list),
        None => text == "all" || among(text),
    }
}
