//! What each key does while a lesson is stepped: the ones that lead on, and the ones that only show something.

use super::keys::{Event, Key};
use super::pane::{self, Wanted};
use super::session::{Next, Running};
use super::terminal::{self, Raw};
use crate::lesson::plan::Plan;
use crate::lesson::walk::Walk;
use crate::problem::{Problem, print, told};
use crate::show::table::paragraph;
use colored::Colorize;
use std::rc::Rc;

impl Running<'_> {
    /// What a key does. None: it has shown something, and the prompt comes again.
    /// `ahead`: the step on the screen is yet to be done; else it is the one that was done last.
    pub(super) fn key(&mut self, key: Key, ahead: bool) -> Result<Option<Next>, Problem> {
        let answer = |name: char| {
            let question = self.walk.next()?.1.predict?;
            question.options.contains_key(&name.to_string()).then(|| name.to_string())
        };
        let screen = &mut self.session.screen;
        match key {
            // A letter that names an option answers; elsewhere it is a command.
            Key::Char(name) if ahead && answer(name).is_some() => {
                print(&format!("{}\n", format!("> {name}").bold()))?;
                return Ok(Some(Next::Do(answer(name))));
            }
            Key::Enter | Key::Right | Key::Char('n' | ' ') => return Ok(Some(Next::Do(None))),
            // The step before the one on the screen. That one is done already when its evidence is shown.
            Key::Left | Key::Char('b' | 'B') => {
                return Ok(Some(Next::Go(self.walk.done.saturating_sub(if ahead { 1 } else { 2 }))));
            }
            Key::Char('q') | Key::Interrupt | Key::Escape => return Ok(Some(Next::Quit)),
            Key::Stop => {
                self.obey(nix::sys::signal::Signal::SIGTSTP);
                return Ok(Some(self.redraw(ahead)));
            }
            Key::Char(name @ ('c' | 'r' | 'y' | 'p')) => {
                let switch = |on: &mut bool, is: &'static str, is_not: &'static str| {
                    *on = !*on;
                    if *on { is } else { is_not }
                };
                let said = match name {
                    'c' => {
                        let (code, said) = screen.code.next();
                        screen.code = code;
                        said
                    }
                    'r' => switch(&mut screen.raw, "The kernel's own numbers are shown now.", "Names are shown again."),
                    'y' => {
                        let is_not = "Only the system calls that the lesson is about are shown again.";
                        switch(&mut screen.every_call, "Every system call is shown now.", is_not)
                    }
                    _ => switch(&mut screen.notes, "The presenter's notes are shown now.", "No notes are shown now."),
                };
                self.say(said)?;
                return Ok(Some(self.redraw(ahead)));
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
            Key::Char('s') => self.shell(false, ahead)?,
            Key::Char('S') => self.shell(true, ahead)?,
            Key::Char('?' | 'h') => print(&help(screen.width))?,
            Key::Char(name) => self.say(&format!("`{name}` is no key here; ? shows them all."))?,
            _ => {}
        }
        Ok(None)
    }

    /// A shell at this point: in a copy of the lab, or in this one. Where there can be none, that is said, and the
    /// lesson goes on.
    /// `ahead`: the step on the screen is not done yet, so it is a shell of who is to act.
    fn shell(&mut self, here: bool, ahead: bool) -> Result<(), Problem> {
        let actor = if ahead { self.walk.next_actor() } else { self.walk.actor() };
        let done = self.walk.last_number();
        let prompt = format!("{actor}@{}/{done}# ", self.session.lesson.id);
        let wanted = Wanted { actor: actor.clone(), prompt, command: None };
        let note = if here {
            "the lesson's own lab: what you change stays"
        } else {
            "a copy of the lab: nothing you do here can spoil the lesson"
        };
        self.say(&format!("A shell as {actor}, after step {done}, in {note}. `exit` leads back."))?;
        terminal::restore();
        let signals = Some(self.input.signals());
        let ended = if here {
            pane::run(&self.walk.lab, wanted, signals)
        } else {
            match self.walk.copy() {
                Ok(copy) => pane::run(&copy.lab, wanted, signals),
                Err(error) => Err((self.session.explain)(error)),
            }
        };
        // The one guard of `run` restores at the end; this one must not do so now.
        std::mem::forget(Raw::enter());
        self.input.forget();
        self.session.screen.width = terminal::width();
        if here {
            // Else the next step would be said to have done what was typed here, be it the end of an actor.
            let looked = self.walk.look_again().map_err(self.session.explain);
            if ended.is_ok() {
                looked?;
            }
        }
        match ended {
            Err(problem) => print(&told(&problem)),
            Ok(_) => Ok(()),
        }
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
                Event::Key(Key::Enter) if !text.is_empty() => break,
                Event::Key(Key::Enter | Key::Escape | Key::Interrupt) | Event::End => {
                    print("\n")?;
                    return Ok(None);
                }
                Event::Key(Key::Stop) => self.obey(nix::sys::signal::Signal::SIGTSTP),
                Event::Signal(signal) => self.obey(signal),
                Event::Key(_) => {}
            }
        }
        print("\n")?;
        let number: Option<usize> = text.parse().ok().filter(|number| (1..=self.of()).contains(number));
        let place = number.and_then(|number| self.walk.plan().steps.iter().position(|(at, _)| *at == number));
        match (number, place) {
            (None, _) => self.say(&format!("There is no step `{text}` here."))?,
            (Some(number), None) => {
                let skipped = self.walk.plan().skipped.iter().find(|it| it.number == number && !it.goes_deeper());
                let why = skipped.map(|it| format!("Step {number} is left out. {}", it.why));
                self.say(&why.unwrap_or(format!("Step {number} goes deeper: press d first, then jump.")))?;
            }
            _ => {}
        }
        Ok(place)
    }

    /// With or without the steps that go deeper, at the same step.
    fn deeper(&mut self) -> Result<Next, Problem> {
        self.session.wish.deeper = !self.session.wish.deeper;
        let here = self.walk.next().map_or(usize::MAX, |(number, _)| number);
        let plan = Rc::new(Plan::new(self.session.course, self.session.lesson, self.session.wish));
        // The first step that is not done: a deeper one right behind the last one done comes first.
        let last = self.walk.last_number();
        let place = plan.place(last + 1).unwrap_or(plan.steps.len());
        self.walk = Walk::at(plan, self.session.brought.clone(), place).map_err(self.session.explain)?;
        self.records.retain(|record| record.number < here);
        self.told = false;
        let said = if self.session.wish.deeper {
            "Steps that go deeper are included now."
        } else {
            "Steps that go deeper are left out again."
        };
        self.say(said)?;
        Ok(Next::Go(place))
    }
}

/// The keys, one a line; on a narrow screen what they do stands below them.
fn help(width: usize) -> String {
    const KEYS: [(&str, &str); 14] = [
        ("enter, →", "do the step; then the next"),
        ("a, b, c", "answer the question, and do the step"),
        ("b, ←", "back to the step before, in a fresh lab (← where b is an answer)"),
        ("j", "jump to a step"),
        ("s", "a shell at this point, in a copy of the lab"),
        ("S", "the same in the lesson's own lab"),
        ("i", "inside and outside, side by side"),
        ("g", "the picture of the lab as it is now"),
        ("c", "the first lines of each step's code, all of it, or none"),
        ("r", "the kernel's own numbers, or names"),
        ("y", "every system call, or those the lesson is about"),
        ("d", "with the steps that go deeper, or without"),
        ("p", "the presenter's notes"),
        ("q", "quit; progress is kept"),
    ];
    let mut text = String::from("\n");
    for (key, what) in KEYS {
        if width < 40 {
            text.push_str(&format!("{key}\n{}", paragraph(what, 2, width)));
        } else {
            text.push_str(&format!("   {key:11}{}", paragraph(what, 14, width).trim_start()));
        }
    }
    text
}
