//! Says at the end of `cargo test` which tests or parts of them were left out on this machine, and why.
//! It is no test itself (`harness = false`), only the last target to run, since cargo runs them in the order of names.

mod support;

use std::collections::BTreeMap;

fn main() {
    let Ok(text) = std::fs::read_to_string(support::skipped()) else { return };
    std::fs::remove_file(support::skipped()).ok();
    let run = format!("{} ", std::os::unix::process::parent_id());
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in text.lines().filter_map(|line| line.strip_prefix(&run)) {
        *reasons.entry(reason).or_default() += 1;
    }
    if reasons.is_empty() {
        return;
    }
    println!("\n{} tests or parts of tests were skipped:", reasons.values().sum::<usize>());
    for (reason, count) in reasons {
        println!("  {count:3} × {reason}");
    }
}
