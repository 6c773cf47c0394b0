//! What lies above the panes: help, and the list of steps.

use super::scene::{Scene, Standing};
use super::view::{Above, View};
use crate::show::table::{paragraph, wrap};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Widget};

/// Each key and what it does.
const KEYS: [(&str, &str); 21] = [
    ("enter, →", "do the step; then the next"),
    ("a, b, c", "answer the question, and do the step"),
    ("b, ←", "back to the step before, in a fresh lab"),
    ("R", "the step on the screen again, in a fresh lab"),
    ("l", "the list of steps: start again from any of them"),
    ("j", "jump to a step by its number"),
    ("s, S", "a shell at this point, in a copy of the lab; S: in the lesson's"),
    ("F2, Ctrl-]", "between the shell's pane and the lesson"),
    ("tab", "the next pane"),
    ("↑ ↓ PgUp PgDn", "scroll the pane"),
    ("z", "the pane alone, and back"),
    ("i, g", "inside and outside; the picture of the lab"),
    ("c", "the first lines of each step's code, all of it, or none"),
    ("r", "the kernel's own numbers, or names"),
    ("y", "every system call, or those the lesson is about"),
    ("d", "with the steps that go deeper, or without"),
    ("p", "the presenter's notes"),
    ("t", "colours for light or dark ground"),
    ("m", "the mouse: wheel, and a click for a pane or a step; or none"),
    (".", "an empty screen, until the next key"),
    ("q", "quit; progress is kept"),
];

pub fn draw(buffer: &mut Buffer, size: Rect, scene: &Scene<'_>, view: &View) {
    match &view.above {
        Above::Help(at) => {
            let lines = help(usize::from(size.width.saturating_sub(6)).min(76));
            window(buffer, size, "keys", &lines, *at);
        }
        Above::Steps(at) => {
            let (lines, marked) = steps(scene, *at, usize::from(size.width.saturating_sub(6)).min(96), view.presenting);
            window(buffer, size, "steps", &lines, marked);
        }
        _ => {}
    }
}

fn help(width: usize) -> Vec<Line<'static>> {
    let mut text = String::new();
    for (key, what) in KEYS {
        if width < 40 {
            text.push_str(&format!("{key}\n{}", paragraph(what, 2, width)));
        } else {
            text.push_str(&format!("{key:14} {}", paragraph(what, 15, width).trim_start()));
        }
    }
    text.lines().map(|line| Line::raw(line.to_owned())).collect()
}

/// How many lines help has on a screen of this size: more than it shows where the screen is small.
pub fn lines_of_help(size: Rect) -> usize {
    help(usize::from(size.width.saturating_sub(6)).min(76)).len()
}

/// The list, and the line of the step that is marked. Before an audience what is to come is not told.
fn steps(scene: &Scene<'_>, at: usize, width: usize, hide: bool) -> (Vec<Line<'static>>, usize) {
    let (mut lines, mut marked) = (Vec::new(), 0);
    for (place, step) in scene.list.iter().enumerate() {
        let (sign, note) = match &step.standing {
            Standing::Done => ("✔", ""),
            Standing::Here => ("▶", ""),
            Standing::Ahead => (" ", ""),
            Standing::Left(why) => ("−", why.as_str()),
        };
        let say = match (&step.standing, note) {
            (_, "") if hide && step.standing == Standing::Ahead => "…".to_owned(),
            (_, "") => step.say.clone(),
            (_, note) => format!("left out: {note}"),
        };
        let mut style = Style::new();
        if matches!(step.standing, Standing::Left(_)) {
            style = style.add_modifier(Modifier::DIM);
        }
        if place == at {
            style = style.add_modifier(Modifier::REVERSED);
            marked = lines.len();
        }
        for (row, text) in wrap(&say, width.saturating_sub(7).max(8)).into_iter().enumerate() {
            let head = if row == 0 { format!(" {:>2} {sign} ", step.number) } else { "      ".to_owned() };
            lines.push(Line::styled(format!("{head}{text}"), style));
        }
    }
    (lines, marked)
}

/// The place in the list of what stands in this row of the screen.
pub fn step_at(size: Rect, scene: &Scene<'_>, view: &View, at: usize, row: u16) -> Option<usize> {
    let width = usize::from(size.width.saturating_sub(6)).min(96);
    let (lines, marked) = steps(scene, at, width, view.presenting);
    let (area, first) = place(size, &lines, marked);
    let line = first + usize::from(row.checked_sub(area.y + 1)?);
    let number = |line: &Line<'_>| line.to_string().get(..4)?.trim().parse::<usize>().ok();
    let number = lines.get(..=line)?.iter().rev().find_map(number)?;
    scene.list.iter().position(|step| step.number == number)
}

/// Where the window is, and its first line.
fn place(size: Rect, lines: &[Line<'_>], marked: usize) -> (Rect, usize) {
    let longest = lines.iter().map(Line::width).max().unwrap_or(0) as u16;
    let (width, height) = ((longest + 4).min(size.width), (lines.len() as u16 + 2).min(size.height.saturating_sub(1)));
    let area = Rect { x: (size.width - width) / 2, y: (size.height - height) / 2, width, height };
    let room = usize::from(height.saturating_sub(2)).max(1);
    // What is marked is always seen, in the middle where the list is long.
    let first = marked.saturating_sub(room / 2).min(lines.len().saturating_sub(room));
    (area, first)
}

fn window(buffer: &mut Buffer, size: Rect, title: &str, lines: &[Line<'_>], marked: usize) {
    let (area, first) = place(size, lines, marked);
    Clear.render(area, buffer);
    let block = Block::bordered().border_type(BorderType::Plain).title(format!(" {title} "));
    let inner = block.inner(area);
    block.render(area, buffer);
    for (at, line) in lines.iter().skip(first).take(usize::from(inner.height)).enumerate() {
        buffer.set_line(inner.x + 1.min(inner.width), inner.y + at as u16, line, inner.width.saturating_sub(1));
    }
}
