//! `boxlab export LESSON --as FORM`: what a lesson builds, as a program that does the same without Boxlab. Nothing is run.

use super::course::Course;
use crate::export::acts::Acts;
use crate::export::write::{NotWritten, write};
use crate::export::{File, oci, rust, shell};
use crate::lesson::load::Numbered;
use crate::problem::{FAILED, Problem, WRONG, print};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(
    after_help = "The container as it is at the lesson's end, with all that the lessons before have given it. What a lesson \
                        only tries is a comment. A step that a form cannot express is one that says so.\n\n\
                        Examples:\n  boxlab export pivot --as shell          pivot-shell/build.sh, a POSIX shell script\n  \
                        sh pivot-shell/build.sh                 a shell in the container; root is not needed\n  \
                        boxlab export overlay --as oci -o box   a bundle for runc and crun\n  \
                        cd box && runc run mine"
)]
pub struct Export {
    /// Which lesson, by name or number
    #[arg(value_name = "LESSON")]
    lesson: String,
    /// As what
    #[arg(long = "as", value_name = "FORM")]
    form: Form,
    /// The folder to write; LESSON-FORM here if left out
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// A POSIX shell script, with the tools of util-linux, iproute2 and nftables
    Shell,
    /// A Rust package with nix as its only dependency, which calls the functions that the lessons
    /// show; ip and nft give it its network
    Rust,
    /// An OCI bundle, for runc and crun
    Oci,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Form::Shell => "shell",
            Form::Rust => "rust",
            Form::Oci => "oci",
        }
    }

    fn files(self, course: &[Numbered], acts: &Acts) -> Vec<File> {
        match self {
            Form::Shell => shell::export(acts),
            Form::Rust => rust::export(acts),
            Form::Oci => {
                // The first lesson with a root file system lends it to those before.
                let mut all = course.iter().map(|it| Acts::of(course, it));
                oci::export(acts, all.find(oci::builds_a_root).as_ref(), exporter())
            }
        }
    }

    /// What to type in the folder.
    fn next(self, folder: &str) -> String {
        match self {
            Form::Shell => format!("sh {folder}/{}", shell::SCRIPT),
            Form::Rust => format!("cargo run --manifest-path {folder}/Cargo.toml"),
            Form::Oci => format!("cd {folder} && runc run box"),
        }
    }
}

impl Export {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        let (shelf, lessons) = course.all()?;
        let lesson = course.find(&shelf, &lessons, &self.lesson)?;
        let acts = Acts::of(&lessons, &lesson);
        let id = &lesson.lesson.id;
        let form = self.form.name();
        if acts.is_empty() {
            let after = lessons.iter().find(|it| it.lesson.after.as_ref() == Some(id));
            let next =
                after.map_or("boxlab list".to_owned(), |it| format!("boxlab export {} --as {form}", it.lesson.id));
            return Err(Problem::new(WRONG, format!("Lesson {id} leaves nothing that could be exported."))
                .because(
                    "It is made of experiments, of which nothing is kept, and no lesson before it has built anything.",
                )
                .next(next));
        }
        let folder = self.output.clone().unwrap_or_else(|| PathBuf::from(format!("{id}-{form}")));
        write(&folder, &self.form.files(&lessons, &acts)).map_err(|error| not_written(&folder, &error, id, form))?;
        let shown = folder.display().to_string();
        let mut text = String::new();
        if let Some((number, title)) = acts.last_kept().filter(|_| !acts.keeps_something()) {
            text.push_str(&format!(
                "Lesson {id} is made of experiments beside the container, and nothing of them is kept.\n\
                 The export has the container as they find it: as lesson {number} has left it, `{title}`.\n"
            ));
        }
        text.push_str(&format!("{shown} is written. Next: {}\n", self.form.next(&shown)));
        print(&text).map(|()| 0)
    }
}

/// Whoever has started this. A kernel that does not tell its capabilities is taken to give all of them.
fn exporter() -> oci::Exporter {
    let own = procfs::process::Process::myself().and_then(|it| it.status());
    let bounding = own.ok().and_then(|it| it.capbnd).unwrap_or(u64::MAX);
    oci::Exporter { uid: nix::unistd::geteuid().as_raw(), gid: nix::unistd::getegid().as_raw(), bounding }
}

fn not_written(folder: &Path, error: &NotWritten, id: &str, form: &str) -> Problem {
    let shown = folder.display();
    match error {
        NotWritten::NotEmpty | NotWritten::NoFolder => {
            let why = "An export goes into a folder of its own, and nothing is overwritten.";
            Problem::new(WRONG, format!("Nothing is written to {shown}: {error}."))
                .because(why)
                .next(format!("boxlab export {id} --as {form} -o ANOTHER-FOLDER"))
        }
        NotWritten::Failed { .. } => Problem::new(FAILED, format!("{shown} could not be written."))
            .because(error.to_string())
            .next(format!("boxlab export {id} --as {form} -o DIR, in a place that can be written to")),
    }
}
