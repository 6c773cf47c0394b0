//! `boxlab lesson new [DIR]`: a lesson that works, to be changed into another one.

use super::lesson_schema;
use crate::cli::course::Course;
use crate::cli::verify::Verify;
use crate::lesson::about::{About, FILE};
use crate::lesson::shelf::Shelf;
use crate::problem::{CANNOT, Problem, WRONG, complain, print};
use clap::Args;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// The lesson that it begins with.
const LESSON: &str = include_str!("new.yaml");

#[derive(Args)]
pub struct New {
    /// The course's folder; made if it is not there
    folder: Option<PathBuf>,
    /// The name by which the lesson is called: small letters, digits, hyphens
    #[arg(long)]
    id: Option<String>,
    /// Its title
    #[arg(long)]
    title: Option<String>,
    /// Its number; the next free one if left out
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=99))]
    number: Option<u8>,
}

impl New {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        let asks = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let given = |it: &Option<String>, ask: &str, usual: &str| match it {
            Some(text) => Ok(text.clone()),
            None if asks => asked(ask, usual),
            None => Ok(usual.to_owned()),
        };
        let folder = match self.folder.as_deref().or(course.folder()) {
            Some(folder) => folder.to_owned(),
            None => PathBuf::from(given(&None, "The course's folder", "my-course")?),
        };
        let id = given(&self.id, "The lesson's name, by which it is called", "first")?;
        if id.is_empty() || id.len() > 40 || slug(&id) != id {
            return Err(Problem::new(WRONG, format!("`{id}` cannot be a lesson's name."))
                .because("It is part of a folder's name, and is typed: small letters, digits and hyphens.")
                .next(format!("boxlab lesson new {} --id {}", folder.display(), slug(&id))));
        }
        let title = given(&self.title, "Its title", "A name of its own")?;
        let number = self.place(&folder, &id)?;
        let home = folder.join(format!("{number:02}-{id}"));
        self.write(&folder, &home, &id, &title)?;
        let file = home.join("lesson.yaml");
        print(&format!("wrote    {}\n", file.display()))?;
        let status = Verify::recording(&id).run(&course.of(&folder))?;
        if status == CANNOT {
            complain(&"The lesson is written, and not recorded: no lab can be made here. `boxlab doctor` says why.");
            return Ok(CANNOT);
        }
        let shown = folder.display();
        let next = [
            (format!("boxlab --lessons {shown} run {id}"), "step through it"),
            (format!("boxlab --lessons {shown} lesson preview {id} 1"), "one step, while you write"),
            (format!("boxlab lesson lint {shown}"), "every mistake, with its place"),
            (format!("boxlab --lessons {shown} verify {id} --update"), "the record anew, once you have changed it"),
        ];
        let width = next.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
        let lines: String = next.iter().map(|(command, what)| format!("   {command:width$}   {what}\n")).collect();
        print(&format!("\n{lines}")).map(|()| status)
    }

    /// Its number. Errors: the name or the number is taken.
    fn place(&self, folder: &Path, id: &str) -> Result<u8, Problem> {
        let Ok(shelf) = Shelf::from_dir(folder) else { return Ok(self.number.unwrap_or(1)) };
        let taken = shelf.lessons().iter().find(|it| it.slug == id || Some(it.number) == self.number);
        if let Some(other) = taken {
            return Err(Problem::new(WRONG, format!("{} is there already.", folder.join(&other.folder).display()))
                .because("Two lessons of a course have neither a name nor a number in common.")
                .next(format!("boxlab lesson new {} --id NAME, with another one", folder.display())));
        }
        let last = shelf.lessons().iter().map(|it| it.number).max();
        let next = self.number.or(last.map_or(Some(1), |it| it.checked_add(1).filter(|it| *it < 100)));
        next.ok_or_else(|| Problem::new(WRONG, "There is no number left.").next("--number, with one that is free"))
    }

    fn write(&self, folder: &Path, home: &Path, id: &str, title: &str) -> Result<(), Problem> {
        let unwritten = |path: &Path| {
            let shown = path.display().to_string();
            move |error: std::io::Error| {
                Problem::new(WRONG, format!("{shown} could not be written."))
                    .because(error.to_string())
                    .next("boxlab lesson new DIR, with a folder that you may write to")
            }
        };
        let put = |path: &Path, text: &str| std::fs::write(path, text).map_err(unwritten(path));
        std::fs::create_dir_all(home).map_err(unwritten(home))?;
        let course = folder.join(FILE);
        if !course.exists() {
            let name = folder.canonicalize().ok().and_then(|it| Some(it.file_name()?.to_string_lossy().into_owned()));
            let own = slug(&name.unwrap_or_default());
            let id = if own.is_empty() { "course".to_owned() } else { own };
            let (major_minor, _) = env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap_or_default();
            let about = About { title: format!("Lessons of {id}"), id, boxlab: Some(major_minor.to_owned()) };
            let line = |name: &str, text: &str| format!("{name}: {}\n", serde_json::Value::from(text));
            let boxlab = about.boxlab.as_deref().unwrap_or_default();
            put(&course, &[line("id", &about.id), line("title", &about.title), line("boxlab", boxlab)].concat())?;
        }
        put(&folder.join("lesson.schema.json"), &format!("{:#}\n", lesson_schema()))?;
        // What JSON writes between quotes is what YAML reads there.
        let text = LESSON.replace("ID", id).replace("TITLE", &serde_json::Value::from(title).to_string());
        put(&home.join("lesson.yaml"), &text)
    }
}

/// Nothing but small letters, digits and hyphens.
fn slug(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let all: String = text.chars().map(plain).take(40).collect();
    all.trim_matches('-').to_owned()
}

/// A line that is typed; nothing stands for the usual one.
fn asked(ask: &str, usual: &str) -> Result<String, Problem> {
    print(&format!("{ask} [{usual}]: "))?;
    std::io::stdout().flush().ok();
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => Err(Problem::new(WRONG, "Nothing was answered, and nothing is written.")
            .next("boxlab lesson new DIR --id NAME --title TITLE, which asks nothing")),
        Ok(_) if line.trim().is_empty() => Ok(usual.to_owned()),
        Ok(_) => Ok(line.trim().to_owned()),
    }
}
