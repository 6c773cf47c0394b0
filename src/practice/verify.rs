//! The authors' contract, for each exercise in each language: the starter fails as intended, the solution passes twice from
//! fresh, and each wrong solution fails its named check. That nothing is left on the machine is for the caller to see, who
//! looks at it before and after.

use super::attempt::{self, Over};
use super::check::check;
use super::languages;
use super::load::{Exercises, Numbered};
use super::verdict::{Judged, Status, Verdict};
use std::path::Path;

/// What came of one thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// `hostname, shell, wrong/renames-host`
    pub what: String,
    pub status: Status,
    /// Why not, or what was seen.
    pub said: String,
}

/// Tries all of an exercise in one language. `place` is an empty folder.
pub fn language(exercises: &Exercises, it: &Numbered, name: &str, place: &Path, each: &mut dyn FnMut(Tried)) {
    let id = &it.exercise.id;
    if let Some(lacks) = exercises.languages.get(name).and_then(|language| languages::lacks(name, language)) {
        return each(Tried { what: format!("{id}, {name}"), status: Status::Skipped, said: lacks });
    }
    let shelf = &exercises.shelf;
    let has = |folder: &str| shelf.names(folder).iter().any(|it| it == name);
    let mut all =
        vec![("solution".to_owned(), Over::Solution, None), ("solution, again".to_owned(), Over::Solution, None)];
    if has(&format!("{}/start", it.folder)) {
        all.insert(0, ("starter".to_owned(), Over::Start, Some(it.exercise.starter.as_str())));
    }
    for (wrong, fails) in &it.exercise.wrong {
        if has(&format!("{}/wrong/{wrong}", it.folder)) {
            all.push((format!("wrong/{wrong}"), Over::Wrong(wrong), Some(fails)));
        }
    }
    for (number, (what, over, fails)) in all.iter().enumerate() {
        let folder = place.join(format!("{name}-{number}"));
        let files = attempt::files(exercises, it, name, over);
        let tried = match attempt::write(&folder, &files)
            .map_err(|error| error.to_string())
            .and_then(|()| attempt::read(&folder))
        {
            Ok(attempt) => compare(&check(it, &attempt, &folder, exercises.languages.get(name), None), *fails),
            Err(error) => (Status::Error, error),
        };
        each(Tried { what: format!("{id}, {name}, {what}"), status: tried.0, said: tried.1 });
    }
}

/// Whether a verdict is what is asked of it: the check that must fail, or none.
fn compare(verdict: &Verdict, fails: Option<&str>) -> (Status, String) {
    let failed = verdict.failed().map(|check| check.name.as_str());
    let seen = || {
        let failure = verdict.failed().and_then(|check| check.failure.as_ref());
        let text = failure.map(|it| format!("expected {}, found {}", it.expected, it.found)).unwrap_or_default();
        format!("{text}\n{}", verdict.output).trim().to_owned()
    };
    let left_out = |it: &&Judged| it.status == Status::Skipped && Some(it.name.as_str()) == fails;
    if let Some(check) = verdict.checks.iter().find(left_out) {
        return (Status::Skipped, check.say.clone());
    }
    match (verdict.status, fails, failed) {
        (Status::Error | Status::Skipped, ..) => (verdict.status, verdict.why.clone().unwrap_or_default()),
        (Status::Passed, None, _) => (Status::Passed, format!("passes, {} ms", verdict.run_ms)),
        (Status::Failed, Some(fails), Some(failed)) if fails == failed => {
            let means = verdict.failed().and_then(|check| check.failure.as_ref()?.means.clone());
            match means {
                Some(means) => (Status::Passed, format!("fails `{fails}`: {means}")),
                None => (Status::Failed, format!("fails `{fails}`, and nothing says what that means")),
            }
        }
        (_, None, failed) => (Status::Failed, format!("must pass, and fails `{}`: {}", failed.unwrap_or("?"), seen())),
        (_, Some(fails), Some(failed)) => {
            (Status::Failed, format!("must fail `{fails}`, and fails `{failed}`: {}", seen()))
        }
        (_, Some(fails), None) => (Status::Failed, format!("must fail `{fails}`, and passes")),
    }
}
