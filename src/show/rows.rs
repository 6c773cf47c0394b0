//! The evidence of a step as rows: the system calls, the reason of a failure, the output, what changed, what did not.

use super::births::births;
use super::moved::moved;
use super::rounds::{Piece, rounds};
use super::screen::Screen;
use super::table::Row;
use crate::evidence::expect::Claim;
use crate::evidence::record::{Arg, Call, Change, Evidence, Returned, Shown};
use crate::evidence::{Key, View};
use crate::kernel::error::Failed;
use colored::Colorize;
use nix::errno::Errno as Number;

/// Of whom it is said, about what, what, and from where.
type Said<'a> = (Vec<&'a str>, String, String, Option<View>);

/// More of an argument of a system call is not shown, in letters.
const LONGEST_ARGUMENT: usize = 100;

fn plain(text: &str) -> String {
    text.to_owned()
}
fn green(text: &str) -> String {
    text.green().to_string()
}
fn yellow(text: &str) -> String {
    text.yellow().to_string()
}
fn red(text: &str) -> String {
    text.red().to_string()
}
pub(super) fn dim(text: &str) -> String {
    text.dimmed().to_string()
}

impl Screen {
    /// The rows in the order of the screen.
    pub fn rows(&self, evidence: &Evidence) -> Vec<Row> {
        let mut rows = self.calls(evidence);
        rows.extend(self.facts(evidence));
        rows
    }

    /// What was called and how it ended: the system calls, the reason of a failure, the output.
    pub fn calls(&self, evidence: &Evidence) -> Vec<Row> {
        let mut rows = Vec::new();
        let calls = if self.every_call { &evidence.every_call } else { &evidence.calls };
        let pieces = if self.every_call { calls.iter().map(Piece::Call).collect() } else { rounds(calls) };
        for piece in pieces {
            match piece {
                Piece::Call(call) => {
                    let failed = matches!(call.result, Some(Returned::Failed(_)));
                    let paint = if failed { red as fn(&str) -> String } else { plain };
                    rows.push(Row::plain("syscall", paint, call_text(call)));
                }
                Piece::More { rounds, calls: 1 } => {
                    rows.push(Row::plain("", dim, format!("… and {rounds} more, one for each")));
                }
                Piece::More { rounds, calls } => {
                    rows.push(Row::plain("", dim, format!("… these {calls} again, {rounds} times")));
                }
            }
        }
        // The call itself has only begun to wait.
        let over = |failed: &Failed| failed.errno.0 == Number::ETIMEDOUT;
        let waits = |call: &Call| matches!(&call.result, Some(Returned::Failed(errno)) if errno.0 != Number::ETIMEDOUT);
        if evidence.failed.as_ref().is_some_and(over) && calls.last().is_some_and(waits) {
            rows.push(Row::plain("", dim, "… and no answer came in its time: ETIMEDOUT".to_owned()));
        }
        if let Some(note) = &evidence.untraced {
            rows.push(Row::plain("note", yellow, note.clone()));
        }
        if let Some(reason) = &evidence.reason {
            rows.push(Row::plain("reason", red, reason.cause.clone()));
            for seen in &reason.seen {
                rows.push(Row::plain("", plain, format!("· {seen}")));
            }
            if let Some(remedy) = &reason.remedy {
                rows.push(Row::plain("remedy", green, remedy.clone()));
            }
        }
        if !evidence.output.is_empty() {
            let text = evidence.output.trim_end().to_owned();
            rows.push(Row::plain("output", plain, text));
        }
        if let Some(ended) = &evidence.ended {
            rows.push(Row::plain("ended", plain, ended.clone()));
        }
        rows
    }

    /// What changed, and what did not.
    pub fn facts(&self, evidence: &Evidence) -> Vec<Row> {
        let mut rows = Vec::new();
        self.changes(evidence, &mut rows);
        self.unchanged(evidence, &mut rows);
        rows
    }

