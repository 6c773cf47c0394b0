//! A lesson as text: for a terminal, for a pipe, for a snapshot. The order of a step is always the same: what is to be
//! done, the code, the shell's way to say it, the question; then the system calls, the difference, why, the manual.

use super::rows::dim;
use super::table::{lay_out, paragraph, wrap};
use crate::evidence::StepRecord;
use crate::evidence::record::{Question, Record, Skipped, StepText};
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
    pub code: CodeShown,
    /// Presenter's notes.
    pub notes: bool,
}

/// How much of a step's code is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeShown {
    /// Its first lines, without comments, and the same code only once a lesson.
    First,
    Whole,
    None,
}

impl CodeShown {
    /// The next one, and a sentence that says so.
    pub fn next(self) -> (CodeShown, &'static str) {
        match self {
            CodeShown::First => (CodeShown::Whole, "The whole code is shown now."),
            CodeShown::Whole => (CodeShown::None, "No code is shown now."),
            CodeShown::None => (CodeShown::First, "The first lines of the code are shown now."),
        }
    }
}

impl Default for Screen {
    fn default() -> Screen {
        Screen { width: 80, raw: false, every_call: false, code: CodeShown::First, notes: false }
    }
}

/// Longer code is cut here, in lines, until it is asked for.
const CODE_LINES: usize = 8;
/// Wider than this, text is tiring to read.
const TEXT_WIDTH: usize = 100;

impl Screen {
    pub(super) fn text_width(&self) -> usize {
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
        out
    }

    /// Where steps between two that are shown are left out: else the numbers look like a mistake.
    pub fn gap(&self, skipped: &[Skipped], last: usize, next: usize) -> String {
        let between: Vec<&Skipped> = skipped.iter().filter(|it| it.number > last && it.number < next).collect();
        let say = |run: &[&Skipped]| {
            let (first, last) = (run[0].number, run[run.len() - 1].number);
            let (which, goes, is) = if first == last {
                (format!("Step {first}"), "goes", "is")
            } else {
                let to = if first + 1 == last { "and" } else { "to" };
                (format!("Steps {first} {to} {last}"), "go", "are")
            };
            let text = if run[0].goes_deeper() {
                format!("({which} {goes} deeper, and {is} left out.)")
            } else {
                format!("({which} {is} left out. {})", run[0].why)
            };
            format!("\n{}", dim(&paragraph(&text, 0, self.text_width())))
        };
        between.chunk_by(|one, other| one.why == other.why).map(say).collect()
    }

    /// A step before it is done: what, the code, the shell, the question.
    pub fn before(&self, number: usize, of: usize, step: &StepText, fails: bool) -> String {
        let mut head = format!("── {number}/{of} ─ {} ", step.actor);
        // Where there is a question this would answer it.
        if fails && step.question.is_none() {
            head.push_str("─ this one fails ");
        }
        if step.deeper {
            head.push_str("─ deeper ");
        }
        format!("{}{}", self.rule(&head), self.task(step))
    }

    /// A line across the screen that begins with this.
    pub(super) fn rule(&self, head: &str) -> String {
        let line = "─".repeat(self.width.saturating_sub(textwrap::core::display_width(head)));
        // The line that follows it on the screen keeps its distance.
        let head = if line.is_empty() { wrap(head, self.width).join("\n") } else { head.to_owned() };
        format!("\n{}{}\n", head.bold(), line.dimmed())
    }

    /// The same without its head.
    fn task(&self, step: &StepText) -> String {
        format!("{}{}", paragraph(&step.say, 0, self.text_width()), self.means(step))
    }

    /// By what it is done, the presenter's notes, the question.
    pub fn means(&self, step: &StepText) -> String {
        let mut out = String::new();
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
        let whole = self.code == CodeShown::Whole;
        let code = step.code.as_ref().filter(|_| self.code != CodeShown::None);
        if let Some(code) = code
            && let Some(first) = code.first.filter(|_| !whole)
        {
            out.push_str(&dim(&paragraph(&format!("{}, as in step {first}", code.file), 4, self.width)));
        } else if let Some(code) = code {
            let lines: Vec<&str> =
                code.text.lines().filter(|line| whole || !line.trim_start().starts_with("///")).collect();
            let shown = if whole || lines.len() <= CODE_LINES + 1 { lines.len() } else { CODE_LINES };
            out.push_str(&dim(&paragraph(&code.file, 4, self.width)));
            for line in lines[..shown].iter().flat_map(|line| code_lines(line, self.width.saturating_sub(4))) {
                let _ = writeln!(out, "    {}", line.cyan());
            }
            if shown < lines.len() {
                out.push_str(&dim(&paragraph(&format!("… {} more lines (c)", lines.len() - shown), 4, self.width)));
            }
        }
        if let Some(shell) = &step.shell {
            out.push_str(&self.typed(shell));
        }
    }

    /// What one would type in a shell.
    pub(super) fn typed(&self, shell: &str) -> String {
        let mut out = String::new();
        for (at, line) in wrap(shell, self.width.saturating_sub(6).max(12)).iter().enumerate() {
            let _ = writeln!(out, "    {} {}", if at == 0 { "$".dimmed() } else { " ".normal() }, line.cyan());
        }
        out
    }

