//! The full screen's options of `boxlab run`, and the way from them to the room that draws it.

use crate::problem::{CANNOT, Problem, complain};
use crate::screen::theme::{Ground, Theme};
use crate::screen::{self, Wishes};
use crate::state::presenting::{self, Refused};
use crate::stepper::engine::{Ended, Session};
use crate::stepper::terminal::Signals;
use clap::{Args, ValueEnum};
use colored::Colorize;
use std::time::Duration;

/// On which ground the colours are read.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroundChosen {
    Light,
    Dark,
}

#[derive(Args)]
pub struct Full {
    /// Full screen: the step, both sides of it, a picture of the lab, the system calls, and a shell beside them
    #[arg(long)]
    pub tui: bool,
    /// Full screen for an audience: a step at a time, large, each waits; `boxlab notes` on another terminal has your notes
    #[arg(long)]
    pub present: bool,
    /// On the full screen, steps are typed out letter by letter
    #[arg(long)]
    typed: bool,
    /// On the full screen, the mouse scrolls and chooses; else it marks text as usual
    #[arg(long)]
    mouse: bool,
    /// On the full screen, colours for this ground; what the terminal says in COLORFGBG if left out
    #[arg(long, value_enum, value_name = "GROUND")]
    ground: Option<GroundChosen>,
}

/// Of a full screen that goes on by itself, where no other time is given.
const PAUSE: Duration = Duration::from_secs(3);

impl Full {
    /// Whether it is wanted, and possible here. Where it is not, that is said.
    pub fn is_wanted(&self) -> bool {
        let lacks = if self.tui || self.present { screen::lacks() } else { return false };
        if let Some(sentence) = &lacks {
            complain(&sentence.yellow());
        }
        lacks.is_none()
    }

    /// Shows the lesson. `auto`: it goes on by itself, maybe after another time than usual.
    pub fn show(
        &self,
        session: Session<'_>,
        signals: Signals,
        auto: Option<Option<Duration>>,
    ) -> Result<Ended, Problem> {
        let lesson = session.lesson.id.clone();
        let claim = self.present.then(|| presenting::claim(&lesson)).transpose();
        let presenting = claim.map_err(|refused| refused_as(&lesson, &refused))?;
        let wishes = Wishes {
            theme: theme(self.ground),
            mouse: self.mouse,
            presenting,
            typed: self.typed,
            pause: auto.map(|pause| pause.unwrap_or(PAUSE)),
        };
        screen::run(session, wishes, signals)
    }
}

/// As the environment wants it, but for what was chosen.
pub fn theme(chosen: Option<GroundChosen>) -> Theme {
    let theme = Theme::of_environment();
    match chosen {
        Some(GroundChosen::Light) => Theme { ground: Ground::Light, ..theme },
        Some(GroundChosen::Dark) => Theme { ground: Ground::Dark, ..theme },
        None => theme,
    }
}

fn refused_as(lesson: &str, refused: &Refused) -> Problem {
    match refused {
        Refused::Presented(process) => {
            Problem::new(CANNOT, format!("The lesson {lesson} is being presented already, by process {process}."))
                .because(
                    "Two presenters of one lesson would tell two stories to whoever follows it with `boxlab notes`.",
                )
                .next(format!("end that one, or `boxlab run {lesson} --tui` beside it, or `boxlab notes {lesson}`"))
        }
        Refused::Failed(error) => Problem::new(CANNOT, "The notes cannot be offered to another terminal.")
            .because(format!("Their socket is made in the state directory: {error}."))
            .next(format!("XDG_STATE_HOME=DIR boxlab run {lesson} --present, or --tui, which offers none")),
    }
}

/// `2`, `0.5` or `90`: seconds.
pub fn pause(text: &str) -> Result<Duration, String> {
    let seconds = text.trim_end_matches('s').parse::<f64>().ok().filter(|it| (0.0..=3600.0).contains(it));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "seconds are expected, as in --auto=5 or --auto=0.5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_in_seconds() {
        assert_eq!(pause("5"), Ok(Duration::from_secs(5)));
        assert_eq!(pause("0.5s"), Ok(Duration::from_millis(500)));
        for wrong in ["", "x", "-1", "inf", "NaN", "4000"] {
            assert!(pause(wrong).is_err(), "{wrong}");
        }
    }
}
