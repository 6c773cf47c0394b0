//! The course that a command works on: the built-in one, or that of `--lessons`; and what commands ask of it.

use crate::lesson::model::Lesson;
use crate::lesson::walk::WalkError;
use crate::machine;
use crate::problem::{CANNOT, Problem, WRONG};
use crate::stage::host::Brought;
use crate::stage::lab::LabError;
use crate::state::progress::Progress;
use std::path::{Path, PathBuf};

/// Which course.
pub struct Course {
    folder: Option<PathBuf>,
}

/// A lesson and its number.
#[derive(Clone)]
pub struct Numbered {
    pub number: u32,
    pub lesson: Lesson,
}
pub struct Shelf(Vec<Numbered>);

impl Course {
    pub fn new(folder: Option<PathBuf>) -> Course {
        Course { folder }
    }

    /// Every lesson of it, in order.
    pub fn all(&self) -> Result<(Shelf, Vec<Numbered>), Problem> {
        let mut list = Vec::new();
        for e in std::fs::read_dir(self.folder.clone().unwrap_or("lessons".into())).unwrap().flatten() {
            let p = e.path().join("lesson.yaml");
            if let Ok(text) = std::fs::read_to_string(&p) {
                let lesson: Lesson =
                    serde_yaml::from_str(&text).map_err(|e| Problem::new(WRONG, format!("{}: {e}", p.display())))?;
                let number = e.file_name().to_string_lossy()[..2].parse().unwrap();
                list.push(Numbered { number, lesson });
            }
        }
        list.sort_by_key(|l| l.number);
        Ok((Shelf(list.clone()), list))
    }

    /// One lesson, by its name or number.
    pub fn find(&self, shelf: &Shelf, name: &str) -> Result<Numbered, Problem> {
        shelf
            .0
            .iter()
            .find(|l| l.lesson.id == name || name.parse() == Ok(l.number))
            .cloned()
            .ok_or(Problem::new(WRONG, "no such lesson"))
    }

    /// The lesson to go on with: the one that was left half way, else the first that is not finished.
    pub fn next<'a>(&self, lessons: &'a [Numbered], progress: &Progress) -> Option<&'a Numbered> {
        let last = lessons.iter().find(|it| Some(&it.lesson.id) == progress.last.as_ref());
        let half_way = last.filter(|it| progress.step(&it.lesson.id) > 0);
        half_way.or_else(|| lessons.iter().find(|it| !progress.is_finished(&it.lesson.id)))
    }

    /// The record that is kept beside a lesson.
    pub fn record(&self, number: u32, id: &str) -> Result<Option<String>, Problem> {
        let path = self.folder.clone().unwrap_or("lessons".into()).join(format!("{number:02}-{id}/record.json"));
        Ok(std::fs::read_to_string(path).ok())
    }
}

/// What the learner brings, for a lesson that allows it.
pub fn brought(lesson: &Lesson, rootfs: Option<&Path>) -> Result<Brought, Problem> {
    let Some(from) = rootfs else { return Ok(Brought::default()) };
    let Some(at) = &lesson.rootfs else {
        return Err(Problem::new(WRONG, format!("Lesson {} takes no other root file system.", lesson.id))
            .because("Only lessons that enter one do, since it takes the place of the one they build.")
            .next("leave out --rootfs, or take a lesson from `pivot` on"));
    };
    if let Err(error) = std::fs::File::open(from) {
        return Err(Problem::new(WRONG, format!("{} cannot be opened.", from.display()))
            .because(error.to_string())
            .next("give a directory (of debootstrap, say) or a tar file (of docker export)"));
    }
    Ok(Brought { rootfs: Some((from.to_owned(), at.clone())) })
}

/// A walk's error as a person is told it.
pub fn explain(error: WalkError) -> Problem {
    match error {
        WalkError::Lab(LabError::NoLab(no)) if no.act.contains("--rootfs") => {
            Problem::new(WRONG, "The root file system could not be taken into the lab.")
                .because(no.failed.to_string())
                .next("give a directory or an uncompressed tar file, as `docker export` writes it")
        }
        WalkError::Lab(LabError::NoLab(no)) => {
            let reason = machine::explain_lab_failure(
                &no.failed.call,
                no.failed.errno.0,
                no.failed.on.as_deref().unwrap_or(&no.act),
            );
            let problem = Problem::new(CANNOT, format!("The lab host could not be made here: {}", reason.what))
                .because(reason.why);
            let remedy = reason.remedy.map(|it| format!("{it}\n")).unwrap_or_default();
            problem.next(format!("{remedy}`boxlab doctor` tells all that this machine offers."))
        }
        WalkError::Lab(error) => Problem::new(CANNOT, error.to_string()).next("run the lesson again"),
        before @ WalkError::Before { .. } => Problem::new(CANNOT, before.to_string()).next("boxlab verify"),
    }
}
