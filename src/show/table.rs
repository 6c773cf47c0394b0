//! Rows of evidence in columns, wrapped to the width of the screen.
//! A row has a word for its kind (`syscall`, `changed`), what it is about, and what it says; the last column is the one
//! that is wrapped. On a narrow screen the columns stand below each other.

use crate::evidence::View;
use textwrap::core::display_width;

/// One row, before it is laid out. `mark` is coloured by `paint`.
pub struct Row {
    pub mark: &'static str,
    pub paint: fn(&str) -> String,
    /// Whose fact it is; empty where that is not the matter.
    pub actor: String,
    pub about: String,
    pub text: String,
    /// From where it was seen, if that is said and both sides do not say the same.
    pub view: Option<View>,
}

impl Row {
    /// A row that is about the step itself.
    pub fn plain(mark: &'static str, paint: fn(&str) -> String, text: String) -> Row {
        Row { mark, paint, actor: String::new(), about: String::new(), text, view: None }
    }
}

const INDENT: usize = 3;
const MARK: usize = 10;
/// With less room for the last column the columns are given up, in cells.
const LEAST: usize = 16;

/// Lays out the rows for a screen of this width.
pub fn lay_out(mut rows: Vec<Row>, width: usize) -> String {
    let fits = |actor: usize, about: usize| width >= INDENT + MARK + actor + about + 4 + LEAST;
    let own = |row: &Row| (display_width(&row.actor), display_width(&row.about));
    // Many names in one row must not cost all rows their columns.
    let widest = |rows: &[Row]| {
        let columns = rows.iter().map(own);
        columns.fold((0, 0), |(actor, about), it| (actor.max(it.0), about.max(it.1)))
    };
    if !fits(widest(&rows).0, widest(&rows).1) {
        rows.iter_mut().for_each(|row| row.actor = few(&row.actor));
    }
    // Nor must one long cell: its row is laid out by itself.
    let actor = widest(&rows).0;
    let about = rows.iter().map(|row| own(row).1).filter(|about| fits(actor, *about)).max().unwrap_or(0);
    // Below each other where there is no room for the last column.
    let lines = rows.iter().map(|row| {
        let (own_actor, own_about) = own(row);
        if fits(actor, about.max(own_about)) {
            wide(row, (actor, about), width)
        } else if fits(own_actor, own_about) {
            wide(row, (own_actor, own_about), width)
        } else {
            narrow(row, width)
        }
    });
    lines.collect()
}

/// `guest, host, 3 more`, of more than three names.
fn few(names: &str) -> String {
    let all: Vec<&str> = names.split(", ").collect();
    match all.as_slice() {
        [first, second, rest @ ..] if rest.len() > 1 => format!("{first}, {second}, {} more", rest.len()),
        _ => names.to_owned(),
    }
}

/// A cell, filled up to the width of its column; a longer one pushes the next on.
fn cell(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat((width + 2).saturating_sub(display_width(text)).max(2)))
}

fn wide(row: &Row, (actor, about): (usize, usize), width: usize) -> String {
    let mark = format!("{}{}", (row.paint)(row.mark), " ".repeat(MARK.saturating_sub(display_width(row.mark))));
    let cells = if row.about.is_empty() {
        String::new()
    } else {
        format!("{}{}", cell(&row.actor, actor), cell(&row.about, about))
    };
    let start = INDENT + MARK + display_width(&cells);
    let lines = wrap(&row.text, width.saturating_sub(start).max(16));
    let mut text = format!("{}{mark}{cells}", " ".repeat(INDENT));
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
    // Where there are columns for the other rows this one begins with them.
    let lead = if width >= INDENT + MARK + 2 * LEAST { INDENT } else { 0 };
    let width = width - lead;
    let head = format!("{} {}", row.actor, row.about);
    let head: String = wrap(head.trim(), width.saturating_sub(2).max(8)).join("\n  ");
    let first_line = textwrap::core::display_width(row.mark) + 1 + textwrap::core::display_width(&head);
    let gap = if head.is_empty() || first_line <= width { " " } else { "\n  " };
    let mut text = format!("{}{gap}{head}", (row.paint)(row.mark)).trim_end().to_owned();
    text.push('\n');
    for line in wrap(&row.text, width.saturating_sub(2).max(8)) {
        text.push_str("  ");
        text.push_str(&line);
        text.push('\n');
    }
    let margin = " ".repeat(lead);
    text.lines().map(|line| format!("{margin}{line}\n")).collect()
}

/// Lines of at most `width` cells. Line ends in the text are kept; a line is broken at spaces only, unless a word is
/// longer than a line.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let text = visible(text);
    let lines: Vec<String> =
        text.lines().flat_map(|line| textwrap::wrap(line, &options).into_iter().map(|it| it.into_owned())).collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// Control characters by their number: what a lesson or a program printed must not steer the learner's terminal.
pub fn visible(text: &str) -> std::borrow::Cow<'_, str> {
    let steers = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if !text.contains(steers) {
        return text.into();
    }
    let shown =
        |letter: char| if steers(letter) { format!("\\x{:02x}", u32::from(letter)) } else { letter.to_string() };
    text.chars().map(shown).collect::<String>().into()
}

/// A paragraph, wrapped and indented.
pub fn paragraph(text: &str, indent: usize, width: usize) -> String {
    let room = width.saturating_sub(indent).max(8);
    wrap(text, room).iter().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_leave_the_columns_where_they_are() {
        let actor = "guest, host, runtime, user, visitor".to_owned();
        let row = Row {
            mark: "changed",
            paint: str::to_owned,
            actor,
            about: "processes in /proc".to_owned(),
            text: "+ 9".to_owned(),
            view: None,
        };
        assert_eq!(lay_out(vec![row], 72), "   changed   guest, host, 3 more  processes in /proc  + 9\n");
    }

    #[test]
    fn what_is_printed_does_not_steer_the_terminal() {
        assert_eq!(wrap("a\u{1b}]0;title\u{7}b\u{9b}2J\tc", 80), ["a\\x1b]0;title\\x07b\\x9b2J\tc"]);
    }
}
