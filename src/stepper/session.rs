//! A lesson, stepped by hand: show a step, wait for a key or an answer, do it, show the evidence.
//! Going back means a fresh lab in which the steps before are repeated; that takes milliseconds. Progress is noted after
//! every step, so a session that is cut short goes on where it was.

use super::keys::{Event, Input, Key};
use super::pane::{self, Wanted};
use super::terminal::{self, Raw};
use crate::evidence::StepRecord;
use crate::lesson::model::Lesson;
use crate::lesson::plan::{Plan, Wish};
use crate::lesson::walk::{self, Walk, WalkError};
use crate::problem::{Problem, print};
use crate::show::Screen;
use crate::stage::host::Brought;
use crate::state::progress::{self, Progress};
use colored::Colorize;
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
    pub progress: Progress,
    pub explain: &'a dyn Fn(WalkError) -> Problem,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Finished { holds: bool },
    Quit,
}

/// What to do after a key was handled.
enum Next {
    /// Do the step, with this answer.
    Do(Option<String>),
    /// The step before, the one with this number, or this one with other steps around it.
    Go(usize),
    Redraw,
    Quit,
}

struct Running<'a> {
    session: Session<'a>,
    walk: Walk,
    input: Input,
    records: Vec<StepRecord>,
    told: bool,
}

/// Steps through the lesson until its end or until the learner quits.
pub fn run(session: Session<'_>, input: Input) -> Result<Ended, Problem> {
    let plan = Rc::new(Plan::new(session.course, session.lesson, session.wish));
    let count = session.from.min(plan.steps.len());
    let walk = Walk::at(plan, session.brought.clone(), count).map_err(session.explain)?;
    let mut running = Running { session, walk, input, records: Vec::new(), told: false };
    running.session.progress.last = Some(running.session.lesson.id.clone());
    print(&running.session.screen.head(running.session.number, running.session.lesson, &running.session.how))?;
    let raw =
        Raw::enter().map_err(|errno| Problem::new(3, format!("The terminal cannot be read key by key ({errno:?}).")));
    let _raw = raw?;
    running.steps()
}

