//! Claims that were likely meant otherwise: a misspelled word is taken for the value itself, and so is a value that the
//! fact can never have. Such a claim fails in every run, and the run cannot say why.

use crate::evidence::expect::{Claim, Target};
use crate::evidence::fact::Key;
use crate::kernel::Operation;
use crate::lesson::draft::{At, Draft, StepDraft};
use crate::lesson::found::Found;
use crate::lesson::words::{instead, quoted};
use std::collections::BTreeSet;

const STATES: [&str; 3] = ["running", "zombie", "ended"];
/// Claims of one word, those that go before a text, and what people write instead.
const ALONE: [&str; 5] = ["new", "same", "changed", "present", "absent"];
const BEFORE_TEXT: [&str; 4] = ["as", "unlike", "contains", "lacks"];
const OTHERWISE: [(&str, &str); 8] = [
    ("gone", "absent"),
    ("missing", "absent"),
    ("removed", "absent"),
    ("exists", "present"),
    ("unchanged", "same"),
    ("different", "changed"),
    ("like", "as"),
    ("has", "contains"),
];

pub fn judge(draft: &Draft, found: &mut Found) {
    for step in draft.steps() {
        let mut seen = BTreeSet::new();
        for target in step.looks() {
            path(target, found);
        }
        for (target, claim) in step.expects() {
            if !seen.insert(&target.value) {
                let problem = format!("A second claim about {}", quoted(&target.value.to_string()));
                found.push(target.span.clone(), "claim-twice", problem, "one claim about each fact and view");
            }
            path(target, found);
            if !misspelled(claim, found) {
                possible(&target.value.key, claim, found);
            }
        }
        output(step, found);
    }
}

/// Whether it has an output of its own, beside what it changes.
fn prints(operation: &Operation) -> bool {
    use Operation::{Accept, Calls, Captured, Connect, Log, Ping, Read, Run};
    matches!(operation, Run(_) | Log(_) | Read(_) | Calls(_) | Ping(_) | Connect(_) | Accept(_) | Captured(_))
}

fn output(step: &StepDraft, found: &mut Found) {
    let Some(output) = step.output.get() else { return };
    misspelled(output, found);
    if let Some(operation) = step.operation.value()
        && !prints(operation)
    {
        let problem = format!("`{}` prints nothing, so there is no output to claim", operation.name());
        found.push(
            output.span.clone(),
            "output-of-nothing",
            problem,
            "`output` with an operation that prints, such as `run` or `read`; else `expect`",
        );
        return;
    }
    if matches!(output.value, Claim::New | Claim::Same | Claim::Changed | Claim::As(_) | Claim::Unlike(_)) {
        let claim = String::from(output.value.clone());
        let problem = format!("{} says nothing about what a step printed", quoted(&claim));
        let expected = "contains TEXT, lacks TEXT, present, absent, or the text itself";
        found.push(output.span.clone(), "output-claim", problem, expected);
    }
}

/// A word that is nearly one of a claim. True where it is reported.
fn misspelled(claim: &At<Claim>, found: &mut Found) -> bool {
    let Claim::Is(text) = &claim.value else { return false };
    let text = text.trim();
    if matches!(text, "…" | "...") {
        found.push(claim.span.clone(), "placeholder", "The claim is still the placeholder".into(), Claim::FORMS);
        return true;
    }
    if text.is_empty() || BEFORE_TEXT.contains(&text) {
        let problem = format!("The claim {} lacks what it is about", quoted(text));
        found.push(claim.span.clone(), "claim-form", problem, Claim::FORMS);
        return true;
    }
    let meant = match text.split_once(' ') {
        None => meant(text, &ALONE).map(str::to_owned),
        Some((word, rest)) => meant(word, &BEFORE_TEXT).map(|near| format!("{near} {}", rest.trim())),
    };
    let Some(meant) = meant else { return false };
    let problem = format!("{} is taken for the value itself", quoted(text));
    found.push(claim.span.clone(), "claim-form", problem, format!("{}, if that is meant", quoted(&meant)));
    true
}

/// The word of a claim that was meant. Short words are near to much, so a slip there is one letter, and not the first:
/// `name` is a value, not a misspelled `same`.
fn meant(word: &str, words: &[&'static str]) -> Option<&'static str> {
    let other = OTHERWISE.iter().find(|(other, _)| *other == word).map(|(_, meant)| *meant);
    if let Some(meant) = other.filter(|meant| words.contains(meant)) {
        return Some(meant);
    }
    let short = word.is_ascii() && word.len() <= 12;
    words.iter().copied().find(|near| {
        let slips = if near.len() >= 6 { 2 } else { 1 };
        let slip =
            short && near.len() >= 3 && word.get(..1) == near.get(..1) && strsim::osa_distance(word, near) <= slips;
        word.eq_ignore_ascii_case(near) || slip
    })
}

/// A value that the fact can have.
fn possible(key: &Key, claim: &At<Claim>, found: &mut Found) {
    let Claim::Is(text) = &claim.value else { return };
    match key {
        Key::State if !STATES.contains(&text.as_str()) => {
            let problem = format!("{} is no state of a process", quoted(text));
            let expected = format!("{}; or same, changed, …", instead(text, STATES));
            found.push(claim.span.clone(), "impossible-claim", problem, expected);
        }
        Key::Ns(_) | Key::NsPidForChildren if !text.ends_with(']') || !text.contains(":[") => {
            let kind = if let Key::Ns(kind) = key { kind.file() } else { "pid" };
            let problem = format!("{} is no namespace", quoted(text));
            let expected =
                format!("new, same, changed, as ACTOR, unlike ACTOR, or its name as a run shows it: `{kind}:[box]`");
            found.push(claim.span.clone(), "impossible-claim", problem, expected);
        }
        _ => {}
    }
}

/// The kernel's paths have no slash at their end.
fn path(target: &At<Target>, found: &mut Found) {
    let (Key::Mount(path) | Key::File(path) | Key::Line(path) | Key::Bytes(path) | Key::Attributes(path)) =
        &target.value.key
    else {
        return;
    };
    let bare = path.trim_end_matches('/');
    if bare.len() < path.len() && path != "/" {
        let text = target.value.to_string();
        let problem = format!("The path of {} ends with a slash, as the kernel writes none", quoted(&text));
        let kept = if bare.is_empty() { "/" } else { bare };
        let expected = text.strip_suffix(path.as_str()).map(|front| format!("`{front}{kept}`")).unwrap_or_default();
        found.push(target.span.clone(), "path-slash", problem, expected);
    }
}
