//! Boxlab as a preprocessor of the program `mdbook`: a book comes in as JSON, and goes out with its directives replaced.
//! https://rust-lang.github.io/mdBook/for_developers/preprocessors.html

use super::course::Course;
use super::{chapters, preprocess, sources};
use crate::lesson::shelf::Shelf;
use crate::problem::{Problem, WRONG};
use std::io::Read;
use std::path::Path;

/// What is made is HTML.
pub fn supports(renderer: &str) -> bool {
    renderer == "html"
}

/// From what mdBook writes to what it reads. `lessons` are taken in place of those that the book names.
pub fn preprocess(input: impl Read, lessons: Option<&Path>) -> Result<String, Problem> {
    let (context, mut book) = mdbook_preprocessor::parse_input(input).map_err(|error| {
        Problem::new(WRONG, "What came in is no book as mdBook hands it to preprocessors.")
            .because(format!("{error:#}"))
            .next("mdbook build book, which starts this command; or boxlab book build")
    })?;
    let root = &context.root;
    let shelf = match lessons {
        Some(folder) => Shelf::from_dir(folder).map_err(|mistake| Problem::new(WRONG, mistake.to_string()))?,
        None => sources::shelf(&context.config, root)?,
    };
    let course = Course::new(shelf)?;
    let source = root.join(&context.config.book.src);
    // mdBook names the folder in full; what a person knows of it is its end.
    let here = std::env::current_dir().unwrap_or_default();
    let shown = source.strip_prefix(&here).unwrap_or(&source).to_owned();
    chapters::read(&course, &source, &shown)?;
    preprocess::preprocess(&course, &shown, &mut book)?;
    serde_json::to_string(&book)
        .map_err(|error| Problem::new(WRONG, "The book cannot be written as JSON.").because(error.to_string()))
}
