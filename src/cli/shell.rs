//! `boxlab shell LESSON [STEP]`: a shell in the half-built container, as it is after that step.

use super::course::{Course, brought, explain};
use crate::evidence::Key;
use crate::lesson::plan::{Plan, Wish};
use crate::lesson::walk::{Walk, WalkError};
use crate::problem::{Problem, WRONG};
use crate::stepper::pane::{self, Wanted};
use clap::Args;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  boxlab shell pids 4                 after step 4 of lesson pids, as the one who acted there\n  \
                        boxlab shell pids 4 --host          on the lab host, at the same moment\n  \
                        boxlab shell pivot -- ls /          one command, at the lesson's end\n\n\
                        In the shell, `tools` lists the commands there are, and `why COMMAND` explains a failure.\n\
                        The exit status is that of the shell or the command: 137, as after SIGKILL, if its actor ended first."
)]
pub struct Shell {
    /// The lesson: its name or number
    lesson: String,
    /// The step after which to stop; the last one if left out
    step: Option<usize>,
    /// As the actor `host`, who sees the container from outside
    #[arg(long, conflicts_with = "as_actor")]
    host: bool,
    /// As this actor: host, runtime, container
    #[arg(long = "as", value_name = "ACTOR")]
    as_actor: Option<String>,
    /// With the steps that go deeper
    #[arg(long)]
    deeper: bool,
    /// Another root file system for the box: a directory or a tar file
    #[arg(long, value_name = "DIR|TAR")]
    rootfs: Option<PathBuf>,
    /// A command to run instead of an interactive shell
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Shell {
    pub fn run(self, course: &Course) -> Result<u8, Problem> {
        let (shelf, lessons) = course.bare()?;
        let chosen = course.find(&shelf, &lessons, &self.lesson)?;
        let lesson = &chosen.lesson;
        super::scope::enter_if_needed(&lesson.needs);
        let brought = brought(course, lesson, self.rootfs.as_deref())?;
        // A step that goes deeper is there if it is asked for by its number.
        let asked = self.step.and_then(|number| number.checked_sub(1)).and_then(|at| lesson.steps.get(at));
        let wish = Wish {
            deeper: self.deeper || asked.is_some_and(|step| step.deeper),
            rootfs: self.rootfs.is_some(),
            // The machine is examined only if something cannot be done; which groups there are is seen at once.
            lacks: |need| if need.controllers().is_empty() { None } else { crate::machine::lacks_for_step(need) },
        };
        let all: Vec<_> = lessons.iter().map(|it| it.lesson.clone()).collect();
        let mut plan = Rc::new(Plan::new(&all, lesson, wish));
        let number = self.step.unwrap_or(lesson.steps.len());
        if number > lesson.steps.len() {
            return Err(Problem::new(WRONG, format!("Lesson {} has no step {number}.", lesson.id))
                .because(format!("Its steps are 1 to {}; 0 is the lesson's beginning.", lesson.steps.len()))
                .next(format!("boxlab shell {} {}", lesson.id, lesson.steps.len())));
        }
        let count = |plan: &Plan| plan.steps.iter().take_while(|(at, _)| *at <= number).count();
        let brought = Rc::new(brought);
        let mut walk = Walk::unseen(plan.clone(), brought.clone(), count(&plan));
        if let Err(WalkError::Before { .. }) = walk {
            let wish = Wish { lacks: crate::machine::lacks_for_step, ..wish };
            plan = Rc::new(Plan::new(&all, lesson, wish));
            walk = Walk::unseen(plan.clone(), brought, count(&plan));
        }
        let walk = walk.map_err(explain)?;
        let actor = match (self.host, self.as_actor) {
            (true, _) => "host".to_owned(),
            (_, Some(actor)) => actor,
            _ => walk.actor(),
        };
        known(&walk, &actor, &format!("boxlab shell {} {number}", lesson.id))?;
        let command = (!self.command.is_empty()).then_some(self.command);
        let prompt = format!("{actor}@{}/{number}# ", lesson.id);
        let status = pane::run(&walk.lab, Wanted { actor, prompt, command }, None)?;
        Ok(u8::try_from(status).unwrap_or(1))
    }
}

/// A shell is started by an actor, which must be alive. Whoever mistypes one sees who there is.
fn known(walk: &Walk, actor: &str, typed: &str) -> Result<(), Problem> {
    let states: Vec<_> = walk.facts().iter().filter(|fact| fact.key == Key::State).collect();
    let living: Vec<&str> =
        states.iter().filter(|fact| fact.text == "running").map(|fact| fact.subject.as_str()).collect();
    if living.contains(&actor) {
        return Ok(());
    }
    let was = states.iter().any(|fact| fact.subject == actor);
    let what = if was {
        format!("The actor `{actor}` has ended.")
    } else {
        format!("There is no actor `{actor}` in the lab at this point.")
    };
    Err(Problem::new(WRONG, what)
        .because(format!("At this point these live: {}.", living.join(", ")))
        .next(format!("{typed} --as {}", living.last().copied().unwrap_or("host"))))
}
