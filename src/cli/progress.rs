//! `boxlab progress`: lessons and exercises done, hints taken, time.

use super::course::Course;
use super::exercise::read_exercises;
use super::quiz::questions;
use crate::problem::{Problem, complain, print};
use crate::state::{self, exercises as kept, progress, quiz};
use clap::{Args, ValueEnum};
use colored::Colorize;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  boxlab progress\n  boxlab progress --format json     for a script: times are seconds since 1970"
)]
pub struct Progress {
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

impl Progress {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        let (_, lessons) = course.all()?;
        let exercises = read_exercises(None)?;
        let ((progress, one), (kept, other), (quiz, third)) = (progress::load(), kept::load(), quiz::load());
        for said in one.into_iter().chain(other).chain(third) {
            complain(&said.yellow());
        }
        let (questions, now) = (questions::of(&lessons, &progress, &quiz), state::now());
        let due = questions::due(&questions, now).len();
        let next = questions::next(&questions, now);
        if self.format == Format::Json {
            let lessons: Vec<_> = lessons
                .iter()
                .map(|it| {
                    let id = &it.lesson.id;
                    serde_json::json!({
                        "number": it.number, "id": id, "finished": progress.is_finished(id),
                        "step": progress.step(id), "steps": it.lesson.steps.len(),
                    })
                })
                .collect();
            let exercises: Vec<_> = exercises
                .all
                .iter()
                .map(|it| {
                    let kept = kept.of(&it.exercise.id);
                    serde_json::json!({
                        "number": it.number, "id": it.exercise.id, "lesson": it.exercise.lesson,
                        "started": kept.started, "passed": kept.passed, "checks": kept.checks, "hints": kept.hints,
                        "gave_up": kept.gave_up, "language": kept.language, "seconds": seconds(&kept),
                    })
                })
                .collect();
            let quiz = serde_json::json!({ "questions": questions.len(), "due": due, "next": next });
            let all = serde_json::json!({ "lessons": lessons, "exercises": exercises, "quiz": quiz });
            return print(&format!("{all:#}\n")).map(|()| 0);
        }
        let done = lessons.iter().filter(|it| progress.is_finished(&it.lesson.id)).count();
        let of: Vec<_> = exercises.all.iter().map(|it| (it, kept.of(&it.exercise.id))).collect();
        let passed = of.iter().filter(|(_, kept)| kept.passed.is_some()).count();
        let quiz = match (questions.len(), next) {
            (0, _) => String::new(),
            (all, Some(next)) if due == 0 => {
                format!("Quiz       none of {all} questions due; the next one is, {}\n", quiz::when(next, now))
            }
            (all, _) => format!("Quiz       {due} of {all} questions due: boxlab quiz\n"),
        };
        let mut text = format!(
            "Lessons    {done} of {} finished\n{quiz}Exercises  {passed} of {} passed\n",
            lessons.len(),
            exercises.all.len()
        );
        for (it, kept) in of.iter().filter(|(_, kept)| kept.started.is_some()) {
            let state = match (kept.passed, kept.gave_up) {
                (Some(_), false) => "passed",
                (Some(_), true) => "passed, after a look at the solution",
                (None, _) => "not passed yet",
            };
            let time = seconds(kept).map(|it| format!(", {}", spent(it))).unwrap_or_default();
            text.push_str(&format!(
                "  {:14} {state}{time}; {}, {} of 3 hints\n",
                it.exercise.id,
                count(kept.checks),
                kept.hints
            ));
        }
        print(&text).map(|()| 0)
    }
}

/// From the start to the first success.
fn seconds(kept: &kept::Kept) -> Option<u64> {
    Some(kept.passed?.saturating_sub(kept.started?))
}

fn count(checks: u32) -> String {
    if checks == 1 { "1 check".to_owned() } else { format!("{checks} checks") }
}

/// `3 min`, `2 h 5 min`.
fn spent(seconds: u64) -> String {
    match seconds.div_ceil(60).max(1) {
        minutes @ 0..60 => format!("{minutes} min"),
        minutes => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}
