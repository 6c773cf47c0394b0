//! The command line: one file a command, and here their order and what they have in common. No logic that another
//! command could want lives in this room. Exit statuses: 0 done, 1 a check failed, 2 the command line or a lesson file
//! is wrong, 3 this machine cannot run it.

mod all;
mod book;
mod clean;
mod completions;
mod course;
mod doctor;
mod drawings;
mod exercise;
mod export;
mod facts;
mod full;
mod grade;
mod home;
mod lesson;
mod list;
mod notes;
mod part;
mod progress;
mod quiz;
mod record;
mod rehearse;
mod run;
mod scope;
mod shell;
mod verify;
mod vm;

use crate::letters;
use crate::problem::{Problem, WRONG, told, unprinted};
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// Builds a real Linux container in front of you, one system call at a time, on your own kernel.
#[derive(Parser)]
#[command(
    name = "boxlab",
    version,
    about,
    long_about = "Boxlab builds a real Linux container in front of you, one system call at a time, on your own kernel, \
                  and shows what each call changed as the kernel itself reports it.\n\n\
                  Every lesson runs in a throw-away lab host: fresh user, mount, PID, network, UTS and IPC namespaces. \
                  Nothing is done to your machine, no root is needed, and when the lesson ends the kernel takes it all away.",
    after_help = "Start with `boxlab list`, then `boxlab run process`.\n\
                  Exit status: 0 done, 1 a check failed, 2 the command line or a lesson file is wrong, 3 this machine cannot run it."
)]
struct Arguments {
    /// Lessons from this folder instead of the course that is built in
    #[arg(long, global = true, value_name = "DIR", display_order = 900)]
    lessons: Option<std::path::PathBuf>,
    /// Lessons in this language, as far as there are words in it (de); else as BOXLAB_LANGUAGE says
    #[arg(long, global = true, value_name = "LANGUAGE", display_order = 901)]
    language: Option<String>,
    /// Other words for lessons, from this folder; else from that of BOXLAB_OVERLAY
    #[arg(long, global = true, value_name = "DIR", display_order = 902)]
    overlay: Option<std::path::PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Parts, lessons, minutes, your progress, and what this machine can run
    List(list::List),
    /// Step through a lesson, or let it run unattended with --auto
    Run(run::Run),
    /// The presenter's notes and a clock on a second terminal, while `run --present` shows the lesson
    Notes(notes::Notes),
    /// Open a shell inside the half-built container of a lesson's step
    Shell(shell::Shell),
    /// Build it yourself, and have the kernel asked whether it is right
    Exercise(exercise::Exercise),
    /// Check a folder of submissions, several at once
    Grade(grade::Grade),
    /// The predictions of finished lessons again, spaced
    Quiz(quiz::Quiz),
    /// Lessons and exercises done, hints taken, time
    Progress(progress::Progress),
    /// Find out what this machine offers, what that blocks, and the exact remedy
    Doctor(doctor::Doctor),
    /// Run lessons unattended and compare with what was recorded
    Verify(verify::Verify),
    /// Run lessons in a throw-away virtual machine with a kernel of its own
    Vm(vm::Vm),
    /// Remove whatever a killed run left
    #[command(
        after_help = "A lab ends with the program that made it, also when that is killed. What can be left then is \
                            a note in the state directory (~/.local/state/boxlab, or below XDG_STATE_HOME); running labs \
                            are not touched.\n\nExample:\n  boxlab clean"
    )]
    Clean,
    /// Write a lesson's record as a recording of a terminal (asciicast)
    Record(record::Record),
    /// Take it home: what a lesson builds, as a program that does the same without Boxlab
    Export(export::Export),
    /// The companion book: make its pages, show them, open them
    #[command(subcommand, after_help = "Example:\n  boxlab book open")]
    Book(book::Book),
    /// For authors of lessons
    #[command(subcommand, after_help = "Example:\n  boxlab lesson lint lessons     a folder of lessons")]
    Lesson(lesson::Lesson),
    /// Print the completion script for a shell
    Completions(completions::Completions),
    /// What this kernel says of itself, for a lesson that compares it with another
    #[command(hide = true)]
    Facts,
    /// Print the manual page, in the language of man(1)
    #[command(after_help = "Examples:\n  boxlab man | man -l -                                      read it\n  \
                            boxlab man > ~/.local/share/man/man1/boxlab.1              install it")]
    Man,
}

/// A command's options as they are where none is given: for a command that does the same in part.
fn usual<T: Args>() -> T {
    let command = T::augment_args(clap::Command::new("boxlab"));
    T::from_arg_matches(&command.get_matches_from(["boxlab"])).unwrap_or_else(|error| error.exit())
}

/// Runs the command line. Messages go to standard error.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    if letters::dumb() {
        colored::control::set_override(false);
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are asked for; anything else is a mistake in the command line.
            let status = if error.use_stderr() { WRONG } else { 0 };
            return match error.print() {
                Ok(()) => ExitCode::from(status),
                Err(error) => report(&unprinted(&error)),
            };
        }
    };
    let words = course::Words { language: arguments.language, overlay: arguments.overlay };
    let course = course::Course::new(arguments.lessons, words.or_environment());
    let done = match arguments.command {
        None => home::run(&course),
        Some(Command::List(list)) => list.run(&course),
        Some(Command::Run(run)) => run.run(&course),
        Some(Command::Notes(notes)) => notes.run(),
        Some(Command::Shell(shell)) => shell.run(&course),
        Some(Command::Exercise(exercise)) => exercise.run(),
        Some(Command::Grade(grade)) => grade.run(),
        Some(Command::Quiz(quiz)) => quiz.run(&course),
        Some(Command::Progress(progress)) => progress.run(&course),
        Some(Command::Doctor(doctor)) => doctor.run(&course),
        Some(Command::Verify(verify)) => verify.run(&course),
        Some(Command::Vm(vm)) => vm.run(&course),
        Some(Command::Record(record)) => record.run(&course),
        Some(Command::Export(export)) => export.run(&course),
        Some(Command::Book(book)) => book.run(&course),
        Some(Command::Clean) => clean::run(),
        Some(Command::Lesson(lesson)) => lesson.run(&course),
        Some(Command::Completions(completions)) => completions.run(&mut Arguments::command()),
        Some(Command::Facts) => facts::run(),
        Some(Command::Man) => completions::man(Arguments::command()),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(problem) => report(&problem),
    }
}

fn report(problem: &Problem) -> ExitCode {
    if !problem.what.is_empty() {
        // Nothing can be done where standard error is closed too.
        use std::io::Write;
        let mut out = std::io::stderr();
        out.write_all(letters::legible(&told(problem), &out).as_bytes()).ok();
    }
    ExitCode::from(problem.status)
}
