//! What stands in each pane: the texts of `show`, for the pane's width. Colours come as those texts have them.

use super::scene::{Place, Scene};
use super::sides;
use super::view::{Pane, View};
use crate::evidence::StepRecord;
use crate::evidence::record::StepText;
use crate::show::Screen;
use crate::show::drawing::{drawing, measured};
use crate::show::picture::picture;
use crate::show::screen::CodeShown;
use crate::show::table::{lay_out, paragraph};
use ansi_to_tui::IntoText;
use colored::Colorize;
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Text};

/// What stands in a pane.
#[derive(Default)]
pub struct Content {
    /// Lines that stay at the top.
    pub pinned: Text<'static>,
    pub body: Text<'static>,
    /// Where it is longer than the pane its end matters more than its beginning.
    pub end_first: bool,
}

/// Wider than this, text before an audience is tiring to read.
const SLIDE: usize = 92;

/// Of a pane with so much room. `alone`: no other pane has what the step changed.
pub fn content(scene: &Scene<'_>, view: &View, pane: Pane, room: Size, alone: bool) -> Content {
    let form = Screen { width: usize::from(room.width).max(8), ..scene.form };
    match pane {
        Pane::Step if matches!(scene.place, Place::Intro | Place::End) => whole(scene, &form, view.presenting),
        Pane::Step => step(scene, form, view.presenting, usize::from(room.height)),
        Pane::Sides => Content { body: sides::text(scene, &form), ..Content::default() },
        Pane::Picture => Content { body: lab(scene, form.width), ..Content::default() },
        Pane::Calls => calls(scene, &form, alone),
        Pane::Shell => Content::default(),
    }
}

/// How many lines the system calls would like to have.
pub fn lines_of_calls(scene: &Scene<'_>, width: u16, alone: bool) -> usize {
    calls(scene, &Screen { width: usize::from(width).max(8), ..scene.form }, alone).body.lines.len()
}

/// A text of `show` with its colours, without empty lines at its end.
pub fn styled(text: &str) -> Text<'static> {
    let mut text = text.into_text().unwrap_or_else(|_| Text::raw(text.to_owned()));
    while text.lines.last().is_some_and(|line| line.width() == 0) {
        text.lines.pop();
    }
    text
}

/// Without the first columns of each line, which set rows apart where a step is one long text.
fn outdent(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect()
}

/// The first page and the last one.
fn whole(scene: &Scene<'_>, form: &Screen, presenting: bool) -> Content {
    let form = Screen { width: if presenting { form.width.min(SLIDE) } else { form.width }, ..*form };
    let mut text = String::new();
    match &scene.end {
        Some(end) if scene.place == Place::End => {
            if let Some(other) = &end.other {
                text += &form.other_version(scene.lesson, &end.record, other);
            }
            text += &form.end(scene.lesson, &end.record, end.whole);
            text += &format!("\n{}", paragraph(&end.next, 0, form.width));
        }
        _ => {
            let count = scene.lesson.steps.len();
            text += &format!("\n{}\n", paragraph(&scene.lesson.intro, 0, form.width.min(SLIDE)));
            let much = format!("{count} steps, about {} minutes.", scene.lesson.minutes);
            text += &paragraph(&much, 0, form.width).dimmed().to_string();
        }
    }
    Content { body: styled(&text), ..Content::default() }
}

fn step(scene: &Scene<'_>, form: Screen, presenting: bool, height: usize) -> Content {
    let Some((_, text, _)) = &scene.step else { return Content::default() };
    let form = Screen { width: if presenting { form.width.min(SLIDE) } else { form.width }, ..form };
    let last = scene.gap.first().map_or(0, |it| it.number.saturating_sub(1));
    let next = scene.gap.last().map_or(0, |it| it.number + 1);
    let gap = form.gap(&scene.gap, last, next);
    let say = paragraph(&text.say, 0, form.width).bold().to_string();
    let mut pinned = styled(&format!("{}{say}", gap.trim_start_matches('\n')));
    let done = scene.record.as_ref().map(|record| after(record, &form, presenting)).unwrap_or_default();
    let mut body = Text::default();
    // Where there is no room for all of it, the code goes first: it can be asked for. Then the answers that nobody gave.
    let short = match form.code {
        CodeShown::First => vec![(CodeShown::First, false), (CodeShown::None, false), (CodeShown::None, true)],
        other => vec![(other, false)],
    };
    for (code, only_given) in short {
        let text = if only_given && scene.record.is_some() { given_only(text) } else { text.clone() };
        body = styled(&format!("{}{done}", Screen { code, ..form }.means(&text)));
        if pinned.lines.len() + body.lines.len() <= height {
            break;
        }
    }
    if let Some(typed) = scene.typed {
        let left = typed_out(&mut pinned, typed);
        typed_out(&mut body, left);
    }
    Content { pinned, body, end_first: true }
}

