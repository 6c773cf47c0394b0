//! `{{#versions LESSON}}`: version 1 and 2 of control groups side by side, from the two records of a lesson: each step in which they
//! differ, with what was asked of the kernel.

use super::Page;
use crate::book::course::{Moment, Told};
use crate::book::html::{escape, inline, lines};
use crate::evidence::View;
use crate::lesson::shelf::Kept;
use crate::problem::{Problem, WRONG};
use crate::show::Screen;
use std::fmt::Write;

impl Page<'_> {
    pub(super) fn versions(&mut self, words: &[String]) -> Result<String, Problem> {
        let [name] = words else {
            return Err(Problem::new(WRONG, "It wants the name of a lesson.").next("{{#versions cgroups}}"));
        };
        let two = self.course.told(name, Some(Kept::Usual))?;
        let one = self.course.told(name, Some(Kept::Groups1))?;
        let mut out = format!(
            "<div class=\"versions\"><p class=\"note\">Version 2 was recorded on Linux {}, version 1 on Linux {}.</p>",
            escape(&two.kernel),
            escape(&one.kernel)
        );
        for (at, step) in two.lesson.steps.iter().enumerate() {
            let of = |told: &Told| told.steps.iter().position(|it| it.record.number == at + 1);
            let (second, first) = (of(&two).map(|at| &two.steps[at]), of(&one).map(|at| &one.steps[at]));
            let said = |it: Option<&Moment>| {
                it.map(|it| (it.record.evidence.calls.clone(), it.record.evidence.failed.clone()))
            };
            if said(second) == said(first) {
                continue;
            }
            let _ = write!(
                out,
                "<section class=\"step\" aria-label=\"Step {number} in both versions\"><p class=\"step-head\">Step {number}</p>\
                 <p class=\"say\">{}</p><div class=\"views\">{}{}</div></section>",
                inline(&step.say),
                side("Version 2", second),
                side("Version 1", first),
                number = at + 1,
            );
        }
        Ok(out + "</div>")
    }
}

fn side(head: &str, moment: Option<&Moment>) -> String {
    let mut out = format!("<div class=\"view outside\"><p class=\"label\">{head}</p>");
    let Some(moment) = moment else {
        return out + "<p class=\"nothing\">It has no such step.</p></div>";
    };
    if let Some(shell) = &moment.record.text.shell {
        out.push_str(&lines("shell", "In a shell", &format!("<kbd>{}</kbd>", escape(shell))));
    }
    let rows = Screen::default().rows(&moment.record.evidence);
    let calls: Vec<String> =
        rows.iter().take_while(|row| matches!(row.mark, "syscall" | "")).map(|row| escape(&row.text)).collect();
    if !calls.is_empty() {
        out.push_str(&lines("calls", "System calls", &format!("<samp>{}</samp>", calls.join("&#10;"))));
    }
    if let Some(reason) = &moment.record.evidence.reason {
        let _ = write!(out, "<p>{}</p>", inline(&reason.cause));
    }
    let changed = rows.iter().filter(|row| row.mark == "changed" && row.view != Some(View::Inside));
    let changed: String = changed
        .map(|row| {
            format!(
                "<div><dt><b>{}</b> {}</dt><dd>{}</dd></div>",
                escape(&row.actor),
                escape(&row.about),
                escape(&row.text)
            )
        })
        .collect();
    if !changed.is_empty() {
        let _ = write!(out, "<dl>{changed}</dl>");
    }
    out + "</div>"
}
