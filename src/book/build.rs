//! From chapters to a site: a folder of pages that need nothing but themselves. It is made beside its place and moved there
//! when all of it is right, so that a mistake leaves the pages that were there.

use super::course::Course;
use super::render::Pages;
use super::{chapters, links, preprocess, sources};
use crate::problem::{Problem, WRONG};
use mdbook_driver::MDBook;
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use mdbook_renderer::Renderer;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Where the chapters come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Those that are part of the program.
    BuiltIn,
    /// A folder with book.toml.
    Folder(PathBuf),
}

/// What was made.
#[derive(Clone, Copy, Debug)]
pub struct Built {
    pub pages: usize,
    pub bytes: u64,
}

/// By this file a folder is known as a book, which may be replaced.
const MARK: &str = ".boxlab-book";

/// Our part in what mdBook does.
struct Directives {
    course: Rc<Course>,
    shown: PathBuf,
}

/// A mistake of ours on its way through mdBook.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Mistake(Problem);

impl Preprocessor for Directives {
    fn name(&self) -> &'static str {
        "boxlab"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> mdbook_preprocessor::errors::Result<Book> {
        preprocess::preprocess(&self.course, &self.shown, &mut book).map_err(Mistake)?;
        Ok(book)
    }
}

/// Makes the site of a book in `site`, which is then replaced.
pub fn build(source: &Source, lessons: Option<&Path>, site: &Path) -> Result<Built, Problem> {
    may_replace(site)?;
    let parent = site.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| {
        Problem::new(WRONG, format!("The book cannot be written to {}.", site.display()))
            .because(error.to_string())
            .next("boxlab book build DIR, with a place that can be written to")
    };
    std::fs::create_dir_all(parent).map_err(failed)?;
    let work = tempfile::Builder::new().prefix(".boxlab-book-").tempdir_in(parent).map_err(failed)?;
    let (root, shown) = match source {
        Source::Folder(root) => (root.clone(), root.clone()),
        Source::BuiltIn => {
            let root = work.path().join("book");
            std::fs::create_dir(&root).and_then(|()| sources::write(&root)).map_err(failed)?;
            (root, PathBuf::from("book"))
        }
    };
    let mut config = sources::config(&root)?;
    let shelf = match lessons {
        Some(folder) => {
            crate::lesson::shelf::Shelf::from_dir(folder).map_err(|mistake| Problem::new(WRONG, mistake.to_string()))?
        }
        None => sources::shelf(&config, &root)?,
    };
    let course = Rc::new(Course::new(shelf)?.with_exercises(sources::exercises(&config, &root)));
    let shown = shown.join(&config.book.src);
    chapters::read(&course, &root.join(&config.book.src), &shown)?;
    let made = work.path().canonicalize().map_err(failed)?.join("site");
    config.build.build_dir.clone_from(&made);
    config.build.create_missing = false;
    let told = |error: mdbook_driver::errors::Error| match error.downcast::<Mistake>() {
        Ok(Mistake(problem)) => problem,
        Err(error) => Problem::new(WRONG, "The book cannot be built.").because(format!("{error:#}")),
    };
    let mut book = MDBook::load_with_config(&root, config).map_err(told)?;
    book.with_preprocessor(Directives { course, shown: shown.clone() });
    // In place of the command that plain mdBook starts for it.
    book.with_renderer(Pages);
    book.execute_build_process(&Pages).map_err(told)?;
    let made = book.build_dir_for(Pages.name());
    links::check(&made, &root.join(&book.config.book.src), &shown)?;
    std::fs::write(made.join(MARK), "").map_err(failed)?;
    if site.exists() {
        std::fs::remove_dir_all(site).map_err(failed)?;
    }
    std::fs::rename(&made, site).map_err(failed)?;
    measured(site).map_err(failed)
}

/// A folder with something else in it is left alone.
fn may_replace(site: &Path) -> Result<(), Problem> {
    let empty = std::fs::read_dir(site).map(|mut list| list.next().is_none());
    match empty {
        Ok(false) if !site.join(MARK).exists() => {
            Err(Problem::new(WRONG, format!("{} is not empty, and is no book that Boxlab has made.", site.display()))
                .because("All that is in it would be replaced by the book.")
                .next("another folder: boxlab book build DIR"))
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Problem::new(WRONG, format!("{} cannot take the book.", site.display()))
                .because(error.to_string())
                .next("another folder: boxlab book build DIR"))
        }
        _ => Ok(()),
    }
}

fn measured(folder: &Path) -> std::io::Result<Built> {
    let mut built = Built { pages: 0, bytes: 0 };
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let more = measured(&entry.path())?;
            built = Built { pages: built.pages + more.pages, bytes: built.bytes + more.bytes };
        } else {
            built.pages += usize::from(entry.path().extension().is_some_and(|end| end == "html"));
            built.bytes += entry.metadata()?.len();
        }
    }
    Ok(built)
}
