//! What directives ask for, made from lessons, records and sources. One file a kind; here their names, and what a page
//! knows while it is made.

mod code;
mod exercise;
mod exercise_checks;
mod exercise_code;
mod fact;
mod lesson;
mod picture;
mod quiz;
mod recording;
mod reference;
mod step;
mod versions;
mod workshop;

use super::course::{Course, Told};
use super::html::Mark;
use crate::lesson::shelf::Kept;
use crate::lesson::words::instead;
use crate::problem::{Problem, WRONG};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

/// All directives. Those that stand in a sentence are inline.
const NAMES: [&str; 19] = [
    "lesson",
    "step",
    "quiz",
    "picture",
    "code",
    "fact",
    "try",
    "summary",
    "docker",
    "manual",
    "errnos",
    "manuals",
    "engines",
    "minutes",
    "presenter",
    "versions",
    "recording",
    "exercise",
    "workshop",
];

/// Whether it may stand in the middle of a line.
pub fn is_inline(name: &str) -> bool {
    matches!(name, "fact" | "manual")
}

/// A list of what stands in the chapters, where a search should find it. (A block of Markdown that begins with a comment
/// would end with that.)
fn listed(block: &str) -> String {
    format!("<div>{}</div>", Mark::Unsearched.on(block))
}

/// What pages before this one have shown: an id may be there once in the whole book, since one page has all of it.
#[derive(Debug, Default)]
pub struct Seen {
    ids: BTreeSet<String>,
    /// How many groups of buttons there are.
    groups: usize,
}

/// A page that is being made.
pub struct Page<'a> {
    course: &'a Course,
    seen: &'a mut Seen,
    /// The lesson that directives mean where they name none: that of the last `lesson`.
    lesson: Option<String>,
    /// The code that this page has shown, and at which step; nothing where it stands by itself.
    codes: BTreeMap<String, String>,
    /// Its file, for messages.
    source: String,
}

/// A lesson, the numbers of steps, and further words of a directive.
struct Asked {
    told: Rc<Told>,
    numbers: Vec<usize>,
    more: Vec<String>,
}

impl<'a> Page<'a> {
    pub fn new(course: &'a Course, seen: &'a mut Seen, source: &Path) -> Page<'a> {
        let source = source.display().to_string();
        Page { course, seen, lesson: None, codes: BTreeMap::new(), source }
    }

    /// What stands in the place of a directive.
    pub fn make(&mut self, name: &str, words: &[String]) -> Result<String, Problem> {
        match name {
            "lesson" => self.lesson_head(words),
            "summary" => self.summary(words),
            "docker" => self.docker(words),
            "try" => self.try_it(words),
            "step" => self.steps(words),
            "quiz" => self.quiz(words),
            "picture" => self.picture(words),
            "code" => self.code(words),
            "fact" => self.fact(words),
            "manual" => self.manual(words),
            "errnos" => self.errnos(),
            "manuals" => Ok(self.manuals()),
            "engines" => Ok(listed(&self.engines())),
            "minutes" => Ok(self.minutes()),
            "presenter" => self.presenter(words).map(|it| listed(&it)),
            "recording" => self.recording(words),
            "versions" => self.versions(words),
            "exercise" => self.exercise(words),
            "workshop" => self.workshop(words),
            other => Err(Problem::new(WRONG, format!("There is no directive `{other}`."))
                .next(instead(other, NAMES.iter().copied()))),
        }
    }

    /// Reads `[LESSON] [NUMBER | FROM-TO] [WORD…]`. Words that are no number must be among `known`.
    fn asked(&self, words: &[String], known: &[&str]) -> Result<Asked, Problem> {
        let records = [("v1", Kept::Groups1), ("v2", Kept::Usual), ("subids", Kept::Subids)];
        let is_number = |word: &str| word.starts_with(|letter: char| letter.is_ascii_digit());
        let is_word = |word: &str| known.contains(&word) || records.iter().any(|(name, _)| *name == word);
        let mut words = words.iter().map(String::as_str).peekable();
        let named = words.next_if(|word| !is_number(word) && !is_word(word));
        let Some(lesson) = named.or(self.lesson.as_deref()) else {
            return Err(Problem::new(WRONG, "It names no lesson, and no `{{#lesson …}}` stands before it.")
                .next("name one: {{#step hostname 3}}"));
        };
        let (mut numbers, mut which, mut more) = (Vec::new(), None, Vec::new());
        for word in words {
            if is_number(word) {
                numbers.extend(range(word)?);
            } else if let Some((_, kept)) = records.iter().find(|(name, _)| *name == word) {
                which = Some(*kept);
            } else if is_word(word) {
                more.push(word.to_owned());
            } else {
                let all = known.iter().copied().chain(records.iter().map(|(name, _)| *name));
                return Err(Problem::new(WRONG, format!("It knows no word `{word}`.")).next(instead(word, all)));
            }
        }
        let told = self.course.told(lesson, which)?;
        Ok(Asked { told, numbers, more })
    }

    /// An id for something that can be linked to; none where a page before has it.
    fn id(&mut self, id: &str) -> String {
        if self.seen.ids.insert(id.to_owned()) { format!(" id=\"{id}\"") } else { String::new() }
    }
}

impl Asked {
    /// The one step that is asked for.
    fn number(&self) -> Result<usize, Problem> {
        match self.numbers.as_slice() {
            [one] => Ok(*one),
            _ => Err(Problem::new(WRONG, "It wants the number of one step.").next("{{#quiz hostname 3}}")),
        }
    }

    fn has(&self, word: &str) -> bool {
        self.more.iter().any(|it| it == word)
    }
}

/// `3` or `4-6`.
fn range(word: &str) -> Result<std::ops::RangeInclusive<usize>, Problem> {
    let (from, to) = word.split_once('-').unwrap_or((word, word));
    match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) if from <= to && to < 1000 => Ok(from..=to),
        _ => Err(Problem::new(WRONG, format!("`{word}` is no step: it takes a number, or two: 4-6."))),
    }
}
