//! `{{#workshop MINUTES lessons L… shell N exercises E… breaks N}}`: how the time of a workshop is spent. The minutes are those of
//! the lessons and exercises themselves, so they add up for as long as the book is built: one that is too long is a mistake.

use super::Page;
use crate::book::html::escape;
use crate::lesson::load::Numbered;
use crate::lesson::words::instead;
use crate::problem::{Problem, WRONG};
use std::fmt::Write;

/// What may be in it, in this order.
const PARTS: [&str; 4] = ["lessons", "shell", "exercises", "breaks"];
const EXAMPLE: &str = "{{#workshop 240 lessons process..users shell 10 exercises hostname pids breaks 30}}";
/// A lesson is planned with the questions of a room on top, which take as long as the lesson.
const ROOM: u32 = 2;

impl Page<'_> {
    pub(super) fn workshop(&mut self, words: &[String]) -> Result<String, Problem> {
        let [minutes, parts @ ..] = words else { return Err(wrong("It wants the minutes of the whole.".to_owned())) };
        let whole = number(minutes)?;
        let said = |part: &str| -> Vec<&String> {
            let from = parts.iter().position(|word| word == part).map_or(parts.len(), |at| at + 1);
            parts[from..].iter().take_while(|word| !PARTS.contains(&word.as_str())).collect()
        };
        if let Some(first) = parts.first().filter(|word| !PARTS.contains(&word.as_str())) {
            return Err(wrong(format!("It has no part `{first}`: {}.", instead(first, PARTS))));
        }
        let mut rows: Vec<(String, u32)> = Vec::new();
        let mut lessons = 0;
        for word in said("lessons") {
            let (text, minutes, count) = self.lessons_of(word)?;
            rows.push((text, ROOM * minutes));
            lessons += count;
        }
        if let [each] = said("shell")[..] {
            let each = number(each)?;
            rows.push((format!("In the half-built container, {each} minutes after each lesson"), each * lessons));
        }
        let exercises = self.course.exercises()?;
        for name in said("exercises") {
            let it = super::exercise::found(&exercises, name)?;
            rows.push((format!("Exercise <code>{}</code>", escape(&it.exercise.id)), it.exercise.minutes));
        }
        if let [breaks] = said("breaks")[..] {
            rows.push(("Breaks".to_owned(), number(breaks)?));
        }
        let taken: u32 = rows.iter().map(|(_, minutes)| minutes).sum();
        let Some(left) = whole.checked_sub(taken) else {
            let what = format!("Its parts take {taken} minutes, and there are {whole}.");
            return Err(Problem::new(WRONG, what).next("leave something out, or plan more time"));
        };
        rows.push(("To begin, and to end".to_owned(), left));
        let rows = rows.iter().fold(String::new(), |mut out, (text, minutes)| {
            let _ = write!(out, "<tr><td>{text}</td><td>{minutes}</td></tr>");
            out
        });
        Ok(format!(
            "<div class=\"table-wrapper\"><table class=\"workshop\"><thead><tr><th scope=\"col\">What</th>\
             <th scope=\"col\">Minutes</th></tr></thead><tbody>{rows}<tr><th scope=\"row\">Together</th>\
             <td>{whole}</td></tr></tbody></table></div>"
        ))
    }

    /// A lesson, or `FIRST..LAST`: in words, its minutes, and how many lessons it is.
    fn lessons_of(&self, word: &str) -> Result<(String, u32, u32), Problem> {
        let (first, last) = word.split_once("..").unwrap_or((word, word));
        let (first, last) = (self.course.lesson(first)?, self.course.lesson(last)?);
        let all: Vec<&Numbered> =
            self.course.lessons().iter().filter(|it| (first.number..=last.number).contains(&it.number)).collect();
        let minutes = all.iter().map(|it| it.lesson.minutes).sum();
        let text = match all.len() {
            0 => return Err(wrong(format!("`{word}` is no lesson: the first stands after the last."))),
            1 => format!("{}, with questions", self.lesson_link(first)),
            _ => format!("{} to {}, with questions", self.lesson_link(first), self.lesson_link(last)),
        };
        Ok((text, minutes, u32::try_from(all.len()).unwrap_or(0)))
    }
}

fn number(word: &str) -> Result<u32, Problem> {
    word.parse().map_err(|_| wrong(format!("`{word}` is no number of minutes.")))
}

fn wrong(what: String) -> Problem {
    Problem::new(WRONG, what).next(EXAMPLE)
}
