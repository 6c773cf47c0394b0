//! What a new network namespace copies from the machine's first one, and is made level in a lab, so that all machines
//! show the same: whether it forwards packets (ip_forward, ip(7)). For IPv4 the kernel copies, unless the machine's
//! net.core.devconf_inherit_init_net says otherwise. A machine with Docker forwards, and on it each new namespace would.

use super::serve::Stage;
use crate::kernel::Operation;
use crate::kernel::namespaces::Namespace;
use nix::sched::{CloneFlags, setns};
use std::fs;

const FORWARDING: &str = "/proc/sys/net/ipv4/ip_forward";

/// Off in the caller's own network namespace. Best effort: where /proc/sys cannot be written, a lesson's claim tells.
pub(super) fn own_namespace() {
    if fs::read_to_string(FORWARDING).is_ok_and(|text| text.trim() != "0") {
        fs::write(FORWARDING, "0").ok();
    }
}

/// Whether a network namespace is made by this.
pub(super) fn makes_network(operation: &Operation) -> bool {
    matches!(operation, Operation::Unshare(kinds) if kinds.contains(&Namespace::Net))
}

impl Stage {
    /// After this operation of an actor's: the namespace that it has made, if it has made one.
    pub(super) fn level(&self, at: usize, operation: &Operation) {
        if makes_network(operation) {
            self.level_namespace_of(at);
        }
    }

    /// `/proc/sys/net` is that of the caller's namespace, so the stage, which has one thread, goes there and back.
    fn level_namespace_of(&self, at: usize) -> Option<()> {
        let own = fs::File::open("/proc/self/ns/net").ok()?;
        let theirs = self.proc.file(self.actors[at].pid.as_raw(), "ns/net").ok()?;
        setns(&theirs, CloneFlags::CLONE_NEWNET).ok()?;
        own_namespace();
        setns(&own, CloneFlags::CLONE_NEWNET).ok()
    }
}
