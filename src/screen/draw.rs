//! A frame, drawn from a scene and the way it is looked at. Pure: the same scene and view give the same frame.

use super::content::{Content, content, lines_of_calls};
use super::layout::{Areas, areas};
use super::overlay;
use super::scene::{Place, Scene};
use super::view::{Above, Pane, View};
use crate::stepper::session::fit;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Widget;
use tui_term::widget::{Cursor, PseudoTerminal};

const DIM: Style = Style::new().add_modifier(Modifier::DIM);
const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);

/// Where the panes are for this scene.
pub fn places(size: Rect, scene: &Scene<'_>, view: &View) -> Areas {
    let (shell, alone) = (scene.shell.is_some(), matches!(scene.place, Place::Intro | Place::End));
    // Where no pane has both sides, what changed stands below the calls.
    let sides = areas(size, view, shell, alone, 0).of(Pane::Sides).is_some();
    let calls = lines_of_calls(scene, size.width, !sides);
    areas(size, view, shell, alone, calls)
}

/// The inner part of a pane, without its title. A pane of one line has no title.
pub fn inside(area: Rect) -> Rect {
    let title = u16::from(area.height > 1);
    Rect { y: area.y + title, height: area.height - title, ..area }
}

/// Draws it all. `shell` is what the shell's terminal shows.
pub fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>, view: &View, shell: Option<&vt100::Screen>) {
    let size = frame.area();
    if size.is_empty() {
        return;
    }
    if view.above == Above::Blank {
        return;
    }
    let areas = places(size, scene, view);
    let buffer = frame.buffer_mut();
    head(buffer, areas.head, scene);
    for (pane, area) in &areas.panes {
        title(buffer, *area, scene, view, *pane);
        match (pane, shell) {
            (Pane::Shell, Some(shell)) => {
                let cursor = Cursor::default().visibility(false);
                PseudoTerminal::new(shell).cursor(cursor).render(inside(*area), buffer);
            }
            _ => body(buffer, &areas, scene, view, *pane),
        }
    }
    lines_between(buffer, &areas);
    keys(buffer, areas.keys, scene, view);
    overlay::draw(buffer, size, scene, view);
    view.theme.finish(buffer);
    // The real cursor is where the shell has its own, so that readers of the screen find it.
    if let (Pane::Shell, Above::Nothing, Some(shell), Some(area)) =
        (view.focus, &view.above, shell, areas.of(Pane::Shell))
    {
        let (row, column) = shell.cursor_position();
        let area = inside(area);
        if !shell.hide_cursor() && row < area.height && column < area.width {
            frame.set_cursor_position((area.x + column, area.y + row));
        }
    }
}

fn head(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    if area.is_empty() {
        return;
    }
    let title = format!("Lesson {:02} · {}", scene.number, scene.lesson.title);
    buffer.set_stringn(area.x, area.y, &title, usize::from(area.width), BOLD);
    let (width, title) = (usize::from(area.width), textwrap::core::display_width(&title));
    let how = textwrap::core::display_width(&scene.how);
    if title + how + 2 <= width {
        let x = area.x + u16::try_from(width - how).unwrap_or(0);
        buffer.set_stringn(x, area.y, &scene.how, how, DIM);
    }
}

fn name(scene: &Scene<'_>, pane: Pane) -> String {
    let of = scene.lesson.steps.len();
    match (pane, &scene.step) {
        (Pane::Step, _) if scene.place == Place::Intro => "what it is about".to_owned(),
        (Pane::Step, _) if scene.place == Place::End => "the end".to_owned(),
        (Pane::Step, Some((number, text, fails))) => {
            // Where there is a question this would answer it.
            let fails = if *fails && text.question.is_none() { " · this one fails" } else { "" };
            let deeper = if text.deeper { " · deeper" } else { "" };
            format!("{number}/{of} · {}{fails}{deeper}", text.actor)
        }
        (Pane::Step, None) => String::new(),
        (Pane::Sides, _) => format!("{}, from both sides", scene.actor),
        (Pane::Picture, _) => "the lab now".to_owned(),
        (Pane::Calls, _) => "system calls".to_owned(),
        (Pane::Shell, _) => scene.shell.clone().unwrap_or_default(),
    }
}

/// A rule with the pane's name; that of the pane with the keys stands out.
fn title(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, view: &View, pane: Pane) {
    if area.height < 2 || area.width == 0 {
        return;
    }
    buffer.set_stringn(area.x, area.y, "─".repeat(usize::from(area.width)), usize::from(area.width), DIM);
    let name = name(scene, pane);
    if !name.is_empty() {
        let style = if view.focus == pane { BOLD.add_modifier(Modifier::REVERSED) } else { BOLD };
        let room = usize::from(area.width.saturating_sub(4));
        buffer.set_stringn(area.x + 2.min(area.width - 1), area.y, format!(" {name} "), room, style);
    }
}

