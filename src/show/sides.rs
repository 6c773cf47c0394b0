//! Inside and outside, side by side: the same process, as it sees itself and as the lab host sees it.

use super::Screen;
use super::rows::label;
use super::table::{Row, wrap};
use crate::evidence::View;
use crate::evidence::fact::Key;
use crate::evidence::record::{Evidence, Shown};
use colored::Colorize;

/// A key of an actor, and what both sides say of it. Empty: that side does not say.
pub struct Side<'a> {
    pub key: &'a Key,
    pub inside: String,
    pub outside: String,
}

impl Side<'_> {
    pub fn differs(&self) -> bool {
        !self.inside.is_empty() && !self.outside.is_empty() && self.inside != self.outside
    }
}

/// What an actor's facts say from both sides. Mount points are left out: they are many, and one-sided.
/// What reads differently comes first, then what reads the same, then what has one side only.
pub fn both<'a>(facts: &'a [Shown], actor: &str, raw: bool) -> Vec<Side<'a>> {
    let mut keys: Vec<&Key> = Vec::new();
    for fact in facts.iter().filter(|fact| fact.subject == actor) {
        if !matches!(fact.key, Key::Mount(_)) && !keys.contains(&&fact.key) {
            keys.push(&fact.key);
        }
    }
    let text = |key: &Key, view: View| {
        let fact = facts.iter().find(|fact| fact.subject == actor && fact.key == *key && fact.view == view);
        fact.map_or_else(String::new, |fact| match &fact.raw {
            Some(raw_text) if raw => raw_text.clone(),
            _ => fact.text.clone(),
        })
    };
    let side = |key: &'a Key| Side { key, inside: text(key, View::Inside), outside: text(key, View::Outside) };
    let mut sides: Vec<Side<'a>> = keys.into_iter().map(side).collect();
    sides.sort_by_key(|side| {
        let both = !side.inside.is_empty() && !side.outside.is_empty();
        (!both, both && side.inside == side.outside, side.key.clone())
    });
    sides
}

/// The rows of a step's evidence about facts that this table does not show: others' facts, and mount points.
pub fn beside(screen: &Screen, evidence: &Evidence, actor: &str) -> Vec<Row> {
    let in_table = |row: &Row| {
        let labels = |view: View| {
            let changed = evidence.changes.iter().map(move |it| (it.subject.as_str(), &it.key));
            let seen = evidence.looked.iter().map(|it| (it.subject.as_str(), &it.key));
            let targets = evidence.claims.iter().filter_map(|it| it.target.as_ref());
            let all = changed.chain(seen).chain(targets.map(|it| (it.actor.as_str(), &it.key)));
            all.filter(|(subject, key)| *subject == actor && !matches!(key, Key::Mount(_)))
                .map(move |(_, key)| label(key, view))
                .collect::<Vec<_>>()
        };
        row.actor == actor && [View::Inside, View::Outside].into_iter().any(|view| labels(view).contains(&row.about))
    };
    screen.facts(evidence).into_iter().filter(|row| !in_table(row)).collect()
}

/// The table as text.
pub fn sides(facts: &[Shown], actor: &str, width: usize, raw: bool) -> String {
    let keys = both(facts, actor, raw);
    let label = keys.iter().map(|side| textwrap::core::display_width(&side.key.label())).max().unwrap_or(0);
    let column = width.saturating_sub(label + 5).max(20) / 2;
    let mut out = format!(
        "\n{}\n{}  {:column$} {}\n",
        format!("{actor}, from both sides").bold(),
        " ".repeat(label),
        "inside",
        "outside"
    );
    for side in keys {
        let (key, inside, outside) = (side.key, wrap(&side.inside, column - 1), wrap(&side.outside, column - 1));
        for at in 0..inside.len().max(outside.len()) {
            let name = if at == 0 { key.label() } else { String::new() };
            let cell = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
            let line = format!("{name:label$}  {:column$} {}", cell(&inside), cell(&outside));
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}
