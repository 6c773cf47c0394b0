//! A check of an attempt: build it, copy it into a lab, run it, judge it.

use super::attempt::Attempt;
use super::build::{Built, build};
use super::languages::{self, Language};
use super::load::Numbered;
use super::model::{BUILD, Case};
use super::sealed::{self, Sealed};
use super::trial::{self, Limits};
use super::verdict::{Failure, Judged, Status, Verdict};
use super::{judge, pack};
use crate::machine;
use crate::stage::groups::Bounds;
use crate::stage::lab::LabError;
use std::path::Path;
use std::time::Instant;

/// How many processes a program may have, in all.
const PROCESSES: u64 = 256;
/// How much memory each may have.
const MEMORY: u64 = 1 << 30;
/// And all together. The lab's files can take half of it, so there is always somebody to end who is no checker.
const BOUNDS: Bounds = Bounds { processes: 2 * PROCESSES, memory: 2 << 30 };

/// Checks the attempt in a folder. A stranger's is built in the lab too.
pub fn check(
    it: &Numbered,
    attempt: &Attempt,
    folder: &Path,
    language: Option<&Language>,
    sealed: Option<&Sealed>,
) -> Verdict {
    let exercise = &it.exercise;
    let none = |status, why: String| Verdict::without(&exercise.id, &attempt.language, status, why);
    if let Some(lacks) = machine::lacks_before_run(&exercise.needs) {
        return none(Status::Skipped, format!("{} {}", lacks.what, lacks.why));
    }
    if let Some(lacks) = language.and_then(|language| languages::lacks(&attempt.language, language)) {
        return none(Status::Skipped, lacks);
    }
    let mut verdict = none(Status::Passed, String::new());
    verdict.why = None;
    let started = Instant::now();
    let here = if sealed.is_some() { &[][..] } else { &attempt.build };
    let built = build(folder, here, &attempt.run);
    verdict.build_ms = millis(started);
    let (file, lock) = match built {
        Ok(Built::Done { file, _lock }) => (file, _lock),
        Ok(Built::Failed { ended, printed }) => {
            let failure = Failure {
                expected: format!("`{}` succeeds", attempt.build.join(" ")),
                found: ended,
                means: Some("The compiler's own words are below.".to_owned()),
            };
            verdict.checks.push(judge::judged(exercise, BUILD, Some(failure), &printed));
            return Verdict { status: Status::Failed, output: printed, ..verdict };
        }
        Err(why) => return none(Status::Error, why),
    };
    if !here.is_empty() {
        verdict.checks.push(judge::judged(exercise, BUILD, None, ""));
    }
    let built = file.as_deref().filter(|_| sealed.is_none()).zip(attempt.run.first().map(String::as_str));
    let packed = pack::pack(folder, built);
    drop(lock);
    let packed = match packed {
        Ok(packed) => packed,
        Err(error) => return none(Status::Error, format!("{} cannot be copied: {error}.", folder.display())),
    };
    let started = Instant::now();
    let processes = crate::stage::limits::processes(PROCESSES);
    let limits = Limits { processes, memory: MEMORY, bounds: sealed.map_or(BOUNDS, |_| sealed::BOUNDS) };
    let one = [Case::default()];
    let cases = if exercise.cases.is_empty() { &one[..] } else { &exercise.cases };
    for case in cases {
        let packed = match packed.try_clone() {
            Ok(packed) => packed,
            Err(error) => return none(Status::Error, error.to_string()),
        };
        match trial::run(
            exercise,
            case,
            (&attempt.run, sealed.map(|it| (it, attempt.build.as_slice()))),
            packed,
            limits,
        ) {
            Ok(ran) => {
                verdict.checks.extend(ran.checks.into_iter().map(|check| of_case(check, case)));
                verdict.output = ran.output;
            }
            Err(error) => return none(Status::Error, sentence(&error)),
        }
        // The first that fails is enough to work on.
        if verdict.failed().is_some() {
            break;
        }
    }
    verdict.run_ms = millis(started);
    verdict.status = if verdict.failed().is_some() { Status::Failed } else { Status::Passed };
    verdict
}

fn of_case(check: Judged, case: &Case) -> Judged {
    let say = if case.name.is_empty() { check.say } else { format!("{}: {}", case.name, check.say) };
    Judged { say, ..check }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn sentence(error: &LabError) -> String {
    match error {
        LabError::TooLong { actor, .. } => {
            format!("`{actor}`, a process of the checker in the lab, does not answer: the program may have stopped it.")
        }
        other => other.to_string(),
    }
}
