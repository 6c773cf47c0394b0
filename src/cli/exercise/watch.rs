//! `boxlab exercise watch`: checks anew whenever something was saved. Keys: r again, h hint, s solution, n next, q quit.

use super::check::judged;
use super::hint;
use super::place::{Place, place};
use super::solution::Solution;
use super::start;
use crate::cli::scope::enter_if_needed;
use crate::practice::changes::Changes;
use crate::practice::load::Exercises;
use crate::practice::tell;
use crate::practice::verdict::Status;
use crate::problem::{Problem, complain, print};
use crate::stepper::keys::{Key, keys};
use crate::stepper::terminal::{self, Raw, Signals};
use clap::Args;
use colored::Colorize;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use std::io::IsTerminal;
use std::os::fd::AsFd;

/// Where inotify says nothing, the folder is looked at so often, in milliseconds.
const EVERY: u16 = 1000;
/// An editor that saves does several things; the check begins when it has been quiet for so long.
const QUIET: u16 = 30;

#[derive(Args)]
#[command(
    after_help = "Example:\n  boxlab exercise watch     in a second terminal beside the editor\n\nKeys: r check again, h the next hint, s the solution, n the next exercise, q quit."
)]
pub struct Watch {
    /// The exercise, or its folder; the one here if left out
    name: Option<String>,
}

/// What is to be done.
enum Wish {
    Check(String),
    Hint,
    Solution,
    Next,
    Quit,
    Nothing,
}

impl Watch {
    pub fn run(&self, exercises: &Exercises) -> Result<u8, Problem> {
        let mut now = place(exercises, self.name.as_deref())?;
        // Of all exercises, since `n` goes on to the next one.
        enter_if_needed(exercises.all.iter().flat_map(|it| &it.exercise.needs));
        let signals = Signals::take()
            .map_err(|errno| Problem::new(crate::problem::CANNOT, format!("signals cannot be read: {errno:?}")))?;
        let on_terminal = std::io::stdin().is_terminal();
        let mut raw = on_terminal.then(Raw::enter).transpose().ok().flatten();
        let mut changes = Changes::of(&now.folder);
        let mut wish = Wish::Check(String::new());
        let mut passed = false;
        let mut gone = false;
        loop {
            match wish {
                Wish::Check(why) => {
                    // What the learner has written last counts, also of the file that says how it is started.
                    match place(exercises, now.folder.to_str()) {
                        Ok(place) => now = place,
                        Err(problem) => complain(&crate::problem::told(&problem).trim_end()),
                    }
                    passed = show(exercises, &now, &why)?;
                }
                Wish::Hint => {
                    let hints = &now.it.exercise.hints;
                    let text = hint::text(hints, hint::taken(&now.it.exercise.id, hints.len()), terminal::width());
                    print(&format!("\n{text}{}", keys_of(passed)))?;
                }
                Wish::Solution => {
                    let solution = Solution::of(now.folder.to_string_lossy().into_owned());
                    print("\n")?;
                    if let Err(problem) = solution.run(exercises) {
                        complain(&crate::problem::told(&problem).trim_end());
                    }
                    print(&keys_of(passed))?;
                }
                Wish::Next => match next(exercises, &now, passed) {
                    Ok(place) => {
                        now = place;
                        changes = Changes::of(&now.folder);
                        passed = show(exercises, &now, "")?;
                    }
                    Err(problem) => complain(&crate::problem::told(&problem).trim_end()),
                },
                Wish::Quit => {
                    drop(raw);
                    return Ok(if passed { 0 } else { crate::problem::FAILED });
                }
                Wish::Nothing => {}
            }
            wish = wait(&mut changes, &signals, on_terminal, &mut raw);
            if changes.is_there() == gone {
                gone = !gone;
                print(&format!(
                    "\n{} {}\n",
                    now.folder.display(),
                    if gone { "is gone. Waiting until it is back." } else { "is back." }
                ))?;
            }
            if gone && matches!(wish, Wish::Check(_)) {
                wish = Wish::Nothing;
            }
        }
    }
}

