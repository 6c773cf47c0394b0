//! What a step claims beside facts: how it ends, and what it prints.

use super::model::Step;
use crate::evidence::expect::{self, Claim};
use crate::evidence::record::Checked;
use crate::stage::message::Stepped;

/// A claim about what was printed. What varies is not kept in what was found either, as long as the claim holds.
pub(super) fn said(claim: &Claim, output: &str, varies: bool) -> Checked {
    let checked = expect::check_output(claim, output);
    let found = if varies && checked.holds { String::from(claim.clone()) } else { checked.found };
    Checked { found, ..checked }
}

/// Every step claims how it ends: with the error that it names, or without one.
pub(super) fn ended_as(step: &Step, stepped: &Stepped) -> Checked {
    let found = stepped.failed.as_ref().map_or_else(|| "done".to_owned(), |failed| failed.errno.name());
    let claimed = step.fails.map_or_else(|| "done".to_owned(), |errno| errno.name());
    Checked { target: None, holds: found == claimed, claim: Claim::Is(claimed), found, raw: None }
}