    fn question(&self, question: &Question) -> String {
        self.options(question, question.options.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// A question, with its options under these names.
    pub(super) fn options<'a, N: std::fmt::Display>(
        &self,
        question: &Question,
        options: impl Iterator<Item = (N, &'a str)>,
    ) -> String {
        let mut out = format!("\n{}", marked("?", &question.ask, self.text_width()).yellow());
        for (name, text) in options {
            out.push_str(&marked(&format!("   {name})"), text, self.text_width()));
        }
        out
    }

    /// A step after it is done: the evidence, the verdict, why.
    pub fn after(&self, record: &StepRecord) -> String {
        let mut out = String::from("\n");
        out.push_str(&lay_out(self.rows(&record.evidence), self.width));
        out.push_str(&super::drawing::measured(record.evidence.measured.as_ref(), self.width));
        out.push_str(&self.meaning(record));
        out
    }

    /// What it means: the verdict, why, the manual pages; or that a claim does not hold.
    pub fn meaning(&self, record: &StepRecord) -> String {
        if !record.evidence.holds() {
            return self.broken(record);
        }
        let question = record.text.question.as_ref();
        let verdict = question.map(|it| self.verdict(it, it.given.as_deref(), |name| name.to_owned()));
        format!("{}{}", verdict.unwrap_or_default(), self.why(&record.text))
    }

    /// Why it is so, and the manual pages.
    pub(super) fn why(&self, step: &StepText) -> String {
        let mut out = format!("\n{}", paragraph(&step.why, 3, self.text_width()));
        if !step.manual.is_empty() {
            out.push_str(&paragraph(&step.manual.join("  "), 3, self.text_width()).dimmed().to_string());
        }
        out
    }

    /// What the lesson says and the kernel does not. Then the rest of the text would be about another world.
    fn broken(&self, record: &StepRecord) -> String {
        let mut out = String::new();
        for claim in record.evidence.claims.iter().filter(|claim| !claim.holds) {
            out.push_str(&marked("   ✘", &claim.sentence(), self.text_width()).red().to_string());
        }
        let what = "This is not what the lesson says, so its explanation is left out. Was something changed in the lesson's \
                    own lab? Going back one step starts from a fresh lab.";
        out.push_str(&format!("\n{}", paragraph(what, 3, self.text_width())));
        out
    }

    /// What comes of an answer, if one was given. `name` is what an option is called on the screen.
    pub(super) fn verdict(&self, question: &Question, given: Option<&str>, name: impl Fn(&str) -> String) -> String {
        let mut out = String::new();
        let right = given == Some(question.answer.as_str());
        if let Some(given) = given.filter(|_| !right) {
            let reply = question.replies.get(given).map_or("", String::as_str);
            let wrong = marked("   ✘", &format!("{}: {reply}", name(given)), self.text_width());
            out.push_str(&wrong.red().to_string());
        }
        let text = format!("{}: {}{}", name(&question.answer), if right { "right. " } else { "" }, question.because);
        out.push_str(&marked("   ✔", &text, self.text_width()).green().to_string());
        out
    }

    /// The end: the picture; of a whole lesson the rule and where Docker does this; the count.
    pub fn end(&self, lesson: &Lesson, record: &Record, whole: bool) -> String {
        let heading = |text: &str| paragraph(text, 0, self.text_width()).bold().to_string();
        let mut out = format!("\n{}\n", heading("What you built, in one picture"));
        // Once it is finished, what it is says more than who its parent is.
        let finished = super::finished::is_finished(&record.last);
        let draw = if finished { super::finished::card } else { super::picture::picture };
        out.push_str(&draw(&record.last, self.width));
        if let Some(table) = super::viewpoints::viewpoints(record, self.text_width()) {
            let _ = write!(out, "\n{}{table}", heading("The published port, from each viewpoint after each step"));
        }
        if let Some(table) = super::measured::measured(record.measured.as_ref(), self.text_width()) {
            let _ = write!(out, "\n{}{table}", heading("Measured in this run"));
        }
        if whole {
            let belief = format!("“{}” is what many believe.", lesson.misconception.trim_end_matches('.'));
            let summary = format!("{}\n{belief}", lesson.summary.trim_end());
            let _ = write!(out, "\n{}{}", heading("To remember"), paragraph(&summary, 3, self.text_width()));
            let _ = write!(out, "\n{}", heading("Where Docker does this"));
            for line in &lesson.docker {
                out.push_str(&marked("   ·", line, self.text_width()));
            }
        }
        let claims: Vec<_> = record.steps.iter().flat_map(|step| &step.evidence.claims).collect();
        let held = claims.iter().filter(|claim| claim.holds).count();
        let mut reasons: Vec<&str> = record.skipped.iter().map(|it| it.why.as_str()).collect();
        reasons.sort_by_key(|why| record.skipped.iter().position(|it| it.why == *why));
        reasons.dedup();
        let count = |why: &str| record.skipped.iter().filter(|it| it.why == why).count();
        let left_out: String =
            reasons.iter().map(|why| format!(", {} left out ({})", count(why), why.trim_end_matches('.'))).collect();
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
    // A comment goes on as a comment.
    let comment = line.trim_start().split(' ').next().filter(|word| word.starts_with("//"));
    let more = comment.map_or("    ".to_owned(), |slashes| format!("{slashes} "));
    let mut lines = wrap(line.trim_start(), width.saturating_sub(lead.len() + 4).max(6));
    for (at, piece) in lines.iter_mut().enumerate() {
        *piece = if at == 0 { format!("{lead}{piece}") } else { format!("{lead}{more}{piece}") };
    }
    if textwrap::core::display_width(line) <= width { vec![line.to_owned()] } else { lines }
}

/// A mark, and text that is indented behind it.
pub(super) fn marked(mark: &str, text: &str, width: usize) -> String {
    let indent = textwrap::core::display_width(mark) + 1;
    let lines = wrap(text, width.saturating_sub(indent).max(12));
    let mut out = format!("{mark} ");
    out.push_str(&lines.join(&format!("\n{}", " ".repeat(indent))));
    out.push('\n');
    out
}
