//! The room that reads: an independent witness of what the operations in `kernel` did.
//! `outside` is what the lab host's first process sees in /proc; `inside` is what a process' own calls answer.
//! It changes nothing and shares no parser with `kernel`, so that a bug in one cannot confirm itself.

pub mod carrier;
mod dump;
pub mod groups;
pub mod hidden;
pub mod inside;
pub mod meter;
pub mod namespaces;
pub mod network;
pub mod nft;
pub mod outside;
pub mod powers;
pub mod ruleset;
pub mod share;
pub mod signals;
pub mod small;
pub mod storage;
