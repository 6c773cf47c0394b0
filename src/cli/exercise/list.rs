//! `boxlab exercise`: all exercises.

use crate::practice::load::Exercises;
use crate::problem::{Problem, complain, print};
use crate::state::exercises as kept;
use colored::Colorize;

pub fn run(exercises: &Exercises) -> Result<u8, Problem> {
    let (kept, said) = kept::load();
    if let Some(said) = said {
        complain(&said.yellow());
    }
    let mut text = String::new();
    for it in &exercises.all {
        let exercise = &it.exercise;
        let kept = kept.of(&exercise.id);
        let state = match (kept.passed, kept.checks, kept.folder) {
            (Some(_), ..) => "passed".green().to_string(),
            (_, 1.., _) => {
                format!("checked {} time{}", kept.checks, if kept.checks == 1 { "" } else { "s" }).yellow().to_string()
            }
            (_, _, Some(_)) => "started".yellow().to_string(),
            _ => String::new(),
        };
        let hints = match kept.hints {
            0 => String::new(),
            1 => ", 1 hint".to_owned(),
            more => format!(", {more} hints"),
        };
        let line = format!(
            "  {:02}  {:12} {:>2} min  {:40} {state}{hints}",
            it.number, exercise.id, exercise.minutes, exercise.title
        );
        text.push_str(&format!("{}\n", line.trim_end()));
    }
    text.push_str("\nBegin with `boxlab exercise start NAME`.\n");
    print(&text).map(|()| 0)
}
