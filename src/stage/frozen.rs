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
    trees: Trees,
    /// What each actor said last of its inside.
    inside: BTreeMap<String, Vec<Fact>>,
}

impl Groups {
    /// In the stage, before any agent is forked. Errors: as open(2).
    pub(super) fn open(layout: &Layout) -> nix::Result<Groups> {
        groups::remember(layout);
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

    /// Version 2 lets a frozen process die. It says nothing before, so nobody waits for it but here: these are
    /// whom the step has sent SIGKILL to.
    pub(super) fn frozen_that_die(&mut self, operation: &Operation) {
        let Some(groups) = self.groups.as_ref().filter(|groups| groups.trees.version() == 2) else { return };
        let concerned = |actor: &Actor| match operation {
            Operation::Kill(kill) => kill.signal == "KILL" && kill.of.as_ref() == Some(&actor.name),
            Operation::GroupKill(group) => groups.trees.is_in(&self.proc, actor.pid.as_raw(), group),
            _ => false,
        };
        let dying: Vec<usize> = (0..self.actors.len())
            .filter(|at| self.actors[*at].alive && concerned(&self.actors[*at]) && self.is_frozen(&self.actors[*at]))
            .collect();
        dying.into_iter().for_each(|at| self.has_ended(at));
    }

    /// Who can make no shell, by name.
    pub(super) fn unable(&self) -> Vec<String> {
        let Some(groups) = &self.groups else { return Vec::new() };
        let living = self.actors.iter().filter(|actor| actor.alive && !actor.gone);
        let unable =
            living.filter(|actor| self.is_frozen(actor) || groups.trees.is_full(&self.proc, actor.pid.as_raw()));
        unable.map(|actor| actor.name.clone()).collect()
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
