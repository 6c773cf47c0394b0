//! A lesson, stepped by hand line by line: show a step, wait for a key or an answer, do it, show the evidence.
//! What happens is the engine's; this is the face that any terminal and any screen reader can show.

pub use super::engine::{Ended, Session};

use super::engine::Engine;
use super::keys::{Event, Input};
use super::live::Live;
use super::terminal::{self, Raw};
use crate::problem::{CANNOT, Problem, complain, print};
use crate::show::table::paragraph;
use colored::Colorize;
use nix::sys::signal::Signal;

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
    pub(super) engine: Engine<'a>,
    pub(super) input: Input,
    /// The step on the screen is done, and is to be shown again.
    pub(super) told: bool,
}

/// Steps through the lesson until its end or until the learner quits.
pub fn run(session: Session<'_>, input: Input) -> Result<Ended, Problem> {
    let engine = Engine::start(session)?;
    let mut running = Running { engine, input, told: false };
    let session = &running.engine.session;
    print(&session.screen.head(session.number, session.lesson, &session.how))?;
    let raw = Raw::enter()
        .map_err(|errno| Problem::new(CANNOT, format!("The terminal cannot be read key by key ({errno:?}).")));
    let _raw = raw?;
    let ended = running.steps()?;
    let width = running.engine.session.screen.width;
    let farewell = if ended == Ended::Quit {
        format!("\n{}", paragraph(&running.engine.farewell(), 0, width))
    } else {
        String::new()
    };
    // The lab ends before the last word, so that this is true.
    drop(running);
    print(&farewell)?;
    Ok(ended)
}

impl Running<'_> {
    fn steps(&mut self) -> Result<Ended, Problem> {
        loop {
            let Some((number, step)) = self.engine.due() else { return self.end() };
            if !self.told {
                let walk = &self.engine.walk;
                print(&self.engine.session.screen.gap(&walk.plan().skipped, walk.last_number(), number))?;
            }
            self.show_before()?;
            let unattended = self.engine.is_unattended();
            let given = if self.engine.waits_before(&step) {
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
            let mut live = Live::new(self.engine.session.screen.width);
            let acted = self.engine.act(given, &mut |now| live.take(now))?;
            drop(live);
            if let Some(sentence) = self.engine.unkept.take() {
                complain(&sentence.yellow());
            }
            if !acted {
                return self.end();
            }
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

    /// The step that is to be done, or that was done last.
    fn show_before(&mut self) -> Result<(), Problem> {
        // After `r`, `c` or a new size the step that was done is shown again.
        let again = self.engine.last().filter(|_| self.told).map(|it| it.number);
        let again = again.map(|number| (number, self.engine.session.lesson.steps[number - 1].clone()));
        let Some((number, step)) = again.or_else(|| self.engine.walk.next()) else { return Ok(()) };
        self.told = false;
        let text = self.engine.walk.text(number, &step, None);
        print(&self.engine.session.screen.before(number, self.engine.of(), &text, step.fails.is_some()))
    }

    fn show_after(&mut self) -> Result<(), Problem> {
        let Some(record) = self.engine.records.last() else { return Ok(()) };
        print(&self.engine.session.screen.after(record))
    }

    /// Waits for a key that leads on; handles those that only show something.
    /// `ahead`: the step on the screen is yet to be done; else it is the one that was done last.
    fn wait(&mut self, ahead: bool) -> Result<Next, Problem> {
        let next = self.engine.walk.next().map(|(_, step)| step);
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
            print(&format!("\n{}\n", fit(prompt, self.engine.session.screen.width).dimmed()))?;
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
        print(&paragraph(sentence, 0, self.engine.session.screen.width))
    }

    /// A fresh lab at a place.
    fn go(&mut self, place: usize) -> Result<(), Problem> {
        self.told = false;
        self.engine.go(place)
    }

    /// Puts the terminal back, lets the signal do what it does, and after `fg` goes on.
    pub(super) fn obey(&mut self, signal: Signal) {
        if signal != Signal::SIGWINCH {
            terminal::restore();
            terminal::obey(signal);
            std::mem::forget(Raw::enter());
        }
        self.engine.session.screen.width = terminal::width();
    }

    fn end(&mut self) -> Result<Ended, Problem> {
        let (record, whole) = self.engine.finish();
        let session = &self.engine.session;
        if let Some(other) = (session.recorded)(record.groups).filter(|_| whole) {
            print(&session.screen.other_version(session.lesson, &record, &other))?;
        }
        print(&session.screen.end(session.lesson, &record, whole))?;
        if let Some(next) = self.engine.following().filter(|_| whole) {
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
        assert_eq!(super::fit("one", 80), "one");
        assert_eq!(super::fit("one · two", 80), "one · two");
    }
}
