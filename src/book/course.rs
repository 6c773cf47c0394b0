//! The course as the book reads it: lessons, and what was recorded of each, step by step. A record is read when a chapter
//! asks for it, and must fit its lesson.

use super::fits::fits;
use crate::evidence::moments::moments;
use crate::evidence::record::{Record, Shown, Skipped, StepRecord};
use crate::evidence::stored::Stored;
use crate::lesson::load::{self, Numbered};
use crate::lesson::model::{Lesson, Step};
use crate::lesson::shelf::{Entry, Kept, Shelf};
use crate::lesson::step_text::{layout, step_text};
use crate::practice::load::Exercises;
use crate::problem::{Problem, WRONG};
use crate::show::cast::cast;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

/// A record that was asked for: its lesson's folder, and which of several, if that was said.
type Which = (String, Option<Kept>);

/// Lessons, and the records that were asked for.
pub struct Course {
    shelf: Shelf,
    lessons: Vec<Numbered>,
    told: RefCell<BTreeMap<Which, Rc<Told>>>,
    /// The folders of lessons that have a chapter.
    chapters: RefCell<Vec<String>>,
    /// Where its exercises are; those of the program if nowhere. They are read when a chapter asks for one.
    exercises_at: Option<PathBuf>,
    exercises: OnceCell<Rc<Exercises>>,
}

/// A lesson with what was recorded of it.
pub struct Told {
    pub number: u8,
    pub lesson: Lesson,
    /// Its folder, and which of its records this is.
    pub folder: String,
    pub kept: Kept,
    /// The kernel that it was recorded on.
    pub kernel: String,
    pub steps: Vec<Moment>,
}

/// A recorded step, and the facts before and after it.
pub struct Moment {
    pub record: StepRecord,
    pub before: Vec<Shown>,
    pub after: Vec<Shown>,
}

impl Course {
    /// All lessons of a shelf.
    pub fn new(shelf: Shelf) -> Result<Course, Problem> {
        let lessons = load::read(&shelf).map_err(|mistakes| {
            let first = mistakes.first().map(ToString::to_string).unwrap_or_default();
            Problem::new(WRONG, format!("The book cannot be built, since a lesson cannot be read: {first}"))
                .next("boxlab lesson lint FOLDER")
        })?;
        Ok(Course {
            shelf,
            lessons,
            told: RefCell::default(),
            chapters: RefCell::default(),
            exercises_at: None,
            exercises: OnceCell::new(),
        })
    }

    /// With the exercises of a folder.
    #[must_use]
    pub fn with_exercises(mut self, folder: Option<PathBuf>) -> Course {
        self.exercises_at = folder;
        self
    }

    /// All exercises.
    pub fn exercises(&self) -> Result<Rc<Exercises>, Problem> {
        if let Some(exercises) = self.exercises.get() {
            return Ok(exercises.clone());
        }
        let shelf = match &self.exercises_at {
            None => crate::practice::shelf::Shelf::embedded(),
            Some(folder) => crate::practice::shelf::Shelf::from_dir(folder).map_err(|error| {
                Problem::new(WRONG, format!("The exercises in {} cannot be read.", folder.display()))
                    .because(error.to_string())
            })?,
        };
        let read = crate::practice::load::read(shelf).map_err(|mistakes| {
            let first = mistakes.first().map(ToString::to_string).unwrap_or_default();
            Problem::new(WRONG, format!("The book cannot be built, since an exercise cannot be read: {first}"))
                .next("boxlab exercise --exercises FOLDER, which says all that is wrong with them")
        })?;
        Ok(self.exercises.get_or_init(|| Rc::new(read)).clone())
    }

    pub fn lessons(&self) -> &[Numbered] {
        &self.lessons
    }

    /// Says which lessons have a chapter, by their folders.
    pub fn set_chapters(&self, folders: Vec<String>) {
        *self.chapters.borrow_mut() = folders;
    }

    pub fn has_chapter(&self, folder: &str) -> bool {
        self.chapters.borrow().iter().any(|it| it == folder)
    }

    /// A lesson by its id, number or folder, in full: a beginning that fits one lesson today may fit two tomorrow.
    pub fn lesson(&self, name: &str) -> Result<&Numbered, Problem> {
        let entry = self.entry(name)?;
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number && entry.slug != name && entry.folder != name {
            return Err(Problem::new(WRONG, format!("There is no lesson `{name}`."))
                .next(format!("write `{}`, if that is meant", entry.slug)));
        }
        let found = self.lessons.iter().find(|it| it.folder == entry.folder);
        found.ok_or_else(|| Problem::new(WRONG, format!("There is no lesson `{name}`.")).next("boxlab list"))
    }

    /// What was recorded of a lesson; of several records that of the most steps, unless one is named.
    pub fn told(&self, name: &str, which: Option<Kept>) -> Result<Rc<Told>, Problem> {
        let numbered = self.lesson(name)?;
        let place = (numbered.folder.clone(), which);
        if let Some(told) = self.told.borrow().get(&place) {
            return Ok(told.clone());
        }
        let told = Rc::new(self.read(numbered, which)?);
        self.told.borrow_mut().insert(place, told.clone());
        Ok(told)
    }

