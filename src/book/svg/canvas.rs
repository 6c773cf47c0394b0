//! The shapes of pictures: boxes, lines, text of one width a letter. Whole pixels only, so that two builds are the same.

use crate::book::html::escape;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The width of a letter and the height of a line, of text at its usual size.
pub const LETTER: i32 = 8;
pub const LINE: i32 = 19;

/// A finished picture, and what it shows in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    pub svg: String,
    pub words: String,
    /// What is in it, to be put into another one, and how large that is.
    body: String,
    size: (i32, i32),
}

/// A picture that is being drawn. What is drawn first is below.
#[derive(Default)]
pub struct Canvas {
    body: String,
    /// Small squares: for each class one path with all of them, since there may be hundreds.
    cells: BTreeMap<&'static str, String>,
    width: i32,
    height: i32,
}

impl Canvas {
    fn reach(&mut self, x: i32, y: i32) {
        self.width = self.width.max(x);
        self.height = self.height.max(y);
    }

    pub fn rect(&mut self, (x, y): (i32, i32), (width, height): (i32, i32), class: &str) {
        self.reach(x + width + 1, y + height + 1);
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"></rect>"
        );
    }

    /// A piece of a strip or a bar, without round corners.
    pub fn band(&mut self, (x, y): (i32, i32), (width, height): (i32, i32), class: &str) {
        self.reach(x + width + 1, y + height + 1);
        let _ = write!(self.body, "<path class=\"{class}\" d=\"M{x} {y}h{width}v{height}h-{width}z\"></path>");
    }

    /// What lies within a line through these points.
    pub fn area(&mut self, points: &[(i32, i32)], class: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let _ = write!(self.body, "<polygon class=\"{class}\" points=\"{}\"></polygon>", points.join(" "));
    }

    /// A small square without round corners.
    pub fn cell(&mut self, (x, y): (i32, i32), side: i32, class: &'static str) {
        self.reach(x + side + 1, y + side + 1);
        let _ = write!(self.cells.entry(class).or_default(), "M{x} {y}h{side}v{side}h-{side}z");
    }

    /// A line through these points.
    pub fn line(&mut self, points: &[(i32, i32)], class: &str) {
        points.iter().for_each(|(x, y)| self.reach(x + 1, y + 1));
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let _ = write!(self.body, "<polyline class=\"{class}\" points=\"{}\"></polyline>", points.join(" "));
    }

    pub fn dot(&mut self, (x, y): (i32, i32), class: &str) {
        let _ = write!(self.body, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\"></circle>");
    }

    /// One line of text; `y` is where its letters stand. The usual one is a `line`, and needs no class.
    pub fn text(&mut self, (x, y): (i32, i32), text: &str, class: &str) {
        self.reach(x + wide(text), y + 4);
        let class = match class.trim_start_matches("line").trim_start() {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        let _ = write!(self.body, "<text{class} x=\"{x}\" y=\"{y}\">{}</text>", escape(text));
    }

    /// Another picture, as a part of this one.
    pub fn put(&mut self, (x, y): (i32, i32), part: &Drawn) {
        self.reach(x + part.size.0, y + part.size.1);
        let _ = write!(self.body, "<g transform=\"translate({x} {y})\">{}</g>", part.body);
    }

    pub fn height(&self) -> i32 {
        self.height
    }

    /// The whole, with what it shows in words.
    pub fn finish(self, words: &str) -> Drawn {
        let (width, height) = (self.width + 1, self.height + 1);
        let cells = self.cells.iter().map(|(class, path)| format!("<path class=\"{class}\" d=\"{path}\"></path>"));
        let cells: String = cells.collect();
        let body = self.body + &cells;
        let svg = format!(
            "<svg aria-hidden=\"true\" viewbox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">{body}</svg>"
        );
        Drawn { svg, words: words.to_owned(), body, size: (width, height) }
    }
}

/// How wide a text is.
pub fn wide(text: &str) -> i32 {
    i32::try_from(textwrap::core::display_width(text)).unwrap_or(i32::MAX / LETTER) * LETTER
}

/// Lines of at most this width.
pub fn wrapped(text: &str, width: i32) -> Vec<String> {
    let letters = usize::try_from(width / LETTER).unwrap_or(0).max(8);
    // A word that is longer than a line, a path say, goes on below.
    crate::show::table::wrap(text, letters)
}