/// A step without the options that are neither right nor were given.
fn given_only(text: &StepText) -> StepText {
    let mut text = text.clone();
    if let Some(question) = &mut text.question {
        let (given, answer) = (question.given.clone(), question.answer.clone());
        question.options.retain(|name, _| *name == answer || Some(name) == given.as_ref());
    }
    text
}

/// What follows once the step is done. Before an audience all of it stands below each other.
fn after(record: &StepRecord, form: &Screen, presenting: bool) -> String {
    let meaning = form.meaning(record);
    if !presenting {
        return format!("\n{}", outdent(meaning.trim_start_matches('\n')));
    }
    let measured = measured(record.evidence.measured.as_ref(), form.width);
    format!("\n{}{measured}{meaning}", lay_out(form.rows(&record.evidence), form.width))
}

fn calls(scene: &Scene<'_>, form: &Screen, alone: bool) -> Content {
    let text = match (&scene.record, &scene.live) {
        (_, Some(now)) if scene.place == Place::Doing => drawing(now, form.width),
        (Some(record), _) => {
            let measured = measured(record.evidence.measured.as_ref(), form.width);
            let rows = if alone { form.rows(&record.evidence) } else { form.calls(&record.evidence) };
            let none = rows.is_empty() && measured.is_empty();
            let all = if none {
                format!("   {}\n", "None that the step is about; y shows every call.".dimmed())
            } else {
                measured
            };
            outdent(&format!("{}{all}", lay_out(rows, form.width)))
        }
        _ if scene.place == Place::Doing => format!(" {}\n", "It is being done.".dimmed()),
        _ if scene.asks() => format!(" {}\n", "Nothing yet: the answer comes first.".dimmed()),
        _ => format!(" {}\n", "Nothing yet: enter does the step.".dimmed()),
    };
    let end_first = scene.place == Place::Doing;
    Content { body: styled(&text), end_first, ..Content::default() }
}

/// The lab as it is now; lines that were not there before the step stand out.
fn lab(scene: &Scene<'_>, width: usize) -> Text<'static> {
    let now = picture(&scene.facts, width);
    let before = picture(&scene.earlier, width);
    // A frame that only became wider is no news.
    let bare = |line: &str| line.replace(['│', '─', ' ', '┐', '┘'], "");
    let known: Vec<String> = before.lines().map(bare).collect();
    let line = |line: &str| {
        let new = !scene.earlier.is_empty() && !known.contains(&bare(line));
        let style = if new { changed() } else { Style::new() };
        Line::styled(line.to_owned(), style)
    };
    Text::from(now.lines().map(line).collect::<Vec<_>>())
}

/// How a change stands out, with colours and without.
pub fn changed() -> Style {
    Style::new().fg(Color::Green).add_modifier(Modifier::BOLD)
}

/// Leaves the first letters of a text, and gives how many are left for what follows. The lines keep their places.
fn typed_out(text: &mut Text<'static>, mut letters: usize) -> usize {
    for span in text.lines.iter_mut().flat_map(|line| line.spans.iter_mut()) {
        let count = span.content.chars().count();
        if count > letters {
            span.content = span.content.chars().take(letters).collect::<String>().into();
        }
        letters = letters.saturating_sub(count);
    }
    letters
}

/// How many letters a step has that can be typed out.
pub fn letters(text: &Text<'_>) -> usize {
    text.lines.iter().flat_map(|line| &line.spans).map(|span| span.content.chars().count()).sum()
}
