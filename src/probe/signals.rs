//! What a process has arranged for signals, from its status (proc_pid_status(5)): those that it blocks, and those that
//! it has a handler for. Everything else has its default action; for PID 1 of a namespace that is none.

use crate::evidence::{Key, Value};
use procfs::process::Status;

/// The facts of the family `Signals`.
pub fn facts(status: &Status) -> [(Key, Value); 2] {
    [(Key::SignalsBlocked, names(status.sigblk)), (Key::SignalsCaught, names(status.sigcgt))]
}

/// `TERM, CHLD`, or `none`. Bit 0 is signal 1.
fn names(set: u64) -> Value {
    let name = |bit: i32| match nix::sys::signal::Signal::try_from(bit + 1) {
        Ok(signal) => signal.as_str().trim_start_matches("SIG").to_owned(),
        Err(_) => (bit + 1).to_string(),
    };
    let names: Vec<String> = (0..64).filter(|bit| set & (1 << bit) != 0).map(name).collect();
    Value::Text(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
}
