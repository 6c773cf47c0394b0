//! A lesson as text: for a terminal, for a pipe, for a snapshot. The order of a step is always the same: what is to be
//! done, the code, the shell's way to say it, the question; then the system calls, the difference, why, the manual.

use super::table::{Row, lay_out, paragraph, wrap};
use crate::evidence::expect::Claim;
use crate::evidence::record::{Call, Change, Evidence, Question, Record, Shown, StepText};
use crate::evidence::{Key, StepRecord, View};
use crate::lesson::model::Lesson;
use colored::Colorize;
use std::fmt::Write;

/// How it is to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Of the screen, in cells.
    pub width: usize,
    /// The kernel's own numbers instead of names.
    pub raw: bool,
    /// Every system call, housekeeping too.
    pub every_call: bool,
    /// The whole code of a step, not its first lines.
    pub whole_code: bool,
    /// Presenter's notes.
    pub notes: bool,
}

impl Default for Screen {
    fn default() -> Screen {
        Screen { width: 80, raw: false, every_call: false, whole_code: false, notes: false }
    }
}

/// Longer code is cut here, in lines, until it is asked for.
const CODE_LINES: usize = 8;
/// Wider than this, text is tiring to read.
const TEXT_WIDTH: usize = 100;

fn plain(text: &str) -> String {
    text.to_owned()
}
fn green(text: &str) -> String {
    text.green().to_string()
}
fn yellow(text: &str) -> String {
    text.yellow().to_string()
}
fn red(text: &str) -> String {
    text.red().to_string()
}
fn dim(text: &str) -> String {
    text.dimmed().to_string()
}

impl Screen {
    fn text_width(&self) -> usize {
        self.width.min(TEXT_WIDTH)
    }

    /// The lesson's head: number, title, what it is about, and how it runs here.
    pub fn head(&self, number: u8, lesson: &Lesson, how: &str) -> String {
        let title = format!("Lesson {number:02} · {}", lesson.title);
        let gap = self.width.saturating_sub(textwrap::core::display_width(&title) + textwrap::core::display_width(how));
        let mut out = if gap > 1 {
            format!("{}{}{}\n", title.bold(), " ".repeat(gap), how.dimmed())
        } else {
            format!("{}{}", paragraph(&title, 0, self.width).bold(), paragraph(how, 0, self.width).dimmed())
        };
        out.push('\n');
        out.push_str(&paragraph(&lesson.intro, 0, self.text_width()));
        let belief = format!("What many believe: “{}”", lesson.misconception);
        out.push_str(&paragraph(&belief, 0, self.text_width()).dimmed().to_string());
        out
    }

    /// A step before it is done: what, the code, the shell, the question.
    pub fn before(&self, number: usize, of: usize, step: &StepText, fails: bool) -> String {
        let mut head = format!("── {number}/{of} ─ {} ", step.actor);
        if fails {
            head.push_str("─ this one fails ");
        }
        if step.deeper {
            head.push_str("─ deeper ");
        }
        let line = "─".repeat(self.width.saturating_sub(textwrap::core::display_width(&head)));
        // The line that follows it on the screen keeps its distance.
        let head = if line.is_empty() { wrap(&head, self.width).join("\n") } else { head };
        let mut out = format!("\n{}{}\n", head.bold(), line.dimmed());
        out.push_str(&paragraph(&step.say, 0, self.text_width()));
        self.code(step, &mut out);
        if self.notes
            && let Some(notes) = &step.notes
        {
            let _ = write!(out, "\n{}", paragraph(&format!("Notes: {notes}"), 3, self.text_width()).magenta());
        }
        if let Some(question) = &step.question {
            out.push_str(&self.question(question));
        }
        out
    }

