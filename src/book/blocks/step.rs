//! `{{#step LESSON NUMBER}}`: a recorded step, with what was done, the code that ran, the system calls, why one failed, what
//! was printed, and what changed, from inside and from outside in two columns.

use super::Page;
use crate::book::course::{Moment, Told};
use crate::book::html::{Mark, escape, inline, lines, manual};
use crate::evidence::View;
use crate::problem::{Problem, WRONG};
use crate::show::Screen;
use crate::show::table::Row;
use std::fmt::Write;

/// Longer code is folded, in lines.
const LONG: usize = 14;
/// The names of the rows that follow another one and have no mark of their own.
const FURTHER: &str = "";

impl Page<'_> {
    pub(super) fn steps(&mut self, words: &[String]) -> Result<String, Problem> {
        let asked = self.asked(words, &["why", "nocode", "code", "notes"])?;
        if asked.numbers.is_empty() {
            return Err(Problem::new(WRONG, "It wants the number of a step.").next("{{#step hostname 3}}"));
        }
        let mut out = String::new();
        for number in &asked.numbers {
            let moment = asked.told.step(*number)?;
            out.push_str(&self.step(&asked.told, moment, &|word| asked.has(word)));
        }
        Ok(out)
    }

    fn step(&mut self, told: &Told, moment: &Moment, has: &dyn Fn(&str) -> bool) -> String {
        let (text, evidence) = (&moment.record.text, &moment.record.evidence);
        let (lesson, number) = (&told.lesson.id, moment.record.number);
        let place = format!("{lesson}-step-{number}");
        let id = self.id(&place);
        let mut out = format!("<section class=\"step\"{id} aria-label=\"Step {number}\">");
        let fails = evidence
            .failed
            .as_ref()
            .map(|failed| format!(" <span class=\"tag fails\">fails: {}</span>", failed.errno.name()));
        let deeper = if text.deeper { " <span class=\"tag\">goes deeper</span>" } else { "" };
        let head = format!(
            "<p class=\"step-head\"><a href=\"#{place}\">Step {number} of {}</a> · <b>{}</b>{deeper}{}</p>",
            told.lesson.steps.len(),
            escape(&text.actor),
            fails.unwrap_or_default(),
        );
        out.push_str(&Mark::Unsearched.on(&head));
        let _ = write!(out, "<p class=\"say\">{}</p>", inline(&text.say));
        // The sentence is searched, and below it the reason of a failure; not what can be read off the kernel in many places.
        let mut read = String::new();
        if let Some(shell) = &text.shell {
            let shell = format!("<kbd>{}</kbd>", escape(shell));
            read.push_str(&lines("shell", "In a shell", &shell));
        }
        if let Some(code) = text.code.as_ref().filter(|_| !has("nocode")) {
            match self.codes.get(&code.text) {
                // Once on a page is enough.
                Some(first) if !has("code") => read.push_str(&again(&code.file, first)),
                _ => {
                    let open = has("code") || code.text.lines().count() <= LONG;
                    read.push_str(&listing(&code.file, &code.text, open));
                }
            }
            self.codes.entry(code.text.clone()).or_insert(place);
        }
        let rows = Screen::default().rows(evidence);
        read.push_str(&calls(&rows));
        out.push_str(&Mark::Unsearched.on(&read));
        out.push_str(&reason(&rows));
        out.push_str(&Mark::Unsearched.on(&format!("{}{}", printed(&rows), views(&rows))));
        if evidence.changes.is_empty() {
            out.push_str("<p class=\"nothing\">No fact changed.</p>");
        }
        if has("why") {
            let _ = write!(out, "<p class=\"why\">{}</p>", inline(&text.why));
        }
        if has("notes")
            && let Some(notes) = &text.notes
        {
            let _ = write!(out, "<p class=\"notes\"><b>For the presenter.</b> {}</p>", inline(notes));
        }
        if !text.manual.is_empty() {
            let pages: Vec<String> = text.manual.iter().map(|page| manual(page)).collect();
            out.push_str(&Mark::Unsearched.on(&format!("<p class=\"manuals\">Manual: {}</p>", pages.join(", "))));
        }
        out + "</section>"
    }
}

/// Source code with its file, which can be folded.
pub fn listing(file: &str, text: &str, open: bool) -> String {
    let open = if open { " open" } else { "" };
    format!(
        "<details class=\"listing\"{open}><summary>The code that ran: <span class=\"file\">{}</span></summary>\
         <pre tabindex=\"0\"><code class=\"language-rust\">{}</code></pre></details>",
        escape(file),
        escape(text)
    )
}

