//! `boxlab exercise`: all exercises.

use crate::practice::load::Exercises;
use crate::problem::{Problem, complain, print};
use crate::show::table::wrap;
use crate::state::exercises as kept;
use crate::stepper::terminal;
use colored::Colorize;

pub fn run(exercises: &Exercises) -> Result<u8, Problem> {
    let (kept, said) = kept::load();
    if let Some(said) = said {
        complain(&said.yellow());
    }
    let mut text = String::new();
    let width = terminal::width();
    for it in &exercises.all {
        let exercise = &it.exercise;
        let kept = kept.of(&exercise.id);
        let state = match (kept.passed, kept.checks, kept.folder) {
            (Some(_), ..) => "passed".green().to_string(),
            (_, 1.., _) => {
                format!("{} check{}", kept.checks, if kept.checks == 1 { "" } else { "s" }).yellow().to_string()
            }
            (_, _, Some(_)) => "started".yellow().to_string(),
            _ => String::new(),
        };
        let hints = match kept.hints {
            0 => String::new(),
            1 => "1 hint".to_owned(),
            more => format!("{more} hints"),
        };
        let comma = if state.is_empty() || hints.is_empty() { "" } else { ", " };
        let start = format!("  {:02}  {:14} {:>2} min  ", it.number, exercise.id, exercise.minutes);
        let indent = start.len();
        // The state stands behind the title's first line; `3 checks, 2 hints` is about the longest one.
        let room = width.saturating_sub(indent + 18).clamp(16, 40);
        for (at, line) in wrap(&exercise.title, room).iter().enumerate() {
            let (before, behind) =
                if at == 0 { (start.as_str(), format!("{state}{comma}{hints}")) } else { ("", String::new()) };
            text.push_str(format!("{before:indent$}{line:room$} {behind}").trim_end());
            text.push('\n');
        }
    }
    text.push_str("\nBegin with `boxlab exercise start NAME`.\n");
    print(&text).map(|()| 0)
}
