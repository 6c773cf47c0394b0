//! A lesson, stepped by hand: show a step, wait for a key or an answer, do it, show the evidence.
//! Going back means a fresh lab in which the steps before are repeated; that takes milliseconds. Progress is noted after
//! every step, so a session that is cut short goes on where it was.

use super::keys::{Event, Input};
use super::live::Live;
use super::terminal::{self, Raw};
use crate::evidence::StepRecord;
use crate::evidence::stored::Stored;
use crate::lesson::model::Lesson;
use crate::lesson::plan::{Plan, Wish};
use crate::lesson::walk::{Walk, WalkError};
use crate::problem::{CANNOT, Problem, complain, print};
use crate::show::Screen;
use crate::show::table::paragraph;
use crate::stage::host::Brought;
use crate::state::progress::{self, Progress};
use colored::Colorize;
use nix::sys::signal::Signal;
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

/// What to do after a key was handled.
pub(super) enum Next {
    /// Do the step, with this answer.
    Do(Option<String>),
    /// A fresh lab in which so many steps are done.
    Go(usize),
    Redraw,
    Quit,
}

pub(super) struct Running<'a> {
    pub(super) session: Session<'a>,
    pub(super) walk: Walk,
    pub(super) input: Input,
    pub(super) records: Vec<StepRecord>,
    /// The step on the screen is done, and is to be shown again.
    pub(super) told: bool,
}

/// Steps through the lesson until its end or until the learner quits.
pub fn run(session: Session<'_>, input: Input) -> Result<Ended, Problem> {
    let plan = Rc::new(Plan::new(session.course, session.lesson, session.wish));
    let count = session.from.min(plan.steps.len());
    let walk = Walk::at(plan, session.brought.clone(), count).map_err(session.explain)?;
    let mut running = Running { session, walk, input, records: Vec::new(), told: false };
    running.session.progress.last = Some(running.session.lesson.id.clone());
    print(&running.session.screen.head(running.session.number, running.session.lesson, &running.session.how))?;
    let raw = Raw::enter()
        .map_err(|errno| Problem::new(CANNOT, format!("The terminal cannot be read key by key ({errno:?}).")));
    let _raw = raw?;
    let ended = running.steps()?;
    let farewell = running.farewell(ended);
    // The lab ends before the last word, so that this is true.
    drop(running);
    print(&farewell)?;
    Ok(ended)
}

