//! A question that is asked again: before it the step that it is about, behind it who was right, and why.

use super::Screen;
use super::table::paragraph;
use crate::evidence::record::{Question, StepText};

/// A question among those of a sitting.
pub struct Asked<'a> {
    /// `1/3`, and where it is from: `hostname, step 3`.
    pub place: &'a str,
    pub from: &'a str,
    pub step: &'a StepText,
    pub question: &'a Question,
    /// The letters of the options in the order in which they are shown this time.
    pub order: &'a [String],
}

/// What an option is called at this place.
pub fn letter(at: usize) -> char {
    u8::try_from(at).ok().and_then(|at| b'a'.checked_add(at)).map_or('?', char::from)
}

impl Screen {
    /// The step, as the lesson tells it before it is done, and the question.
    pub fn asked_again(&self, it: &Asked<'_>) -> String {
        let head = self.rule(&format!("── {} ─ {} ─ {} ", it.place, it.from, it.step.actor));
        let say = paragraph(&it.step.say, 0, self.text_width());
        let shell = it.step.shell.as_ref().map(|shell| format!("\n{}", self.typed(shell))).unwrap_or_default();
        let text = |name: &String| it.question.options.get(name).map_or("", String::as_str);
        let options = it.order.iter().enumerate().map(|(at, name)| (letter(at), text(name)));
        format!("{head}{say}{shell}{}", self.options(it.question, options))
    }

    /// The answer that was given, if one was; the right one; and what the evidence of the step meant.
    pub fn answered_again(&self, it: &Asked<'_>, given: Option<&str>) -> String {
        let shown = |name: &str| it.order.iter().position(|own| own == name).map_or('?', letter).to_string();
        format!("\n{}{}", self.verdict(it.question, given, shown), self.why(it.step))
    }
}
