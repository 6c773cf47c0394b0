//! `boxlab clean`: removes whatever a killed run left, as the ledger has it.

use crate::problem::{FAILED, Problem, print};

pub fn run() -> Result<u8, Problem> {
    let mut done = crate::state::ledger::clean().map_err(|error| {
        Problem::new(FAILED, "Cleaning stopped half way.")
            .because(error.to_string())
            .next("boxlab clean, as the user who ran the lesson")
    })?;
    done.extend(crate::state::presenting::clean());
    let mut text: String = done.iter().map(|line| format!("{line}\n")).collect();
    if text.is_empty() {
        text.push_str("Nothing was left: no lab, no temporary file.\n");
    }
    print(&text).map(|()| 0)
}