impl Running<'_> {
    fn steps(&mut self) -> Result<Ended, Problem> {
        loop {
            let Some((number, step)) = self.walk.next() else { return self.end() };
            if self.session.to.is_some_and(|to| number > to) {
                return self.end();
            }
            if !self.told {
                print(&self.session.screen.gap(&self.walk.plan().skipped, self.walk.last_number(), number))?;
            }
            self.show_before()?;
            let unattended = self.session.break_at.is_some_and(|at| self.walk.done < at);
            let here = self.session.break_at == Some(self.walk.done);
            // Before a question and before a failure there is time to think; other steps are done as they are shown.
            let thinks = step.predict.is_some() || step.fails.is_some();
            let given = if here || (thinks && !unattended) {
                match self.wait(true)? {
                    Next::Do(given) => given,
                    Next::Go(place) => {
                        self.go(place)?;
                        continue;
                    }
                    Next::Redraw => continue,
                    Next::Quit => return Ok(Ended::Quit),
                }
            } else {
                None
            };
            let mut live = Live::new(self.session.screen.width);
            let record = self.walk.step_seen(given.clone(), &mut |now| live.take(now)).map_err(self.session.explain)?;
            drop(live);
            let Some(record) = record else { return self.end() };
            self.note(number, given.as_ref());
            self.records.retain(|it| it.number != number);
            self.records.push(record);
            loop {
                self.show_after()?;
                if unattended {
                    break;
                }
                match self.wait(false)? {
                    Next::Do(_) => break,
                    Next::Redraw => {
                        self.show_before()?;
                    }
                    Next::Go(place) => {
                        self.go(place)?;
                        break;
                    }
                    Next::Quit => return Ok(Ended::Quit),
                }
            }
        }
    }

    pub(super) fn of(&self) -> usize {
        self.session.lesson.steps.len()
    }

    /// The step that is to be done, or that was done last.
    fn show_before(&mut self) -> Result<(), Problem> {
        let (number, step) = match (self.walk.next(), self.records.last()) {
            // After `r`, `c` or a new size the step that was done is shown again.
            (_, Some(last)) if self.walk.done > 0 && self.is_last_done(last.number) && self.told => {
                let step = self.session.lesson.steps[last.number - 1].clone();
                (last.number, step)
            }
            (Some(next), _) => next,
            (None, _) => return Ok(()),
        };
        self.told = false;
        let text = self.walk.text(number, &step, None);
        print(&self.session.screen.before(number, self.of(), &text, step.fails.is_some()))
    }

    fn is_last_done(&self, number: usize) -> bool {
        self.walk.plan().steps.get(self.walk.done.wrapping_sub(1)).is_some_and(|(at, _)| *at == number)
    }

    fn show_after(&mut self) -> Result<(), Problem> {
        let Some(record) = self.records.last() else { return Ok(()) };
        print(&self.session.screen.after(record))
    }

    /// Waits for a key that leads on; handles those that only show something.
    /// `ahead`: the step on the screen is yet to be done; else it is the one that was done last.
    fn wait(&mut self, ahead: bool) -> Result<Next, Problem> {
        let next = self.walk.next().map(|(_, step)| step);
        let asks = next.as_ref().is_some_and(|step| step.predict.is_some());
        let fails = next.as_ref().is_some_and(|step| step.fails.is_some());
        let prompt = match (ahead, asks) {
            (true, false) if fails => {
                "enter try it anyway · s shell · b back · j jump · i inside/outside · ? more · q quit"
            }
            (true, true) => "abc answer · enter without an answer · s shell · ← back · j jump · ? more · q quit",
            (true, false) => "enter do it · s shell · b back · j jump · c code · i inside/outside · ? more · q quit",
            _ => "enter next · s shell · b back · j jump · c code · i inside/outside · r numbers · ? more · q quit",
        };
        loop {
            print(&format!("\n{}\n", fit(prompt, self.session.screen.width).dimmed()))?;
            let key = match self.input.wait() {
                Event::End => return Ok(Next::Quit),
                Event::Signal(signal) => {
                    self.obey(signal);
                    return Ok(self.redraw(ahead));
                }
                Event::Key(key) => key,
            };
            if let Some(next) = self.key(key, ahead)? {
                return Ok(next);
            }
        }
    }

    /// The step on the screen once more, in another form.
    pub(super) fn redraw(&mut self, ahead: bool) -> Next {
        self.told = !ahead;
        Next::Redraw
    }

    /// A sentence of the program's own, wrapped.
    pub(super) fn say(&self, sentence: &str) -> Result<(), Problem> {
        print(&paragraph(sentence, 0, self.session.screen.width))
    }

    /// A fresh lab at a place.
    fn go(&mut self, place: usize) -> Result<(), Problem> {
        let plan = Rc::new(self.walk.plan().clone());
        self.walk = Walk::at(plan, self.session.brought.clone(), place).map_err(self.session.explain)?;
        self.told = false;
        // Who has gone to a step wants to see it before it is done.
        self.session.break_at = Some(self.walk.done);
        let number = self.walk.next().map_or(usize::MAX, |(number, _)| number);
        self.records.retain(|record| record.number < number);
        Ok(())
    }

    /// Puts the terminal back, lets the signal do what it does, and after `fg` goes on.
    pub(super) fn obey(&mut self, signal: Signal) {
        if signal != Signal::SIGWINCH {
            terminal::restore();
            terminal::obey(signal);
            std::mem::forget(Raw::enter());
        }
        self.session.screen.width = terminal::width();
    }

    fn note(&mut self, number: usize, answer: Option<&String>) {
        self.session.progress.reached(&self.session.lesson.id, number, answer);
        self.keep();
    }

    fn keep(&mut self) {
        if let Err(sentence) = progress::save(&self.session.progress) {
            // Once is enough: the reason does not go away.
            static SAID: std::sync::Once = std::sync::Once::new();
            SAID.call_once(|| complain(&sentence.yellow()));
        }
    }

    /// The last word, when the lab is gone.
    fn farewell(&self, ended: Ended) -> String {
        let id = &self.session.lesson.id;
        let reached = self.session.progress.step(id);
        if ended != Ended::Quit {
            return String::new();
        }
        let next =
            if reached > 0 { format!(" `boxlab run {id}` goes on after step {reached}.") } else { String::new() };
        let text = format!("The lab is gone, and nothing is left of it.{next}");
        format!("\n{}", paragraph(&text, 0, self.session.screen.width))
    }

    fn end(&mut self) -> Result<Ended, Problem> {
        let record = self.walk.record(std::mem::take(&mut self.records));
        let whole = self.walk.next().is_none();
        if whole {
            self.session.progress.finished(&self.session.lesson.id);
            self.keep();
        }
        if let Some(other) = (self.session.recorded)(record.groups).filter(|_| whole) {
            print(&self.session.screen.other_version(self.session.lesson, &record, &other))?;
        }
        print(&self.session.screen.end(self.session.lesson, &record, whole))?;
        let place = self.session.course.iter().position(|it| it.id == self.session.lesson.id);
        if let Some(next) = place.and_then(|at| self.session.course.get(at + 1)).filter(|_| whole) {
            print("\n")?;
            self.say(&format!("Next: {} ({} minutes): `boxlab run {}`", next.title, next.minutes, next.id))?;
        } else if whole {
            print("\n")?;
            self.say("This is the last lesson of the course. `boxlab list` shows which are still open.")?;
        }
        Ok(Ended::Finished { holds: record.holds() })
    }
}

/// As much of a line of key names as fits: the first one and the last ones before those between.
pub fn fit(prompt: &str, width: usize) -> String {
    let pieces: Vec<&str> = prompt.split(" · ").collect();
    let last = pieces.len() - 1;
    let mut kept = vec![0];
    for at in [last, last.saturating_sub(1)].into_iter().chain(1..last.saturating_sub(1)) {
        if kept.contains(&at) {
            continue;
        }
        let mut longer = kept.clone();
        longer.push(at);
        longer.sort_unstable();
        let line: Vec<&str> = longer.iter().map(|at| pieces[*at]).collect();
        if textwrap::core::display_width(&line.join(" · ")) > width {
            break;
        }
        kept = longer;
    }
    kept.iter().map(|at| pieces[*at]).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_way_out_is_named_on_a_narrow_terminal_too() {
        let prompt = "enter next · s shell · b back · ? more · q quit";
        assert_eq!(super::fit(prompt, 80), prompt);
        assert_eq!(super::fit(prompt, 40), "enter next · s shell · ? more · q quit");
        assert_eq!(super::fit(prompt, 20), "enter next · q quit");
        assert_eq!(super::fit(prompt, 5), "enter next");
        assert_eq!(
            ["q quit", "enter next · q quit"].map(|short| super::fit(short, 80)),
            ["q quit", "enter next · q quit"]
        );
    }
}
