//! `boxlab notes`: the presenter's second terminal. It follows the lesson that is being presented, shows the notes of its step,
//! the answer to its question and what comes next, a clock, and the minutes that were planned against those used. On a
//! terminal it stays from lesson to lesson; elsewhere it prints a line for each step and ends with the lesson.

use super::terminal::Full;
use super::theme::Theme;
use super::told::Now;
use crate::problem::{FAILED, Problem, print};
use crate::show::table::paragraph;
use crate::state::presenting;
use crate::stepper::keys::{Key, keys};
use crate::stepper::terminal::{self, Signals};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use ratatui::Frame;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{SystemTime, UNIX_EPOCH};

/// Which lesson: the one that is asked for, else the only one.
fn find(wanted: Option<&str>) -> Result<Option<UnixStream>, Problem> {
    if let Some(lesson) = wanted {
        return Ok(presenting::follow(lesson).ok());
    }
    let mut living = presenting::lessons().into_iter().filter_map(|it| Some((presenting::follow(&it).ok()?, it)));
    let first = living.next();
    match (first, living.next()) {
        (Some((_, one)), Some((_, other))) => Err(Problem::new(FAILED, "More than one lesson is being presented.")
            .because(format!("{one} and {other} are."))
            .next(format!("boxlab notes {one}"))),
        (first, _) => Ok(first.map(|(stream, _)| stream)),
    }
}

/// What a presenter says, line by line.
struct Following {
    stream: UnixStream,
    read: Vec<u8>,
}

impl Following {
    /// What is new; none inside: nothing yet. Errors: the presenter has gone.
    fn next(&mut self) -> Result<Option<Now>, ()> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => return Err(()),
            Ok(count) => self.read.extend(&bytes[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return Err(()),
        }
        // The newest line is what counts.
        let Some(end) = self.read.iter().rposition(|byte| *byte == b'\n') else { return Ok(None) };
        let lines: Vec<u8> = self.read.drain(..=end).collect();
        let last = lines[..end].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        Ok(serde_json::from_slice(last).ok())
    }
}

/// Follows line by line, until the lesson is over.
pub fn lines(wanted: Option<&str>, width: usize) -> Result<(), Problem> {
    let stream = find(wanted)?.ok_or_else(|| {
        let which = wanted.map_or("No lesson is".to_owned(), |it| format!("The lesson {it} is not"));
        Problem::new(FAILED, format!("{which} being presented."))
            .next("boxlab run LESSON --present, on the screen for the audience; then boxlab notes on another terminal")
    })?;
    let mut following = Following { stream, read: Vec::new() };
    while let Ok(now) = following.next() {
        let Some(now) = now else { continue };
        let done = if now.done { ", done" } else { "" };
        let head = format!("{} {}/{}{done}: {}", now.lesson, now.step, now.of, now.say);
        let notes = now.notes.map(|notes| paragraph(&notes, 3, width)).unwrap_or_default();
        print(&format!("{}{notes}", paragraph(&head, 0, width)))?;
    }
    Ok(())
}

/// Follows on a terminal of its own, from lesson to lesson, until q.
pub fn full(wanted: Option<&str>, theme: Theme, signals: &Signals) -> Result<(), Problem> {
    let mut screen = Full::enter()?;
    // Before the first look: what comes after it is not missed.
    let watch = watch();
    let mut following = find(wanted)?.map(|stream| Following { stream, read: Vec::new() });
    let mut now: Option<Now> = None;
    loop {
        let seen = now.as_ref();
        screen.draw(|frame| draw(frame, seen, following.is_some(), theme))?;
        let stdin = std::io::stdin();
        let watched = PollFlags::POLLIN;
        let mut waits = vec![PollFd::new(stdin.as_fd(), watched), PollFd::new(signals.as_fd(), watched)];
        match (&following, &watch) {
            (Some(following), _) => waits.push(PollFd::new(following.stream.as_fd(), watched)),
            (None, Some(watch)) => waits.push(PollFd::new(watch.as_fd(), watched)),
            (None, None) => {}
        }
        // The clock goes by seconds, and without a lesson by nothing but the folder.
        let to_second = 1000 - since_1970().subsec_millis();
        let limit = if following.is_some() || watch.is_none() {
            PollTimeout::try_from(to_second)
        } else {
            Ok(PollTimeout::NONE)
        };
        poll(&mut waits, limit.unwrap_or(PollTimeout::NONE)).ok();
        let ready = |at: usize| waits.get(at).and_then(PollFd::any).unwrap_or(false);
        let (typed, told) = (ready(0), ready(2));
        drop(waits);
        while let Some(signal) = signals.next() {
            match signal {
                Signal::SIGWINCH => screen.forget()?,
                Signal::SIGTSTP => screen.without(|| terminal::obey(Signal::SIGTSTP))?,
                other => {
                    terminal::restore();
                    terminal::obey(other);
                }
            }
        }
        if typed {
            let mut bytes = [0; 64];
            let count = nix::unistd::read(&stdin, &mut bytes).unwrap_or(0);
            match keys(&bytes[..count]).first() {
                None | Some(Key::Char('q') | Key::Interrupt | Key::Escape) => return Ok(()),
                Some(Key::Stop) => screen.without(|| terminal::obey(Signal::SIGTSTP))?,
                _ => {}
            }
        }
        match &mut following {
            Some(it) if told => match it.next() {
                Ok(Some(new)) => now = Some(new),
                Ok(None) => {}
                Err(()) => following = None,
            },
            Some(_) => {}
            None => {
                if let Some(watch) = &watch {
                    take(watch);
                }
                if let Some(stream) = find(wanted)? {
                    (following, now) = (Some(Following { stream, read: Vec::new() }), None);
                }
            }
        }
    }
}

