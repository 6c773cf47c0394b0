//! The machine's clock of the time of day, CLOCK_REALTIME (clock_gettime(2)). There is one for all: a time namespace has
//! offsets for the clocks that count from the start of the machine, and none for this one (time_namespaces(7)).
//! To set it takes CAP_SYS_TIME in the machine's first user namespace, so no lab can.

use super::error::Failed;
use nix::time::{ClockId, clock_gettime, clock_settime};
use serde::{Deserialize, Serialize};

/// What the clock is set to. Only what it says itself, so that nothing changes where the kernel should let it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeOfDay {
    Now,
}

// ANCHOR: set_clock
/// Sets the time of day to what it is: clock_gettime(2), clock_settime(2).
pub fn set_to_now() -> Result<(), Failed> {
    let now = clock_gettime(ClockId::CLOCK_REALTIME).map_err(|errno| Failed::new("clock_gettime", errno))?;
    clock_settime(ClockId::CLOCK_REALTIME, now).map_err(|errno| Failed::new("clock_settime", errno))
}
// ANCHOR_END: set_clock
