//! `boxlab lesson …`: for authors. One file for each of its commands that is more than a line.

mod lint;
mod new;

use super::course::Course;
use super::run::Run;
use crate::lesson::about::About;
use crate::lesson::schema::schema;
use crate::practice::model::Exercise;
use crate::problem::{Problem, print};
use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Of {
    Lesson,
    Course,
    Exercise,
}

#[derive(Subcommand)]
pub enum Lesson {
    /// Begin a lesson: two steps that work, with their record, in a course of your own
    #[command(after_help = "Examples:\n  boxlab lesson new                                  asks, at a terminal\n  \
                            boxlab lesson new mine --id shares --title 'What is shared'\n  \
                            boxlab --lessons mine run shares                   then\n\n\
                            Exit status: 3 if the lesson is written, and no lab can be made here to record it.")]
    New(new::New),
    /// Judge all lesson files: every mistake, with file, line, column, and what to write instead
    #[command(after_help = "Example:\n  boxlab lesson lint lessons     exit status 2 if there is any mistake")]
    Lint {
        /// The folder; the course that is built in if left out
        folder: Option<PathBuf>,
    },
    /// Print the form of lesson files as a JSON Schema, for editors
    #[command(after_help = "Example:\n  boxlab lesson schema > lesson.schema.json\n\n\
                            An editor takes it from the first line of a lesson:\n  \
                            # yaml-language-server: $schema=../lesson.schema.json")]
    Schema {
        /// Which file's form
        #[arg(long, value_enum, default_value = "lesson")]
        of: Of,
    },
    /// One step as it looks, in a fresh lab, with what the presenter reads
    #[command(after_help = "Example:\n  boxlab --lessons mine lesson preview shares 2")]
    Preview {
        /// The lesson: its name or number
        lesson: String,
        /// The number of the step
        step: usize,
    },
}

impl Lesson {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        match self {
            Lesson::New(new) => new.run(course),
            Lesson::Lint { folder } => lint::run(course, folder.as_deref()),
            Lesson::Schema { of } => {
                let schema = match of {
                    Of::Lesson => lesson_schema(),
                    Of::Course => schema::<About>("A course of Boxlab"),
                    Of::Exercise => schema::<Exercise>("An exercise of Boxlab"),
                };
                print(&format!("{schema:#}\n")).map(|()| 0)
            }
            Lesson::Preview { lesson, step } => Run::preview(lesson, *step).run(course),
        }
    }
}

fn lesson_schema() -> serde_json::Value {
    schema::<crate::lesson::model::Lesson>("A lesson of Boxlab")
}