    /// Mount points that change alike become one row, and so do actors of whom the same is to be said. What the author
    /// makes a claim about, or asks to look at, keeps its own row.
    fn changes(&self, evidence: &Evidence, rows: &mut Vec<Row>) {
        let named = |change: &Change| {
            let claimed = evidence.claims.iter().filter_map(|claim| claim.target.as_ref());
            let mut claimed = claimed.map(|target| (&target.actor, &target.key));
            let mut looked = evidence.looked.iter().map(|fact| (&fact.subject, &fact.key));
            let own = (&change.subject, &change.key);
            claimed.any(|it| it == own) || looked.any(|it| it == own)
        };
        let (moved, rest) =
            if self.raw { (Vec::new(), evidence.changes.iter().collect()) } else { moved(&evidence.changes) };
        let (births, rest) = if self.raw { (Vec::new(), rest) } else { births(rest, &named) };
        // Where both sides say the same, one row says it. One PID of one namespace says no more than the PID.
        let twin = |change: &Change| {
            let same = |it: &&Change| {
                (&it.subject, &it.key, &it.before, &it.after)
                    == (&change.subject, &change.key, &change.before, &change.after)
            };
            rest.iter().filter(|it| same(it)).count() == 2
        };
        let dull = |change: &Change| {
            let one = |text: &Option<String>| text.as_ref().is_none_or(|it| !it.contains(", "));
            change.key == Key::Nspid && one(&change.before) && one(&change.after)
        };
        let mut grouped: Vec<(&str, String, Vec<&Change>)> = Vec::new();
        for change in rest.iter().copied() {
            if !named(change) && (dull(change) || (twin(change) && change.view == View::Outside)) {
                continue;
            }
            let pattern = if self.raw || named(change) { String::new() } else { pattern(change) };
            let same = grouped.iter_mut().find(|(subject, it, _)| *subject == change.subject && *it == pattern);
            match same {
                Some((_, _, changes)) if !pattern.is_empty() => changes.push(change),
                _ => grouped.push((&change.subject, pattern, vec![change])),
            }
        }
        let mut said: Vec<Said<'_>> = Vec::new();
        said.extend(births.into_iter().map(|(subject, text)| (vec![subject], "process".to_owned(), text, None)));
        for (subject, pattern, changes) in grouped {
            let texts = match changes.len() {
                count @ 3.. => vec![(format!("{count} mount points"), format!("{pattern}: {}", places(&changes)))],
                _ => changes.iter().map(|change| self.change(change)).collect(),
            };
            let view = Some(changes[0].view).filter(|_| named(changes[0]) || !twin(changes[0]));
            for (label, text) in texts {
                match said.iter_mut().find(|(_, other, same, _)| *other == label && *same == text) {
                    Some((subjects, ..)) => subjects.push(subject),
                    None => said.push((vec![subject], label, text, view)),
                }
            }
        }
        for (subject, count, from, to) in moved {
            let text = format!("moved, from {from} to {to}");
            said.push((vec![subject], format!("{count} mount points"), text, Some(View::Outside)));
        }
        for (subjects, label, text, view) in said {
            rows.push(Row { mark: "changed", paint: green, actor: subjects.join(", "), about: label, text, view });
        }
    }

    /// A change: which fact, and from what to what.
    fn change(&self, change: &Change) -> (String, String) {
        let (before, after) = match (&change.raw, self.raw) {
            (Some((before, after)), true) => (before.clone(), after.clone()),
            _ => (change.before.clone(), change.after.clone()),
        };
        let list =
            matches!(change.key, Key::Processes | Key::RootEntries | Key::Link(_) | Key::Address(_) | Key::Nft(_));
        let text = if list { list_difference(before, after) } else { from_to(before, after) };
        (label(&change.key, change.view), text)
    }

