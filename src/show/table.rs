//! Rows of evidence in columns, wrapped to the width of the screen.
//! A row has a word for its kind (`syscall`, `changed`), what it is about, and what it says; the last column is the one
//! that is wrapped. On a narrow screen the columns stand below each other.

use textwrap::core::display_width;

/// One row, before it is laid out. `mark` is coloured by `paint`.
pub struct Row {
    pub mark: &'static str,
    pub paint: fn(&str) -> String,
    pub about: String,
    pub text: String,
}

const INDENT: usize = 3;
const MARK: usize = 10;
/// Below this width the columns are given up, in cells.
const NARROW: usize = 56;

/// Lays out the rows for a screen of this width.
pub fn lay_out(rows: &[Row], width: usize) -> String {
    let about = rows.iter().map(|row| display_width(&row.about)).max().unwrap_or(0).min(width / 2);
    let mut text = String::new();
    for row in rows {
        if width < NARROW {
            text.push_str(&narrow(row, width));
        } else {
            text.push_str(&wide(row, about, width));
        }
    }
    text
}

fn wide(row: &Row, about: usize, width: usize) -> String {
    let mark = format!("{}{}", (row.paint)(row.mark), " ".repeat(MARK.saturating_sub(display_width(row.mark))));
    let start = if row.about.is_empty() { INDENT + MARK } else { INDENT + MARK + about + 2 };
    let lines = wrap(&row.text, width.saturating_sub(start).max(16));
    let padding = if row.about.is_empty() {
        String::new()
    } else {
        format!("{}{}", row.about, " ".repeat((about + 2).saturating_sub(display_width(&row.about)).max(1)))
    };
    let mut text = format!("{}{mark}{padding}", " ".repeat(INDENT));
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            text.push_str(&" ".repeat(start));
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn narrow(row: &Row, width: usize) -> String {
    let head = if row.about.is_empty() { String::new() } else { format!(" {}", row.about) };
    let mut text = format!("{}{head}\n", (row.paint)(row.mark));
    for line in wrap(&row.text, width.saturating_sub(2).max(8)) {
        text.push_str("  ");
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Lines of at most `width` cells. Line ends in the text are kept.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let lines: Vec<String> =
        text.lines().flat_map(|line| textwrap::wrap(line, width).into_iter().map(|it| it.into_owned())).collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// A paragraph, wrapped and indented.
pub fn paragraph(text: &str, indent: usize, width: usize) -> String {
    let room = width.saturating_sub(indent).max(12);
    wrap(text, room).iter().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}
