//! A run of a lesson, judged: its claims first, then what was recorded of it. What a run left out proves nothing, and is
//! said to be left out.

use super::model::{Lesson, Need};
use super::shelf::{Entry, Kept};
use crate::evidence::compare::differences;
use crate::evidence::expect::Claim;
use crate::evidence::record::{Checked, Record, Skipped};
use crate::evidence::stored::Stored;
use crate::evidence::verified::{Finding, Status, Verified, VerifiedStep};

/// The steps of a run, with what was claimed of them and does not hold. `lines` says where they stand.
pub fn steps(verified: &mut Verified, lesson: &Lesson, record: &Record, lines: &[usize]) {
    for (at, step) in lesson.steps.iter().enumerate() {
        let number = at + 1;
        let ran = record.steps.iter().find(|it| it.number == number);
        let left_out = record.skipped.iter().find(|it| it.number == number);
        if ran.is_none() && left_out.is_none() {
            continue;
        }
        verified.steps.push(VerifiedStep {
            number,
            say: step.say.clone(),
            line: lines.get(at).copied(),
            status: if ran.is_some() { Status::Passed } else { Status::Skipped },
            why: left_out.map(|it| it.why.clone()),
            unproved: left_out.is_some() && !of_another_record(lesson, number),
            findings: Vec::new(),
            micros: ran.map_or(0, |it| it.evidence.nanos / 1000),
        });
        for (at, claim) in ran.into_iter().flat_map(|it| it.evidence.claims.iter().enumerate()) {
            if !claim.holds {
                verified.found(Some(number), claimed(at, claim));
            }
        }
    }
}

/// A lesson that nothing could prove wrong proves nothing.
pub fn whole(verified: &mut Verified, record: &Record) {
    let lacks = |what: &str| Finding::Lacks { what: what.to_owned() };
    if record.steps.is_empty() {
        let what = "it has no step that runs, so nothing was verified: give it steps that claim something";
        verified.found(None, lacks(what));
    } else if record.steps.iter().all(|step| only_ends(&step.evidence.claims)) {
        verified.found(None, lacks("none of its steps claims anything: write `expect`, `output` or `fails`"));
    }
}

/// The first claim is how the step ended; another one without a target is about what it printed.
fn claimed(at: usize, claim: &Checked) -> Finding {
    match Finding::from(claim) {
        Finding::Claim { claimed, found, .. } if at == 0 => {
            Finding::Claim { about: "its end".to_owned(), claimed, found }
        }
        other => other,
    }
}

/// Every step claims that it is done, whether its author says so or not.
fn only_ends(claims: &[Checked]) -> bool {
    claims.len() <= 1 && claims.iter().all(|it| it.claim == Claim::Is("done".to_owned()))
}

/// Which record of the lesson this run is to be compared with. A lesson that has steps for subordinate ids has a record
/// without these steps, and one with them. A lesson on control groups has one for each version.
pub fn which(lesson: &Lesson, record: &Record) -> Kept {
    let subids = record.steps.iter().any(|step| needs(lesson, step.number, &[Need::Subids]));
    match record.groups {
        Some(1) => Kept::Groups1,
        _ if subids => Kept::Subids,
        _ => Kept::Usual,
    }
}

/// Compares with the record that is kept.
pub fn compare(verified: &mut Verified, entry: Option<&Entry>, which: Kept, now: &Stored, skipped: &[Skipped]) {
    let Some(entry) = entry else { return };
    let fault = |what: String| Finding::Fault { what };
    let text = match entry.record(which) {
        Ok(Some(text)) => text,
        Ok(None) => {
            let what = "there is no record of it: `boxlab verify --update` writes one".to_owned();
            return verified.found(None, Finding::Lacks { what });
        }
        Err(mistake) => return verified.found(None, fault(mistake.to_string())),
    };
    let other = other_version(&text, &now.boxlab);
    match serde_json::from_str::<Stored>(&text) {
        Ok(old) => {
            let left_out: Vec<usize> = skipped.iter().map(|step| step.number).collect();
            let found = differences(&old, now, &left_out);
            if let Some(other) = other.filter(|_| !found.is_empty()) {
                verified.found(None, Finding::Lacks { what: other });
            }
            for difference in found {
                verified.found(difference.step, difference.into());
            }
        }
        Err(error) => {
            let reason = other.unwrap_or_else(|| error.to_string());
            verified.found(None, fault(format!("the record cannot be read: {reason}")));
        }
    }
}

/// A sentence for a record that another version of Boxlab has made.
fn other_version(text: &str, own: &str) -> Option<String> {
    // Whatever else it holds: of another version only this is certain.
    let record: serde_json::Value = serde_json::from_str(text).ok()?;
    let other = record.get("boxlab")?.as_str().filter(|it| *it != own)?;
    Some(format!(
        "the record was made by Boxlab {other}, and this is {own}: take that version, or write the record anew with \
         `boxlab verify --update` and read what changed"
    ))
}

/// A step that only one of a lesson's records has: that of this run proves nothing of it, and need not.
pub fn of_another_record(lesson: &Lesson, number: usize) -> bool {
    needs(lesson, number, &[Need::Subids, Need::Cgroup1, Need::Cgroup2])
}

fn needs(lesson: &Lesson, number: usize, one_of: &[Need]) -> bool {
    let step = number.checked_sub(1).and_then(|at| lesson.steps.get(at));
    step.is_some_and(|step| step.needs.iter().any(|need| one_of.contains(need)))
}
