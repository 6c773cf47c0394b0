//! Inside and outside, side by side: the rows that the step changed come first and are marked, then what it was about, then
//! the rest. Below the changed rows stands what changed elsewhere.

use super::content::{changed, styled};
use super::scene::Scene;
use crate::evidence::{Evidence, Key, View};
use crate::show::Screen;
use crate::show::sides::{Side, beside, both};
use crate::show::table::{lay_out, wrap};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span, Text};

/// Before a row that the step changed, and before one that reads differently from the two sides.
const CHANGED: &str = "● ";
const DIFFERS: &str = "≠ ";
/// The widest that the names of facts may be.
const LABEL: usize = 32;

/// The pane's text.
pub fn text(scene: &Scene<'_>, form: &Screen) -> Text<'static> {
    let none = Evidence::default();
    let evidence = scene.record.as_ref().map_or(&none, |record| &record.evidence);
    let mut sides = both(&scene.facts, &scene.actor, form.raw);
    let is_changed =
        |side: &Side<'_>| evidence.changes.iter().any(|it| it.subject == scene.actor && it.key == *side.key);
    let asked = |side: &Side<'_>| {
        let targets = evidence.claims.iter().filter_map(|it| it.target.as_ref()).map(|it| (&it.actor, &it.key));
        let looked = evidence.looked.iter().map(|it| (&it.subject, &it.key));
        targets.chain(looked).any(|it| it == (&scene.actor, side.key))
    };
    // Each group keeps its order.
    sides.sort_by_key(|side| (!is_changed(side), !asked(side)));
    let longest = sides.iter().map(|side| textwrap::core::display_width(&side.key.label())).max().unwrap_or(0);
    let label = longest.min(LABEL).min(form.width / 3).max(4);
    let column = form.width.saturating_sub(label + CHANGED.chars().count() + 3).max(8) / 2;
    let columns = Columns { label, column };
    let dim = Style::new().add_modifier(Modifier::DIM);
    let mut lines = vec![Line::styled(columns.line(["", "inside", "outside"], "  "), dim)];
    let (news, rest): (Vec<Side<'_>>, Vec<Side<'_>>) =
        sides.into_iter().partition(|side| is_changed(side) || asked(side));
    for side in &news {
        let is_new = is_changed(side);
        let cell = |view: View, text: &str| match is_new {
            true => from_to(evidence, &scene.actor, side.key, view, form.raw).unwrap_or_else(|| text.to_owned()),
            false => text.to_owned(),
        };
        let (inside, outside) = (cell(View::Inside, &side.inside), cell(View::Outside, &side.outside));
        let style = if is_new { changed() } else { Style::new() };
        columns.row(&mut lines, side, &inside, &outside, if is_new { CHANGED } else { mark(side) }, style);
    }
    let elsewhere = beside(form, evidence, &scene.actor);
    if !elsewhere.is_empty() {
        lines.push(Line::default());
        lines.extend(styled(&lay_out(elsewhere, form.width)).lines.into_iter().map(outdented));
    }
    if !news.is_empty() || lines.len() > 1 {
        lines.push(Line::default());
    }
    for side in &rest {
        columns.row(&mut lines, side, &side.inside, &side.outside, mark(side), Style::new());
    }
    Text::from(lines)
}

fn mark(side: &Side<'_>) -> &'static str {
    if side.differs() { DIFFERS } else { "  " }
}

/// Rows of `show` begin further in, where they are part of a longer text.
fn outdented(mut line: Line<'static>) -> Line<'static> {
    if let Some(first) = line.spans.first_mut()
        && let Some(rest) = first.content.strip_prefix("  ")
    {
        first.content = rest.to_owned().into();
    }
    line
}

/// What a changed fact was and is, from one side.
fn from_to(evidence: &Evidence, actor: &str, key: &Key, view: View, raw: bool) -> Option<String> {
    let change = evidence.changes.iter().find(|it| it.subject == actor && it.key == *key && it.view == view)?;
    let (before, after) = match &change.raw {
        Some((before, after)) if raw => (before, after),
        _ => (&change.before, &change.after),
    };
    Some(match (before, after) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => format!("+ {after}"),
        (Some(before), None) => format!("− {before}"),
        (None, None) => return None,
    })
}

struct Columns {
    label: usize,
    column: usize,
}

impl Columns {
    fn line(&self, [label, inside, outside]: [&str; 3], mark: &str) -> String {
        let (label, inside) = (fill(label, self.label), fill(inside, self.column));
        format!("{mark}{label} {inside} {outside}").trim_end().to_owned()
    }

    /// A row, and what it takes below it where a cell is longer than its column.
    fn row(
        &self,
        lines: &mut Vec<Line<'static>>,
        side: &Side<'_>,
        inside: &str,
        outside: &str,
        mark: &str,
        style: Style,
    ) {
        let label = wrap(&side.key.label(), self.label);
        let (inside, outside) = (wrap(inside, self.column), wrap(outside, self.column));
        for at in 0..label.len().max(inside.len()).max(outside.len()) {
            let cell = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
            let mark = if at == 0 { mark } else { "  " };
            let (label, cells) = (cell(&label), [cell(&inside), cell(&outside)]);
            let name = format!("{mark}{} ", fill(&label, self.label));
            let rest = format!("{} {}", fill(&cells[0], self.column), cells[1]);
            let dim = if style == Style::new() { Style::new().add_modifier(Modifier::DIM) } else { style };
            lines.push(Line::from(vec![Span::styled(name, dim), Span::styled(rest.trim_end().to_owned(), style)]));
        }
    }
}

fn fill(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(textwrap::core::display_width(text))))
}
