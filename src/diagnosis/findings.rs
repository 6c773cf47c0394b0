//! The outcome of looking for causes: which of the known ones hold, and which were ruled out.
//! Every cause is a question put to the facts. If none holds, that is said, with what was asked: a reason is never
//! guessed. Nothing in this file asks the kernel.

use super::scene::Scene;
use crate::evidence::record::Reason;

/// What was asked so far, in the order in which the kernel checks.
#[derive(Debug, Default)]
pub struct Findings {
    held: Vec<Reason>,
    ruled_out: Vec<String>,
}

/// A reason from its three parts.
pub fn reason(cause: impl Into<String>, seen: &[String], remedy: impl Into<String>) -> Reason {
    let remedy = remedy.into();
    Reason { cause: cause.into(), seen: seen.to_vec(), remedy: (!remedy.is_empty()).then_some(remedy) }
}

impl Findings {
    /// One known cause: it holds, with its reason, or is ruled out. `what` names it as a noun phrase.
    pub fn ask(&mut self, what: &str, answer: Option<Reason>) -> &mut Findings {
        match answer {
            Some(reason) => self.held.push(reason),
            None => self.ruled_out.push(what.to_owned()),
        }
        self
    }

    /// Whether one was found already; then the rest need not be asked where the kernel stops at the first.
    pub fn found(&self) -> bool {
        !self.held.is_empty()
    }

    /// One reason of all that hold. The first is the cause, the others are named with the facts.
    pub fn verdict(self, scene: &Scene<'_>) -> Reason {
        let mut held = self.held.into_iter();
        let Some(mut first) = held.next() else { return none_holds(scene, &self.ruled_out) };
        for other in held {
            first.seen.push(format!("also: {}", other.cause));
            first.remedy = match (first.remedy.take(), other.remedy) {
                (Some(one), Some(more)) if !one.contains(&more) => Some(format!("{one} && {more}")),
                (one, more) => one.or(more),
            };
        }
        first
    }
}

/// Said honestly. A seccomp filter can answer anything, so it is named here if there is one.
fn none_holds(scene: &Scene<'_>, ruled_out: &[String]) -> Reason {
    super::powers::filtered(scene, ruled_out).unwrap_or_else(|| {
        let seen =
            ruled_out.iter().filter(|what| !what.is_empty()).map(|what| format!("does not hold: {what}")).collect();
        Reason { cause: "none of the causes that Boxlab knows holds".to_owned(), seen, remedy: None }
    })
}
