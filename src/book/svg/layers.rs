//! The layers of an overlay, one on top of the other: what is merged, the upper directory that is written to, and the lower
//! ones; and in each the files that the lesson looks at.

use super::canvas::{Canvas, Drawn, LETTER, LINE, wrapped};
use super::facts::Facts;
use crate::evidence::{Key, View};

/// An overlay: where it is mounted, and its directories.
pub struct Overlay {
    pub at: String,
    pub upper: Option<String>,
    pub lower: Vec<String>,
}

impl Overlay {
    /// From the options of mount(2): `lowerdir=/a:/b,upperdir=/c,workdir=/d`.
    pub fn new(at: &str, options: &str) -> Overlay {
        let option = |name: &str| options.split(',').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
        let lower = option("lowerdir").unwrap_or_default().split(':').filter(|it| !it.is_empty());
        Overlay {
            at: at.to_owned(),
            upper: option("upperdir").map(str::to_owned),
            lower: lower.map(str::to_owned).collect(),
        }
    }
}

const PAD: i32 = 12;
const GAP: i32 = 6;

/// The picture, as `actor` reads the files.
pub fn draw(facts: Facts<'_>, before: Facts<'_>, overlay: &Overlay, actor: &str, width: i32) -> Option<Drawn> {
    let mut slabs = vec![("what is seen", overlay.at.as_str())];
    slabs.extend(overlay.upper.as_deref().map(|it| ("upper, written to", it)));
    slabs.extend(overlay.lower.iter().map(|it| ("lower, only read", it.as_str())));
    let mut canvas = Canvas::default();
    let (mut top, mut words) = (0, Vec::new());
    for (number, (what, path)) in slabs.into_iter().enumerate() {
        let files = files(facts, before, actor, path);
        let said: Vec<String> = files.iter().map(|(name, text, _)| format!("{name} is {text}")).collect();
        words.push(format!(
            "{what}, {path}: {}",
            if said.is_empty() { "no file looked at".to_owned() } else { said.join("; ") }
        ));
        let mut y = top + 6;
        let mut lines = Vec::new();
        for line in wrapped(&format!("{path} · {what}"), width - 2 * PAD) {
            y += LINE;
            lines.push((PAD, y, line, "title"));
        }
        for (name, text, new) in &files {
            y += LINE + 2;
            lines.push((PAD, y, name.clone(), if *new { "name new" } else { "name" }));
            let column = PAD + 18 * LETTER;
            let (x, room) = if width > 500 { (column, width - column - PAD) } else { (2 * PAD, width - 3 * PAD) };
            for (at, line) in wrapped(text, room).into_iter().enumerate() {
                if at > 0 || x != column {
                    y += LINE;
                }
                lines.push((x, y, line, if *new { "line new" } else { "line" }));
            }
        }
        let class = ["box seen", "box upper", "box lower"][number.min(2)];
        canvas.rect((0, top), (width, y + 10 - top), class);
        for (x, y, text, class) in lines {
            canvas.text((x, y), &text, class);
        }
        top = y + 10 + GAP;
    }
    Some(canvas.finish(&format!("An overlay, layer by layer. {}.", words.join(". "))))
}

/// Files below a directory that facts speak of: name, what they are, whether that is new.
fn files(facts: Facts<'_>, before: Facts<'_>, actor: &str, path: &str) -> Vec<(String, String, bool)> {
    let mut out = Vec::new();
    for (key, text) in facts.of(actor, View::Inside) {
        let Key::File(file) = key else { continue };
        let Some(name) = file.strip_prefix(path).and_then(|it| it.strip_prefix('/')) else { continue };
        if text == "absent" {
            continue;
        }
        // How overlayfs writes down that a name of the lower layer is gone.
        let gone = if text.starts_with("character device 0000 \"0:0\"") { " · a whiteout" } else { "" };
        out.push((name.to_owned(), format!("{text}{gone}"), before.inside(actor, key) != Some(text)));
    }
    if let Some(bytes) = facts.inside(actor, &Key::Bytes(path.to_owned())) {
        let new = before.inside(actor, &Key::Bytes(path.to_owned())) != Some(bytes);
        out.push(("in it".to_owned(), bytes.to_owned(), new));
    }
    out
}
