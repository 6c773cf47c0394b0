//! A report as plain text: the verdict first, then the findings by group, each with its mark, its reason and its way out.
//! Pure: takes a report and a width, gives a string. Colours are `colored`'s, which leaves them out where NO_COLOR or a
//! pipe says so; every mark is a character of its own, so that nothing depends on colour.

use super::report::{Finding, Group, LessonLine, Report, Status};
use colored::Colorize;

/// Where the text after a mark begins.
const INDENT: usize = 4;
/// Commands are set off further, and never broken: they are there to be copied.
const COMMAND: usize = 8;

/// The report. With `lessons` empty the verdict counts findings instead.
pub fn text(report: &Report, lessons: &[LessonLine], width: usize) -> String {
    let mut out = String::new();
    let width = width.max(40);
    paragraph(&mut out, &verdict(report, lessons), 0, width, |line| line.bold().to_string());
    let about = format!("Linux {} on {}; examined in {} ms.", report.kernel, report.architecture, report.milliseconds);
    paragraph(&mut out, &about, 0, width, |line| line.dimmed().to_string());
    for lesson in lessons {
        if let Some(reason) = &lesson.lacks {
            item(&mut out, Status::Blocked, &format!("{}: {}", lesson.title, reason.what), width);
        }
    }
    for group in Group::ALL {
        let mut findings = report.findings.iter().filter(|finding| finding.group == group).peekable();
        if findings.peek().is_none() {
            continue;
        }
        out.push_str(&format!("\n{}\n", group.title().bold()));
        for finding in findings {
            draw(&mut out, finding, width);
        }
    }
    out
}

/// One sentence.
pub fn verdict(report: &Report, lessons: &[LessonLine]) -> String {
    let able = lessons.iter().filter(|lesson| lesson.lacks.is_none()).count();
    match (lessons.len(), able) {
        (0, _) => match report.count(Status::Blocked) {
            0 => "Nothing that the lab host needs is missing on this machine.".to_owned(),
            1 => "One thing that the lab host needs is missing on this machine.".to_owned(),
            count => format!("{count} things that the lab host needs are missing on this machine."),
        },
        (1, 1) => "This machine can run this lesson.".to_owned(),
        (1, 0) => "This machine cannot run this lesson.".to_owned(),
        (all, able) if all == able => "This machine can run all lessons.".to_owned(),
        (_, 0) => "This machine can run no lesson.".to_owned(),
        (all, able) => format!("This machine can run {able} of {all} lessons."),
    }
}

fn draw(out: &mut String, finding: &Finding, width: usize) {
    item(out, finding.status, &format!("{}: {}.", finding.title, finding.found.trim_end_matches('.')), width);
    if let Some(why) = &finding.why {
        paragraph(out, why, INDENT, width, str::to_owned);
    }
    if let Some(blocks) = &finding.blocks {
        paragraph(out, &format!("Without it: {blocks}."), INDENT, width, str::to_owned);
    }
    for line in finding.remedy.iter().flat_map(|remedy| remedy.lines()) {
        match line.strip_prefix("$ ") {
            Some(command) => out.push_str(&format!("{:COMMAND$}{}\n", "", command.cyan())),
            None => paragraph(out, line.trim_start(), INDENT, width, str::to_owned),
        }
    }
}

/// A mark and its text. `Without it:` lines need a sentence that can be read on its own, so the mark never is the message.
fn item(out: &mut String, status: Status, body: &str, width: usize) {
    let mark = match status {
        Status::Ok => "✔".green(),
        Status::Limited => "!".yellow(),
        Status::Blocked => "✘".red(),
        Status::Unknown => "?".yellow(),
        Status::NotNeeded => "·".dimmed(),
    };
    for (number, line) in textwrap::wrap(body, width.saturating_sub(INDENT)).iter().enumerate() {
        match number {
            0 => out.push_str(&format!("  {mark} {line}\n")),
            _ => out.push_str(&format!("{:INDENT$}{line}\n", "")),
        }
    }
}

fn paragraph(out: &mut String, body: &str, indent: usize, width: usize, paint: impl Fn(&str) -> String) {
    for line in textwrap::wrap(body, width.saturating_sub(indent)) {
        out.push_str(&format!("{:indent$}{}\n", "", paint(&line)));
    }
}
