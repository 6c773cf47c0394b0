//! `boxlab lesson …`: for authors.

use super::course::Course;
use crate::lesson::diagnostic::Form;
use crate::lesson::lint;
use crate::problem::{Problem, WRONG, print};
use clap::Subcommand;
use std::io::IsTerminal;

#[derive(Subcommand)]
pub enum Lesson {
    /// Judge all lesson files: every mistake, with file, line, column, and what to write instead
    #[command(after_help = "Example:\n  boxlab lesson lint lessons     exit status 2 if there is any mistake")]
    Lint {
        /// The folder; the course that is built in if left out
        folder: Option<std::path::PathBuf>,
    },
}

impl Lesson {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        let Lesson::Lint { folder } = self;
        let shelf = match folder {
            Some(folder) => Course::new(Some(folder.clone())).shelf()?,
            None => course.shelf()?,
        };
        let found = lint::lint(&shelf);
        let graphical = std::io::stdout().is_terminal();
        for diagnostic in &found {
            print(&diagnostic.render(if graphical { Form::Colour } else { Form::Line }))?;
        }
        let lessons = shelf.lessons().len();
        match found.len() {
            0 => print(&format!("{lessons} lessons, no mistakes.\n")).map(|()| 0),
            1 => print(&format!("1 mistake in {lessons} lessons.\n")).map(|()| WRONG),
            count => print(&format!("{count} mistakes in {lessons} lessons.\n")).map(|()| WRONG),
        }
    }
}
