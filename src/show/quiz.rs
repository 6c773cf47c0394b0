//! A question that is asked again: before it the step that it is about, behind it who was right, and why.

use super::Screen;
use super::screen::{TEXT_WIDTH, marked};
use super::table::{paragraph, wrap};
use crate::evidence::record::{Question, StepText};
use colored::Colorize;
use std::fmt::Write;

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
        let width = self.width.min(TEXT_WIDTH);
        let head = format!("── {} ─ {} ─ {} ", it.place, it.from, it.step.actor);
        let line = "─".repeat(self.width.saturating_sub(textwrap::core::display_width(&head)));
        let head = if line.is_empty() { wrap(&head, self.width).join("\n") } else { head };
        let mut out = format!("\n{}{}\n{}", head.bold(), line.dimmed(), paragraph(&it.step.say, 0, width));
        if let Some(shell) = &it.step.shell {
            out.push('\n');
            for (at, line) in wrap(shell, self.width.saturating_sub(6).max(12)).iter().enumerate() {
                let _ = writeln!(out, "    {} {}", if at == 0 { "$".dimmed() } else { " ".normal() }, line.cyan());
            }
        }
        let _ = write!(out, "\n{}", marked("?", &it.question.ask, width).yellow());
        for (at, name) in it.order.iter().enumerate() {
            let text = it.question.options.get(name).map_or("", String::as_str);
            out.push_str(&marked(&format!("   {})", letter(at)), text, width));
        }
        out
    }

    /// The answer that was given, if one was; the right one; and what the evidence of the step meant.
    pub fn answered_again(&self, it: &Asked<'_>, given: Option<&str>) -> String {
        let width = self.width.min(TEXT_WIDTH);
        let shown = |name: &str| it.order.iter().position(|own| own == name).map_or('?', letter);
        let (question, right) = (it.question, shown(&it.question.answer));
        let mut out = String::from("\n");
        let said = match given {
            Some(given) if *given == question.answer => format!("{right}: right. {}", question.because),
            Some(given) => {
                let reply = question.replies.get(given).map_or("", String::as_str);
                let wrong = marked("   ✘", &format!("{}: {reply}", shown(given)), width);
                out.push_str(&wrong.red().to_string());
                format!("{right}: {}", question.because)
            }
            None => format!("{right}: {}", question.because),
        };
        let _ = writeln!(out, "{}", marked("   ✔", &said, width).green());
        out.push_str(&paragraph(&it.step.why, 3, width));
        if !it.step.manual.is_empty() {
            out.push_str(&paragraph(&it.step.manual.join("  "), 3, width).dimmed().to_string());
        }
        out
    }
}
