//! What an export is written from: the operations that lead to a lesson's end, in their order, each with its step's sentence.
//! They are those of the growing container, as later lessons repeat them: of the lessons before, and of this one. What a
//! lesson tries beside it (a detour, a call that fails, a look) is named, and not done.

use crate::kernel::operation::{Operation, Place, Program};
use crate::lesson::load::Numbered;
use crate::lesson::model::{Lesson, Need, Setup, Step};
use crate::lesson::plan::{Plan, Wish};

/// One step, or what a lesson wants set up before its first.
#[derive(Clone, Debug)]
pub struct Act {
    /// The number and the title of its lesson.
    pub lesson: (u8, String),
    /// Its number there; 0 for what is set up.
    pub number: usize,
    /// Its sentence; empty for what is set up.
    pub say: String,
    /// Who does what. Several where later lessons have another way to the same; none if another step's way has it all.
    pub does: Vec<(String, Operation)>,
    /// It is not done here, since: a few words.
    pub left_out: Option<&'static str>,
}

/// Everything of a lesson's export.
#[derive(Clone, Debug)]
pub struct Acts {
    pub lesson: Lesson,
    pub number: u8,
    pub acts: Vec<Act>,
}

impl Acts {
    /// Of this lesson of the course.
    pub fn of(course: &[Numbered], numbered: &Numbered) -> Acts {
        let all: Vec<Lesson> = course.iter().map(|it| it.lesson.clone()).collect();
        let wish = Wish { deeper: false, rootfs: false, lacks: never_exported };
        let plan = Plan::new(&all, &numbered.lesson, wish);
        let named = |id: &str| {
            let found = course.iter().find(|it| it.lesson.id == id).unwrap_or(numbered);
            (found.number, found.lesson.title.clone())
        };
        // What is set up for this lesson's experiments alone is not kept either.
        let kept = plan.before.iter().filter(|(_, _, step)| !step.detour);
        let mut acts: Vec<Act> = Vec::new();
        for (id, number, step) in kept {
            let lesson = named(id);
            let does = (step.actor.clone(), step.operation.clone());
            match acts.last_mut() {
                // Several operations stand for one step.
                Some(last) if *number > 0 && last.number == *number && last.lesson == lesson => last.does.push(does),
                _ => {
                    let found = course.iter().find(|it| it.lesson.id == *id);
                    let say = found.and_then(|it| sentence(&it.lesson, *number)).unwrap_or_default();
                    acts.push(Act { lesson, number: *number, say, does: vec![does], left_out: None });
                }
            }
        }
        for (number, step) in &plan.steps {
            acts.push(own(named(&plan.lesson.id), *number, step));
        }
        Acts { lesson: plan.lesson, number: numbered.number, acts }
    }

    /// Whether an operation gives the box's own program another name there. Other forms have other programs, and put them all
    /// there at once.
    pub fn names_a_tool<'a>(&self, operation: &'a Operation) -> Option<&'a str> {
        let Operation::Symlink(link) = operation else { return None };
        let tools = self.done().filter_map(|(_, it)| match it {
            Operation::Place(place) if place.program == Program::Tools => Some(place),
            _ => None,
        });
        let own = |place: &Place| place.at.ends_with(&format!("/{}", link.to)) || place.names.contains(&link.to);
        tools.into_iter().any(own).then(|| link.at.rsplit('/').next().unwrap_or(&link.at))
    }

    /// The names that later steps give it so.
    pub fn more_tools(&self) -> Vec<String> {
        self.done().filter_map(|(_, it)| self.names_a_tool(it)).map(str::to_owned).collect()
    }

    /// The operations that are done, in order.
    pub fn done(&self) -> impl Iterator<Item = &(String, Operation)> {
        self.acts.iter().filter(|it| it.left_out.is_none()).flat_map(|it| &it.does)
    }

    /// Whether the lesson itself adds anything.
    pub fn keeps_something(&self) -> bool {
        self.acts.iter().any(|it| it.lesson.0 == self.number && it.left_out.is_none() && !it.does.is_empty())
    }

    /// Whether there is nothing at all to build.
    pub fn is_empty(&self) -> bool {
        self.done().next().is_none()
    }

    /// The lesson in which the exported container got what it has last.
    pub fn last_kept(&self) -> Option<&(u8, String)> {
        let kept = |it: &&Act| it.left_out.is_none() && !it.does.is_empty();
        self.acts.iter().rev().find(kept).map(|it| &it.lesson)
    }

    /// Who is the container in the end: the one of that name, or the process that has all of it so far.
    pub fn inside(&self) -> &'static str {
        let born = self.done().any(|(_, operation)| operation.child().is_some_and(|name| name == "container"));
        if born { "container" } else { "runtime" }
    }
}

fn sentence(lesson: &Lesson, number: usize) -> Option<String> {
    number.checked_sub(1).and_then(|at| lesson.steps.get(at)).map(|step| step.say.trim().to_owned())
}

fn own(lesson: (u8, String), number: usize, step: &Step) -> Act {
    let left_out = match step {
        _ if step.operation.only_looks() => Some("it only looks"),
        _ if step.fails.is_some() => Some("it fails, as the lesson shows"),
        _ if !step.is_repeated() => Some("an experiment, of which nothing is kept"),
        _ => None,
    };
    let does = match &step.again {
        Some(instead) if left_out.is_none() => {
            instead.iter().map(|Setup { actor, operation, .. }| (actor.clone(), operation.clone())).collect()
        }
        _ => vec![(step.actor.clone(), step.operation.clone())],
    };
    Act { lesson, number, say: step.say.trim().to_owned(), does, left_out }
}

/// An export is for any machine; so it has what is the same on all of them, and control groups as version 2 has them.
fn never_exported(need: Need) -> Option<String> {
    let elsewhere = matches!(need, Need::Cgroup1 | Need::Subids | Need::Vm);
    elsewhere.then(|| "not on every machine".to_owned())
}
