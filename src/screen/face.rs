//! The face: what is on the screen now, and what leads on from here. It holds the engine, the shell, the clocks and the view,
//! and draws after each thing that has happened.

use super::content::{content, letters};
use super::draw::{draw, inside, places};
use super::events::Event;
use super::scene::{End, Place};
use super::shell::Shell;
use super::terminal::{Full, size};
use super::theme::Theme;
use super::time::Time;
use super::told::Speaker;
use super::view::{Above, Pane, View};
use crate::evidence::drawing::Drawing;
use crate::evidence::record::Shown;
use crate::problem::Problem;
use crate::state::presenting::Claim;
use crate::stepper::engine::{Ended, Engine, Session};
use crate::stepper::terminal::{self, Signals};
use nix::sys::signal::Signal;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How the lesson is to be shown.
pub struct Wishes {
    pub theme: Theme,
    pub mouse: bool,
    /// For an audience, and with this socket for the notes.
    pub presenting: Option<Claim>,
    /// Steps are typed out.
    pub typed: bool,
    /// A step follows the one before by itself after this time.
    pub pause: Option<Duration>,
}

/// Fast enough for the eye, where something is drawn while a step runs.
const FRAME: Duration = Duration::from_millis(50);

pub struct Face<'a> {
    pub(super) engine: Engine<'a>,
    pub(super) full: Full,
    pub(super) signals: Signals,
    pub(super) view: View,
    pub(super) place: Place,
    pub(super) shell: Option<Shell>,
    pub(super) speaker: Option<Speaker>,
    pub(super) time: Time,
    typed: bool,
    /// The facts before the step that was done last.
    pub(super) earlier: Vec<Shown>,
    /// Whose sides are compared. The lab is asked for it, which it cannot be while a shell runs in it.
    pub(super) actor: String,
    pub(super) end: Option<End>,
    pub(super) began: u64,
    /// Enter was pressed at a question before an audience; once more goes on without an answer.
    pub(super) warned: bool,
    /// The session is over.
    pub(super) over: Option<Ended>,
}

/// Shows the lesson until its end or until the learner quits.
pub fn run(session: Session<'_>, wishes: Wishes, signals: Signals) -> Result<Ended, Problem> {
    let engine = Engine::start(session)?;
    let mut view = View::new(wishes.theme);
    (view.mouse, view.presenting) = (wishes.mouse, wishes.presenting.is_some());
    // What `show` paints is read by the panes; whether the screen has colours is decided at the end of each frame.
    colored::control::set_override(true);
    let began = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
    let mut face = Face {
        full: Full::enter()?,
        place: if engine.walk.done == 0 && engine.session.break_at.is_none() { Place::Intro } else { Place::Ahead },
        engine,
        signals,
        view,
        shell: None,
        speaker: wishes.presenting.map(Speaker::new),
        time: Time::with(wishes.pause),
        typed: wishes.typed,
        earlier: Vec::new(),
        actor: String::new(),
        end: None,
        began,
        warned: false,
        over: None,
    };
    let ended = face.until_over();
    let farewell = if matches!(ended, Ok(Ended::Quit)) { face.engine.farewell() } else { String::new() };
    let unkept = face.engine.unkept.take();
    let width = face.engine.session.screen.width;
    // The lab ends and the terminal is as it was before the last word, so that this is true.
    drop(face);
    colored::control::unset_override();
    let ended = ended?;
    if let Some(sentence) = unkept {
        crate::problem::complain(&sentence);
    }
    if !farewell.is_empty() {
        crate::problem::print(&crate::show::table::paragraph(&farewell, 0, width))?;
    }
    Ok(ended)
}

