//! `boxlab lesson lint [FOLDER]`: every mistake in lesson files, with its place.

use crate::cli::course::Course;
use crate::lesson::diagnostic::Form;
use crate::lesson::lint;
use crate::lesson::shelf::Shelf;
use crate::problem::{Problem, WRONG, print};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Judges a folder, or the course.
pub fn run(course: &Course, folder: Option<&Path>) -> Result<u8, Problem> {
    let folder = folder.or(course.folder());
    let shelf = match folder {
        Some(folder) => of_many(course, folder)?,
        None => course.shelf()?,
    };
    let found = lint::lint(&shelf);
    let graphical = std::io::stdout().is_terminal();
    for diagnostic in &found {
        print(&diagnostic.render(if graphical { Form::Colour } else { Form::Line }))?;
    }
    let course = folder.map_or("The built-in course".to_owned(), |folder| folder.display().to_string());
    let lessons = match shelf.lessons().len() {
        1 => "1 lesson".to_owned(),
        count => format!("{count} lessons"),
    };
    let (mistakes, status) = match found.len() {
        0 => ("no mistakes".to_owned(), 0),
        1 => ("1 mistake".to_owned(), WRONG),
        count => (format!("{count} mistakes"), WRONG),
    };
    print(&format!("{course}: {lessons}, {mistakes}.\n")).map(|()| status)
}

/// The shelf of a folder that holds lessons. One lesson alone is not judged: what it may say depends on those before it.
fn of_many(course: &Course, folder: &Path) -> Result<Shelf, Problem> {
    let shown = folder.display();
    let one = |what: String, parent: &Path| {
        Problem::new(WRONG, what)
            .because("A lesson is judged among the others, since it starts where an earlier one ended.")
            .next(format!("boxlab lesson lint {}", parent.display()))
    };
    if folder.is_file() {
        return Err(one(format!("{shown} is a file, and no folder of lessons."), &above(&above(folder))));
    }
    if folder.join("lesson.yaml").is_file() {
        return Err(one(format!("{shown} is the folder of one lesson, and no folder of lessons."), &above(folder)));
    }
    let shelf = course.of(folder).shelf()?;
    // A folder with a wrong name that has a lesson in it is a mistake to show.
    let any = !shelf.lessons().is_empty() || shelf.strays().iter().any(|stray| Path::new(&stray.file).is_file());
    if any {
        return Ok(shelf);
    }
    let below = folder.join("lessons");
    let next = if below.is_dir() {
        format!("boxlab lesson lint {}", below.display())
    } else {
        "boxlab lesson lint FOLDER, with the folder in which `02-hostname` and the like stand".to_owned()
    };
    Err(Problem::new(WRONG, format!("There is no lesson in {shown}."))
        .because("A lesson lies in a folder of its own, `02-hostname` for example, as `lesson.yaml`.")
        .next(next))
}

/// The folder above, by the name that was typed where that has one.
fn above(path: &Path) -> PathBuf {
    match (path.file_name(), path.parent()) {
        (Some(_), Some(parent)) if parent.as_os_str().is_empty() => PathBuf::from("."),
        (Some(_), Some(parent)) => parent.to_owned(),
        _ => path.canonicalize().ok().and_then(|real| real.parent().map(Path::to_owned)).unwrap_or("..".into()),
    }
}
