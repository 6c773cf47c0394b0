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
    /// The packet filter's chains and rules.
    Nft,
}

impl Key {
    /// The family that it belongs to; none for what is always read.
    pub fn family(&self) -> Option<Family> {
        match self {
            Key::CapInheritable | Key::CapBounding | Key::CapAmbient | Key::NoNewPrivs | Key::Seccomp => {
                Some(Family::Powers)
            }
            Key::Link(_) | Key::Address(_) | Key::Route(_) | Key::Neighbour(_) => Some(Family::Network),
            Key::Nft(_) => Some(Family::Nft),
            _ => None,
        }
    }
}
