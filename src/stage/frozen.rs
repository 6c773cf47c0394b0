//! Actors whose control group is frozen, and the facts about groups.
//! A frozen process runs no instruction of its own, so its agent answers nobody: it is not asked, and what it said last
//! of its inside stands for it until it is thawed. Who is in a group is told by the actors' names.

use super::serve::{Actor, Stage};
use crate::evidence::{Fact, Key, Value, View};
use crate::kernel::Operation;
use crate::kernel::cgroups::Layout;
use crate::probe::groups::{self, Trees};
use std::collections::BTreeMap;

/// The groups of the lab, and what is kept for those that are frozen.
pub(super) struct Groups {
    pub(super) trees: Trees,
    /// What each actor said last of its inside.
    inside: BTreeMap<String, Vec<Fact>>,
}

impl Groups {
    /// In the stage, before any agent is forked. Errors: as open(2).
    pub(super) fn open(layout: &Layout) -> nix::Result<Groups> {
        groups::remember(layout);
        // Else the kernel would gather the agents' few pages into huge ones, at any time, and count 2 MiB for each to a group.
        nix::sys::prctl::set_thp_disable(true).ok();
        Ok(Groups { trees: Trees::open(layout)?, inside: BTreeMap::new() })
    }
}

impl Stage {
    pub(super) fn is_frozen(&self, actor: &Actor) -> bool {
        let groups = self.groups.as_ref();
        groups.is_some_and(|groups| !actor.gone && groups.trees.is_frozen(&self.proc, actor.pid.as_raw()))
    }

    /// Errors: a sentence, where this actor can do nothing.
    pub(super) fn not_frozen(&self, at: usize) -> Result<(), String> {
        let actor = &self.actors[at];
        if self.is_frozen(actor) {
            return Err(format!(
                "The actor `{}` is frozen by its control group, and does nothing until that is thawed.",
                actor.name
            ));
        }
        Ok(())
    }

    /// Waits for those whom the step has sent a fatal signal to and who say nothing at their end: programs, and what is
    /// frozen, which version 2 lets die.
    pub(super) fn that_die(&mut self, operation: &Operation) {
        let (second, trees) = match &self.groups {
            Some(groups) => (groups.trees.version() == 2, Some(&groups.trees)),
            None => (false, None),
        };
        let fatal = |actor: &Actor, signal: &str| signal == "KILL" || (actor.is_program && signal == "TERM");
        let concerned = |actor: &Actor| match operation {
            Operation::Kill(kill) => fatal(actor, &kill.signal) && kill.of.as_ref() == Some(&actor.name),
            Operation::GroupKill(group) => trees.is_some_and(|it| it.is_in(&self.proc, actor.pid.as_raw(), group)),
            _ => false,
        };
        let dies = |actor: &Actor| match self.is_frozen(actor) {
            true => second && (actor.alive || actor.is_program),
            false => actor.is_program,
        };
        let dying = |at: &usize| {
            let actor = &self.actors[*at];
            !actor.gone && concerned(actor) && dies(actor)
        };
        let dying: Vec<usize> = (0..self.actors.len()).filter(dying).collect();
        dying.into_iter().for_each(|at| self.has_ended(at));
    }

    /// Who can make no shell, by name.
    pub(super) fn unable(&self) -> Vec<String> {
        let trees = self.groups.as_ref().map(|groups| &groups.trees);
        let full = |actor: &Actor| trees.is_some_and(|trees| trees.is_full(&self.proc, actor.pid.as_raw()));
        let unable = |actor: &&Actor| {
            !actor.gone && (actor.is_program || (actor.alive && (self.is_frozen(actor) || full(actor))))
        };
        self.actors.iter().filter(unable).map(|actor| actor.name.clone()).collect()
    }

    /// Keeps what an actor said of its inside.
    pub(super) fn remember(&mut self, at: usize, inside: &[Fact]) {
        if let Some(groups) = &mut self.groups {
            groups.inside.insert(self.actors[at].name.clone(), inside.to_vec());
        }
    }

    /// What stands for those that were not asked.
    pub(super) fn of_frozen(&self, awake: &[bool]) -> Vec<Fact> {
        let Some(groups) = &self.groups else { return Vec::new() };
        let frozen = self.actors.iter().zip(awake).filter(|(actor, awake)| actor.alive && !**awake);
        frozen.flat_map(|(actor, _)| groups.inside.get(&actor.name).cloned().unwrap_or_default()).collect()
    }

    /// The facts about groups that the lesson names.
    pub(super) fn of_groups(&self) -> Vec<Fact> {
        let Some(groups) = &self.groups else { return Vec::new() };
        let name_of = |pid: i32| {
            let actor = self.actors.iter().find(|actor| actor.pid.as_raw() == pid && !actor.gone);
            actor.map_or_else(
                || match pid {
                    // Outside of this PID namespace there is only the launcher.
                    0 => "launcher".to_owned(),
                    1 => "lab".to_owned(),
                    _ => "a program".to_owned(),
                },
                |actor| actor.name.clone(),
            )
        };
        let named = self.watch.files.iter().filter_map(|(subject, key)| match key {
            Key::Group(group) => Some((subject, key, group)),
            _ => None,
        });
        let fact = |value: Value, subject: &str, key: &Key| Fact {
            subject: subject.to_owned(),
            view: View::Outside,
            key: key.clone(),
            value,
        };
        named.map(|(subject, key, group)| fact(groups.trees.fact(group, &name_of), subject, key)).collect()
    }
}
