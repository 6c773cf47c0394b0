//! What each key does while a lesson is stepped: the ones that lead on, and the ones that only show something.

use super::keys::{Event, Key};
use super::pane::{self, Wanted};
use super::session::{Next, Running};
use super::terminal::{self, Raw};
use crate::problem::{Problem, print, told};
use crate::show::table::paragraph;
use colored::Colorize;

impl Running<'_> {
    /// What a key does. None: it has shown something, and the prompt comes again.
    /// `ahead`: the step on the screen is yet to be done; else it is the one that was done last.
    pub(super) fn key(&mut self, key: Key, ahead: bool) -> Result<Option<Next>, Problem> {
        let answer = |name: char| {
            let question = self.engine.walk.next()?.1.predict?;
            question.options.contains_key(&name.to_string()).then(|| name.to_string())
        };
        let screen = &mut self.engine.session.screen;
        match key {
            // A letter that names an option answers; elsewhere it is a command.
            Key::Char(name) if ahead && answer(name).is_some() => {
                print(&format!("{}\n", format!("> {name}").bold()))?;
                return Ok(Some(Next::Do(answer(name))));
            }
            Key::Enter | Key::Right | Key::Char('n' | ' ') => return Ok(Some(Next::Do(None))),
            // The step before the one on the screen. That one is done already when its evidence is shown.
            Key::Left | Key::Char('b' | 'B') => {
                return Ok(Some(Next::Go(self.engine.before(ahead))));
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
                print(&crate::show::sides::sides(self.engine.walk.facts(), &self.engine.walk.actor(), width, raw))?;
            }
            Key::Char('g') => {
                print(&format!("\n{}", crate::show::picture::picture(self.engine.walk.facts(), screen.width)))?
            }
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
        let actor = if ahead { self.engine.walk.next_actor() } else { self.engine.walk.actor() };
        let done = self.engine.walk.last_number();
        let prompt = format!("{actor}@{}/{done}# ", self.engine.session.lesson.id);
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
            pane::run(&self.engine.walk.lab, wanted, signals)
        } else {
            match self.engine.walk.copy() {
                Ok(copy) => pane::run(&copy.lab, wanted, signals),
                Err(error) => Err((self.engine.session.explain)(error)),
            }
        };
        // The one guard of `run` restores at the end; this one must not do so now.
        std::mem::forget(Raw::enter());
        self.input.forget();
        self.engine.session.screen.width = terminal::width();
        if here {
            // Else the next step would be said to have done what was typed here, be it the end of an actor.
            let looked = self.engine.walk.look_again().map_err(self.engine.session.explain);
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
        print(&format!("To step (1 to {}): ", self.engine.of()))?;
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
        match self.engine.place_of(&text) {
            Ok(place) => Ok(Some(place)),
            Err(sentence) => self.say(&sentence).map(|()| None),
        }
    }

    /// With or without the steps that go deeper, at the same step.
    fn deeper(&mut self) -> Result<Next, Problem> {
        let said = self.engine.deeper()?;
        self.told = false;
        self.say(said)?;
        Ok(Next::Go(self.engine.walk.done))
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
