//! Families of facts that are read only where a lesson names one of them.
//! Every fact that is read is part of every record, so what only some lessons speak of would swell all the others. A
//! lesson that looks at one fact of a family, or claims something of it, gets the whole family in its differences.

use super::fact::Key;
use serde::{Deserialize, Serialize};

/// A group of facts that are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// All five capability sets, no_new_privs and seccomp.
    Powers,
    /// Links, addresses, routes and neighbours of the network namespace.
    Network,
    /// The packet filter's chains and rules, and the two switches that decide what is forwarded.
    Nft,
    /// What of /proc and /sys is hidden or read-only.
    Hidden,
    /// What an IPC namespace holds.
    Ipc,
    /// Clocks, and the offsets of a time namespace.
    Clock,
    /// Which kernel answers.
    Kernel,
    /// The name of the control group.
    GroupPath,
    /// What a user namespace says beside its maps; and files are shown with their owner, whoever that is.
    Ids,
    /// Which signals are blocked, and which have a handler.
    Signals,
    /// How many processors there are for it.
    Cpus,
}

impl Key {
    /// The family that it belongs to; none for what is always read.
    pub fn family(&self) -> Option<Family> {
        match self {
            Key::CapInheritable | Key::CapBounding | Key::CapAmbient => Some(Family::Powers),
            Key::NoNewPrivs | Key::Seccomp | Key::SeccompFilters => Some(Family::Powers),
            Key::Link(_) | Key::Address(_) | Key::Route(_) | Key::Neighbour(_) => Some(Family::Network),
            Key::Nft(_) | Key::Forwarding | Key::RouteLocalnet => Some(Family::Nft),
            Key::Masked | Key::ReadOnly => Some(Family::Hidden),
            Key::Queues => Some(Family::Ipc),
            Key::NsTimeForChildren | Key::Offsets | Key::Uptime | Key::Date => Some(Family::Clock),
            Key::KernelRelease | Key::BootId => Some(Family::Kernel),
            Key::GroupPath => Some(Family::GroupPath),
            Key::Setgroups => Some(Family::Ids),
            Key::Cpus => Some(Family::Cpus),
            Key::SignalsBlocked | Key::SignalsCaught => Some(Family::Signals),
            _ => None,
        }
    }
}
