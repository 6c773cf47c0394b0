//! `{{#quiz LESSON NUMBER}}`: the prediction of a step as a question in the page. Each option is an element that opens, so it
//! is answered by mouse, by keyboard, and without any script; `boxlab.js` adds that the first answer counts.

use super::Page;
use crate::book::html::{Mark, escape, inline};
use crate::problem::{Problem, WRONG};
use std::fmt::Write;

impl Page<'_> {
    pub(super) fn quiz(&mut self, words: &[String]) -> Result<String, Problem> {
        let asked = self.asked(words, &[])?;
        let number = asked.number()?;
        let moment = asked.told.step(number)?;
        let lesson = &asked.told.lesson;
        let Some(question) = &moment.record.text.question else {
            let with = lesson.steps.iter().enumerate().filter(|(_, step)| step.predict.is_some());
            let with: Vec<String> = with.map(|(at, _)| (at + 1).to_string()).collect();
            return Err(Problem::new(WRONG, format!("Step {number} of lesson {} asks nothing.", lesson.id))
                .next(format!("one of the steps that do: {}", with.join(", "))));
        };
        let id = self.id(&format!("{}-quiz-{number}", lesson.id));
        let mut out = format!(
            "<section class=\"quiz\"{id} aria-label=\"Question before step {number}\">\
             <p class=\"ask\"><span class=\"label\">Predict</span> {}</p>",
            inline(&question.ask)
        );
        for (letter, option) in &question.options {
            let right = *letter == question.answer;
            let (class, verdict) = if right { ("is-right", "Right") } else { ("is-wrong", "No") };
            let reply = if right { Some(&question.because) } else { question.replies.get(letter) };
            let _ = write!(
                out,
                "<details class=\"option {class}\"><summary><span class=\"letter\">{}</span> {}</summary>{}</details>",
                escape(letter),
                inline(option),
                // What is closed is not what somebody looks for.
                Mark::Unsearched.on(&format!(
                    "<p><b class=\"verdict\">{verdict}.</b> {}</p>",
                    inline(reply.map_or("", String::as_str))
                ))
            );
        }
        // Only a script can count, so only a script shows this line.
        Ok(out + "<p class=\"given\" role=\"status\" hidden=\"\"></p></section>")
    }
}