/// Says when a lesson begins to be presented (inotify(7)).
fn watch() -> Option<OwnedFd> {
    let folder = presenting::folder()?;
    let state = folder.parent()?.to_owned();
    std::fs::create_dir_all(&state).ok()?;
    let watch = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
    // The folder comes and goes with its sockets, so that of the state is watched as well.
    add_watch(&watch, &state, WatchFlags::CREATE | WatchFlags::ONLYDIR).ok()?;
    add_watch(&watch, &folder, WatchFlags::CREATE | WatchFlags::ONLYDIR).ok();
    Some(watch)
}

/// Takes what has come, and watches the folder if it is a new one.
fn take(watch: &OwnedFd) {
    let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
    let mut reader = rustix::fs::inotify::Reader::new(watch, &mut buffer);
    while reader.next().is_ok() {}
    if let Some(folder) = presenting::folder() {
        add_watch(watch, &folder, WatchFlags::CREATE | WatchFlags::ONLYDIR).ok();
    }
}

fn since_1970() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// `3:07`
fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn draw(frame: &mut Frame<'_>, now: Option<&Now>, following: bool, theme: Theme) {
    let area = frame.area();
    let lines = text(now, following, since_1970().as_secs(), usize::from(area.width));
    for (at, line) in lines.iter().take(usize::from(area.height)).enumerate() {
        frame.buffer_mut().set_line(area.x, area.y + at as u16, line, area.width);
    }
    theme.finish(frame.buffer_mut());
}

/// What stands on the second terminal, at this second since 1970.
pub fn text(now: Option<&Now>, following: bool, second: u64, width: usize) -> Vec<Line<'static>> {
    let (bold, dim) = (Style::new().add_modifier(Modifier::BOLD), Style::new().add_modifier(Modifier::DIM));
    let mut lines = Vec::new();
    let mut say = |text: &str, indent: usize, style: Style| {
        lines.extend(paragraph(text, indent, width).lines().map(|line| Line::styled(line.to_owned(), style)));
    };
    let Some(now) = now else {
        say("No lesson is being presented. It begins with `boxlab run LESSON --present` on the other screen.", 0, bold);
        say("This waits for it; q leaves.", 0, dim);
        return lines;
    };
    let used = second.saturating_sub(now.began);
    // On time is whoever is not behind the end of this step.
    let late = used.saturating_sub(now.planned_before + now.planned_here);
    let style = if late > 60 { bold.fg(Color::Red) } else { bold };
    let place = if now.over { "the end".to_owned() } else { format!("step {} of {}", now.step, now.of) };
    say(&format!("Lesson {:02} · {} · {place}", now.number, now.title), 0, bold);
    let (planned, until) = (clock(now.planned), clock(now.planned_before + now.planned_here));
    let mut time = format!("used {} · planned for the end of this step {until} · for all {planned}", clock(used));
    if late > 0 {
        time.push_str(&format!(" · {} late", clock(late)));
    }
    say(&time, 0, style);
    if !following {
        say("The presenter has ended. This waits for the next lesson; q leaves.", 0, dim);
    }
    say("", 0, dim);
    let state = if now.done { "done" } else { "not done yet" };
    if now.step > 0 {
        say(&format!("{} ({state}): {}", now.actor, now.say), 0, Style::new());
    }
    if let Some(notes) = &now.notes {
        say("", 0, dim);
        say(notes, 0, bold);
    }
    if let Some(asked) = &now.question {
        say("", 0, dim);
        say(&format!("? {}", asked.ask), 0, Style::new());
        for (name, text) in &asked.options {
            let right = *name == asked.answer;
            say(
                &format!("{name}) {text}{}", if right { "  ✔" } else { "" }),
                2,
                if right { bold.fg(Color::Green) } else { dim },
            );
        }
        say(&asked.because, 2, dim);
    }
    if !now.why.is_empty() {
        say("", 0, dim);
        say(&now.why, 0, dim);
    }
    if let Some((number, next, notes)) = &now.next {
        say("", 0, dim);
        say(&format!("Next, {number}: {next}"), 0, Style::new());
        notes.iter().for_each(|notes| say(notes, 2, dim));
    }
    lines
}
