//! Several pictures of the same moment as one: each below its name, in the order in which one looks.

use super::canvas::{Canvas, Drawn};

/// Between two of them, and the room for a name.
const GAP: i32 = 26;
const NAME: i32 = 30;

/// The whole. None where there is nothing to be seen.
pub fn draw(parts: Vec<(String, Drawn)>) -> Option<Drawn> {
    let mut canvas = Canvas::default();
    let (mut y, mut words) = (0, Vec::new());
    for (name, part) in parts {
        canvas.text((0, y + 14), &name, "title");
        canvas.put((0, y + NAME), &part);
        y = canvas.height() + GAP;
        words.push(format!("{name}: {}", part.words));
    }
    (!words.is_empty()).then(|| canvas.finish(&words.join(" ")))
}
