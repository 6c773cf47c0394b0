//! `boxlab quiz`: the predictions of finished lessons again, spaced.

pub mod questions;
mod sitting;

use self::questions::{Question, are_due};
use super::course::Course;
use crate::lesson::load::Numbered;
use crate::problem::{FAILED, Problem, complain, print};
use crate::show::table::paragraph;
use crate::state::progress::Progress;
use crate::state::quiz::when;
use crate::state::{self, progress, quiz};
use crate::stepper::terminal;
use clap::{Args, ValueEnum};
use colored::Colorize;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  boxlab quiz                    what is due\n  \
                        boxlab quiz pids mounts        of these lessons, by name or number\n  \
                        boxlab quiz --all              also what is not due yet\n  \
                        boxlab quiz --format json      what is due, for a script: times are seconds since 1970\n\n\
                        A question that you answer rightly comes again after 2, 4, 8, then 16 days; another one on the next \
                        day. Keys: a b c or 1 2 3 answer, enter shows the answer (then it counts as not known), q quits. \
                        Where standard input is no terminal each line of it is an answer.")]
pub struct Quiz {
    /// Only the questions of these lessons; of all that are finished if none is named
    #[arg(value_name = "LESSON")]
    chosen: Vec<String>,
    /// Ask also what is not due yet; a right answer then changes nothing
    #[arg(long)]
    all: bool,
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

impl Quiz {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        let (shelf, lessons) = course.all()?;
        let ((progress, one), (kept, other)) = (progress::load(), quiz::load());
        for said in one.into_iter().chain(other) {
            complain(&said.yellow());
        }
        let named: Vec<Numbered> =
            self.chosen.iter().map(|name| course.find(&shelf, &lessons, name)).collect::<Result<_, _>>()?;
        if let Some(not_yet) = named.iter().find(|it| !progress.is_finished(&it.lesson.id)) {
            let id = &not_yet.lesson.id;
            return Err(Problem::new(FAILED, format!("You have not finished the lesson {id} yet."))
                .because("Its questions are asked again once you have seen their answers.")
                .next(format!("boxlab run {id}")));
        }
        let mut all = questions::of(&lessons, &progress, &kept);
        all.retain(|it| named.is_empty() || named.iter().any(|own| own.lesson.id == it.lesson.id));
        let now = state::now();
        let asked = if self.all { all.clone() } else { questions::due(&all, now) };
        let next = questions::next(&all, now);
        if self.format == Format::Json {
            return json(&all, &asked, next).map(|()| 0);
        }
        if asked.is_empty() {
            let said = nothing(course, &lessons, &progress, next, now);
            return print(&paragraph(&said, 0, terminal::width())).map(|()| 0);
        }
        let count = asked.len();
        let head = if self.all {
            format!("{count} question{} of finished lessons.", if count == 1 { "" } else { "s" })
        } else {
            format!("{}.", are_due(count))
        };
        print(&paragraph(&head, 0, terminal::width()))?;
        sitting::run(&asked).map(|()| 0)
    }
}

/// Why nothing is asked, and what to do.
fn nothing(course: &Course, lessons: &[Numbered], progress: &Progress, next: Option<u64>, now: u64) -> String {
    let some = lessons.iter().any(|it| progress.is_finished(&it.lesson.id));
    match (next, course.next(lessons, progress)) {
        (Some(next), _) => {
            format!("No question is due. The next one is, {}; `boxlab quiz --all` asks them anyway.", when(next, now))
        }
        (None, Some(open)) if some => format!(
            "The lessons that you have finished ask nothing. Go on with lesson {:02}: `boxlab run {}`.",
            open.number, open.lesson.id
        ),
        (None, Some(open)) => format!(
            "There is nothing to ask yet: the questions are those of lessons that you have finished. Begin with lesson {:02}, \
             {}: `boxlab run {}`.",
            open.number, open.lesson.title, open.lesson.id
        ),
        (None, None) => "These lessons ask nothing.".to_owned(),
    }
}

fn json(all: &[Question<'_>], asked: &[Question<'_>], next: Option<u64>) -> Result<(), Problem> {
    let list: Vec<_> = asked
        .iter()
        .map(|it| {
            let kept = it.kept.clone().unwrap_or_default();
            let (again, place) = (it.kept.is_some(), kept.place.max(1));
            serde_json::json!({
                "number": it.lesson_number, "lesson": it.lesson.id, "step": it.step, "ask": it.prediction.ask,
                "options": it.prediction.options, "box": place, "due": again.then_some(kept.due),
                "asked": kept.asked, "right": kept.right,
            })
        })
        .collect();
    let all = serde_json::json!({ "questions": all.len(), "due": list, "next": next });
    print(&format!("{all:#}\n"))
}
