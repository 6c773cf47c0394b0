//! An author's claims about facts, and whether they hold.
//! A lesson writes `expect: { container.ns.uts: new, container.hostname: same }`. The left side is a `Target`
//! (actor, viewpoint, key), the right side a `Claim`. Every run checks every claim: in the terminal, in tests, in CI.

use super::fact::{Key, View};
use super::record::{Checked, Shown};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::str::FromStr;

/// Which fact is meant: `container.hostname`, `container.outside.pid`, `host.mount./srv`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target {
    pub actor: String,
    pub view: View,
    pub key: Key,
}

/// What is claimed of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Claim {
    /// Never seen before in this run.
    New,
    /// As before the step.
    Same,
    /// Other than before the step.
    Changed,
    /// There is one.
    Present,
    /// There is none.
    Absent,
    /// Equal to the same fact of another actor.
    As(String),
    /// Other than the same fact of another actor.
    Unlike(String),
    /// Its text has this in it.
    Contains(String),
    /// Its text does not have this in it.
    Lacks(String),
    /// Its text is this.
    Is(String),
}

impl Claim {
    /// The forms that a lesson may write, for messages.
    pub const FORMS: &'static str =
        "new, same, changed, present, absent, as ACTOR, unlike ACTOR, contains TEXT, lacks TEXT, or the value itself";
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Target, String> {
        let Some((actor, rest)) = text.split_once('.') else {
            return Err(format!("`{text}` names no fact: write ACTOR.FACT, for example container.hostname"));
        };
        let (view, key) = match rest.split_once('.') {
            Some(("inside", key)) => (Some(View::Inside), key),
            Some(("outside", key)) => (Some(View::Outside), key),
            _ => (None, rest),
        };
        let key: Key = key.parse()?;
        let view = view.unwrap_or(key.usual_view());
        if !key.has_view(view) {
            return Err(format!("`{key}` is not read from {view}: write {actor}.{key}"));
        }
        Ok(Target { actor: actor.to_owned(), view, key })
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.view == self.key.usual_view() {
            write!(out, "{}.{}", self.actor, self.key)
        } else {
            write!(out, "{}.{}.{}", self.actor, self.view, self.key)
        }
    }
}

impl TryFrom<String> for Target {
    type Error = String;
    fn try_from(text: String) -> Result<Target, String> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> String {
        target.to_string()
    }
}

impl From<Claim> for String {
    fn from(claim: Claim) -> String {
        match claim {
            Claim::New => "new".into(),
            Claim::Same => "same".into(),
            Claim::Changed => "changed".into(),
            Claim::Present => "present".into(),
            Claim::Absent => "absent".into(),
            Claim::As(actor) => format!("as {actor}"),
            Claim::Unlike(actor) => format!("unlike {actor}"),
            Claim::Contains(text) => format!("contains {text}"),
            Claim::Lacks(text) => format!("lacks {text}"),
            Claim::Is(text) => text,
        }
    }
}

impl From<String> for Claim {
    fn from(text: String) -> Claim {
        match text.as_str() {
            "new" => return Claim::New,
            "same" => return Claim::Same,
            "changed" => return Claim::Changed,
            "present" => return Claim::Present,
            "absent" => return Claim::Absent,
            _ => {}
        }
        for (word, make) in [
            ("as ", Claim::As as fn(String) -> Claim),
            ("unlike ", Claim::Unlike),
            ("contains ", Claim::Contains),
            ("lacks ", Claim::Lacks),
        ] {
            if let Some(rest) = text.strip_prefix(word) {
                return make(rest.to_owned());
            }
        }
        Claim::Is(text)
    }
}

/// Judges a claim. `before` and `after` are all facts around the step; `seen` are all texts that this fact's kind had
/// earlier in this run, for `new`. The answer names what was found.
pub fn check(target: &Target, claim: &Claim, before: &[Shown], after: &[Shown], seen: &BTreeSet<String>) -> Checked {
    let find = |facts: &[Shown], actor: &str| {
        let fact = facts.iter().find(|it| it.subject == actor && it.key == target.key && it.view == target.view);
        fact.map(|it| it.text.clone()).filter(|text| text != "absent")
    };
    let was = find(before, &target.actor);
    let is = find(after, &target.actor);
    let holds = match claim {
        Claim::New => is.as_ref().is_some_and(|text| !seen.contains(text)),
        Claim::Same => is == was,
        Claim::Changed => is != was,
        Claim::Present => is.is_some(),
        Claim::Absent => is.is_none(),
        Claim::As(other) => is.is_some() && is == find(after, other),
        Claim::Unlike(other) => is.is_some() && is != find(after, other),
        Claim::Contains(text) => is.as_ref().is_some_and(|it| it.contains(text)),
        Claim::Lacks(text) => is.as_ref().is_some_and(|it| !it.contains(text)),
        Claim::Is(text) => is.as_ref() == Some(text),
    };
    let found = is.unwrap_or_else(|| "absent".to_owned());
    let own = after.iter().find(|it| it.subject == target.actor && it.key == target.key && it.view == target.view);
    Checked { target: Some(target.clone()), claim: claim.clone(), holds, found, raw: own.and_then(|it| it.raw.clone()) }
}

/// Judges a claim about what a step printed.
pub fn check_output(claim: &Claim, output: &str) -> Checked {
    let output = output.trim_end();
    let holds = match claim {
        Claim::Contains(text) => output.contains(text),
        Claim::Lacks(text) => !output.contains(text),
        Claim::Absent => output.is_empty(),
        Claim::Present => !output.is_empty(),
        Claim::Is(text) => output == text.trim_end(),
        _ => false,
    };
    Checked { target: None, claim: claim.clone(), holds, found: output.to_owned(), raw: None }
}
