//! `boxlab notes`: the presenter's notes and a clock, on a second terminal.

use super::full::{GroundChosen, theme};
use crate::problem::{CANNOT, Problem};
use crate::screen::{self, notes};
use crate::stepper::terminal::{self, Signals};
use clap::Args;

#[derive(Args)]
#[command(
    after_help = "It follows the lesson that `boxlab run LESSON --present` shows on the other screen: the notes of its step, the answer to \
                  its question, what comes next, and the minutes that were planned against those used. On a terminal it stays from lesson \
                  to lesson; elsewhere it prints a line for each step, and ends with the lesson.\n\n\
                  Examples:\n  boxlab notes              the lesson that is being presented, or the next one that will be\n  \
                  boxlab notes hostname     that one, where several are"
)]
pub struct Notes {
    /// The lesson to follow; the one that is being presented if left out
    lesson: Option<String>,
    /// Colours for this ground; what the terminal says in COLORFGBG if left out
    #[arg(long, value_enum, value_name = "GROUND")]
    ground: Option<GroundChosen>,
}

impl Notes {
    pub fn run(&self) -> Result<u8, Problem> {
        let wanted = self.lesson.as_deref();
        if screen::lacks().is_some() {
            notes::lines(wanted, terminal::width())?;
        } else {
            let signals =
                Signals::take().map_err(|errno| Problem::new(CANNOT, format!("Signals cannot be read: {errno:?}.")))?;
            notes::full(wanted, theme(self.ground), &signals)?;
        }
        Ok(0)
    }
}
