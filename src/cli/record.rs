//! `boxlab record LESSON -o FILE`: a lesson's record as a recording of a terminal, which asciinema plays. Nothing is run.

use super::course::Course;
use crate::book;
use crate::problem::{FAILED, Problem, print};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
#[command(
    after_help = "Made from what is stored of the lesson, so nothing runs, and the same record gives the same file. Each \
                        step has a marker.\n\nExamples:\n  boxlab record hostname -o hostname.cast\n  asciinema play hostname.cast"
)]
pub struct Record {
    /// Which lesson, by name or number
    #[arg(value_name = "LESSON")]
    lesson: String,
    /// The file to write; else it is printed
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Record {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        let cast = book::Course::new(course.shelf()?)?.told(&self.lesson, None)?.cast();
        let Some(file) = &self.output else { return print(&cast).map(|()| 0) };
        std::fs::write(file, cast).map(|()| 0).map_err(|error| {
            Problem::new(FAILED, format!("{} could not be written.", file.display()))
                .because(error.to_string())
                .next("boxlab record LESSON -o FILE, in a place that can be written to")
        })
    }
}
