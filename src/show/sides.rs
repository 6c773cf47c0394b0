//! Inside and outside, side by side: the same process, as it sees itself and as the lab host sees it.

use super::table::wrap;
use crate::evidence::View;
use crate::evidence::fact::Key;
use crate::evidence::record::Shown;
use colored::Colorize;

/// A table of what an actor's facts say from both sides. Mount points are left out: they are many, and one-sided.
pub fn sides(facts: &[Shown], actor: &str, width: usize, raw: bool) -> String {
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
    // What reads differently from the two sides first, then what reads the same, then what has one side only.
    keys.sort_by_key(|key| {
        let (inside, outside) = (text(key, View::Inside), text(key, View::Outside));
        let both = !inside.is_empty() && !outside.is_empty();
        (!both, both && inside == outside, (*key).clone())
    });
    let label = keys.iter().map(|key| textwrap::core::display_width(&key.label())).max().unwrap_or(0);
    let column = width.saturating_sub(label + 5).max(20) / 2;
    let mut out = format!(
        "\n{}\n{}  {:column$} {}\n",
        format!("{actor}, from both sides").bold(),
        " ".repeat(label),
        "inside",
        "outside"
    );
    for key in keys {
        let (inside, outside) =
            (wrap(&text(key, View::Inside), column - 1), wrap(&text(key, View::Outside), column - 1));
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
