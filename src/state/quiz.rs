//! When a question of a finished lesson is asked again: Leitner's boxes. A question that is answered rightly goes on to the
//! next box, which waits twice as long; one that is not goes back to the first. It is kept by its lesson and its words, so
//! that steps can be put before it in a later version, and a question that is worded anew is a new one.

use super::document::Document;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

const DOCUMENT: Document = Document {
    file: Cow::Borrowed("quiz.json"),
    version: 1,
    anew: "the quiz starts anew",
    unkept: "Nothing of this is kept",
};

/// How long the questions of each box wait, in days.
const BOXES: [u64; 5] = [1, 2, 4, 8, 16];
const DAY: u64 = 24 * 60 * 60;
/// Who comes at about the same hour each day finds due what waits a day.
const EARLY: u64 = 4 * 60 * 60;

/// The file: by lesson, then by question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiz {
    #[serde(default)]
    pub lessons: BTreeMap<String, BTreeMap<String, Asked>>,
}

/// A question that was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The number of its box, from 1.
    #[serde(rename = "box")]
    pub place: usize,
    /// In seconds since 1970.
    pub due: u64,
    #[serde(default)]
    pub asked: usize,
    #[serde(default)]
    pub right: usize,
}

impl Quiz {
    pub fn of(&self, lesson: &str, ask: &str) -> Option<&Asked> {
        self.lessons.get(lesson)?.get(ask)
    }
}

impl Asked {
    /// Also where the clock was set back, and it would wait longer than any box does.
    pub fn is_due(&self, now: u64) -> bool {
        self.due <= now || self.due > now + BOXES[BOXES.len() - 1] * DAY
    }

    /// A new question comes from the first box.
    fn answered(before: Option<&Asked>, right: bool, now: u64) -> Asked {
        let was = before.cloned().unwrap_or(Asked { place: 1, due: now, ..Asked::default() });
        let counted =
            Asked { asked: was.asked.saturating_add(1), right: was.right.saturating_add(right.into()), ..was.clone() };
        if right && !was.is_due(now) {
            // It was known before it was due, which proves nothing about the time when it will be.
            return counted;
        }
        let place = if right { was.place.saturating_add(1).clamp(1, BOXES.len()) } else { 1 };
        Asked { place, due: now + BOXES[place - 1] * DAY - EARLY, ..counted }
    }
}

/// What is kept; and a sentence where that cannot be read.
pub fn load() -> (Quiz, Option<String>) {
    DOCUMENT.load()
}

/// Keeps an answer, and says when the question comes again. A sentence where that cannot be kept: that stops nobody.
pub fn answered(lesson: &str, ask: &str, right: bool, now: u64) -> (Asked, Option<String>) {
    let mut is = Asked::default();
    let said = DOCUMENT.change(|quiz: &mut Quiz| {
        let questions = quiz.lessons.entry(lesson.to_owned()).or_default();
        is = Asked::answered(questions.get(ask), right, now);
        questions.insert(ask.to_owned(), is.clone());
    });
    (is, said)
}

/// `tomorrow`, `in 4 days`: as one says it.
pub fn when(due: u64, now: u64) -> String {
    let wait = due.saturating_sub(now);
    let some = |number: u64, word: &str| format!("in {number} {word}{}", if number == 1 { "" } else { "s" });
    match wait {
        0 => "now".to_owned(),
        1..3600 => some(wait.div_ceil(60), "minute"),
        3600..43_200 => some(wait.div_ceil(3600), "hour"),
        43_200..129_600 => "tomorrow".to_owned(),
        _ => some((wait + DAY / 2) / DAY, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn right_answers_make_it_wait_longer_and_a_wrong_one_begins_anew() {
        let mut is: Option<Asked> = None;
        let mut now = NOW;
        for days in [2, 4, 8, 16, 16] {
            let next = Asked::answered(is.as_ref(), true, now);
            assert_eq!(next.due, now + days * DAY - EARLY);
            assert!(!next.is_due(now) && next.is_due(next.due));
            now = next.due;
            is = Some(next);
        }
        let wrong = Asked::answered(is.as_ref(), false, now);
        assert_eq!((wrong.place, wrong.due, wrong.asked, wrong.right), (1, now + DAY - EARLY, 6, 5));
    }

    #[test]
    fn before_it_is_due_only_a_wrong_answer_changes_when_it_comes() {
        let first = Asked::answered(None, true, NOW);
        let early = Asked::answered(Some(&first), true, NOW + 60);
        assert_eq!((early.place, early.due, early.asked), (first.place, first.due, 2));
        assert_eq!(Asked::answered(Some(&first), false, NOW + 60).place, 1);
    }

    #[test]
    fn a_clock_that_was_wrong_hides_no_question() {
        let asked = Asked::answered(None, true, NOW + 1000 * DAY);
        assert!(asked.is_due(NOW));
    }

    #[test]
    fn a_number_in_the_file_that_no_box_has_is_no_panic() {
        for place in [0, 6, usize::MAX] {
            let asked = Asked { place, ..Asked::default() };
            assert!((1..=BOXES.len()).contains(&Asked::answered(Some(&asked), true, NOW).place));
        }
    }

    #[test]
    fn times_as_one_says_them() {
        let said = [20, 90, 7000, 20 * 3600, 2 * DAY - EARLY, 16 * DAY].map(|wait| when(NOW + wait, NOW));
        assert_eq!(said, ["in 1 minute", "in 2 minutes", "in 2 hours", "tomorrow", "in 2 days", "in 16 days"]);
    }
}
