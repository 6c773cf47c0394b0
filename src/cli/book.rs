//! `boxlab book build|serve|open`: the companion book, from the chapters that are built in or from a folder of them.
//! `boxlab book preprocess` is what plain `mdbook` starts.

use super::course::Course;
use crate::book::serve::{self, News};
use crate::book::{Built, Source, build, protocol};
use crate::problem::{CANNOT, Problem, WRONG, complain, print};
use crate::state;
use clap::{Args, Subcommand};
use nix::sys::signal::{SigSet, Signal};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum Book {
    /// Make the book's pages in a folder; they need nothing but themselves
    #[command(after_help = "Examples:\n  boxlab book build                                      into boxlab-book\n  \
                            boxlab book build /srv/www/boxlab                      anywhere else\n  \
                            boxlab --lessons lessons book build --source book      from a clone, as an author")]
    Build(Build),
    /// Show the book at 127.0.0.1, and make it anew whenever a chapter changes
    #[command(
        after_help = "Examples:\n  boxlab book serve\n  boxlab --lessons lessons book serve --source book      as an author"
    )]
    Serve(Serve),
    /// Make the book and open it in your browser
    #[command(after_help = "Example:\n  boxlab book open")]
    Open,
    /// Read a book from mdBook and write it with its directives replaced
    #[command(hide = true)]
    Preprocess(Preprocess),
    /// Make pages of what mdBook writes
    #[command(hide = true)]
    Render,
}

#[derive(Args)]
pub struct Build {
    /// The folder that the pages are written to; what is in it of an older book is replaced
    #[arg(value_name = "DIR", default_value = "boxlab-book")]
    site: PathBuf,
    /// Chapters from this folder, which has book.toml, instead of those that are built in
    #[arg(long, value_name = "BOOK")]
    source: Option<PathBuf>,
}

#[derive(Args)]
pub struct Serve {
    /// Chapters from this folder, which has book.toml, instead of those that are built in
    #[arg(long, value_name = "BOOK")]
    source: Option<PathBuf>,
    /// The port of 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

#[derive(Args)]
pub struct Preprocess {
    /// `supports RENDERER`, which is only asked
    #[arg(num_args = 0..=2, value_names = ["supports", "RENDERER"])]
    question: Vec<String>,
}

impl Book {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        match self {
            Book::Build(it) => {
                let built = build(&source(it.source.as_deref()), course.folder(), &it.site)?;
                let page = it.site.join("index.html");
                print(&format!("{}: {}\n", page.display(), size(built))).map(|()| 0)
            }
            Book::Serve(it) => it.run(course),
            Book::Open => open(course),
            Book::Preprocess(it) => it.run(course),
            Book::Render => protocol::render(std::io::stdin().lock()).map(|()| 0),
        }
    }
}

fn source(folder: Option<&Path>) -> Source {
    folder.map_or(Source::BuiltIn, |folder| Source::Folder(folder.to_owned()))
}

fn size(built: Built) -> String {
    let kib = built.bytes.div_ceil(1024);
    format!("{} pages, {}.{} MiB", built.pages, kib / 1024, kib % 1024 * 10 / 1024)
}

impl Serve {
    fn run(&self, course: &Course) -> Result<u8, Problem> {
        let failed = |error: std::io::Error| {
            Problem::new(CANNOT, "There is no room for the pages.")
                .because(error.to_string())
                .next("TMPDIR=DIR boxlab book serve")
        };
        // Blocked before there are threads, so that they come here and the pages are taken away.
        let mut signals = SigSet::empty();
        [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().for_each(|signal| signals.add(signal));
        signals.thread_block().ok();
        let room = tempfile::Builder::new().prefix("boxlab-book-").tempdir().map_err(failed)?;
        let (site, source) = (room.path().join("site"), source(self.source.as_deref()));
        let built = build(&source, course.folder(), &site)?;
        let (listener, port) = serve::listen(self.port)?;
        let lessons = course.folder().map(Path::to_owned);
        let beside = self.source.as_ref().map(|book| book.join("../lessons")).filter(|_| lessons.is_none());
        let exercises = self.source.as_ref().map(|book| book.join("../exercises"));
        let chapters =
            self.source.iter().flat_map(|book| [book.join("src"), book.join("theme"), book.join("book.toml")]);
        let watched =
            chapters.chain(lessons.clone()).chain(beside).chain(exercises).filter(|path| path.exists()).collect();
        let tell = |news| match news {
            News::Built(built) => drop(print(&format!("made anew: {}\n", size(built)))),
            News::Wrong(problem) => complain(&problem),
        };
        let building = serve::start(listener, source, lessons, watched, site, tell)?;
        print(&format!("http://127.0.0.1:{port}/ has the book ({}). Ctrl-C ends it.\n", size(built)))?;
        signals.wait().ok();
        // Nothing is built any more from here on, so nothing comes back into the room.
        let _last = building.lock();
        room.close().map_err(failed)?;
        Ok(0)
    }
}

/// Into the state directory, the one place that Boxlab writes to unasked.
fn open(course: &Course) -> Result<u8, Problem> {
    let site = state::directory().ok_or_else(|| {
        Problem::new(CANNOT, "There is no place for the pages, since neither HOME nor XDG_STATE_HOME is set.")
            .next("boxlab book build DIR")
    })?;
    let site = site.join("book");
    build(&Source::BuiltIn, course.folder(), &site)?;
    let page = site.join("index.html");
    let opened = std::process::Command::new("xdg-open")
        .arg(&page)
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
    match opened {
        Ok(status) if status.success() => print(&format!("{}\n", page.display())).map(|()| 0),
        other => {
            let why = other.map_or_else(|error| error.to_string(), |status| format!("it ended with {status}"));
            Err(Problem::new(CANNOT, format!("The book is made, and no browser could be started: {}", page.display()))
                .because(format!("xdg-open: {why}"))
                .next("open that file, or boxlab book serve"))
        }
    }
}

impl Preprocess {
    fn run(&self, course: &Course) -> Result<u8, Problem> {
        match self.question.as_slice() {
            [] => print(&protocol::preprocess(std::io::stdin().lock(), course.folder())?).map(|()| 0),
            [supports, renderer] if supports == "supports" => Ok(u8::from(!protocol::supports(renderer))),
            _ => Err(Problem::new(WRONG, "A preprocessor is asked nothing but `supports RENDERER`.")
                .next("mdbook build book")),
        }
    }
}