impl Running<'_> {
    fn steps(&mut self) -> Result<Ended, Problem> {
        loop {
            let Some((number, step)) = self.walk.next() else { return self.end() };
            if self.session.to.is_some_and(|to| number > to) {
                return self.end();
            }
            self.show_before()?;
            let question = step.predict.is_some();
            let given = if question {
                match self.wait(true)? {
                    Next::Do(given) => given,
                    Next::Go(place) => {
                        self.go(place)?;
                        continue;
                    }
                    Next::Redraw => continue,
                    Next::Quit => return self.quit(),
                }
            } else {
                None
            };
            let record = self.walk.step(given.clone()).map_err(self.session.explain)?;
            let Some(record) = record else { return self.end() };
            self.note(number, given.as_ref());
            self.records.retain(|it| it.number != number);
            self.records.push(record);
            loop {
                self.show_after()?;
                match self.wait(false)? {
                    Next::Do(_) => break,
                    Next::Redraw => {
                        self.show_before()?;
                    }
                    Next::Go(place) => {
                        self.go(place)?;
                        break;
                    }
                    Next::Quit => return self.quit(),
                }
            }
        }
    }

    fn of(&self) -> usize {
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
        let text = walk::text(self.session.lesson, number, &step, None);
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
    fn wait(&mut self, question: bool) -> Result<Next, Problem> {
        let prompt = if question {
            "a b c answer · enter without an answer · s shell · b back · j jump · ? more · q quit"
        } else {
            "enter next · s shell · b back · j jump · c code · i inside/outside · r numbers · ? more · q quit"
        };
        loop {
            print(&format!("\n{}\n", super::session::fit(prompt, self.session.screen.width).dimmed()))?;
            let key = match self.input.wait() {
                Event::End => return Ok(Next::Quit),
                Event::Signal(nix::sys::signal::Signal::SIGWINCH) => {
                    self.session.screen.width = terminal::width();
                    self.told = !question;
                    return Ok(Next::Redraw);
                }
                Event::Signal(signal) => {
                    self.obey(signal)?;
                    self.told = !question;
                    return Ok(Next::Redraw);
                }
                Event::Key(key) => key,
            };
            if let Some(next) = self.key(key, question)? {
                return Ok(next);
            }
        }
    }

    /// What a key does. None: it has shown something, and the prompt comes again.
    fn key(&mut self, key: Key, question: bool) -> Result<Option<Next>, Problem> {
        let answer = |name: char| {
            let (_, step) = self.walk.next()?;
            let question = step.predict?;
            question.options.contains_key(&name.to_string()).then(|| name.to_string())
        };
        let redraw = |running: &mut Self| {
            running.told = !question;
            Ok(Some(Next::Redraw))
        };
        let screen = &mut self.session.screen;
        match key {
            // A letter that names an option answers; elsewhere it is a command.
            Key::Char(name) if question && answer(name).is_some() => {
                print(&format!("{}\n", format!("> {name}").bold()))?;
                return Ok(Some(Next::Do(answer(name))));
            }
            Key::Enter | Key::Right | Key::Char('n' | ' ') => return Ok(Some(Next::Do(None))),
            Key::Left | Key::Char('b' | 'B') => {
                // After a step this is that step again, before one it is the step before.
                return Ok(Some(Next::Go(self.walk.done.saturating_sub(1))));
            }
            Key::Char('q') | Key::Interrupt | Key::Escape => return Ok(Some(Next::Quit)),
            Key::Stop => {
                self.obey(nix::sys::signal::Signal::SIGTSTP)?;
                return redraw(self);
            }
            Key::Char('c') => {
                screen.whole_code = !screen.whole_code;
                return redraw(self);
            }
            Key::Char('r') => {
                screen.raw = !screen.raw;
                return redraw(self);
            }
            Key::Char('y') => {
                screen.every_call = !screen.every_call;
                return redraw(self);
            }
            Key::Char('p') => {
                screen.notes = !screen.notes;
                return redraw(self);
            }
            Key::Char('i') => {
                let (width, raw) = (screen.width, screen.raw);
                print(&crate::show::sides::sides(self.walk.facts(), &self.walk.actor(), width, raw))?;
            }
            Key::Char('g') => print(&format!("\n{}", crate::show::picture::picture(self.walk.facts(), screen.width)))?,
            Key::Char('d') => return self.deeper().map(Some),
            Key::Char('j') => {
                if let Some(place) = self.jump()? {
                    return Ok(Some(Next::Go(place)));
                }
            }
            Key::Char('s') => self.shell(false)?,
            Key::Char('S') => self.shell(true)?,
            Key::Char('?' | 'h') => print(HELP)?,
            _ => {}
        }
        Ok(None)
    }

    /// A shell at this point: in a copy of the lab, or in this one.
    fn shell(&mut self, here: bool) -> Result<(), Problem> {
        let actor = self.walk.actor();
        let place = self.walk.done;
        let wanted = Wanted { actor: actor.clone(), prompt: format!("{actor}# "), command: None };
        let note = if here {
            "the lesson's own lab: what you change stays"
        } else {
            "a copy of the lab: nothing you do here can spoil the lesson"
        };
        print(&format!("A shell as {actor} after {place} steps, in {note}. `exit` leads back.\n"))?;
        terminal::restore();
        let ended = if here {
            pane::run(&self.walk.lab, wanted, Some(self.input.signals()))
        } else {
            let copy = self.walk.copy().map_err(self.session.explain)?;
            pane::run(&copy.lab, wanted, Some(self.input.signals()))
        };
        let raw = Raw::enter();
        // The one guard of `run` restores at the end; this one must not do so now.
        std::mem::forget(raw);
        self.input.forget();
        ended.map(|_| ())
    }

    fn jump(&mut self) -> Result<Option<usize>, Problem> {
        let mut text = String::new();
        print(&format!("To step (1 to {}): ", self.of()))?;
        loop {
            match self.input.wait() {
                Event::Key(Key::Char(digit)) if digit.is_ascii_digit() && text.len() < 3 => {
                    text.push(digit);
                    print(&digit.to_string())?;
                }
                Event::Key(Key::Backspace) if text.pop().is_some() => print("\u{8} \u{8}")?,
                Event::Key(Key::Enter) => break,
                Event::Key(Key::Escape | Key::Interrupt) | Event::End => return Ok(None),
                _ => {}
            }
        }
        print("\n")?;
        let place = text.parse().ok().filter(|number| (1..=self.of()).contains(number));
        let place = place.and_then(|number| self.walk.plan().place(number));
        if place.is_none() {
            print(&format!("There is no step `{text}` here.\n"))?;
        }
        Ok(place)
    }

    /// A fresh lab at a place.
    fn go(&mut self, place: usize) -> Result<(), Problem> {
        let plan = Rc::new(self.walk.plan().clone());
        self.walk = Walk::at(plan, self.session.brought.clone(), place).map_err(self.session.explain)?;
        self.told = false;
        let number = self.walk.next().map_or(usize::MAX, |(number, _)| number);
        self.records.retain(|record| record.number < number);
        Ok(())
    }

    /// With or without the steps that go deeper, at the same step.
    fn deeper(&mut self) -> Result<Next, Problem> {
        self.session.wish.deeper = !self.session.wish.deeper;
        let here = self.walk.next().map_or(usize::MAX, |(number, _)| number);
        let plan = Rc::new(Plan::new(self.session.course, self.session.lesson, self.session.wish));
        // The first step that is not done: a deeper one right behind the last one done comes first.
        let last = self.walk.done.checked_sub(1).and_then(|at| self.walk.plan().steps.get(at)).map_or(0, |(at, _)| *at);
        let place = plan.place(last + 1).unwrap_or(plan.steps.len());
        self.walk = Walk::at(plan, self.session.brought.clone(), place).map_err(self.session.explain)?;
        self.records.retain(|record| record.number < here);
        self.told = false;
        let said = if self.session.wish.deeper {
            "Steps that go deeper are included now."
        } else {
            "Steps that go deeper are left out again."
        };
        print(&format!("{said}\n"))?;
        Ok(Next::Go(place))
    }

    /// Puts the terminal back, lets the signal do what it does, and after `fg` goes on.
    fn obey(&mut self, signal: nix::sys::signal::Signal) -> Result<(), Problem> {
        terminal::restore();
        terminal::obey(signal);
        std::mem::forget(Raw::enter());
        self.session.screen.width = terminal::width();
        Ok(())
    }

    fn note(&mut self, number: usize, answer: Option<&String>) {
        self.session.progress.reached(&self.session.lesson.id, number, answer);
        self.keep();
    }

    fn keep(&mut self) {
        if let Err(sentence) = progress::save(&self.session.progress) {
            // Once is enough: the reason does not go away.
            static SAID: std::sync::Once = std::sync::Once::new();
            SAID.call_once(|| eprintln!("{}", sentence.yellow()));
        }
    }

    fn quit(&mut self) -> Result<Ended, Problem> {
        let id = &self.session.lesson.id;
        let reached = self.session.progress.step(id);
        let next = if reached > 0 { format!("`boxlab run {id}` goes on after step {reached}.") } else { String::new() };
        print(&format!("\nThe lab is gone, and nothing is left of it. {next}\n"))?;
        Ok(Ended::Quit)
    }

    fn end(&mut self) -> Result<Ended, Problem> {
        let record = self.walk.record(std::mem::take(&mut self.records));
        let whole = self.walk.next().is_none();
        if whole {
            self.session.progress.finished(&self.session.lesson.id);
            self.keep();
        }
        print(&self.session.screen.end(self.session.lesson, &record))?;
        let place = self.session.course.iter().position(|it| it.id == self.session.lesson.id);
        if let Some(next) = place.and_then(|at| self.session.course.get(at + 1)).filter(|_| whole) {
            print(&format!("\nNext: {} ({} minutes): `boxlab run {}`\n", next.title, next.minutes, next.id))?;
        }
        Ok(Ended::Finished { holds: record.holds() })
    }
}

const HELP: &str = "
   enter, →   do the step; then the next
   a, b, c    answer the question, and do the step
   b, ←       back to the step before, in a fresh lab (← where b is an answer)
   j          jump to a step
   s          a shell at this point, in a copy of the lab
   S          the same in the lesson's own lab
   i          inside and outside, side by side
   g          the picture of the lab as it is now
   c          the whole code of each step, or its first lines
   r          the kernel's own numbers, or names
   y          every system call, or those the lesson is about
   d          with the steps that go deeper, or without
   p          the presenter's notes
   q          quit; progress is kept
";

/// As much of a line of key names as fits, cut between two of them.
fn fit(prompt: &str, width: usize) -> String {
    let mut line = String::new();
    for piece in prompt.split(" · ") {
        let longer = if line.is_empty() { piece.to_owned() } else { format!("{line} · {piece}") };
        if textwrap::core::display_width(&longer) > width && !line.is_empty() {
            break;
        }
        line = longer;
    }
    line
}