/// Of code that stands on the page already: where. Nothing is said of a listing that belongs to no step.
fn again(file: &str, place: &str) -> String {
    let file = format!("<span class=\"file\">{}</span>", escape(file));
    let above = match place.rsplit_once("-step-") {
        Some((_, number)) => format!("<a href=\"#{place}\">as in step {number}</a>"),
        None => "as above".to_owned(),
    };
    format!("<p class=\"note\">The code that ran: {file}, {above}</p>")
}

fn calls(rows: &[Row]) -> String {
    let mut inner = String::new();
    let mut of_calls = false;
    for row in rows {
        of_calls = row.mark == "syscall" || (row.mark == FURTHER && of_calls);
        if !of_calls {
            continue;
        }
        let class = match row.mark {
            FURTHER => "more",
            _ if row.text.contains(" = -1 E") => "failed",
            _ => "call",
        };
        let _ = write!(inner, "<span class=\"{class}\">{}</span>&#10;", escape(&row.text));
    }
    let note =
        rows.iter().filter(|row| row.mark == "note").map(|row| format!("<p class=\"note\">{}</p>", escape(&row.text)));
    let note: String = note.collect();
    if inner.is_empty() {
        return note;
    }
    let list = lines("calls", "System calls", &format!("<samp>{inner}</samp>"));
    format!("<p class=\"label\">System calls</p>{list}{note}")
}

/// Why a call failed, with the facts that show it.
fn reason(rows: &[Row]) -> String {
    let Some(at) = rows.iter().position(|row| row.mark == "reason") else { return String::new() };
    let seen: String = rows[at + 1..]
        .iter()
        .take_while(|row| row.mark == FURTHER)
        .map(|row| format!("<li>{}</li>", escape(row.text.trim_start_matches("· "))))
        .collect();
    let seen = if seen.is_empty() { seen } else { format!("<ul>{seen}</ul>") };
    let remedy = rows.iter().find(|row| row.mark == "remedy");
    let remedy = remedy.map(|row| format!("<p><b>Remedy:</b> {}</p>", inline(&row.text))).unwrap_or_default();
    format!("<div class=\"reason\"><p><b>Why it failed:</b> {}</p>{seen}{remedy}</div>", inline(&rows[at].text))
}

fn printed(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows.iter().filter(|row| row.mark == "output") {
        let list = lines("output", "What it printed", &format!("<samp>{}</samp>", escape(&row.text)));
        let _ = write!(out, "<p class=\"label\">Output</p>{list}");
    }
    for row in rows.iter().filter(|row| row.mark == "ended") {
        let _ = write!(out, "<p class=\"note\">It ended: {}</p>", escape(&row.text));
    }
    out
}

/// What changed and what did not, in a column for each side; above them what both sides say alike.
fn views(rows: &[Row]) -> String {
    let facts = |view: Option<View>| -> String {
        let of = rows.iter().filter(|row| matches!(row.mark, "changed" | "unchanged" | "seen") && row.view == view);
        of.map(fact).collect()
    };
    let column = |class: &str, head: &str, view: Option<View>| {
        let facts = facts(view);
        let whole = format!("<div class=\"view {class}\"><p class=\"label\">{head}</p><dl>{facts}</dl></div>");
        if facts.is_empty() { String::new() } else { whole }
    };
    let both = column("both", "From both sides", None);
    let sides =
        [column("inside", "From inside", Some(View::Inside)), column("outside", "From outside", Some(View::Outside))];
    if both.is_empty() && sides.iter().all(String::is_empty) {
        return String::new();
    }
    format!("<div class=\"views\">{both}{}</div>", sides.concat())
}

fn fact(row: &Row) -> String {
    let about = row.about.trim_end_matches(" (inside)").trim_end_matches(" (outside)");
    let text = match row.text.split_once(" → ") {
        Some((was, is)) => format!("<del>{}</del> <ins>{}</ins>", escape(was), escape(is)),
        None => escape(&row.text),
    };
    let (mark, actor) = (row.mark, escape(&row.actor));
    format!("<div class=\"{mark}\"><dt><i>{mark}</i> <b>{actor}</b> {}</dt><dd>{text}</dd></div>", escape(about))
}
