//! What every lesson has: enough steps that claim something, a prediction, a failure, both views, notes, daily work.

use crate::evidence::expect::Claim;
use crate::evidence::fact::View;
use crate::kernel::Operation;
use crate::lesson::draft::{At, Draft, StepDraft};
use crate::lesson::found::Found;
use crate::lesson::words::{nearest, quoted};
use std::collections::{BTreeSet, HashSet};

const FEWEST: usize = 6;
const MOST: usize = 12;
/// From this lesson on, a step fails on purpose.
const FIRST_WITH_FAILURE: u8 = 2;

pub fn judge(draft: &Draft, found: &mut Found) {
    whole(draft, found);
    let mut seen = HashSet::new();
    for step in draft.steps() {
        if claims_nothing(step) {
            let problem = "The step claims nothing, so no run can find it wrong".into();
            found.push(
                step.span.clone(),
                "claims-nothing",
                problem,
                "`expect`, `output` or `fails` (or `do: look` with `look`)",
            );
        }
        if let (Some(actor), Some(operation), Some(say)) =
            (step.actor.value(), step.operation.value(), step.say.value())
            && !seen.insert((actor, format!("{operation:?}"), say))
        {
            let problem = "An earlier step has the same actor, operation and sentence".into();
            found.push(step.span.clone(), "steps-alike", problem, "one of them, or a sentence that says what is new");
        }
        claims(step, found);
    }
}

fn whole(draft: &Draft, found: &mut Found) {
    if let Some(docker) = draft.docker.get().filter(|docker| docker.value.is_empty()) {
        let problem = "`docker` is empty".into();
        found.push(
            docker.span.clone(),
            "empty-docker",
            problem,
            "at least one flag, field or message that the lesson explains",
        );
    }
    let Some(steps) = draft.steps.get() else { return };
    // A place of one line: the whole list would be no mark.
    let span = steps.value.first().map_or(steps.span.clone(), |step| step.span.clone());
    let shown = steps.value.iter().filter(|step| !step.deeper).count();
    if !(FEWEST..=MOST).contains(&shown) {
        let problem = format!("The lesson has {shown} steps (those marked `deeper` not counted)");
        found.push(span.clone(), "step-count", problem, format!("{FEWEST} to {MOST}"));
    }
    let mut lacks = |missing: bool, code: &'static str, problem: &str, expected: &str| {
        if missing {
            found.push(span.clone(), code, problem.to_owned(), expected);
        }
    };
    let none = |has: fn(&StepDraft) -> bool| !steps.value.iter().any(has);
    lacks(
        none(|step| !step.predict.is_missing()),
        "no-prediction",
        "No step asks for a prediction",
        "at least one `predict:`",
    );
    lacks(
        draft.number >= FIRST_WITH_FAILURE && none(|step| !step.fails.is_missing()),
        "no-failing-step",
        "No step fails on purpose",
        "at least one step with `fails:` and an error name",
    );
    lacks(
        none(compares),
        "no-comparison",
        "No step shows a thing from inside and from outside",
        "`look` or `expect` with `.inside` and `.outside` facts, or with one of `host` and one of another actor",
    );
    lacks(
        none(|step| !step.notes.is_missing()),
        "no-notes",
        "No step has notes for the presenter",
        "at least one `notes:`",
    );
}

fn claims_nothing(step: &StepDraft) -> bool {
    let claims = !step.output.is_missing() || !step.fails.is_missing();
    let expects = match step.expect.value() {
        Some(list) => !list.is_empty(),
        None => !step.expect.is_missing(),
    };
    let looks = match (&step.operation.value(), step.look.value()) {
        (Some(Operation::Look), Some(list)) => !list.is_empty(),
        (Some(Operation::Look), None) => !step.look.is_missing(),
        (None, _) => true,
        _ => false,
    };
    !(claims || expects || looks)
}

fn compares(step: &StepDraft) -> bool {
    let targets: Vec<_> =
        step.looks().iter().chain(step.expects().iter().map(|(target, _)| target)).map(|at| &at.value).collect();
    let views: BTreeSet<View> = targets.iter().map(|target| target.view).collect();
    let (host, other) =
        (targets.iter().any(|target| target.actor == "host"), targets.iter().any(|target| target.actor != "host"));
    views.len() == 2 || (host && other)
}

/// Claims that were likely meant otherwise: a misspelled word is taken for the value itself.
fn claims(step: &StepDraft, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for (target, claim) in step.expects() {
        if !seen.insert(&target.value) {
            let problem = format!("A second claim about {}", quoted(&target.value.to_string()));
            found.push(target.span.clone(), "claim-twice", problem, "one claim about each fact and view");
        }
        misspelled(claim, found);
    }
    if let Some(output) = step.output.get() {
        misspelled(output, found);
        let nonsense =
            matches!(output.value, Claim::New | Claim::Same | Claim::Changed | Claim::As(_) | Claim::Unlike(_));
        if nonsense {
            let problem =
                format!("{} says nothing about what a step printed", quoted(&String::from(output.value.clone())));
            found.push(
                output.span.clone(),
                "output-claim",
                problem,
                "contains TEXT, lacks TEXT, present, absent, or the text itself",
            );
        }
    }
}

fn misspelled(claim: &At<Claim>, found: &mut Found) {
    let words = ["new", "same", "changed", "present", "absent"];
    let Claim::Is(text) = &claim.value else { return };
    let text = text.trim();
    if matches!(text, "" | "as" | "unlike" | "contains" | "lacks") {
        let problem = format!("The claim {} lacks what it is about", quoted(text));
        found.push(claim.span.clone(), "claim-form", problem, Claim::FORMS);
        return;
    }
    let Some(near) = nearest(text, words) else { return };
    // Short words are near to too much: `name` is a value, not a misspelled `same`.
    let slip = near.len() >= 6 && text.is_ascii() && strsim::osa_distance(text, near) <= 2;
    if text.eq_ignore_ascii_case(near) || slip {
        let problem = format!("{} is taken for the value itself", quoted(text));
        found.push(claim.span.clone(), "claim-form", problem, format!("`{near}`, if that is meant"));
    }
}
