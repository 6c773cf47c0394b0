//! Verdicts for a pipeline, in the form that JUnit has made common: a suite for each attempt, a case for each check.
//! `show::junit::strict` is its text.

use super::verdict::{Judged, Status, Verdict};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// The verdicts on several attempts, each by a name.
pub fn report(verdicts: &[(String, Verdict)]) -> Report {
    let mut report = Report::new("boxlab exercises");
    for (name, verdict) in verdicts {
        let mut suite = TestSuite::new(name.clone());
        suite.set_time(Duration::from_millis(verdict.build_ms + verdict.run_ms));
        suite.add_test_cases(verdict.checks.iter().map(case));
        if let Some(why) = &verdict.why {
            let mut status = match verdict.status {
                Status::Skipped => TestCaseStatus::skipped(),
                _ => TestCaseStatus::non_success(NonSuccessKind::Error),
            };
            status.set_message(why.clone());
            suite.add_test_case(TestCase::new("check", status));
        }
        if !verdict.output.is_empty() {
            suite.set_system_out(verdict.output.clone());
        }
        report.add_test_suite(suite);
    }
    report
}

fn case(check: &Judged) -> TestCase {
    let status = match (check.status, &check.failure) {
        (Status::Passed, _) => TestCaseStatus::success(),
        (_, Some(failure)) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(format!("expected {}, found {}", failure.expected, failure.found));
            status.set_description(failure.means.clone().unwrap_or_default());
            status
        }
        (status, _) => {
            let why = if status == Status::Skipped { &check.say } else { "an earlier check failed" };
            let mut status = TestCaseStatus::skipped();
            status.set_message(why);
            status
        }
    };
    TestCase::new(format!("{}: {}", check.name, check.say), status)
}
