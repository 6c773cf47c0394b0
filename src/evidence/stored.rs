//! What is kept of a run beside its lesson, and how two of them differ. It holds evidence by name only: no text of the
//! lesson, no number that differs from run to run. `record` has the types that it is made of; nothing is asked here.

use super::record::{Call, Evidence, Record, Shown, Skipped};
use serde::{Deserialize, Serialize};

/// What is kept beside a lesson and compared: the facts at its beginning and the evidence of its steps, by name only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    pub lesson: String,
    /// The kernel and the version that it was recorded with. Not compared.
    pub kernel: String,
    /// The version of its control groups, if it had any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<u8>,
    pub boxlab: String,
    pub initial: Vec<Shown>,
    pub steps: Vec<StoredStep>,
}

/// One step of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredStep {
    pub number: usize,
    /// Who did what, so that a record is known to be of another step once that was changed. Not what is compared.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    #[serde(rename = "do", default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<serde_json::Value>,
    pub evidence: Evidence,
}

impl Stored {
    /// A run without what differs from run to run.
    pub fn of(record: &Record) -> Stored {
        let named = |fact: &Shown| Shown { raw: None, ..fact.clone() };
        let steps = record.steps.iter().map(|step| {
            let mut evidence = Evidence { every_call: Vec::new(), measured: None, nanos: 0, ..step.evidence.clone() };
            evidence.looked = evidence.looked.iter().map(named).collect();
            for change in &mut evidence.changes {
                change.raw = None;
            }
            let (actor, operation) = (step.text.actor.clone(), serde_json::to_value(&step.text.operation).ok());
            StoredStep { number: step.number, actor: Some(actor), operation, evidence }
        });
        Stored {
            lesson: record.lesson.clone(),
            kernel: record.kernel.clone(),
            groups: record.groups,
            boxlab: record.boxlab.clone(),
            initial: record.initial.iter().map(named).collect(),
            steps: steps.collect(),
        }
    }

    /// Without steps that were left out now.
    #[must_use]
    pub fn without(mut self, skipped: &[Skipped]) -> Stored {
        self.steps.retain(|step| !skipped.iter().any(|it| it.number == step.number));
        self
    }

    /// How another run differs, a sentence each, fact by fact. Where one of them could not be traced, the system calls
    /// are not compared. `left_out` are the steps that could not run now: their record stays unproved.
    pub fn differences(&self, now: &Stored, left_out: &[usize]) -> Vec<String> {
        let mut out = Vec::new();
        compare("at the beginning", &facts(&self.initial), &facts(&now.initial), &mut out);
        for old in self.steps.iter().filter(|old| !left_out.contains(&old.number)) {
            let Some(new) = now.steps.iter().find(|step| step.number == old.number) else {
                out.push(format!("step {}: recorded, but not run now", old.number));
                continue;
            };
            let place = format!("step {}", old.number);
            if old.evidence.untraced.is_none() && new.evidence.untraced.is_none() {
                // A step that was left out may have had children, so those of later ones have other numbers.
                let counts = left_out.iter().all(|number| *number > old.number);
                compare(&place, &calls(&old.evidence, counts), &calls(&new.evidence, counts), &mut out);
            }
            compare(&place, &rest(&old.evidence), &rest(&new.evidence), &mut out);
        }
        for new in now.steps.iter().filter(|new| !self.steps.iter().any(|old| old.number == new.number)) {
            out.push(format!("step {}: run now, but not recorded", new.number));
        }
        out
    }
}

fn facts(list: &[Shown]) -> Vec<String> {
    list.iter().map(|fact| format!("{} {} {}: {}", fact.subject, fact.view, fact.key, fact.text)).collect()
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

fn rest(evidence: &Evidence) -> Vec<String> {
    let none = || "none".to_owned();
    let mut lines: Vec<String> = evidence
        .changes
        .iter()
        .map(|it| {
            let (before, after) = (it.before.clone().unwrap_or_else(none), it.after.clone().unwrap_or_else(none));
            format!("{} {} {}: {before} → {after}", it.subject, it.view, it.key)
        })
        .collect();
    lines.extend(facts(&evidence.looked));
    lines.extend(evidence.output.lines().map(|line| format!("output: {line}")));
    lines.extend(evidence.failed.iter().map(|failed| format!("failed: {failed}")));
    lines.extend(evidence.ended.iter().map(|ended| format!("ended: {ended}")));
    lines.extend(evidence.reason.iter().map(|reason| format!("reason: {} [{}]", reason.cause, reason.seen.join("; "))));
    lines
}

fn compare(place: &str, old: &[String], new: &[String], out: &mut Vec<String>) {
    for line in old.iter().filter(|line| !new.contains(line)) {
        out.push(format!("{place}: recorded, not seen now: {line}"));
    }
    for line in new.iter().filter(|line| !old.contains(line)) {
        out.push(format!("{place}: seen now, not recorded: {line}"));
    }
    let same_lines = old.len() == new.len() && old.iter().all(|line| new.contains(line));
    if same_lines && old != new {
        out.push(format!("{place}: the same lines in another order"));
    }
}
