//! Evidence: what the kernel reported, the difference that a step made, and whether a lesson's claims hold.
//! `fact` has the types, `names` turns the kernel's numbers into names, `difference` compares two moments,
//! `expect` checks an author's claims, `record` is what all renderers, snapshots and tests are made of.
//! `compare` tells a run from what was recorded, and `verified` is what came of that.
//! Nothing in this room asks the kernel anything: the facts come from `probe`.

pub mod cables;
pub mod compare;
pub mod difference;
pub mod drawing;
pub mod drawings;
pub mod expect;
pub mod fact;
pub mod family;
mod group_key;
mod key_text;
pub mod moments;
pub mod names;
pub mod record;
pub mod stored;
mod values;
pub mod verified;

pub use fact::{Fact, Key, Value, View};
pub use record::{Change, Evidence, Record, Shown, StepRecord};