impl<'a> Face<'a> {
    fn until_over(&mut self) -> Result<Ended, Problem> {
        if self.view.mouse {
            self.full.set_mouse(true)?;
        }
        match self.place {
            Place::Intro => self.actor = self.engine.walk.next_actor(),
            _ => self.show()?,
        }
        self.time.begin();
        loop {
            if let Some(ended) = self.over {
                return Ok(ended);
            }
            self.draw()?;
            self.tell();
            // What goes on by itself does not do so behind somebody's back.
            let waits = self.view.above == Above::Nothing && self.view.focus != Pane::Shell;
            let until = self.time.until().filter(|_| waits);
            for event in self.wait(until) {
                self.happened(event)?;
                if self.over.is_some() {
                    break;
                }
            }
        }
    }

    fn happened(&mut self, event: Event) -> Result<(), Problem> {
        match event {
            Event::Typed(bytes) => {
                self.typed_in(&bytes)?;
                self.time.begin();
            }
            Event::Signal(signal) => self.signal(signal)?,
            Event::Shell { readable, writable, ended } => self.shell_did(readable, writable, ended)?,
            Event::Followers => self.speaker.iter_mut().for_each(Speaker::look),
            Event::Time => {
                if self.time.tick() {
                    self.typed_out()?;
                } else if self.time.is_over() {
                    self.warned = true;
                    self.next()?;
                    self.time.begin();
                }
            }
            Event::End => self.over = Some(Ended::Quit),
        }
        Ok(())
    }

    fn signal(&mut self, signal: Signal) -> Result<(), Problem> {
        match signal {
            Signal::SIGWINCH => self.full.forget(),
            Signal::SIGTSTP => self.stop(),
            other => {
                // The presenter's socket goes, as with every polite end.
                self.speaker = None;
                terminal::restore();
                terminal::obey(other);
                Ok(())
            }
        }
    }

    /// Ctrl-Z, until `fg`.
    pub(super) fn stop(&mut self) -> Result<(), Problem> {
        self.full.without(|| terminal::obey(Signal::SIGTSTP))
    }

    /// What comes after what is on the screen.
    pub(super) fn next(&mut self) -> Result<(), Problem> {
        match self.place {
            Place::Intro | Place::Done => self.show(),
            Place::Ahead if self.view.presenting && self.scene().asks() && !self.warned => {
                self.warned = true;
                self.view.message =
                    "The question is not answered: a, b or c. Enter once more goes on without.".to_owned();
                Ok(())
            }
            Place::Ahead => self.act(None),
            Place::Doing => Ok(()),
            Place::End => {
                self.over = Some(self.finished());
                Ok(())
            }
        }
    }

    pub(super) fn finished(&self) -> Ended {
        Ended::Finished { holds: self.end.as_ref().is_none_or(|end| end.record.holds()) }
    }

    /// The facts are others now, though no step was done.
    pub(super) fn looked_again(&mut self) {
        self.earlier = self.engine.walk.facts().to_vec();
        self.actor = if self.place == Place::Done { self.engine.walk.actor() } else { self.engine.walk.next_actor() };
    }

    /// Shows the step that is due, and does it where nobody needs to think before.
    pub(super) fn show(&mut self) -> Result<(), Problem> {
        loop {
            if self.blocked() {
                return Ok(());
            }
            self.view.unscroll();
            self.warned = false;
            if self.view.presenting {
                // An audience sees the next step, whatever it was shown last.
                (self.view.zoom, self.view.focus) = (false, Pane::Step);
            }
            let Some((_, step)) = self.engine.due() else { return self.finish() };
            self.place = Place::Ahead;
            self.earlier = self.engine.walk.facts().to_vec();
            self.actor = self.engine.walk.next_actor();
            let unattended = self.engine.is_unattended();
            if self.typed && !unattended {
                return self.type_out();
            }
            if self.waits(&step) {
                return Ok(());
            }
            self.act(None)?;
            if !unattended || self.over.is_some() {
                return Ok(());
            }
        }
    }

