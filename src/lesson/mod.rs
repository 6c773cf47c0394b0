//! Teaching: what a lesson is, how its file is read and judged, and how it is taken to a lab.
//! This room makes no system call of a lesson; it asks `stage` to, and turns the answers into records.

pub mod about;
mod access;
mod claimed;
pub mod decode;
pub mod diagnostic;
mod draft;
pub mod drawings;
mod fields;
mod file;
mod form;
mod found;
pub mod judge;
pub mod lint;
pub mod load;
pub mod mistake;
pub mod model;
pub mod overlay;
pub mod pace;
pub mod places;
pub mod plan;
mod reader;
mod ready;
pub mod schema;
pub mod shelf;
pub mod step_text;
mod tabs;
#[cfg(test)]
mod tests;
mod trace;
pub mod tree;
mod vocabulary;
pub mod walk;
pub mod words;