    fn code(&self, step: &StepText, out: &mut String) {
        if step.code.is_some() || step.shell.is_some() {
            out.push('\n');
        }
        if let Some(code) = &step.code
            && let Some(first) = code.first.filter(|_| !self.whole_code)
        {
            out.push_str(&dim(&paragraph(&format!("{}, as in step {first}", code.file), 4, self.width)));
        } else if let Some(code) = &step.code {
            let lines: Vec<&str> =
                code.text.lines().filter(|line| self.whole_code || !line.trim_start().starts_with("///")).collect();
            let shown = if self.whole_code || lines.len() <= CODE_LINES + 1 { lines.len() } else { CODE_LINES };
            out.push_str(&dim(&paragraph(&code.file, 4, self.width)));
            for line in lines[..shown].iter().flat_map(|line| code_lines(line, self.width.saturating_sub(4))) {
                let _ = writeln!(out, "    {}", line.cyan());
            }
            if shown < lines.len() {
                out.push_str(&dim(&paragraph(&format!("… {} more lines (c)", lines.len() - shown), 4, self.width)));
            }
        }
        if let Some(shell) = &step.shell {
            for (at, line) in wrap(shell, self.width.saturating_sub(6).max(12)).iter().enumerate() {
                let _ = writeln!(out, "    {} {}", if at == 0 { "$".dimmed() } else { " ".normal() }, line.cyan());
            }
        }
    }

    fn question(&self, question: &Question) -> String {
        let mut out = format!("\n{}", marked("?", &question.ask, self.text_width()).yellow());
        for (name, text) in &question.options {
            out.push_str(&marked(&format!("   {name})"), text, self.text_width()));
        }
        out
    }

    /// A step after it is done: the evidence, the verdict, why.
    pub fn after(&self, record: &StepRecord) -> String {
        let mut out = String::from("\n");
        out.push_str(&lay_out(&self.rows(&record.evidence), self.width));
        out.push_str(&self.verdict(record));
        out.push('\n');
        out.push_str(&paragraph(&record.text.why, 3, self.text_width()));
        if !record.text.manual.is_empty() {
            out.push_str(&paragraph(&record.text.manual.join("  "), 3, self.text_width()).dimmed().to_string());
        }
        out
    }

    fn rows(&self, evidence: &Evidence) -> Vec<Row> {
        let mut rows = Vec::new();
        let calls = if self.every_call { &evidence.every_call } else { &evidence.calls };
        for call in calls {
            let failed = matches!(call.result, Some(crate::evidence::record::Returned::Failed(_)));
            let paint = if failed { red as fn(&str) -> String } else { plain };
            rows.push(Row::plain("syscall", paint, call_text(call)));
        }
        if let Some(note) = &evidence.untraced {
            rows.push(Row::plain("note", yellow, note.clone()));
        }
        if let Some(reason) = &evidence.reason {
            rows.push(Row::plain("reason", red, reason.cause.clone()));
            for seen in &reason.seen {
                rows.push(Row::plain("", plain, format!("· {seen}")));
            }
            if let Some(remedy) = &reason.remedy {
                rows.push(Row::plain("remedy", green, remedy.clone()));
            }
        }
        if !evidence.output.is_empty() {
            let text = evidence.output.trim_end().to_owned();
            rows.push(Row::plain("output", plain, text));
        }
        if let Some(ended) = &evidence.ended {
            rows.push(Row::plain("ended", plain, ended.clone()));
        }
        self.changes(&evidence.changes, &mut rows);
        self.unchanged(evidence, &mut rows);
        rows
    }

    /// Mount points that change alike become one row, and so do actors of whom the same is to be said.
    fn changes(&self, changes: &[Change], rows: &mut Vec<Row>) {
        let mut grouped: Vec<(&str, String, usize, &Change)> = Vec::new();
        for change in changes {
            let pattern = pattern(change);
            let same = grouped.iter_mut().find(|(subject, it, _, _)| *subject == change.subject && *it == pattern);
            match same {
                Some((_, _, count, _)) if !self.raw && !pattern.is_empty() => *count += 1,
                _ => grouped.push((&change.subject, pattern, 1, change)),
            }
        }
        let mut said: Vec<(Vec<&str>, String, String)> = Vec::new();
        for (subject, pattern, count, change) in grouped {
            let (label, text) =
                if count > 2 { (format!("{count} mount points"), pattern) } else { self.change(change) };
            match said.iter_mut().find(|(_, other, same)| *other == label && *same == text) {
                Some((subjects, ..)) => subjects.push(subject),
                None => said.push((vec![subject], label, text)),
            }
        }
        for (subjects, label, text) in said {
            rows.push(Row { mark: "changed", paint: green, actor: subjects.join(", "), about: label, text });
        }
    }