/// A pane's text, where it goes, and which part of it is seen.
pub struct Measured {
    content: Content,
    text: Rect,
    /// How many lines stay at the top.
    pinned: usize,
    /// The first line of the rest that is seen, and the last one that may be.
    pub first: usize,
    pub most: usize,
}

pub fn measure(areas: &Areas, scene: &Scene<'_>, view: &View, pane: Pane) -> Measured {
    let room = inside(areas.of(pane).unwrap_or_default());
    // A column at the left keeps text away from the line before it.
    let margin = match room.width {
        0..30 => 0,
        width if view.presenting && pane == Pane::Step => (width / 12).max(1),
        _ => 1,
    };
    let text = Rect { x: room.x + margin, width: room.width.saturating_sub(2 * margin), ..room };
    let content = content(scene, view, pane, text.as_size(), areas.of(Pane::Sides).is_none());
    let pinned = content.pinned.lines.len().min(usize::from(text.height));
    let most = content.body.lines.len().saturating_sub(usize::from(text.height) - pinned);
    let first = view.scroll(pane).map_or(if content.end_first { most } else { 0 }, |at| at.min(most));
    Measured { content, text, pinned, first, most }
}

fn body(buffer: &mut Buffer, areas: &Areas, scene: &Scene<'_>, view: &View, pane: Pane) {
    let area = areas.of(pane).unwrap_or_default();
    if inside(area).is_empty() {
        return;
    }
    let Measured { content, text, pinned, first, most } = measure(areas, scene, view, pane);
    put(buffer, text, &content.pinned.lines[..pinned]);
    let rest = Rect { y: text.y + pinned as u16, height: text.height - pinned as u16, ..text };
    put(buffer, rest, &content.body.lines[first.min(content.body.lines.len())..]);
    let more = match (first, most - first) {
        (0, 0) => return,
        (0, below) => format!(" ↓{below} "),
        (above, 0) => format!(" ↑{above} "),
        (above, below) => format!(" ↑{above} ↓{below} "),
    };
    let wide = textwrap::core::display_width(&more) as u16;
    if area.height > 1 && area.width > wide + 6 {
        buffer.set_string(area.right() - wide - 2, area.y, more, DIM);
    }
}

fn put(buffer: &mut Buffer, area: Rect, lines: &[Line<'_>]) {
    for (at, line) in lines.iter().take(usize::from(area.height)).enumerate() {
        buffer.set_line(area.x, area.y + at as u16, line, area.width);
    }
}

/// The columns that no pane has are lines.
fn lines_between(buffer: &mut Buffer, areas: &Areas) {
    for (_, area) in areas.panes.iter().filter(|(_, area)| area.x > 0 && area.height > 0) {
        for row in area.y..area.bottom() {
            let cell = &mut buffer[(area.x - 1, row)];
            let sign = if row == area.y { if area.y > 1 { "├" } else { "┬" } } else { "│" };
            cell.set_symbol(sign).set_style(DIM);
        }
    }
}

/// The keys that lead on from here, or what is to be said instead.
fn keys(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, view: &View) {
    if area.is_empty() {
        return;
    }
    let width = usize::from(area.width);
    if !view.message.is_empty() {
        buffer.set_stringn(area.x, area.y, &view.message, width, BOLD);
        return;
    }
    let prompt = match (&view.above, view.focus, scene.place) {
        (Above::Jump(typed), ..) => {
            format!("to step (1 to {}): {typed}▏ · enter go there · esc stay", scene.lesson.steps.len())
        }
        (Above::Steps(_), ..) => "↑↓ choose · enter start again from there · esc close · q quit".to_owned(),
        (Above::Help(_), ..) => "any key closes · q quit".to_owned(),
        (_, Pane::Shell, _) => "the keys are the shell's · exit ends it · F2 or Ctrl-] back to the lesson".to_owned(),
        (_, _, Place::Intro) => "enter begin · l steps · ? more · q quit".to_owned(),
        (_, _, Place::End) => "enter leave · b back · l steps · s shell · ? more · q quit".to_owned(),
        (_, _, Place::Doing) => "it is being done".to_owned(),
        (_, _, Place::Ahead) if scene.asks() => {
            "abc answer · s shell · ← back · l steps · tab pane · enter without an answer · ? more · q quit".to_owned()
        }
        (_, _, Place::Ahead) => {
            "enter do it · s shell · b back · l steps · tab pane · z zoom · ? more · q quit".to_owned()
        }
        _ => "enter next · s shell · b back · l steps · tab pane · z zoom · g picture · c code · ? more · q quit"
            .to_owned(),
    };
    buffer.set_stringn(area.x, area.y, fit(&prompt, width), width, DIM);
}
