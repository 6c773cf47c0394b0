//! What every lesson has: enough steps that claim something, a prediction, a failure, both views, notes, daily work.

use crate::evidence::fact::View;
use crate::kernel::Operation;
use crate::lesson::draft::{Draft, StepDraft};
use crate::lesson::found::Found;
use std::collections::{BTreeSet, HashSet};

const FEWEST: usize = 6;
const FEWEST_OF_ITS_OWN: usize = 2;
const MOST: usize = 13;
/// Nobody waits longer for a step than this, in seconds.
const LONGEST_STEP: u64 = 600;
/// From this lesson on, a step fails on purpose.
const FIRST_WITH_FAILURE: u8 = 2;

/// A course of its own has its own rhythm: there a lesson may be short.
pub fn judge(draft: &Draft, own: bool, found: &mut Found) {
    whole(draft, own, found);
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
    }
}

fn whole(draft: &Draft, own: bool, found: &mut Found) {
    let fewest = if own { FEWEST_OF_ITS_OWN } else { FEWEST };
    if let Some(docker) = draft.docker.get().filter(|docker| docker.value.is_empty()) {
        let problem = "`docker` is empty".into();
        found.push(
            docker.span.clone(),
            "empty-docker",
            problem,
            "at least one flag, field or message that the lesson explains",
        );
    }
    if let Some(seconds) = draft.seconds.get().filter(|it| !(1..=LONGEST_STEP).contains(&it.value)) {
        let problem = format!("A step that may take {} seconds", seconds.value);
        found.push(
            seconds.span.clone(),
            "seconds",
            problem,
            format!("1 to {LONGEST_STEP}; without `seconds` it is 20"),
        );
    }
    let Some(steps) = draft.steps.get() else { return };
    // A place of one line: the whole list would be no mark.
    let span = steps.value.first().map_or(steps.span.clone(), |step| step.span.clone());
    let shown = steps.value.iter().filter(|step| !step.deeper).count();
    if !(fewest..=MOST).contains(&shown) {
        let problem = format!("The lesson has {shown} steps (those marked `deeper` not counted)");
        found.push(span.clone(), "step-count", problem, format!("{fewest} to {MOST}"));
    }
    // A detour may end in a failure: that may be what it shows, and the container does not depend on it.
    let last = steps.value.last().filter(|step| !step.detour);
    if let Some(fails) = last.and_then(|step| step.fails.get()) {
        let problem = "The last step fails, and nothing after it shows how it goes".to_owned();
        found.push(fails.span.clone(), "fails-last", problem, "a step that mends it");
    }
    for step in steps.value.iter().filter(|step| !step.is_repeated() || !step.fails.is_missing()) {
        if let Some(again) = step.again.get() {
            let problem = "No lesson repeats this step, so nothing is done in its place".to_owned();
            found.push(again.span.clone(), "never-again", problem, "`again` at a step that is repeated, or nothing");
        }
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
        !own && draft.number >= FIRST_WITH_FAILURE && none(|step| !step.fails.is_missing()),
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
    let claims = [&step.output, &step.drawn].iter().any(|slot| !slot.is_missing()) || !step.fails.is_missing();
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