    /// A change: which fact, and from what to what.
    fn change(&self, change: &Change) -> (String, String) {
        let (before, after) = match (&change.raw, self.raw) {
            (Some((before, after)), true) => (before.clone(), after.clone()),
            _ => (change.before.clone(), change.after.clone()),
        };
        let list = matches!(change.key, Key::Processes | Key::RootEntries);
        let text = if list { list_difference(before, after) } else { from_to(before, after) };
        (label(&change.key, change.view), text)
    }

    /// What the author claims to be as before, and what the step asks to look at.
    fn unchanged(&self, evidence: &Evidence, rows: &mut Vec<Row>) {
        let changed = |subject: &str, key: &Key, view: View| {
            evidence.changes.iter().any(|it| it.subject == subject && it.key == *key && it.view == view)
        };
        for claim in evidence.claims.iter().filter(|claim| claim.holds) {
            let Some(target) = &claim.target else { continue };
            let looked_at = evidence
                .looked
                .iter()
                .any(|it| it.subject == target.actor && it.key == target.key && it.view == target.view);
            if !looked_at && !changed(&target.actor, &target.key, target.view) {
                let mark = if claim.claim == Claim::Same { "unchanged" } else { "seen" };
                let (actor, about) = (target.actor.clone(), label(&target.key, target.view));
                rows.push(Row { mark, paint: dim, actor, about, text: claim.found.clone() });
            }
        }
        for fact in &evidence.looked {
            if !changed(&fact.subject, &fact.key, fact.view) {
                let (actor, about) = (fact.subject.clone(), label(&fact.key, fact.view));
                rows.push(Row { mark: "seen", paint: dim, actor, about, text: self.fact_text(fact) });
            }
        }
    }

    /// A fact, by name or by number.
    pub fn fact_text(&self, fact: &Shown) -> String {
        match &fact.raw {
            Some(raw) if self.raw => raw.clone(),
            _ => fact.text.clone(),
        }
    }

    fn verdict(&self, record: &StepRecord) -> String {
        let mut out = String::new();
        for claim in record.evidence.claims.iter().filter(|claim| !claim.holds) {
            let about = claim.target.as_ref().map_or("the step's end or output".to_owned(), ToString::to_string);
            let text = format!(
                "{about}: the lesson says `{}`, the kernel says `{}`.",
                String::from(claim.claim.clone()),
                claim.found
            );
            out.push_str(&marked("   ✘", &text, self.text_width()).red().to_string());
        }
        if let Some(question) = &record.text.question {
            let text = match &question.given {
                Some(given) if *given == question.answer => format!("{given}: right. {}", question.because),
                Some(given) => {
                    let reply = question.replies.get(given).cloned().unwrap_or_default();
                    let answer = format!("{}: {}", question.answer, question.because);
                    out.push_str(&marked("   ✘", &format!("{given}: {reply}"), self.text_width()).red().to_string());
                    answer
                }
                None => format!("{}: {}", question.answer, question.because),
            };
            out.push_str(&marked("   ✔", &text, self.text_width()).green().to_string());
        }
        out
    }

