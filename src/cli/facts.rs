//! `boxlab facts`, hidden: what this kernel says of itself, for a lesson that compares it with another's.

use crate::evidence::family::Family;
use crate::problem::{Problem, print};
use crate::stage::elsewhere;

pub fn run() -> Result<u8, Problem> {
    let facts = crate::probe::inside::facts(elsewhere::NAME, &[], &[Family::Kernel]);
    let facts: Vec<_> = facts.into_iter().filter(|fact| fact.key.family() == Some(Family::Kernel)).collect();
    print(&format!("{}\n", serde_json::to_string(&facts).unwrap_or_default()))?;
    Ok(0)
}
