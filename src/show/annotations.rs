//! What `boxlab verify` found, as GitHub's runner puts it beside the lines of a lesson's file: workflow commands on a line
//! each, which it reads from all that a step prints.

use crate::evidence::verified::{Finding, Status, Verified, VerifiedStep};

/// A line for each finding, and for each step that was left out unproved. Paths are those below `workspace`.
pub fn lines(lesson: &Verified, workspace: &str) -> Vec<String> {
    let inside = lesson.file.strip_prefix(workspace).filter(|_| !workspace.is_empty());
    let file = inside.map_or_else(|| lesson.file.trim_start_matches("./"), |it| it.trim_start_matches('/'));
    let command = |level: &str, step: Option<&VerifiedStep>, said: &str| {
        let line = step.and_then(|it| it.line).unwrap_or(1);
        let place = step.map(|it| format!(", step {}", it.number)).unwrap_or_default();
        let title = property(&format!("Lesson {}{place}", lesson.name()));
        format!("::{level} file={},line={line},title={title}::{}", property(file), data(said))
    };
    let said = |finding: &Finding| finding.to_string();
    let mut all: Vec<String> =
        lesson.all_findings().map(|(step, finding)| command("error", step, &said(finding))).collect();
    if lesson.status == Status::Skipped {
        all.push(command("warning", None, &format!("skipped: {}", lesson.why.as_deref().unwrap_or_default())));
    }
    for step in lesson.steps.iter().filter(|it| it.status == Status::Skipped && it.unproved) {
        all.push(command("warning", Some(step), &format!("skipped: {}", step.why.as_deref().unwrap_or_default())));
    }
    all
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
