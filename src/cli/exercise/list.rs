//! `boxlab exercise`: all exercises.

use crate::practice::load::Exercises;
use crate::problem::{Problem, print};
use colored::Colorize;

pub fn run(exercises: &Exercises) -> Result<u8, Problem> {
    let mut text = String::new();
    for it in &exercises.all {
        let exercise = &it.exercise;
        text.push_str(&format!(
            "  {:02}  {:12} {:>2} min  {}\n",
            it.number,
            exercise.id,
            exercise.minutes,
            exercise.title.bold()
        ));
    }
    text.push_str("\nBegin with `boxlab exercise start NAME`.\n");
    print(&text).map(|()| 0)
}
