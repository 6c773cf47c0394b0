//! What `boxlab verify` found, for pipelines that read JUnit: a suite for each lesson, a case for each step, and one for
//! the lesson as a whole where something is to be said of that. It keeps to the schema that Jenkins checks with.

use crate::evidence::verified::{Finding, Status, Verified, VerifiedStep};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// All of them.
pub fn text(lessons: &[Verified]) -> String {
    let mut report = Report::new("boxlab verify");
    report.set_time(Duration::from_millis(lessons.iter().map(|it| it.millis).sum()));
    for lesson in lessons {
        let mut suite = TestSuite::new(clean(&lesson.name()));
        suite.set_time(Duration::from_millis(lesson.millis));
        // A lesson without any case would be counted by nobody.
        if let Some(status) = lesson.whole() {
            let name = format!("lesson: {}", lesson.title);
            suite.add_test_case(case(lesson, &name, status, lesson.why.as_deref(), &lesson.findings));
        }
        for step in &lesson.steps {
            suite.add_test_case(of_step(lesson, step));
        }
        report.add_test_suite(suite);
    }
    strict(&report)
}

/// A report as text that strict readers take: their schema counts what was skipped in each suite, and not in all of them.
pub fn strict(report: &Report) -> String {
    let xml = report.to_string().unwrap_or_default();
    let Some((before, rest)) = xml.split_once("<testsuites ") else { return xml };
    let (attributes, suites) = rest.split_once('>').unwrap_or((rest, ""));
    let kept = attributes.split(' ').filter(|it| !it.starts_with("skipped=")).collect::<Vec<_>>().join(" ");
    format!("{before}<testsuites {kept}>{suites}")
}

fn of_step(lesson: &Verified, step: &VerifiedStep) -> TestCase {
    let name = format!("step {}: {}", step.number, step.say);
    let mut case = case(lesson, &name, step.status, step.why.as_deref(), &step.findings);
    case.set_time(Duration::from_micros(step.micros));
    case
}

fn case(lesson: &Verified, name: &str, status: Status, why: Option<&str>, findings: &[Finding]) -> TestCase {
    let lines: Vec<String> = findings.iter().map(|it| clean(&it.to_string())).collect();
    let wrong = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_message(lines.first().cloned().unwrap_or_default());
        status.set_description(lines.join("\n"));
        status
    };
    let status = match status {
        Status::Passed => TestCaseStatus::success(),
        Status::Failed => wrong(NonSuccessKind::Failure),
        Status::Error => wrong(NonSuccessKind::Error),
        Status::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(clean(why.unwrap_or_default()));
            status
        }
    };
    let mut case = TestCase::new(clean(name), status);
    case.set_classname(format!("boxlab.{}", clean(&lesson.lesson)));
    case.set_time(Duration::ZERO);
    case
}

/// XML has no control characters, and a program may have printed some.
fn clean(text: &str) -> String {
    text.chars().map(|it| if it.is_control() && it != '\n' && it != '\t' { '\u{fffd}' } else { it }).collect()
}
