//! The control groups that a lab lives in, where its lesson speaks of them (cgroups(7)).
//! They are the one thing of a lab that lies outside of it: `find` looks for a place, `make` enters them in the ledger
//! and makes them, a `keeper` takes them away after the lab however that ends, and `inside` shows them in the lab host.
//! `bounds` are limits for all of a lab, which a lab may have that shows no groups.
//! What a group holds is one leaf, `lab`, for all processes of the lab: version 2 lets no group have processes and
//! controllers for its children, and a limit that a lesson sets must not reach the agents.

mod bounds;
pub mod find;
pub mod inside;
mod keeper;
mod make;

pub use bounds::Bounds;
pub use make::{Groups, make};

use std::collections::BTreeSet;

/// The controllers that a plan needs. `freezer` is one in version 1, and a part of every group in version 2.
pub type Wanted = BTreeSet<&'static str>;

/// What is said to have been tried where there is no place for groups.
pub const NO_GROUPS: &str = "a control group for the lab";
/// And where they cannot be entered in the ledger.
pub const NOT_ENTERED: &str = "an entry in the ledger";

/// The group below the lab's own that its processes are in.
pub const LEAF: &str = "lab";
