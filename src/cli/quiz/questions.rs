//! The questions that can be asked again: the predictions of lessons that were taken to their end.

use crate::lesson::load::Numbered;
use crate::lesson::model::{Lesson, Prediction};
use crate::state::progress::Progress;
use crate::state::quiz::{Asked, Quiz};

/// One of them.
#[derive(Clone)]
pub struct Question<'a> {
    pub lesson: &'a Lesson,
    pub lesson_number: u8,
    /// The number of its step.
    pub step: usize,
    pub prediction: &'a Prediction,
    /// How it went so far; none if it was not asked again yet.
    pub kept: Option<Asked>,
}

impl Question<'_> {
    /// What was never asked again is due.
    pub fn is_due(&self, now: u64) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept.is_due(now))
    }

    /// The letters of its options in another order each time: else the letter is what is remembered.
    pub fn order(&self) -> Vec<String> {
        let mut letters: Vec<String> = self.prediction.options.keys().cloned().collect();
        let times = self.kept.as_ref().map_or(0, |kept| kept.asked);
        let count = letters.len().max(1);
        letters.rotate_left(times % count);
        letters
    }
}

/// Those of all finished lessons, in the order of the course. Of steps that go deeper only those that were answered then:
/// nobody is asked what he has not seen.
pub fn of<'a>(lessons: &'a [Numbered], progress: &Progress, quiz: &Quiz) -> Vec<Question<'a>> {
    let mut found = Vec::new();
    for it in lessons.iter().filter(|it| progress.is_finished(&it.lesson.id)) {
        let lesson = &it.lesson;
        let answers = progress.lessons.get(&lesson.id).map(|reached| &reached.answers);
        for (at, step) in lesson.steps.iter().enumerate() {
            let seen = !step.deeper || answers.is_some_and(|answers| answers.contains_key(&(at + 1)));
            if let Some(prediction) = step.predict.as_ref().filter(|_| seen) {
                let kept = quiz.of(&lesson.id, &prediction.ask).cloned();
                found.push(Question { lesson, lesson_number: it.number, step: at + 1, prediction, kept });
            }
        }
    }
    found
}

/// Those that are due, those first that have waited longest; then those that are new.
pub fn due<'a>(all: &[Question<'a>], now: u64) -> Vec<Question<'a>> {
    let mut due: Vec<Question<'a>> = all.iter().filter(|it| it.is_due(now)).cloned().collect();
    due.sort_by_key(|it| it.kept.as_ref().map_or(u64::MAX, |kept| kept.due));
    due
}

/// When the next one is due that is not yet.
pub fn next(all: &[Question<'_>], now: u64) -> Option<u64> {
    all.iter().filter(|it| !it.is_due(now)).filter_map(|it| it.kept.as_ref()).map(|kept| kept.due).min()
}

/// `3 questions are due`, for whoever speaks of it.
pub fn are_due(count: usize) -> String {
    if count == 1 { "1 question is due".to_owned() } else { format!("{count} questions are due") }
}
