//! Pages about the whole course, made from all lessons and records: which errors there were and why, which manual pages, where
//! engines do the same, how many minutes it takes.

use super::Page;
use crate::book::course::Told;
use crate::book::html::{escape, inline, manual};
use crate::evidence::record::Returned;
use crate::lesson::load::Numbered;
use crate::problem::Problem;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A cause in words, and the steps that have it.
type Cause = (String, Vec<String>);

impl Page<'_> {
    /// `{{#errnos}}`: each error that a step ended in, with its cause as it was computed from the facts.
    pub(super) fn errnos(&mut self) -> Result<String, Problem> {
        // By error and call.
        let mut errors: BTreeMap<(String, String), Vec<Cause>> = BTreeMap::new();
        for numbered in self.course.lessons() {
            let told = self.course.told(&numbered.lesson.id, None)?;
            for moment in &told.steps {
                let evidence = &moment.record.evidence;
                let (Some(failed), Some(reason)) = (&evidence.failed, &evidence.reason) else { continue };
                // What failed in the end is the last call that did; an operation's own name says less.
                let is_it = |result: &Option<Returned>| matches!(result, Some(Returned::Failed(errno)) if *errno == failed.errno);
                let call = evidence.calls.iter().rev().find(|call| is_it(&call.result));
                let call = call.map_or_else(|| failed.call.clone(), |call| call.name.clone());
                let causes = errors.entry((failed.errno.name(), call)).or_default();
                let link = self.step_link(numbered, moment.record.number);
                match causes.iter_mut().find(|(cause, _)| *cause == reason.cause) {
                    Some((_, steps)) => steps.push(link),
                    None => causes.push((reason.cause.clone(), vec![link])),
                }
            }
        }
        let mut out = "<div class=\"reference\">".to_owned();
        let mut last = String::new();
        for ((errno, call), causes) in &errors {
            if *errno != last {
                if !last.is_empty() {
                    out.push_str("</dl>");
                }
                let _ = write!(out, "<h2 id=\"{errno}\">{errno}</h2><dl>");
                last.clone_from(errno);
            }
            let _ = write!(out, "<dt><code>{}</code></dt>", escape(call));
            let cause = |(cause, steps): &Cause| {
                format!("<li>{} <span class=\"where\">{}</span></li>", inline(cause), steps.join(", "))
            };
            let causes: String = causes.iter().map(cause).collect();
            let _ = write!(out, "<dd><ul>{causes}</ul></dd>");
        }
        Ok(out + "</dl></div>")
    }

    /// `{{#manuals}}`: all manual pages that steps name, and where.
    pub(super) fn manuals(&mut self) -> String {
        let mut pages: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
        for numbered in self.course.lessons() {
            let link = self.lesson_link(numbered);
            for page in numbered.lesson.steps.iter().flat_map(|step| &step.manual) {
                let (name, section) = page.trim_end_matches(')').split_once('(').unwrap_or((page, ""));
                let lessons = pages.entry((section, name)).or_default();
                if lessons.last() != Some(&link) {
                    lessons.push(link.clone());
                }
            }
        }
        let mut out = "<div class=\"reference\">".to_owned();
        let mut last = "";
        for ((section, name), lessons) in &pages {
            if *section != last {
                if !last.is_empty() {
                    out.push_str("</dl>");
                }
                let _ = write!(
                    out,
                    "<h2 id=\"section-{section}\">Section {section}: {}</h2><dl class=\"pages\">",
                    about(section)
                );
                last = section;
            }
            let page = manual(&format!("{name}({section})"));
            let _ = write!(out, "<dt>{page}</dt><dd>{}</dd>", lessons.join(", "));
        }
        out + "</dl></div>"
    }

    /// `{{#engines}}`: what every lesson says of Docker, Podman and Kubernetes, in the order of the course.
    pub(super) fn engines(&mut self) -> String {
        let mut out = "<div class=\"reference\">".to_owned();
        for numbered in self.course.lessons() {
            let _ = write!(
                out,
                "<p class=\"of-lesson\">{}: {}</p><ul>",
                self.lesson_link(numbered),
                escape(&numbered.lesson.title)
            );
            for line in &numbered.lesson.docker {
                let _ = write!(out, "<li>{}</li>", inline(line));
            }
            out.push_str("</ul>");
        }
        out + "</div>"
    }

    /// `{{#minutes}}`: the lessons with their minutes, and their sums.
    pub(super) fn minutes(&mut self) -> String {
        let mut out = "<div class=\"table-wrapper\"><table class=\"minutes\"><thead><tr><th scope=\"col\">Lesson</th>\
                       <th scope=\"col\">Title</th><th scope=\"col\">Minutes</th><th scope=\"col\">Together</th></tr></thead><tbody>"
            .to_owned();
        let (mut sum, mut part) = (0, None);
        for numbered in self.course.lessons() {
            let lesson = &numbered.lesson;
            if part != Some(lesson.part) {
                part = Some(lesson.part);
                let _ =
                    write!(out, "<tr><th colspan=\"4\" scope=\"rowgroup\">{}</th></tr>", escape(lesson.part.title()));
            }
            sum += lesson.minutes;
            let _ = write!(
                out,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{sum}</td></tr>",
                self.lesson_link(numbered),
                escape(&lesson.title),
                lesson.minutes
            );
        }
        out + "</tbody></table></div>"
    }

    /// `{{#presenter LESSON}}`: what a presenter says and asks, step by step.
    pub(super) fn presenter(&mut self, words: &[String]) -> Result<String, Problem> {
        let asked = self.asked(words, &[])?;
        let told: &Told = &asked.told;
        let notes = told.steps.iter().filter_map(|it| {
            let notes = it.record.text.notes.as_ref()?;
            Some(format!("<li value=\"{}\">{}</li>", it.record.number, inline(notes)))
        });
        Ok(format!("<ol class=\"presenter\">{}</ol>", notes.collect::<String>()))
    }

    /// From this page to the folder that all pages are in.
    fn up(&self) -> String {
        "../".repeat(self.source.matches('/').count())
    }

    /// A lesson by number and id; a link where it has a chapter.
    pub(super) fn lesson_link(&self, it: &Numbered) -> String {
        let name = format!("{:02} <code>{}</code>", it.number, escape(&it.lesson.id));
        match self.course.has_chapter(&it.folder) {
            true => format!("<a href=\"{}lessons/{}.html\">{name}</a>", self.up(), it.folder),
            false => name,
        }
    }

    /// A step; a link to it where a page before this one shows it.
    fn step_link(&self, it: &Numbered, number: usize) -> String {
        let id = format!("{}-step-{number}", it.lesson.id);
        let name = format!("{} {number}", escape(&it.lesson.id));
        match self.course.has_chapter(&it.folder) && self.seen.ids.contains(&id) {
            true => format!("<a href=\"{}lessons/{}.html#{id}\">{name}</a>", self.up(), it.folder),
            false => name,
        }
    }
}

/// What a section of the manual is about: man-pages(7).
fn about(section: &str) -> &'static str {
    match section {
        "1" => "commands",
        "2" => "system calls",
        "3" => "library functions",
        "4" => "devices",
        "5" => "files and file systems",
        "7" => "overviews",
        "8" => "commands of the administrator",
        _ => "more",
    }
}
