//! What `boxlab verify` found, in the Test Anything Protocol, version 13: a point for each step, one for a lesson that did
//! not run, and below each that is not ok the findings in YAML.

use crate::evidence::verified::{Finding, Status, Verified};

/// All of them.
pub fn text(lessons: &[Verified]) -> String {
    let mut points = Points { text: String::new(), count: 0 };
    for lesson in lessons {
        let name = lesson.name();
        if let Some(status) = lesson.whole() {
            points.point(&name, status, lesson.why.as_deref(), &lesson.findings, place(lesson, None));
        }
        for step in &lesson.steps {
            let name = format!("{name}, step {}: {}", step.number, step.say);
            points.point(&name, step.status, step.why.as_deref(), &step.findings, place(lesson, step.line));
        }
    }
    format!("TAP version 13\n1..{}\n{}", points.count, points.text)
}

fn place(lesson: &Verified, line: Option<usize>) -> String {
    line.map_or_else(|| lesson.file.clone(), |line| format!("{}:{line}", lesson.file))
}

struct Points {
    text: String,
    count: usize,
}

impl Points {
    fn point(&mut self, name: &str, status: Status, why: Option<&str>, findings: &[Finding], place: String) {
        self.count += 1;
        let ok = if status <= Status::Skipped { "ok" } else { "not ok" };
        let skip = match status {
            Status::Skipped => format!(" # SKIP {}", line(why.unwrap_or_default())),
            _ => String::new(),
        };
        self.text.push_str(&format!("{ok} {} - {}{skip}\n", self.count, line(name)));
        if status <= Status::Skipped {
            return;
        }
        let severity = if status == Status::Error { "error" } else { "fail" };
        let message = findings.first().map(ToString::to_string).unwrap_or_default();
        self.text.push_str(&format!("  ---\n  message: {}\n  severity: {severity}\n", quoted(&message)));
        // As a block: readers of YAML in TAP take little more than that.
        self.text.push_str(&format!("  at: {}\n  found: |\n", quoted(&place)));
        for finding in findings {
            self.text.push_str(&format!("    {}\n", plain(&finding.to_string())));
        }
        self.text.push_str("  ...\n");
    }
}

/// A name is one line, and a `#` in it would begin a directive.
fn line(text: &str) -> String {
    plain(text).replace('#', "\\#")
}

fn plain(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// In double quotes: what YAML takes so is what JSON writes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
