//! Diagnosis: why a system call failed, computed from the facts at the moment it failed.
//! One file a call. A cause is named only if a fact shows it; the facts that were looked at are listed with it. A step
//! of a lesson and `why COMMAND` ask the same functions.

use crate::evidence::record::{Call, Reason};
use crate::probe::outside::Proc;

/// Explains a failed call of the process `pid`, which is stopped at its return. None: nothing is known of it.
pub fn explain(_proc: &Proc, _pid: i32, _call: &Call) -> Option<Reason> {
    None
}
