//! `boxlab verify [LESSON…]`: runs lessons unattended and compares each with its record, one after the other or several at
//! once. With `--update` the record is written anew, to be read before it is committed. Here is the command line; `one` runs
//! a lesson, `jobs` several at once.

mod jobs;
mod one;

use super::course::Course;
use crate::evidence::verified::{Counts, Status, Verified};
use crate::lesson::load::Numbered;
use crate::problem::{CANNOT, FAILED, Problem, WRONG, complain, print};
use crate::show::{annotations, junit, tap, verdicts};
use clap::{Args, ValueEnum};

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
    Junit,
    Tap,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Place {
    Here,
    Vm,
}

/// What may be printed of a run.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Printed {
    Record,
    Drawings,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  boxlab verify                                     every lesson\n  \
                        boxlab verify --jobs 4 --no-skip                  in a pipeline that must not skip\n  \
                        boxlab verify --format junit > results.xml        for what reads JUnit\n  \
                        boxlab verify --in vm hostname pids               on a kernel of its own\n  \
                        boxlab --lessons FOLDER verify NAME --update      write the record anew\n\n\
                        Failed: the kernel says otherwise than the lesson or its record. Error: it could not be found out.\n\n\
                        Exit status: 0 if nothing failed, 1 if a claim or a record did not hold or could not be judged, \
                        2 if the command line or a lesson file is wrong, 3 if nothing at all could run here.")]
pub struct Verify {
    /// Lessons, by name or number; all of them if none is named
    #[arg(value_name = "LESSON")]
    chosen: Vec<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// How many lessons at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// Where they run: on this kernel, or in a throw-away virtual machine
    #[arg(long = "in", value_enum, value_name = "PLACE", default_value = "here")]
    place: Place,
    /// Write the records anew, beside the lessons of --lessons
    #[arg(long)]
    update: bool,
    /// Print the record of a lesson, or its drawings, to be kept where they cannot be written: those of a micro-VM
    #[arg(long, value_enum, hide = true, conflicts_with = "update", num_args = 0..=1, default_missing_value = "record", require_equals = true)]
    print: Option<Printed>,
    /// A skipped lesson, or a step that leaves its record unproved, is an error
    #[arg(long)]
    no_skip: bool,
    /// How long a step may take before its lesson is given up; as the lesson says if left out, else 20
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    step_limit: Option<u64>,
    /// This is one of several, started by this process
    #[arg(long, hide = true, value_name = "PID")]
    part_of: Option<i32>,
    /// What the folder of lessons is called where the result is read
    #[arg(long, hide = true, value_name = "FOLDER")]
    known_as: Option<String>,
}

impl Verify {
    /// One lesson, whose record is written.
    pub fn recording(lesson: &str) -> Verify {
        Verify { chosen: vec![lesson.to_owned()], update: true, ..crate::cli::usual() }
    }

    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        if self.update && course.folder().is_none() {
            return Err(Problem::new(WRONG, "The records of the built-in course cannot be written.")
                .because("They are part of the program.")
                .next("boxlab --lessons FOLDER verify --update"));
        }
        if self.place == Place::Vm {
            return self.in_machine(course);
        }
        let (shelf, lessons) = course.all()?;
        let chosen = if self.chosen.is_empty() {
            lessons.clone()
        } else {
            self.chosen.iter().map(|name| course.find(&shelf, &lessons, name)).collect::<Result<Vec<_>, _>>()?
        };
        let all: Vec<_> = lessons.iter().map(|it| it.lesson.clone()).collect();
        let one = |it: &Numbered| self.one(course, &all, it, shelf.find(&it.folder).ok());
        if let Some(parent) = self.part_of {
            jobs::end_with(parent);
            let verified = chosen.first().map(one).transpose()?;
            return print(&serde_json::to_string(&verified).unwrap_or_default()).map(|()| 0);
        }
        super::scope::enter_if_needed(chosen.iter().flat_map(|it| &it.lesson.needs));
        let mut done = Vec::with_capacity(chosen.len());
        if self.jobs > 1 && chosen.len() > 1 {
            self.several(course, &chosen, |verified| self.tell(verified, &mut done))?;
        } else {
            for it in &chosen {
                self.tell(one(it)?, &mut done)?;
            }
        }
        self.end(&done)
    }

    /// One lesson is done: what is said at once is said, and the rest at the end.
    fn tell(&self, mut verified: Verified, done: &mut Vec<Verified>) -> Result<(), Problem> {
        if let (Some(own), Some(known)) = (&self.own_folder(&verified), &self.known_as) {
            verified.file = verified.file.replacen(own, known, 1);
        }
        if self.no_skip {
            verified.forbid_skips();
        }
        // GitHub's runner reads these from all that a step prints, and says which folder its paths begin in.
        let set = |name: &str| std::env::var(name).unwrap_or_default();
        if set("GITHUB_ACTIONS") == "true" {
            for line in annotations::lines(&verified, &set("GITHUB_WORKSPACE")) {
                complain(&line);
            }
        }
        let quiet = self.print.is_some() && verified.status == Status::Passed;
        if self.format == Format::Human && !quiet {
            print(&verdicts::lesson(&verified))?;
        }
        done.push(verified);
        Ok(())
    }

    /// The folder by which a machine knows the lessons.
    fn own_folder(&self, verified: &Verified) -> Option<String> {
        let up = |path: &std::path::Path| path.parent().map(std::path::Path::to_owned);
        let folder = up(std::path::Path::new(&verified.file)).and_then(|it| up(&it))?;
        Some(folder.to_string_lossy().into_owned()).filter(|it| !it.is_empty())
    }

    fn end(&self, done: &[Verified]) -> Result<u8, Problem> {
        let counts = Counts::of(done);
        let text = match self.format {
            Format::Human if self.print.is_some() && counts.failed + counts.errors == 0 => String::new(),
            Format::Human => format!("{counts}\n"),
            Format::Json => verdicts::json(done),
            Format::Junit => junit::text(done),
            Format::Tap => tap::text(done),
        };
        print(&text)?;
        Ok(match counts {
            Counts { failed: 1.., .. } | Counts { errors: 1.., .. } => FAILED,
            Counts { passed: 0, skipped: 1.., .. } => CANNOT,
            _ => 0,
        })
    }

    /// The same in a machine of its own, which prints what is printed here.
    fn in_machine(&self, course: &Course) -> Result<u8, Problem> {
        if self.update {
            return Err(Problem::new(WRONG, "A record that is written in a machine is gone with it.")
                .because("The machine has the lessons, and not their folder.")
                .next("boxlab --lessons FOLDER vm --verify NAME -- --print > FOLDER/NN-NAME/record.json"));
        }
        let mut more = vec!["--jobs".to_owned(), self.jobs.to_string()];
        if let Some(format) = self.format.to_possible_value() {
            more.extend(["--format".to_owned(), format.get_name().to_owned()]);
        }
        more.extend(self.no_skip.then(|| "--no-skip".to_owned()));
        if let Some(printed) = self.print.and_then(|it| it.to_possible_value()) {
            more.push(format!("--print={}", printed.get_name()));
        }
        if let Some(limit) = self.step_limit {
            more.extend(["--step-limit".to_owned(), limit.to_string()]);
        }
        if let Some(folder) = course.folder() {
            more.extend(["--known-as".to_owned(), folder.display().to_string()]);
        }
        super::vm::Vm::verifying(self.chosen.clone(), more).run(course)
    }
}
