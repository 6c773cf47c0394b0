//! Boxlab as a preprocessor of the program `mdbook`: a book comes in as JSON, and goes out with its directives replaced; and
//! as its renderer, for which pages are made.
//! https://rust-lang.github.io/mdBook/for_developers/preprocessors.html

use super::course::Course;
use super::{chapters, links, preprocess, render, sources};
use crate::lesson::shelf::Shelf;
use crate::problem::{Problem, WRONG};
use mdbook_renderer::{RenderContext, Renderer};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is made is HTML, for our own pages.
pub fn supports(renderer: &str) -> bool {
    renderer == "html" || renderer == render::NAME
}

/// Makes the pages of what mdBook writes.
pub fn render(input: impl Read) -> Result<(), Problem> {
    let failed = |error: mdbook_preprocessor::errors::Error| {
        Problem::new(WRONG, "The pages cannot be made.")
            .because(format!("{error:#}"))
            .next("mdbook build book, which starts this command; or boxlab book build")
    };
    let context = RenderContext::from_json(input).map_err(failed)?;
    render::Pages.render(&context).map_err(failed)?;
    let source = context.source_dir();
    links::check(&context.destination, &source, &shown(&source))
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
    let course = Course::new(shelf)?.with_exercises(sources::exercises(&context.config, root));
    let source = root.join(&context.config.book.src);
    let shown = shown(&source);
    chapters::read(&course, &source, &shown)?;
    preprocess::preprocess(&course, &shown, &mut book)?;
    serde_json::to_string(&book)
        .map_err(|error| Problem::new(WRONG, "The book cannot be written as JSON.").because(error.to_string()))
}

/// mdBook names the folder in full; what a person knows of it is its end.
fn shown(source: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    source.strip_prefix(&here).unwrap_or(source).to_owned()
}
