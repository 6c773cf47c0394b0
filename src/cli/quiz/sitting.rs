//! Asking: at a terminal key by key, else line by line. Each answer is kept at once, so a sitting can end anywhere.

use super::questions::Question;
use crate::evidence::record::Question as Words;
use crate::lesson::step_text::{layout, step_text};
use crate::problem::{CANNOT, Problem, complain, print};
use crate::show::Screen;
use crate::show::quiz::{Asked, letter};
use crate::show::table::paragraph;
use crate::state::{self, quiz};
use crate::stepper::keys::{Event, Input, Key};
use crate::stepper::session::fit;
use crate::stepper::terminal::{self, Raw, Signals};
use colored::Colorize;
use std::io::{BufRead, IsTerminal, Read};

/// A line that is longer is no answer, and its rest is the next.
const LONGEST: u64 = 4096;

/// What the learner says to a question.
enum Said {
    /// By its place on the screen.
    Option(usize),
    /// Show me.
    Unknown,
    Quit,
    /// Neither: as it was typed.
    Other(String),
    /// The screen has another size, or was left and is back.
    Redraw,
}

/// Whoever answers.
enum Learner {
    Terminal(Input, #[allow(dead_code, reason = "it is dropped at the end")] Raw),
    Lines,
}

/// How a sitting went.
#[derive(Default)]
struct Sum {
    asked: usize,
    right: usize,
    /// When the first of those that were asked comes again.
    next: Option<u64>,
    told: bool,
}

pub fn run(questions: &[Question<'_>]) -> Result<(), Problem> {
    let by_hand = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let mut learner = if by_hand {
        let unread = |errno| Problem::new(CANNOT, format!("The terminal cannot be read key by key ({errno:?})."));
        let signals = Signals::take().map_err(unread)?;
        Learner::Terminal(Input::new(signals), Raw::enter().map_err(unread)?)
    } else {
        Learner::Lines
    };
    let mut sum = Sum::default();
    for (at, question) in questions.iter().enumerate() {
        let place = format!("{}/{}", at + 1, questions.len());
        if !ask(&mut learner, question, &place, &mut sum)? || (at + 1 < questions.len() && !learner.goes_on()?) {
            break;
        }
    }
    drop(learner);
    let now = state::now();
    let next = sum.next.map(|next| format!(" The first of them comes again {}.", quiz::when(next, now)));
    let text = match sum.asked {
        0 => "Nothing was answered, and all stays due.".to_owned(),
        1 => format!("{} of 1 right.", sum.right),
        asked => format!("{} of {asked} right.{}", sum.right, next.unwrap_or_default()),
    };
    print(&format!("\n{}", paragraph(&text, 0, terminal::width())))
}

/// One question. False: the learner has had enough.
fn ask(learner: &mut Learner, question: &Question<'_>, place: &str, sum: &mut Sum) -> Result<bool, Problem> {
    let lesson = question.lesson;
    let Some(step) = lesson.steps.get(question.step - 1) else { return Ok(true) };
    let groups = lesson.needs.iter().any(|need| !need.controllers().is_empty()).then(|| layout(lesson, 2));
    let told = step_text(&[], groups.as_ref(), question.step, step, None);
    let Some(words) = told.question.clone() else { return Ok(true) };
    let from = format!("{}, step {}", lesson.id, question.step);
    let order = question.order();
    let asked = Asked { place, from: &from, step: &told, question: &words, order: &order };
    print(&screen().asked_again(&asked))?;
    let given = loop {
        match learner.answer(&words)? {
            Said::Option(at) => break order.get(at),
            Said::Unknown => break None,
            Said::Quit => return Ok(false),
            Said::Redraw => print(&screen().asked_again(&asked))?,
            Said::Other(typed) => {
                let last = letter(order.len().saturating_sub(1));
                let text = format!("`{typed}` is no answer: a to {last}, or 1 to {}; q quits.", order.len());
                print(&paragraph(&text, 0, terminal::width()))?;
            }
        }
    };
    if let Some(at) = given.and_then(|name| order.iter().position(|own| own == name)) {
        print(&format!("{}\n", format!("> {}", letter(at)).bold()))?;
    }
    print(&screen().answered_again(&asked, given.map(String::as_str)))?;
    let right = given == Some(&words.answer);
    let now = state::now();
    let (kept, said) = quiz::answered(&lesson.id, &words.ask, right, now);
    let again = format!(
        "It comes again {}. See it happen: boxlab run {} --from {}",
        quiz::when(kept.due, now),
        lesson.id,
        question.step
    );
    print(&format!("\n{}", paragraph(&again, 3, terminal::width()).dimmed()))?;
    if let Some(said) = said.filter(|_| !sum.told) {
        complain(&said.yellow());
        sum.told = true;
    }
    sum.asked += 1;
    sum.right += usize::from(right);
    sum.next = sum.next.into_iter().chain([kept.due]).min();
    Ok(true)
}

fn screen() -> Screen {
    Screen { width: terminal::width(), ..Screen::default() }
}

impl Learner {
    fn answer(&mut self, words: &Words) -> Result<Said, Problem> {
        let count = words.options.len();
        let option = |typed: char| {
            (0..count).find(|at| {
                letter(*at) == typed.to_ascii_lowercase() || char::from_digit(*at as u32 + 1, 10) == Some(typed)
            })
        };
        let Learner::Terminal(input, _) = self else { return Ok(line(option)) };
        let letters: String = (0..count).map(letter).collect();
        key_line(&format!("{letters} answer · enter show the answer · q quit"))?;
        Ok(match input.wait() {
            Event::End | Event::Key(Key::Char('q') | Key::Interrupt | Key::Escape) => Said::Quit,
            Event::Key(Key::Enter) => Said::Unknown,
            Event::Key(Key::Char(typed)) => option(typed).map_or(Said::Other(typed.to_string()), Said::Option),
            Event::Key(Key::Stop) => obey(nix::sys::signal::Signal::SIGTSTP),
            Event::Signal(signal) => obey(signal),
            Event::Key(_) => Said::Redraw,
        })
    }

    /// Between two questions. False: no further one.
    fn goes_on(&mut self) -> Result<bool, Problem> {
        let Learner::Terminal(input, _) = self else { return Ok(true) };
        loop {
            key_line("enter next · q quit")?;
            match input.wait() {
                Event::End | Event::Key(Key::Char('q') | Key::Interrupt | Key::Escape) => return Ok(false),
                Event::Key(Key::Enter | Key::Right | Key::Char('n' | ' ')) => return Ok(true),
                Event::Key(Key::Stop) => drop(obey(nix::sys::signal::Signal::SIGTSTP)),
                Event::Signal(signal) => drop(obey(signal)),
                Event::Key(_) => {}
            }
        }
    }
}

fn key_line(keys: &str) -> Result<(), Problem> {
    print(&format!("\n{}\n", fit(keys, terminal::width()).dimmed()))
}

/// The next line that says something; a line that is empty asks for the answer.
fn line(option: impl Fn(char) -> Option<usize>) -> Said {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST).read_until(b'\n', &mut bytes);
    if !read.is_ok_and(|count| count > 0) {
        return Said::Quit;
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim();
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (None, _) => Said::Unknown,
        (Some('q'), None) => Said::Quit,
        (Some(typed), None) => option(typed).map_or(Said::Other(typed.to_string()), Said::Option),
        _ => Said::Other(text.chars().take(40).collect()),
    }
}

/// Puts the terminal back, lets the signal do what it does, and after `fg` goes on.
fn obey(signal: nix::sys::signal::Signal) -> Said {
    if signal != nix::sys::signal::Signal::SIGWINCH {
        terminal::restore();
        terminal::obey(signal);
        std::mem::forget(Raw::enter());
    }
    Said::Redraw
}
