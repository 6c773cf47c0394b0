//! Exercises: what the learner builds himself, and the check of it against the kernel.
//! `shelf` has the exercises, `attempt` a learner's folder, `build` and `trial` do a check, `judge` compares what was
//! found with what is asked, `verify` is the authors' contract. A program is a black box: a command line. What counts is
//! what the kernel says of the process that it starts, the probe, never what the program prints.

pub mod attempt;
pub mod build;
pub mod capture;
pub mod changes;
pub mod check;
mod failures;
mod groups;
mod judge;
pub mod junit;
pub mod languages;
pub mod load;
pub mod model;
mod order;
mod pack;
pub mod readme;
pub mod sealed;
pub mod shelf;
pub mod tell;
mod trial;
pub mod verdict;
pub mod verify;
