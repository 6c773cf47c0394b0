//! A lesson that is stepped, whatever it looks like: which step is due, whether it waits, doing it, going elsewhere, the
//! end. The line by line stepper (`session`) and the full screen are two faces of it. It prints nothing.
//! Going back means a fresh lab in which the steps before are repeated; that takes milliseconds. Progress is noted after
//! every step, so a session that is cut short goes on where it was.

use crate::evidence::StepRecord;
use crate::evidence::drawing::Drawing;
use crate::evidence::record::Record;
use crate::evidence::stored::Stored;
use crate::lesson::model::{Lesson, Step};
use crate::lesson::plan::{Plan, Wish};
use crate::lesson::walk::{Walk, WalkError};
use crate::problem::Problem;
use crate::show::Screen;
use crate::stage::host::Brought;
use crate::state::progress::{self, Progress};
use std::rc::Rc;

/// What a session is started with.
pub struct Session<'a> {
    pub course: &'a [Lesson],
    pub number: u8,
    pub lesson: &'a Lesson,
    pub how: String,
    pub screen: Screen,
    pub wish: Wish,
    pub brought: Rc<Brought>,
    /// How many steps are done at the start.
    pub from: usize,
    /// The last step's number to be done.
    pub to: Option<usize>,
    /// Up to here nothing is asked; then it stops before the step, as a debugger does. A place in the plan.
    pub break_at: Option<usize>,
    pub progress: Progress,
    pub explain: &'a dyn Fn(WalkError) -> Problem,
    /// What was recorded in the other version of control groups than that of this run.
    pub recorded: &'a dyn Fn(Option<u8>) -> Option<Stored>,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Finished { holds: bool },
    Quit,
}

/// The session, and where it is.
pub struct Engine<'a> {
    pub session: Session<'a>,
    pub walk: Walk,
    /// Of the steps that were done since the last jump, and those before them.
    pub records: Vec<StepRecord>,
    /// Why progress is not kept, until somebody has told it. It is said once.
    pub unkept: Option<String>,
    said: bool,
}