/// Checks, and says how it went. True: it passed.
fn show(exercises: &Exercises, now: &Place<'_>, why: &str) -> Result<bool, Problem> {
    if !why.is_empty() {
        print(&format!("\n{}\n", format!("── {why}").dimmed()))?;
    }
    let verdict = judged(exercises, now);
    let passed = verdict.status == Status::Passed;
    let text = tell::text(&now.it.exercise.title, &verdict, terminal::width());
    print(&format!("{text}{}", keys_of(passed)))?;
    Ok(passed)
}

/// What can be typed now; it stands below whatever is said.
fn keys_of(passed: bool) -> String {
    let keys =
        if passed { "n next · s solution · r again · q quit" } else { "h hint · r again · s solution · q quit" };
    format!("\n{}\n", keys.dimmed())
}

/// Waits for a key, a signal, or a change.
fn wait(changes: &mut Changes, signals: &Signals, keyboard: bool, raw: &mut Option<Raw>) -> Wish {
    loop {
        if let Some(signal) = signals.next() {
            match signal {
                Signal::SIGWINCH => {}
                Signal::SIGINT => return Wish::Quit,
                other => {
                    let was_raw = raw.take().is_some();
                    terminal::obey(other);
                    *raw = was_raw.then(Raw::enter).transpose().ok().flatten();
                }
            }
        }
        let stdin = std::io::stdin();
        let (watched, none) = (PollFlags::POLLIN, PollFlags::empty());
        let mut waits = vec![PollFd::new(signals.as_fd(), watched)];
        waits.push(PollFd::new(stdin.as_fd(), if keyboard { watched } else { none }));
        waits.extend(changes.watch().map(|watch| PollFd::new(watch, watched)));
        poll(&mut waits, EVERY).ok();
        let ready = |at: usize| waits.get(at).and_then(PollFd::any).unwrap_or(false);
        let (typed, told) = (keyboard && ready(1), ready(2));
        drop(waits);
        if typed {
            let mut bytes = [0; 64];
            let count = nix::unistd::read(&stdin, &mut bytes).unwrap_or(0);
            return match keys(&bytes[..count]).last() {
                None | Some(Key::Interrupt | Key::Char('q')) => Wish::Quit,
                Some(Key::Char('r') | Key::Enter) => Wish::Check("again".to_owned()),
                Some(Key::Char('h')) => Wish::Hint,
                Some(Key::Char('s')) => Wish::Solution,
                Some(Key::Char('n')) => Wish::Next,
                Some(Key::Stop) => {
                    raw.take();
                    terminal::obey(Signal::SIGTSTP);
                    *raw = Raw::enter().ok();
                    Wish::Check("again".to_owned())
                }
                _ => Wish::Nothing,
            };
        }
        if told {
            settle(changes);
        }
        let there = changes.is_there();
        if let Some(path) = changes.any() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Wish::Check(format!("{name} was saved"));
        }
        if !there {
            return Wish::Nothing;
        }
    }
}

/// Until nothing has happened in the folder for a moment.
fn settle(changes: &Changes) {
    loop {
        changes.take();
        let Some(watch) = changes.watch() else { return };
        if poll(&mut [PollFd::new(watch, PollFlags::POLLIN)], PollTimeout::from(QUIET)) != Ok(1) {
            return;
        }
    }
}

/// The next exercise, begun in a folder beside.
fn next<'a>(exercises: &'a Exercises, now: &Place<'_>, passed: bool) -> Result<Place<'a>, Problem> {
    if !passed {
        return Err(Problem::new(crate::problem::FAILED, "This one has not passed yet.").next("h, for a hint"));
    }
    let at = exercises.all.iter().position(|it| it.exercise.id == now.it.exercise.id).unwrap_or(0);
    let Some(next) = exercises.all.get(at + 1) else {
        return Err(Problem::new(0, "This was the last exercise."));
    };
    let folder = now.folder.with_file_name(&next.exercise.id);
    if !folder.exists() {
        start::unpack(exercises, next, Some(&now.attempt.language), &folder)?;
    }
    print(&format!("\n{}\n{}\n\n", folder.display().to_string().bold(), next.exercise.goal))?;
    place(exercises, folder.to_str())
}
