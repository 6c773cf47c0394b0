//! A tree, drawn as lists of files are: a node a line, its children further in, and lines that join them. A node can have
//! more lines below it, and boxes with names in it.

use super::canvas::{Canvas, LETTER, LINE, wide, wrapped};

/// A node, with what is said of it.
#[derive(Default)]
pub struct Node {
    pub name: String,
    pub new: bool,
    /// Lines below the name, and whether they are new.
    pub lines: Vec<(String, bool)>,
    /// Names in boxes: processes, and whether they are new here.
    pub chips: Vec<(String, bool)>,
    pub children: Vec<Node>,
}

const STEP: i32 = 22;

/// Draws it below what is there already.
pub fn draw(canvas: &mut Canvas, root: &Node, width: i32) {
    node(canvas, root, 0, canvas.height() + 4, width);
}

/// Gives where the next one begins.
fn node(canvas: &mut Canvas, it: &Node, left: i32, top: i32, width: i32) -> i32 {
    let mut y = top + 15;
    let own = left + 14;
    canvas.dot((left + 4, y - 5), if it.new { "node new" } else { "node" });
    let title = |new| if new { "title new" } else { "title" };
    let plain = |new| if new { "line new" } else { "line" };
    // What is short stands beside the name.
    let beside = own + wide(&it.name) + 2 * LETTER;
    let mut lines = it.lines.as_slice();
    if let [(line, new)] = lines
        && it.chips.is_empty()
        && beside + wide(line) <= width
    {
        canvas.text((beside, y), line, plain(*new));
        lines = &[];
    }
    for line in wrapped(&it.name, width - own) {
        canvas.text((own, y), &line, title(it.new));
        y += LINE;
    }
    let mut x = own + 6;
    for (chip, new) in &it.chips {
        if x > own + 6 && x + wide(chip) + 6 > width {
            x = own + 6;
            y += LINE + 6;
        }
        canvas.rect((x - 6, y - 12), (wide(chip) + 12, LINE), if *new { "chip new" } else { "chip" });
        canvas.text((x, y + 2), chip, "name");
        x += wide(chip) + 20;
    }
    if !it.chips.is_empty() {
        y += LINE + 5;
    }
    for (line, new) in lines {
        for line in wrapped(line, width - own) {
            canvas.text((own, y), &line, plain(*new));
            y += LINE;
        }
    }
    let mut last = top + 10;
    let mut next = y - 11;
    for child in &it.children {
        let at = next + 10;
        canvas.line(&[(left + 4, last), (left + 4, at), (left + STEP, at)], "join");
        last = at;
        next = node(canvas, child, left + STEP, next, width);
    }
    next
}
