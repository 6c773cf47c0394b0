//! `boxlab` alone: where you are, and what is next.

use super::course::Course;
use super::quiz::questions::{self, are_due};
use crate::problem::{Problem, print};
use crate::state::{self, exercises as kept, progress, quiz};
use colored::Colorize;

pub fn run(course: &Course) -> Result<u8, Problem> {
    let (_, lessons) = course.all()?;
    let (progress, note) = progress::load();
    let done = lessons.iter().filter(|it| progress.is_finished(&it.lesson.id)).count();
    let mut text = String::new();
    if let Some(note) = note {
        text.push_str(&format!("{}\n", note.yellow()));
    }
    text.push_str(&format!(
        "{}\n\n",
        "Boxlab builds a real Linux container in front of you, one system call at a time.".bold()
    ));
    let kept = kept::load().0;
    let passed = kept.exercises.values().filter(|kept| kept.passed.is_some()).count();
    let started = kept.exercises.iter().find(|(_, kept)| kept.passed.is_none() && kept.folder.is_some());
    let exercises = match (passed, started) {
        (_, Some((id, _))) => format!("The exercise {id} is not done yet: `boxlab exercise check {id}`.\n"),
        (1.., None) => format!("You have passed {passed} exercise{}.\n", if passed == 1 { "" } else { "s" }),
        _ => String::new(),
    };
    let due = questions::due(&questions::of(&lessons, &progress, &quiz::load().0), state::now()).len();
    let due = if due > 0 { format!("{}: `boxlab quiz`.\n", are_due(due)) } else { String::new() };
    match course.next(&lessons, &progress) {
        Some(next) => {
            let lesson = &next.lesson;
            let step = progress.step(&lesson.id);
            if done > 0 {
                text.push_str(&format!("You have finished {done} of {} lessons.\n", lessons.len()));
            }
            let place = if step > 0 { format!(", after step {step} of {}", lesson.steps.len()) } else { String::new() };
            text.push_str(&format!("{exercises}{due}"));
            text.push_str(&format!(
                "Next: lesson {:02}, {}, {} minutes{place}.\n\n",
                next.number, lesson.title, lesson.minutes
            ));
            text.push_str("   boxlab run       go on\n   boxlab list      all lessons\n   boxlab exercise  build it yourself\n   boxlab doctor    what this machine can run\n   boxlab --help    all commands\n");
        }
        None => text.push_str(&format!(
            "You have finished every lesson. `boxlab list` has them all; take one again with `boxlab run NAME`.\n\
             {exercises}{due}"
        )),
    }
    print(&text).map(|()| 0)
}
