//! What will be run: the steps that lead to a lesson's beginning, and those of the lesson itself.
//! A lesson starts where the one before ended, so the steps of all lessons before it, without detours, come first and
//! are repeated silently. Steps marked `deeper` are left out unless asked for; so are those that build what
//! `--rootfs` brings.

use super::model::{Lesson, Need, Setup, Step};
use crate::evidence::record::Skipped;
use crate::stage::groups::Wanted;
use std::collections::BTreeMap;

/// What was asked for, and what the machine can.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub deeper: bool,
    /// A root file system is brought, so none is built.
    pub rootfs: bool,
    /// What a need lacks here, as a sentence; none where it can be met.
    pub lacks: fn(Need) -> Option<String>,
}

/// The steps to run, in order.
#[derive(Clone, Debug)]
pub struct Plan {
    pub lesson: Lesson,
    /// What leads to the beginning: the lesson that each comes from, its number there, and the step.
    pub before: Vec<(String, usize, Step)>,
    /// The steps of the lesson, with their numbers.
    pub steps: Vec<(usize, Step)>,
    pub skipped: Vec<Skipped>,
    /// The controllers of control groups that they need.
    pub groups: Wanted,
}

impl Plan {
    /// Plans a lesson of this course. `course` has all lessons; unknown names in `after` end the chain (lint finds them).
    pub fn new(course: &[Lesson], lesson: &Lesson, wish: Wish) -> Plan {
        let mut chain = Vec::new();
        let mut at = lesson;
        while let Some(earlier) = at.after.as_ref().and_then(|id| course.iter().find(|it| it.id == *id)) {
            // A circle is a mistake that lint reports; here it must only not run for ever.
            if chain.len() > course.len() {
                break;
            }
            chain.push(earlier);
            at = earlier;
        }
        let mut before = Vec::new();
        let mut groups: Wanted = lesson
            .needs
            .iter()
            .chain(chain.iter().flat_map(|it| &it.needs))
            .flat_map(|it| it.controllers())
            .copied()
            .collect();
        for earlier in chain.into_iter().rev() {
            before.extend(setup(earlier).filter(|(_, _, step)| !step.detour));
            for (at, step) in earlier.steps.iter().enumerate() {
                // Asked last: the machine is examined for it.
                let wanted = step.is_repeated() && !(wish.rootfs && step.rootfs);
                if wanted && lacking(step, wish).is_none() {
                    match &step.again {
                        Some(instead) => before.extend(unseen(earlier, at + 1, instead)),
                        None => before.push((earlier.id.clone(), at + 1, step.clone())),
                    }
                }
            }
        }
        before.extend(setup(lesson));
        let mut steps = Vec::new();
        let mut skipped = Vec::new();
        for (at, step) in lesson.steps.iter().enumerate() {
            let why = if step.deeper && !wish.deeper {
                Some(Skipped::DEEPER.to_owned())
            } else if step.rootfs && wish.rootfs {
                Some("builds the root file system that --rootfs brings".to_owned())
            } else {
                lacking(step, wish)
            };
            match why {
                Some(why) => skipped.push(Skipped { number: at + 1, why }),
                None => steps.push((at + 1, step.clone())),
            }
        }
        let needs =
            before.iter().map(|(_, _, step)| step).chain(steps.iter().map(|(_, step)| step)).flat_map(|it| &it.needs);
        groups.extend(needs.flat_map(|it| it.controllers()));
        Plan { lesson: lesson.clone(), before, steps, skipped, groups }
    }

    /// Whether a step that will be run needs this.
    pub fn needs(&self, need: Need) -> bool {
        self.steps.iter().any(|(_, step)| step.needs.contains(&need))
    }

    /// Only what the growing container needs of a lesson, to begin where the one before has ended: no detours, nothing
    /// deeper, nothing that fails.
    pub fn main_path(course: &[Lesson], lesson: &Lesson, wish: Wish) -> Plan {
        let mut plan = Plan::new(course, lesson, wish);
        plan.steps.retain(|(_, step)| !step.detour && step.fails.is_none());
        // What is left is what the lesson itself wants set up.
        plan.before.retain(|(id, _, step)| *id == lesson.id && !step.detour);
        plan
    }

    /// The place in `steps` of a step's number; of the next one that is there, if that one is left out.
    pub fn place(&self, number: usize) -> Option<usize> {
        self.steps.iter().position(|(at, _)| *at >= number)
    }
}

/// Why a step cannot run on this machine, if so.
fn lacking(step: &Step, wish: Wish) -> Option<String> {
    step.needs.iter().find_map(|need| (wish.lacks)(*need))
}

/// What a lesson wants done before its first step, as steps of the number 0.
fn setup(lesson: &Lesson) -> impl Iterator<Item = (String, usize, Step)> {
    unseen(lesson, 0, &lesson.setup)
}

/// What is done and not shown, as steps of this number.
fn unseen(lesson: &Lesson, number: usize, acts: &[Setup]) -> impl Iterator<Item = (String, usize, Step)> {
    let step = |setup: &Setup| Step {
        actor: setup.actor.clone(),
        say: String::new(),
        operation: setup.operation.clone(),
        look: Vec::new(),
        predict: None,
        expect: BTreeMap::new(),
        output: None,
        varies: false,
        draw: None,
        drawn: None,
        fails: None,
        needs: Vec::new(),
        why: String::new(),
        manual: Vec::new(),
        notes: None,
        deeper: false,
        detour: setup.detour,
        rootfs: false,
        again: None,
    };
    acts.iter().map(move |act| (lesson.id.clone(), number, step(act)))
}
