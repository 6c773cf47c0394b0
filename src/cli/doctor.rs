//! `boxlab doctor [LESSON]`: what this machine offers, how that was found out, what it blocks, and the remedy.

use super::course::Course;
use crate::kernel::error::Failed;
use crate::machine;
use crate::problem::{CANNOT, Problem, print};
use crate::stage::host::Brought;
use crate::stage::lab::{Lab, LabError};
use clap::Args;

#[derive(Args)]
#[command(after_help = "Exit status: 0 if every lesson (or the one named) can run here, 3 if not.")]
pub struct Doctor {
    /// Only what this lesson needs: its name or number
    lesson: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Makes a lab host, and reports the act that failed.
fn trial() -> Result<(), Failed> {
    match Lab::start(&Brought::default()) {
        Ok(_) => Ok(()),
        Err(LabError::NoLab(no)) => Err(no.failed),
        Err(LabError::Silent) => Err(Failed::new("recvmsg", nix::errno::Errno::ETIMEDOUT)),
        Err(LabError::Fork(errno)) => Err(Failed::new("fork", errno)),
        Err(LabError::Gone(errno)) => Err(Failed::new("recvmsg", errno)),
        Err(LabError::Refused(_) | LabError::ActorEnded(_) | LabError::TooLong { .. } | LabError::Broken(_)) => {
            Err(Failed::new("lab", nix::errno::Errno::EPROTO))
        }
    }
}

impl Doctor {
    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        let (shelf, lessons) = course.all()?;
        let chosen = self.lesson.as_deref().map(|name| course.find(&shelf, &lessons, name)).transpose()?;
        let wanted = lessons.iter().filter(|it| chosen.as_ref().is_none_or(|chosen| it.lesson.id == chosen.lesson.id));
        let report = machine::examine(Some(&trial));
        let lines = machine::judge(
            wanted.map(|it| (it.lesson.id.as_str(), it.lesson.title.as_str(), it.lesson.needs.as_slice())),
        );
        let blocked = lines.iter().any(|line| line.lacks.is_some());
        if self.json {
            let both = serde_json::json!({ "machine": report, "lessons": lines });
            print(&format!("{both:#}\n"))?;
        } else {
            print(&machine::text(&report, &lines, crate::stepper::terminal::width()))?;
        }
        Ok(if blocked { CANNOT } else { 0 })
    }
}
