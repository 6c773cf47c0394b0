//! `why COMMAND` in a half-built container: the stage records the command as it records a step, and explains its
//! failing system call from the facts of that moment. The tool asks over the wire that its shell was given.

use super::wire::Wire;
use crate::probe::outside::Proc;

/// Takes one question and answers it. Errors: the asking end has gone.
pub fn answer(_proc: &Proc, _wire: &Wire) -> nix::Result<()> {
    Err(nix::errno::Errno::ECONNRESET)
}
