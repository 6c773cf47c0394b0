//! A lesson as a recording of a terminal: asciicast of version 2, which asciinema plays. The times are reckoned from how much there
//! is to read, so the same record gives the same file, to the letter.

use super::Screen;
use crate::evidence::record::Record;
use crate::lesson::model::Lesson;
use serde_json::json;
use std::fmt::Write;

/// The terminal that it is shown on, in cells.
const WIDTH: usize = 80;
const HEIGHT: usize = 28;
/// Milliseconds: for each word that is read, between two outputs, before a question is answered, and the longest wait.
const WORD: u64 = 160;
const PAUSE: u64 = 900;
const THINK: u64 = 2500;
const LONGEST: u64 = 9000;

/// The file, with a marker at each step.
pub fn cast(number: u8, lesson: &Lesson, record: &Record) -> String {
    let screen = Screen { width: WIDTH, ..Screen::default() };
    let mut out = format!(
        "{}\n",
        json!({ "version": 2, "width": WIDTH, "height": HEIGHT, "title": format!("Boxlab, lesson {}", lesson.id) })
    );
    let mut time = 0;
    let mut event = |kind: &str, text: &str, then: u64| {
        let _ = writeln!(out, "[{}.{:03}, \"{kind}\", {}]", time / 1000, time % 1000, json!(text));
        time += then;
    };
    let shown = |text: &str| text.replace('\n', "\r\n");
    let read = |text: &str| {
        let words = u64::try_from(text.split_whitespace().count()).unwrap_or(LONGEST);
        (PAUSE + words * WORD).min(LONGEST)
    };
    let head = screen.head(number, lesson, &format!("recorded on Linux {}", record.kernel));
    event("o", &shown(&head), read(&head));
    let mut last = 0;
    for step in &record.steps {
        let gap = screen.gap(&record.skipped, last, step.number);
        last = step.number;
        event("m", &format!("{} {}", step.number, step.text.say), 0);
        let before = screen.before(step.number, lesson.steps.len(), &step.text, step.evidence.failed.is_some());
        let think = if step.text.question.is_some() { THINK } else { 0 };
        event("o", &shown(&format!("{gap}{before}")), read(&before) + think);
        let after = screen.after(step);
        event("o", &shown(&after), read(&after));
    }
    let end = screen.end(lesson, record, true);
    event("m", "What was built", 0);
    event("o", &shown(&end), PAUSE);
    event("o", "", 0);
    out
}