    /// What the author claims to be as before, and what the step asks to look at.
    fn unchanged(&self, evidence: &Evidence, rows: &mut Vec<Row>) {
        let changed = |subject: &str, key: &Key, view: View| {
            evidence.changes.iter().any(|it| it.subject == subject && it.key == *key && it.view == view)
        };
        for claim in evidence.claims.iter().filter(|claim| claim.holds) {
            let Some(target) = &claim.target else { continue };
            let looked_at = evidence
                .looked
                .iter()
                .any(|it| it.subject == target.actor && it.key == target.key && it.view == target.view);
            if !looked_at && !changed(&target.actor, &target.key, target.view) {
                let mark = if claim.claim == Claim::Same { "unchanged" } else { "seen" };
                let (actor, about) = (target.actor.clone(), label(&target.key, target.view));
                let text = claim.raw.as_ref().filter(|_| self.raw).unwrap_or(&claim.found).clone();
                rows.push(Row { mark, paint: dim, actor, about, text, view: Some(target.view) });
            }
        }
        for fact in &evidence.looked {
            if !changed(&fact.subject, &fact.key, fact.view) {
                let (actor, about) = (fact.subject.clone(), label(&fact.key, fact.view));
                let (text, view) = (self.fact_text(fact), Some(fact.view));
                rows.push(Row { mark: "seen", paint: dim, actor, about, text, view });
            }
        }
    }

    /// A fact, by name or by number.
    pub fn fact_text(&self, fact: &Shown) -> String {
        match &fact.raw {
            Some(raw) if self.raw => raw.clone(),
            _ => fact.text.clone(),
        }
    }
}

/// `unshare(CLONE_NEWPID) = 0`. Long arguments are cut: the whole of them is in the record.
fn call_text(call: &Call) -> String {
    let short = |text: &str| match text.char_indices().nth(LONGEST_ARGUMENT) {
        Some((end, _)) if text.starts_with('{') => format!("{}…}}", &text[..end]),
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    let mut call = call.clone();
    for arg in &mut call.args {
        match arg {
            Arg::Text(text) => *text = short(text),
            // Of single flags each counts; a list in braces may be as long as a filter.
            Arg::Flags(text) if text.starts_with('{') => *text = short(text),
            _ => {}
        }
    }
    let result = call.result.as_ref().map(|result| format!(" = {result}")).unwrap_or_default();
    let child = if call.child { "child: " } else { "" };
    format!("{child}{call}{result}")
}

/// The key in words, with the viewpoint where both are possible.
pub fn label(key: &Key, view: View) -> String {
    if key.has_both_views() { format!("{} ({view})", key.label()) } else { key.label() }
}

fn from_to(before: Option<String>, after: Option<String>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => format!("+ {after}"),
        (Some(before), None) => format!("− {before}"),
        (None, None) => String::new(),
    }
}

/// Of two lists, what came and what went: `+ 4 container`.
fn list_difference(before: Option<String>, after: Option<String>) -> String {
    let items = |text: &Option<String>| -> Vec<String> {
        text.iter().flat_map(|it| it.split(", ")).map(str::to_owned).collect()
    };
    let (old, new) = (items(&before), items(&after));
    let gone: Vec<_> = old.iter().filter(|it| !new.contains(it)).map(|it| format!("− {it}")).collect();
    let come: Vec<_> = new.iter().filter(|it| !old.contains(it)).map(|it| format!("+ {it}")).collect();
    // Where little is left of the old list, both are read more easily whole.
    if old.is_empty() || gone.len() * 2 > old.len() { from_to(before, after) } else { [gone, come].concat().join(", ") }
}

/// `/dev/null, /dev/zero, /dev/full and 5 more`, of mount points.
fn places(changes: &[&Change]) -> String {
    let mut places: Vec<&str> =
        changes.iter().filter_map(|it| if let Key::Mount(at) = &it.key { Some(at.as_str()) } else { None }).collect();
    let more = places.len().saturating_sub(3);
    if more < 2 {
        return places.join(", ");
    }
    places.truncate(3);
    format!("{} and {more} more", places.join(", "))
}

/// What two changes of mount points have in common, so that twelve equal lines become one: the text without the numbers
/// of peer groups. Empty for what is not to be grouped.
fn pattern(change: &Change) -> String {
    if !matches!(change.key, Key::Mount(_)) {
        return String::new();
    }
    let propagation = |text: &Option<String>| {
        let text = text.as_deref()?;
        if text.starts_with(crate::evidence::names::LENT) {
            return Some(text.to_owned());
        }
        let words: Vec<&str> = text.split(' ').skip(2).map(|word| word.split(":[").next().unwrap_or(word)).collect();
        Some(if words.is_empty() { text.to_owned() } else { words.join(" ") })
    };
    from_to(propagation(&change.before), propagation(&change.after))
}