impl<'a> Engine<'a> {
    /// A lab at the place where the session begins.
    pub fn start(session: Session<'a>) -> Result<Engine<'a>, Problem> {
        let plan = Rc::new(Plan::new(session.course, session.lesson, session.wish));
        let count = session.from.min(plan.steps.len());
        let walk = Walk::at(plan, session.brought.clone(), count).map_err(session.explain)?;
        let mut engine = Engine { session, walk, records: Vec::new(), unkept: None, said: false };
        engine.session.progress.last = Some(engine.session.lesson.id.clone());
        Ok(engine)
    }

    /// How many steps the lesson has.
    pub fn of(&self) -> usize {
        self.session.lesson.steps.len()
    }

    /// The step that is due; none at the end.
    pub fn due(&self) -> Option<(usize, Step)> {
        self.walk.next().filter(|(number, _)| self.session.to.is_none_or(|to| *number <= to))
    }

    /// Whether this step is done without anybody being asked, since somebody wants to be further on.
    pub fn is_unattended(&self) -> bool {
        self.session.break_at.is_some_and(|at| self.walk.done < at)
    }

    /// Whether a step waits before it is done. Before a question and before a failure there is time to think; other steps are
    /// done as they are shown.
    pub fn waits_before(&self, step: &Step) -> bool {
        let here = self.session.break_at == Some(self.walk.done);
        here || ((step.predict.is_some() || step.fails.is_some()) && !self.is_unattended())
    }

    /// Does the step that is due; false where there is none. Its record is the last one then.
    pub fn act(&mut self, given: Option<String>, live: &mut dyn FnMut(&Drawing)) -> Result<bool, Problem> {
        let record = self.walk.step_seen(given.clone(), live).map_err(self.session.explain)?;
        let Some(record) = record else { return Ok(false) };
        self.session.progress.reached(&self.session.lesson.id, record.number, given.as_ref());
        self.keep();
        self.records.retain(|it| it.number != record.number);
        self.records.push(record);
        Ok(true)
    }

    /// The record of the step that was done last, if it was done here and not silently.
    pub fn last(&self) -> Option<&StepRecord> {
        self.records.last().filter(|it| self.walk.done > 0 && it.number == self.walk.last_number())
    }

    /// The place of the step before the one on the screen. `ahead`: that one is yet to be done.
    pub fn before(&self, ahead: bool) -> usize {
        self.walk.done.saturating_sub(if ahead { 1 } else { 2 })
    }

    /// A fresh lab at a place of the plan.
    pub fn go(&mut self, place: usize) -> Result<(), Problem> {
        let plan = Rc::new(self.walk.plan().clone());
        self.walk = Walk::at(plan, self.session.brought.clone(), place).map_err(self.session.explain)?;
        // Who has gone to a step wants to see it before it is done.
        self.session.break_at = Some(self.walk.done);
        let number = self.walk.next().map_or(usize::MAX, |(number, _)| number);
        self.records.retain(|record| record.number < number);
        Ok(())
    }

    /// The place of a step's number, or a sentence that says why it has none.
    pub fn place_of(&self, typed: &str) -> Result<usize, String> {
        let number = typed.parse().ok().filter(|number| (1..=self.of()).contains(number));
        let number: usize = number.ok_or_else(|| format!("There is no step `{typed}` here."))?;
        let place = self.walk.plan().steps.iter().position(|(at, _)| *at == number);
        place.ok_or_else(|| {
            let skipped = self.walk.plan().skipped.iter().find(|it| it.number == number && !it.goes_deeper());
            let why = skipped.map(|it| format!("Step {number} is left out. {}", it.why));
            why.unwrap_or(format!("Step {number} goes deeper: press d first, then jump."))
        })
    }

    /// With or without the steps that go deeper, at the same step. Gives a sentence that says which.
    pub fn deeper(&mut self) -> Result<&'static str, Problem> {
        self.session.wish.deeper = !self.session.wish.deeper;
        let here = self.walk.next().map_or(usize::MAX, |(number, _)| number);
        let plan = Rc::new(Plan::new(self.session.course, self.session.lesson, self.session.wish));
        // The first step that is not done: a deeper one right behind the last one done comes first.
        let last = self.walk.last_number();
        let place = plan.place(last + 1).unwrap_or(plan.steps.len());
        self.walk = Walk::at(plan, self.session.brought.clone(), place).map_err(self.session.explain)?;
        self.records.retain(|record| record.number < here);
        self.session.break_at = Some(self.walk.done);
        Ok(if self.session.wish.deeper {
            "Steps that go deeper are included now."
        } else {
            "Steps that go deeper are left out again."
        })
    }

    /// The end: the record, and whether the whole lesson was taken.
    pub fn finish(&mut self) -> (Record, bool) {
        let record = self.walk.record(self.records.clone());
        let whole = self.walk.next().is_none();
        if whole {
            self.session.progress.finished(&self.session.lesson.id);
            self.keep();
        }
        (record, whole)
    }

    /// The lesson that follows.
    pub fn following(&self) -> Option<&'a Lesson> {
        let place = self.session.course.iter().position(|it| it.id == self.session.lesson.id)?;
        self.session.course.get(place + 1)
    }

    /// What is said of the end by hand, once the lab is gone.
    pub fn farewell(&self) -> String {
        let id = &self.session.lesson.id;
        let reached = self.session.progress.step(id);
        let next =
            if reached > 0 { format!(" `boxlab run {id}` goes on after step {reached}.") } else { String::new() };
        format!("The lab is gone, and nothing is left of it.{next}")
    }

    fn keep(&mut self) {
        if let Some(sentence) = progress::keep(&self.session.progress, &self.session.lesson.id)
            && !self.said
        {
            // Once is enough: the reason does not go away.
            self.said = true;
            self.unkept = Some(sentence);
        }
    }
}
