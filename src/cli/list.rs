//! `boxlab list`: the parts and lessons, minutes, progress, and what this machine can run.

use super::course::Course;
use crate::machine;
use crate::problem::{Problem, complain, print};
use crate::show::table::wrap;
use crate::state::progress;
use clap::Args;
use colored::Colorize;

#[derive(Args)]
#[command(after_help = "Examples:\n  boxlab list            for reading\n  \
                        boxlab list --json     for a script: number, id, steps, finished, step, and what is lacking\n\n\
                        A lesson that cannot run here says why; `boxlab doctor LESSON` has the remedy.")]
pub struct List {
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

impl List {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        let (_, lessons) = course.all()?;
        let (progress, note) = progress::load();
        if let Some(note) = note {
            // To standard error: what is printed may be JSON for a program.
            complain(&note.yellow());
        }
        let rows: Vec<_> =
            lessons.iter().map(|it| (it, it.lesson.needs.iter().find_map(|need| machine::lacks(*need)))).collect();
        if self.json {
            let list: Vec<_> = rows
                .iter()
                .map(|(it, lacks)| {
                    serde_json::json!({
                        "number": it.number, "id": it.lesson.id, "title": it.lesson.title, "part": it.lesson.part,
                        "minutes": it.lesson.minutes, "steps": it.lesson.steps.len(),
                        "finished": progress.is_finished(&it.lesson.id), "step": progress.step(&it.lesson.id),
                        "lacks": lacks,
                    })
                })
                .collect();
            return print(&format!("{:#}\n", serde_json::Value::from(list))).map(|()| 0);
        }
        let width = crate::stepper::terminal::width();
        let mut text = String::new();
        let mut part = None;
        for (it, lacks) in &rows {
            let lesson = &it.lesson;
            if part != Some(lesson.part) {
                part = Some(lesson.part);
                text.push_str(&format!("{}{}\n", if text.is_empty() { "" } else { "\n" }, lesson.part.title().bold()));
            }
            let state = match (progress.is_finished(&lesson.id), progress.step(&lesson.id), lacks) {
                (_, _, Some(_)) => "cannot run here".red().to_string(),
                // Looking at a finished lesson again does not undo it.
                (true, ..) => "done".green().to_string(),
                (_, step, _) if step > 0 => format!("at step {step} of {}", lesson.steps.len()).yellow().to_string(),
                _ => String::new(),
            };
            let start = format!("  {:02}  {:10} {:>2} min  ", it.number, lesson.id, lesson.minutes);
            let indent = textwrap::core::display_width(&start);
            // The state stands behind the title's first line; the longest one is `cannot run here`.
            let room = width.saturating_sub(indent + 16).clamp(16, 44);
            for (at, line) in wrap(&lesson.title, room).iter().enumerate() {
                let (before, behind) = if at == 0 { (start.as_str(), state.as_str()) } else { ("", "") };
                text.push_str(format!("{before:indent$}{line:room$} {behind}").trim_end());
                text.push('\n');
            }
            if let Some(lacks) = lacks {
                text.push_str(&crate::show::table::paragraph(
                    &format!("{} (boxlab doctor {})", lacks.what, lesson.id),
                    indent,
                    width,
                ));
            }
        }
        let minutes: u32 = lessons.iter().map(|it| it.lesson.minutes).sum();
        text.push_str(&format!(
            "\n{} lesson{}, {minutes} minute{}. `boxlab run` goes on where you are.\n",
            lessons.len(),
            if lessons.len() == 1 { "" } else { "s" },
            if minutes == 1 { "" } else { "s" },
        ));
        print(&text).map(|()| 0)
    }
}