    /// Before an audience each step waits: somebody has to say what it is for.
    fn waits(&self, step: &crate::lesson::model::Step) -> bool {
        self.engine.waits_before(step) || (self.view.presenting && !self.engine.is_unattended())
    }

    fn type_out(&mut self) -> Result<(), Problem> {
        let scene = self.scene();
        let text = content(&scene, &self.view, Pane::Step, size().as_size(), true);
        let all = letters(&text.pinned) + letters(&text.body);
        self.time.type_out(all);
        Ok(())
    }

    /// The step is typed out.
    pub(super) fn typed_out(&mut self) -> Result<(), Problem> {
        self.time.begin();
        match self.engine.due() {
            Some((_, step)) if self.place == Place::Ahead && !self.waits(&step) => self.act(None),
            _ => Ok(()),
        }
    }

    /// Does the step on the screen.
    pub(super) fn act(&mut self, given: Option<String>) -> Result<(), Problem> {
        if self.blocked() {
            return Ok(());
        }
        self.time.all_letters();
        self.place = Place::Doing;
        self.view.message.clear();
        self.draw()?;
        self.earlier = self.engine.walk.facts().to_vec();
        let mut scene = self.scene();
        let (full, view, shell) = (&mut self.full, &self.view, &self.shell);
        let mut shown = Instant::now();
        let mut live = |now: &Drawing| {
            if shown.elapsed() >= FRAME {
                shown = Instant::now();
                scene.live = Some(now.clone());
                // A terminal that has gone is found out by the next frame.
                full.draw(|frame| draw(frame, &scene, view, shell.as_ref().map(Shell::screen))).ok();
            }
        };
        let acted = self.engine.act(given, &mut live)?;
        if let Some(sentence) = self.engine.unkept.take() {
            self.view.message = sentence;
        }
        if !acted {
            return self.finish();
        }
        self.place = Place::Done;
        self.actor = self.engine.walk.actor();
        self.view.unscroll();
        Ok(())
    }

    /// A fresh lab at a place of the plan.
    pub(super) fn go(&mut self, place: usize) -> Result<(), Problem> {
        if self.blocked() {
            return Ok(());
        }
        self.time.all_letters();
        self.engine.go(place)?;
        self.end = None;
        self.show()
    }

    fn finish(&mut self) -> Result<(), Problem> {
        let (record, whole) = self.engine.finish();
        let other = (self.engine.session.recorded)(record.groups).filter(|_| whole);
        let next = match self.engine.following().filter(|_| whole) {
            Some(next) => format!("Next: {} ({} minutes): `boxlab run {}`", next.title, next.minutes, next.id),
            None if whole => {
                "This is the last lesson of the course. `boxlab list` shows which are still open.".to_owned()
            }
            None => String::new(),
        };
        self.end = Some(End { record, whole, other, next });
        self.place = Place::End;
        self.view.unscroll();
        self.view.set_scroll(Pane::Step, Some(0));
        Ok(())
    }

    /// Whether the lab is busy with a shell of its own. Then that is said.
    pub(super) fn blocked(&mut self) -> bool {
        let busy = self.shell.as_ref().is_some_and(Shell::is_here);
        if busy {
            self.view.message = "The shell is in the lesson's own lab: end it first, with `exit`.".to_owned();
        }
        busy
    }

    pub(super) fn draw(&mut self) -> Result<(), Problem> {
        let scene = self.scene();
        let areas = places(size(), &scene, &self.view);
        if let (Some(shell), Some(area)) = (&mut self.shell, areas.of(Pane::Shell)) {
            let area = inside(area);
            shell.resize(area.height, area.width);
        }
        let (view, shell) = (&self.view, self.shell.as_ref().map(Shell::screen));
        self.full.draw(|frame| draw(frame, &scene, view, shell))
    }

    fn tell(&mut self) {
        if self.speaker.is_none() {
            return;
        }
        let now = self.now();
        self.speaker.iter_mut().for_each(|speaker| speaker.tell(&now));
    }
}
