//! What `boxlab verify` found: for a reader, and as JSON.

use crate::evidence::verified::{Counts, Finding, Status, Verified, VerifiedStep, on_a_line};
use colored::Colorize;

/// One lesson, for a reader: a line, and below it what was found, fact by fact.
pub fn lesson(verified: &Verified) -> String {
    let word = match verified.status {
        Status::Passed => "passed ".green(),
        Status::Failed => "failed ".red(),
        Status::Error => "error  ".red(),
        Status::Skipped => "skipped".yellow(),
    };
    let name = verified.name();
    let mut text = match (verified.status, &verified.why) {
        (Status::Skipped, why) => {
            let why = why.as_deref().unwrap_or_default();
            format!("{word}  {name}: {why} (boxlab doctor {})\n", verified.lesson)
        }
        (Status::Passed, _) => {
            let ran = verified.steps.iter().filter(|it| it.status == Status::Passed).count();
            format!("{word}  {name}: {ran} step{}\n", if ran == 1 { "" } else { "s" })
        }
        _ => format!("{word}  {name}\n"),
    };
    for path in &verified.wrote {
        text.push_str(&format!("         wrote {}\n", path.display()));
    }
    for (step, finding) in verified.all_findings() {
        let place = step.map(|it| format!("step {}: ", it.number)).unwrap_or_default();
        match finding {
            Finding::Record { about, recorded, now } => {
                let value = |text: &Option<String>, none: &str| {
                    text.as_deref().map_or_else(|| none.dimmed().to_string(), on_a_line)
                };
                text.push_str(&format!(
                    "         {place}{about}\n           recorded  {}\n           now       {}\n",
                    value(recorded, "(not in the record)"),
                    value(now, "(not seen)")
                ));
            }
            other => text.push_str(&format!("         {place}{other}\n")),
        }
    }
    let left_out: Vec<&VerifiedStep> = verified.steps.iter().filter(|it| it.status == Status::Skipped).collect();
    for run in left_out.chunk_by(|one, other| one.why == other.why) {
        let why = run[0].why.as_deref().unwrap_or_default();
        text.push_str(&format!("{}  {name}, {}: {why}\n", "skipped".yellow(), numbers(run)));
    }
    text
}

/// `step 4`, `steps 4, 5 and 12`.
fn numbers(steps: &[&VerifiedStep]) -> String {
    let numbers: Vec<String> = steps.iter().map(|it| it.number.to_string()).collect();
    match numbers.as_slice() {
        [one] => format!("step {one}"),
        [most @ .., last] => format!("steps {} and {last}", most.join(", ")),
        [] => String::new(),
    }
}

/// All of them, as JSON.
pub fn json(lessons: &[Verified]) -> String {
    let counts = Counts::of(lessons);
    let all = serde_json::json!({ "boxlab": env!("CARGO_PKG_VERSION"), "counts": counts, "lessons": lessons });
    format!("{all:#}\n")
}
