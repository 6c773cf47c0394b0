//! How a run differs from what was recorded of its lesson: fact by fact, call by call, line by line, and not text by text.
//! A fact is named as an author names it. Nothing is asked here, and nothing is judged.

use super::expect::Target;
use super::record::{Call, Evidence, Shown};
use super::stored::{Stored, StoredStep};
use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::BTreeMap;

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The step after which it was seen; none: at the beginning.
    pub step: Option<usize>,
    /// `runtime.hostname`, `system call`, `output`, …
    pub about: String,
    /// None: it is not in the record.
    pub recorded: Option<String>,
    /// None: it was not seen now.
    pub now: Option<String>,
}

/// How another run differs from the record. Where one of them could not be traced, the system calls are not compared.
/// `left_out` are the steps that could not run now: their record stays unproved.
pub fn differences(record: &Stored, now: &Stored, left_out: &[usize]) -> Vec<Difference> {
    let mut out = Vec::new();
    values(None, &facts(&record.initial), &facts(&now.initial), &mut out);
    for old in record.steps.iter().filter(|old| !left_out.contains(&old.number)) {
        let step = Some(old.number);
        let Some(new) = now.steps.iter().find(|new| Some(new.number) == step) else {
            let about = "the step".to_owned();
            out.push(Difference { step, about, recorded: Some(doing(old.operation.as_ref())), now: None });
            continue;
        };
        if let (Some(recorded), Some(now)) = (deed(old), deed(new))
            && recorded != now
        {
            out.push(Difference { step, about: "what is done".to_owned(), recorded: Some(recorded), now: Some(now) });
        }
        if old.evidence.untraced.is_none() && new.evidence.untraced.is_none() {
            // A step that was left out may have had children, so those of later ones have other numbers.
            let counts = left_out.iter().all(|number| *number > old.number);
            let lines = |evidence| calls(evidence, counts);
            in_order(step, "system call", &lines(&old.evidence), &lines(&new.evidence), &mut out);
        }
        values(step, &changes(&old.evidence), &changes(&new.evidence), &mut out);
        values(step, &facts(&old.evidence.looked), &facts(&new.evidence.looked), &mut out);
        let output = |evidence: &Evidence| evidence.output.lines().map(str::to_owned).collect::<Vec<_>>();
        in_order(step, "output", &output(&old.evidence), &output(&new.evidence), &mut out);
        values(step, &end(&old.evidence), &end(&new.evidence), &mut out);
    }
    for new in now.steps.iter().filter(|new| !record.steps.iter().any(|old| old.number == new.number)) {
        let (step, about) = (Some(new.number), "the step".to_owned());
        out.push(Difference { step, about, recorded: None, now: Some(doing(new.operation.as_ref())) });
    }
    out
}

/// Who does what. None: the record is of an older Boxlab, and does not say it.
fn deed(step: &StoredStep) -> Option<String> {
    Some(format!("{}: {}", step.actor.as_ref()?, step.operation.as_ref()?))
}

fn doing(operation: Option<&serde_json::Value>) -> String {
    operation.map_or_else(|| "a step".to_owned(), ToString::to_string)
}

fn named(subject: &str, view: super::View, key: &super::Key) -> String {
    Target { actor: subject.to_owned(), view, key: key.clone() }.to_string()
}

fn facts(list: &[Shown]) -> BTreeMap<String, String> {
    list.iter().map(|fact| (named(&fact.subject, fact.view, &fact.key), fact.text.clone())).collect()
}

fn changes(evidence: &Evidence) -> BTreeMap<String, String> {
    let none = || "absent".to_owned();
    let value = |text: &Option<String>| text.clone().unwrap_or_else(none);
    let change = |it: &super::record::Change| {
        (named(&it.subject, it.view, &it.key), format!("{} → {}", value(&it.before), value(&it.after)))
    };
    evidence.changes.iter().map(change).collect()
}

/// How the step ended, and why.
fn end(evidence: &Evidence) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut put = |name: &str, text: Option<String>| all.extend(text.map(|text| (name.to_owned(), text)));
    put("the error", evidence.failed.as_ref().map(ToString::to_string));
    put("the program's end", evidence.ended.clone());
    put("the reason", evidence.reason.as_ref().map(|it| format!("{} [{}]", it.cause, it.seen.join("; "))));
    all
}

/// The calls, with what they answered; the numbers of children only where they count.
fn calls(evidence: &Evidence, counts: bool) -> Vec<String> {
    let line = |call: &Call| {
        let result = call.result.as_ref().map(ToString::to_string).unwrap_or_default();
        match call.name.as_str() {
            "wait4" if !counts && !result.starts_with('-') => "wait4 = a child".to_owned(),
            "clone" if !counts && !result.starts_with('-') => format!("{call} = a child"),
            _ => format!("{call} = {result}"),
        }
    };
    evidence.calls.iter().map(line).collect()
}

/// What has a name each: its value now beside the one that was recorded.
fn values(
    step: Option<usize>,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
    out: &mut Vec<Difference>,
) {
    let only_new = new.keys().filter(|name| !old.contains_key(*name));
    for name in old.keys().chain(only_new) {
        let (recorded, now) = (old.get(name), new.get(name));
        if recorded != now {
            out.push(Difference { step, about: name.clone(), recorded: recorded.cloned(), now: now.cloned() });
        }
    }
}

/// What has no name but its place: each line beside the one that stands where it stood.
fn in_order(step: Option<usize>, about: &str, old: &[String], new: &[String], out: &mut Vec<Difference>) {
    let mut put = |recorded: Option<&String>, now: Option<&String>| {
        out.push(Difference { step, about: about.to_owned(), recorded: recorded.cloned(), now: now.cloned() });
    };
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        if let DiffOp::Equal { .. } = op {
            continue;
        }
        let (old, new) = (&old[op.old_range()], &new[op.new_range()]);
        for at in 0..old.len().max(new.len()) {
            put(old.get(at), new.get(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Key, View};

    fn run(facts: &[(&str, &str)]) -> Stored {
        let fact = |(subject, text): &(&str, &str)| Shown {
            subject: (*subject).into(),
            view: View::Inside,
            key: Key::Hostname,
            text: (*text).into(),
            raw: None,
        };
        let initial = facts.iter().map(fact).collect();
        let (lesson, kernel, boxlab) = (String::new(), String::new(), String::new());
        Stored { lesson, kernel, groups: None, boxlab, initial, steps: Vec::new() }
    }

    #[test]
    fn a_value_that_differs_is_one_difference() {
        let (old, new) = (run(&[("host", "a"), ("gone", "x")]), run(&[("host", "b"), ("come", "y")]));
        let said: Vec<_> = differences(&old, &new, &[]).into_iter().map(|it| (it.about, it.recorded, it.now)).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            said,
            [
                ("gone.hostname".to_owned(), text("x"), None),
                ("host.hostname".to_owned(), text("a"), text("b")),
                ("come.hostname".to_owned(), None, text("y")),
            ]
        );
        assert!(differences(&old, &old, &[]).is_empty());
    }

    #[test]
    fn lines_are_compared_by_their_place() {
        let lines = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let mut out = Vec::new();
        in_order(Some(1), "output", &lines(&["a", "b", "c"]), &lines(&["a", "x", "c", "d"]), &mut out);
        let said: Vec<_> = out.iter().map(|it| (it.recorded.as_deref(), it.now.as_deref())).collect();
        assert_eq!(said, [(Some("b"), Some("x")), (None, Some("d"))]);
    }
}
