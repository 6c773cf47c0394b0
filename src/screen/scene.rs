//! What is on the screen, as plain data: the step, its record, the facts around it, the list of steps. It is made from a
//! running lesson by the face, and from a stored record by the tests; `draw` knows nothing else.

use crate::evidence::StepRecord;
use crate::evidence::drawing::Drawing;
use crate::evidence::record::{Record, Shown, Skipped, StepText};
use crate::evidence::stored::Stored;
use crate::lesson::model::{Lesson, Step};
use crate::show::Screen;

/// Where in the lesson one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before the first step: what the lesson is about.
    Intro,
    /// The step is shown and yet to be done.
    Ahead,
    /// It is being done.
    Doing,
    /// It is done, and its evidence is shown.
    Done,
    /// The whole lesson is.
    End,
}

/// How a step of the list stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Done,
    Here,
    Ahead,
    /// Not to be done in this run, and why.
    Left(String),
}

/// A step in the list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub number: usize,
    pub say: String,
    pub standing: Standing,
}

/// The end of a lesson.
#[derive(Clone)]
pub struct End {
    pub record: Record,
    pub whole: bool,
    pub other: Option<Stored>,
    /// The lesson that follows, in a sentence.
    pub next: String,
}

pub struct Scene<'a> {
    pub lesson: &'a Lesson,
    /// The lesson's number in the course.
    pub number: u8,
    pub how: String,
    pub place: Place,
    /// The step on the screen: its number, its words, whether it must fail.
    pub step: Option<(usize, StepText, bool)>,
    /// Of that step, once it is done.
    pub record: Option<StepRecord>,
    /// What is shown of it while it runs.
    pub live: Option<Drawing>,
    pub facts: Vec<Shown>,
    /// The facts before the step.
    pub earlier: Vec<Shown>,
    /// Whose sides are compared.
    pub actor: String,
    pub list: Vec<Listed>,
    /// Steps that are left out between the one before and this one.
    pub gap: Vec<Skipped>,
    pub end: Option<End>,
    /// The form: numbers or names, how much code. Its width is set by each pane.
    pub form: Screen,
    /// So many letters of the step are on the screen, where it is typed out.
    pub typed: Option<usize>,
    /// What the shell's pane is called; none where there is no shell.
    pub shell: Option<String>,
}

impl<'a> Scene<'a> {
    /// A step as it was recorded: yet to be done, or done, with the right answer. `number` is the lesson's in its course.
    pub fn recorded(
        (number, lesson): (u8, &'a Lesson),
        record: &StepRecord,
        before: &[Shown],
        after: &[Shown],
        place: Place,
    ) -> Scene<'a> {
        let (mut record, done) = (record.clone(), place == Place::Done);
        if let Some(question) = record.text.question.as_mut().filter(|_| done) {
            question.given = Some(question.answer.clone());
        }
        let listed = |(at, step): (usize, &Step)| {
            let standing = match at + 1 {
                _ if step.deeper => Standing::Left(Skipped::DEEPER.to_owned()),
                at if at < record.number => Standing::Done,
                at if at == record.number => Standing::Here,
                _ => Standing::Ahead,
            };
            Listed { number: at + 1, say: step.say.clone(), standing }
        };
        Scene {
            lesson,
            number,
            how: "recorded".to_owned(),
            place,
            actor: record.text.actor.clone(),
            list: lesson.steps.iter().enumerate().map(listed).collect(),
            step: Some((record.number, record.text.clone(), lesson.steps[record.number - 1].fails.is_some())),
            record: done.then_some(record),
            live: None,
            facts: if done { after.to_vec() } else { before.to_vec() },
            earlier: before.to_vec(),
            gap: Vec::new(),
            end: None,
            form: Screen::default(),
            typed: None,
            shell: None,
        }
    }

    /// Whether the step on the screen asks something that is not answered.
    pub fn asks(&self) -> bool {
        self.place == Place::Ahead && self.step.as_ref().is_some_and(|(_, text, _)| text.question.is_some())
    }
}
