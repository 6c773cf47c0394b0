//! A verdict as text. What was found is the kernel's, what it means is the author's.

use super::verdict::{Judged, Status, Verdict};
use crate::show::table::wrap;
use colored::Colorize;

/// So many lines of a program's output are shown.
const LINES: usize = 20;
/// And so many characters of each.
const LONGEST: usize = 200;

/// For reading.
pub fn text(title: &str, verdict: &Verdict, width: usize) -> String {
    let mut text = format!("{} {}\n", title.bold(), format!("({})", verdict.language).dimmed());
    let (open, seen): (Vec<&Judged>, Vec<&Judged>) = verdict.checks.iter().partition(|it| it.status == Status::Open);
    seen.iter().for_each(|check| text.push_str(&line(check, width)));
    if !open.is_empty() {
        let names: Vec<&str> = open.iter().map(|check| check.name.as_str()).collect();
        text.push_str(&format!("  {}\n", format!("· not looked at yet: {}", names.join(", ")).dimmed()));
    }
    if let Some(why) = &verdict.why {
        let word = if verdict.status == Status::Skipped { "skipped".yellow() } else { "error".red() };
        text.push_str(&paragraph(&format!("{word}: "), why, width));
    }
    if verdict.status != Status::Passed && !verdict.output.trim().is_empty() {
        text.push_str(&format!("\n  {}\n", "What it printed:".dimmed()));
        let lines: Vec<&str> = verdict.output.trim_end().lines().collect();
        for line in lines.iter().take(LINES) {
            let cut: String = line.chars().take(LONGEST).collect();
            // As it was printed, unless the terminal would break it anywhere.
            let pieces =
                if cut.chars().count() + 4 > width { wrap(&cut, width.saturating_sub(4).max(24)) } else { vec![cut] };
            pieces.iter().for_each(|piece| text.push_str(&format!("    {piece}\n")));
        }
        if lines.len() > LINES {
            text.push_str(&format!("    [{} more lines]\n", lines.len() - LINES));
        }
    }
    text
}

fn line(check: &Judged, width: usize) -> String {
    let mark = match check.status {
        Status::Passed => "✔".green(),
        Status::Failed => "✘".red(),
        _ => "·".dimmed(),
    };
    // The name by which the author speaks of the check has no space, so it is whole in the last line.
    let name = format!("[{}]", check.name);
    let said = wrap(&format!("{} {name}", check.say), width.saturating_sub(4).max(24)).join("\n    ");
    let said = said.strip_suffix(&name).map_or(said.clone(), |said| format!("{said}{}", name.dimmed()));
    let mut text = format!("  {mark} {said}\n");
    if let Some(failure) = &check.failure {
        text.push_str(&paragraph("expected  ", &failure.expected, width));
        text.push_str(&paragraph("found     ", &failure.found, width));
        text.push_str(&failure.means.as_ref().map_or(String::new(), |means| paragraph("so        ", means, width)));
    }
    text
}

fn paragraph(mark: &str, text: &str, width: usize) -> String {
    let lines = wrap(text, width.saturating_sub(16).clamp(24, 90));
    let line = |(at, line): (usize, &String)| format!("      {}{line}\n", if at == 0 { mark } else { "          " });
    lines.iter().enumerate().map(line).collect()
}
