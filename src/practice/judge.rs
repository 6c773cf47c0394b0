//! Compares what was found with what is asked, and finds what a difference usually means.

use super::model::{self, Check, Exercise, Means};
use super::verdict::{Failure, Judged, Status};
use crate::evidence::expect::{self, Claim};
use crate::evidence::record::Shown;
use std::collections::BTreeSet;

/// The facts of a moment, and what they are compared with.
pub struct Moment<'a> {
    pub before: &'a [Shown],
    pub now: &'a [Shown],
    /// All texts that there were before the program started.
    pub seen: &'a BTreeSet<String>,
}

impl Moment<'_> {
    /// The first claim of a check that does not hold.
    pub fn failure(&self, check: &Check) -> Option<Failure> {
        let judged = check
            .expect
            .iter()
            .map(|(target, claim)| (target, claim, expect::check(target, claim, self.before, self.now, self.seen)));
        let mut wrong = judged.filter(|(_, _, checked)| !checked.holds);
        let (target, claim, checked) = wrong.next()?;
        let other = match claim {
            Claim::As(actor) | Claim::Unlike(actor) => self.text(actor, target).map(|text| format!(" ({text})")),
            Claim::Same | Claim::Changed => {
                Some(format!(" as before ({})", self.of_before(target).unwrap_or_else(|| "absent".to_owned())))
            }
            _ => None,
        };
        let claimed = match claim {
            Claim::Same => String::new(),
            Claim::Changed => " other than".to_owned(),
            other => format!(" {}", String::from(other.clone())),
        };
        Some(Failure {
            expected: format!("{target}:{claimed}{}", other.unwrap_or_default()),
            found: format!("{target}: {}", checked.found),
            means: None,
        })
    }

    fn text(&self, actor: &str, target: &expect::Target) -> Option<String> {
        let fact = self.now.iter().find(|it| it.subject == actor && it.key == target.key && it.view == target.view);
        fact.map(|it| it.text.clone())
    }

    fn of_before(&self, target: &expect::Target) -> Option<String> {
        let same = |it: &&Shown| it.subject == target.actor && it.key == target.key && it.view == target.view;
        self.before.iter().find(same).map(|it| it.text.clone())
    }
}

/// A check with its outcome. `printed` is what the program has printed: it proves nothing, and may say why it failed.
pub fn judged(exercise: &Exercise, name: &str, failure: Option<Failure>, printed: &str) -> Judged {
    let own = exercise.check(name);
    let say = own.map(|check| check.say.clone()).filter(|say| !say.is_empty());
    let say = say.unwrap_or_else(|| model::built_in(name).unwrap_or_default().to_owned());
    let status = if failure.is_some() { Status::Failed } else { Status::Passed };
    let failure = failure.map(|failure| {
        let of_author = own.and_then(|check| meaning(&check.means, &failure.found, printed));
        Failure { means: of_author.or(failure.means), ..failure }
    });
    Judged { name: name.to_owned(), say, status, failure }
}

/// What a finding usually means: the first entry that fits.
fn meaning(means: &[Means], found: &str, printed: &str) -> Option<String> {
    let has = |text: &str, part: &Option<String>| part.as_ref().is_none_or(|part| text.contains(part.as_str()));
    let fits = |it: &&Means| has(found, &it.found) && has(printed, &it.printed);
    means.iter().find(fits).map(|it| it.then.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_and_what_was_printed_choose_the_explanation() {
        let entry = |found: Option<&str>, printed: Option<&str>, then: &str| Means {
            found: found.map(str::to_owned),
            printed: printed.map(str::to_owned),
            then: then.to_owned(),
        };
        let all = [
            entry(Some("exit 1"), Some("EINVAL"), "both"),
            entry(None, Some("EINVAL"), "printed"),
            entry(Some("exit 1"), None, "found"),
            entry(None, None, "always"),
        ];
        let of = |found, printed| meaning(&all, found, printed).unwrap_or_default();
        assert_eq!(of("it has ended (exit 1)", "pivot_root: EINVAL"), "both");
        assert_eq!(of("it has ended (exit 2)", "pivot_root: EINVAL"), "printed");
        assert_eq!(of("it has ended (exit 1)", ""), "found");
        assert_eq!(of("it has ended (exit 2)", ""), "always");
    }
}