    /// The lesson's end: the picture, the rule, where Docker does this, the count.
    pub fn end(&self, lesson: &Lesson, record: &Record) -> String {
        let heading = |text: &str| paragraph(text, 0, self.text_width()).bold().to_string();
        let mut out = format!("\n{}\n", heading("What you built, in one picture"));
        out.push_str(&super::picture::picture(&record.last, self.width));
        let _ = write!(out, "\n{}{}", heading("To remember"), paragraph(&lesson.summary, 3, self.text_width()));
        let _ = write!(out, "\n{}", heading("Where Docker does this"));
        for line in &lesson.docker {
            out.push_str(&marked("   ·", line, self.text_width()));
        }
        let claims: Vec<_> = record.steps.iter().flat_map(|step| &step.evidence.claims).collect();
        let held = claims.iter().filter(|claim| claim.holds).count();
        let left_out = match record.skipped.len() {
            0 => String::new(),
            count => format!(", {count} left out ({})", record.skipped[0].why),
        };
        let steps = record.steps.len();
        let line = format!("{steps} steps{left_out}; {held} of {} claims held.", claims.len());
        let line = paragraph(&line, 0, self.text_width());
        let _ = write!(out, "\n{}", if held == claims.len() { line.green() } else { line.red() });
        out
    }
}

/// A line of code that is longer than the screen goes on below, further in.
fn code_lines(line: &str, width: usize) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    let lead = " ".repeat(indent.min(width / 4));
    let mut lines = wrap(line.trim_start(), width.saturating_sub(lead.len() + 4).max(6));
    for (at, piece) in lines.iter_mut().enumerate() {
        *piece = if at == 0 { format!("{lead}{piece}") } else { format!("{lead}    {piece}") };
    }
    if textwrap::core::display_width(line) <= width { vec![line.to_owned()] } else { lines }
}

/// A mark, and text that is indented behind it.
fn marked(mark: &str, text: &str, width: usize) -> String {
    let indent = textwrap::core::display_width(mark) + 1;
    let lines = wrap(text, width.saturating_sub(indent).max(12));
    let mut out = format!("{mark} ");
    out.push_str(&lines.join(&format!("\n{}", " ".repeat(indent))));
    out.push('\n');
    out
}

/// `unshare(CLONE_NEWPID) = 0`
fn call_text(call: &Call) -> String {
    let result = call.result.as_ref().map(|result| format!(" = {result}")).unwrap_or_default();
    let child = if call.child { "child: " } else { "" };
    format!("{child}{call}{result}")
}

/// The key in words, with the viewpoint where both are possible.
pub fn label(key: &Key, view: View) -> String {
    if key.has_both_views() { format!("{} ({view})", key.label()) } else { key.label() }
}

fn from_to(before: Option<String>, after: Option<String>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => format!("+ {after}"),
        (Some(before), None) => format!("− {before}"),
        (None, None) => String::new(),
    }
}

/// Of two lists, what came and what went: `+ 4 container`.
fn list_difference(before: Option<String>, after: Option<String>) -> String {
    let items = |text: &Option<String>| -> Vec<String> {
        text.iter().flat_map(|it| it.split(", ")).map(str::to_owned).collect()
    };
    let (old, new) = (items(&before), items(&after));
    let gone: Vec<_> = old.iter().filter(|it| !new.contains(it)).map(|it| format!("− {it}")).collect();
    let come: Vec<_> = new.iter().filter(|it| !old.contains(it)).map(|it| format!("+ {it}")).collect();
    // Where little is left of the old list, both are read more easily whole.
    if old.is_empty() || gone.len() * 2 > old.len() { from_to(before, after) } else { [gone, come].concat().join(", ") }
}

/// What two changes of mount points have in common, so that twelve equal lines become one: the text without the numbers
/// of peer groups. Empty for what is not to be grouped.
fn pattern(change: &Change) -> String {
    if !matches!(change.key, Key::Mount(_)) {
        return String::new();
    }
    let propagation = |text: &Option<String>| {
        let text = text.as_deref()?;
        if text == crate::evidence::names::LENT {
            return Some(text.to_owned());
        }
        let words: Vec<&str> = text.split(' ').skip(2).map(|word| word.split(":[").next().unwrap_or(word)).collect();
        Some(if words.is_empty() { text.to_owned() } else { words.join(" ") })
    };
    from_to(propagation(&change.before), propagation(&change.after))
}
