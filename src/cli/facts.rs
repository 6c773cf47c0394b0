//! `boxlab facts`, hidden: what this kernel says of itself, for a lesson that compares it with another's.

use crate::problem::{Problem, print};
use crate::stage::elsewhere;

pub fn run() -> Result<u8, Problem> {
    print(&format!("{}\n", serde_json::to_string(&elsewhere::of_this_kernel()).unwrap_or_default()))?;
    Ok(0)
}
