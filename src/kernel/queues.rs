//! Message queues of System V: svipc(7), msgget(2). A queue has a number as its name, the key, and no path; so no root
//! directory and no permission on a directory is in the way, but an IPC namespace is. It stays until it is removed, or
//! until the last process has left that namespace.

use super::error::Failed;
use nix::errno::Errno;
use serde::{Deserialize, Serialize};

/// A message queue of System V, by its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    pub key: i32,
    /// Made where there is none (IPC_CREAT).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create: bool,
}

// ANCHOR: msgget
/// Finds the queue of a key, or makes it: msgget(2).
pub fn msgget(queue: &Queue) -> Result<(), Failed> {
    let flags = if queue.create { libc::IPC_CREAT | 0o600 } else { 0 };
    // SAFETY: the call takes two numbers and touches no memory.
    let result = unsafe { libc::msgget(queue.key, flags) };
    Errno::result(result).map(drop).map_err(|errno| Failed::new("msgget", errno).on(queue.key.to_string()))
}
// ANCHOR_END: msgget