    fn read(&self, numbered: &Numbered, which: Option<Kept>) -> Result<Told, Problem> {
        let lesson = &numbered.lesson;
        let entry = self.entry(&numbered.folder)?;
        let refresh = Course::refresh(lesson);
        let asked = which.map_or_else(|| Kept::ALL.to_vec(), |which| vec![which]);
        let mut best: Option<(Kept, Stored)> = None;
        for kept in asked {
            let text = entry.record(kept).map_err(|mistake| Problem::new(WRONG, mistake.to_string()))?;
            let Some(text) = text else { continue };
            let stored: Stored = serde_json::from_str(&text).map_err(|error| {
                Problem::new(WRONG, format!("The record {} is damaged: {error}.", entry.record_name(kept)))
                    .next(&refresh)
            })?;
            if best.as_ref().is_none_or(|(_, best)| best.steps.len() < stored.steps.len()) {
                best = Some((kept, stored));
            }
        }
        let Some((kept, stored)) = best else {
            let name = entry.record_name(which.unwrap_or(Kept::Usual));
            let what = format!("{} has no record: {name} is missing, and the book shows nothing else.", numbered.file);
            return Err(Problem::new(WRONG, what).next(refresh));
        };
        let old = |why: String| {
            let name = entry.record_name(kept);
            Problem::new(WRONG, format!("The record {name} does not fit {} any more: {why}.", numbered.file))
                .next(&refresh)
        };
        fits(lesson, &stored).map_err(old)?;
        let facts = moments(&stored).map_err(|why| {
            Problem::new(WRONG, format!("The record {} is damaged: {why}.", entry.record_name(kept))).next(&refresh)
        })?;
        let groups = stored.groups.map(|version| layout(lesson, version));
        let step = |number: usize| lesson.steps.get(number.wrapping_sub(1)).cloned();
        let numbers = stored.steps.iter().map(|it| it.number);
        let steps: Vec<(usize, Step)> = numbers.filter_map(|number| Some((number, step(number)?))).collect();
        let moments = stored.steps.into_iter().enumerate().zip(&steps).map(|((at, it), (number, step))| {
            let text = step_text(&steps, groups.as_ref(), *number, step, None);
            let record = StepRecord { number: *number, text, evidence: it.evidence };
            Moment { record, before: facts[at].clone(), after: facts[at + 1].clone() }
        });
        let moments = moments.collect();
        let folder = numbered.folder.clone();
        Ok(Told {
            number: numbered.number,
            lesson: lesson.clone(),
            folder,
            kept,
            kernel: stored.kernel,
            steps: moments,
        })
    }

    /// A lesson's files.
    pub(super) fn entry(&self, folder: &str) -> Result<&Entry, Problem> {
        self.shelf.find(folder).map_err(|error| Problem::new(WRONG, error.to_string()).next("boxlab list"))
    }

    /// The command that records a lesson anew.
    pub(super) fn refresh(lesson: &Lesson) -> String {
        format!("boxlab --lessons lessons verify {} --update", lesson.id)
    }
}

impl Told {
    /// The lesson as a recording of a terminal, without what goes deeper.
    pub fn cast(&self) -> String {
        let (deeper, steps): (Vec<&Moment>, Vec<&Moment>) = self.steps.iter().partition(|it| it.record.text.deeper);
        let skipped = |it: &&Moment| Skipped { number: it.record.number, why: Skipped::DEEPER.to_owned() };
        let record = Record {
            lesson: self.lesson.id.clone(),
            title: self.lesson.title.clone(),
            kernel: self.kernel.clone(),
            groups: None,
            boxlab: env!("CARGO_PKG_VERSION").to_owned(),
            initial: self.steps.first().map(|it| it.before.clone()).unwrap_or_default(),
            steps: steps.iter().map(|it| it.record.clone()).collect(),
            last: steps.last().map(|it| it.after.clone()).unwrap_or_default(),
            skipped: deeper.iter().map(skipped).collect(),
            measured: None,
        };
        // Whatever standard output is, the recording is in colours.
        colored::control::set_override(true);
        let cast = cast(self.number, &self.lesson, &record);
        colored::control::unset_override();
        cast
    }

    /// A recorded step by its number.
    pub fn step(&self, number: usize) -> Result<&Moment, Problem> {
        self.steps.iter().find(|it| it.record.number == number).ok_or_else(|| {
            let (id, count) = (&self.lesson.id, self.lesson.steps.len());
            if (1..=count).contains(&number) {
                let what = format!("Step {number} of lesson {id} is not in the record that is shown.");
                return Problem::new(WRONG, what).next("name another record of it: v1, v2, subids");
            }
            Problem::new(WRONG, format!("There is no step {number} in lesson {id}: it has {count}."))
                .next(format!("boxlab run {id} --auto --deeper, which numbers them"))
        })
    }
}
