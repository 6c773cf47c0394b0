//! The companion book: chapters in Markdown, with directives for which what was recorded of the lessons is put in.
//! It executes nothing and asks no kernel: what it shows is in the records beside the lessons, in their texts, and in the
//! source that was compiled. `mdbook` makes pages of it, as a library here or as the program that calls
//! `boxlab book preprocess`; both ways give the same.

mod blocks;
mod build;
mod chapters;
mod course;
mod directive;
mod drawings;
mod fits;
mod html;
mod links;
mod preprocess;
pub mod protocol;
mod render;
pub mod serve;
pub mod sources;
mod svg;

pub use build::{Built, Source, build};
pub use course::{Course, Moment, Told};
