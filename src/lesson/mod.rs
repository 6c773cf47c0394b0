//! Teaching: what a lesson is, how its file is read and judged, and how it is taken to a lab.
//! This room makes no system call of a lesson; it asks `stage` to, and turns the answers into records.

pub mod model;
pub mod plan;
pub mod walk;
