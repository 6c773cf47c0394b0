//! Who is alive, as far as the steps tell: actors, whose child each is, and the descriptors that each keeps.
//! Where a step makes it uncertain (a signal, the end of a parent), an actor counts as perhaps alive and nothing is
//! said about it. This is no simulation of the kernel: only what an author can mistype.

use crate::kernel::Operation;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    Alive,
    Perhaps,
    Ended,
}

#[derive(Clone, Debug)]
pub struct Actor {
    pub life: Life,
    pub parent: Option<String>,
    /// A program that was started: it acts never.
    pub is_program: bool,
    pub open: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub actors: BTreeMap<String, Actor>,
    /// A step before could not be read: nobody knows any more who there is.
    pub lost: bool,
}

impl World {
    /// The lab host as every first lesson finds it.
    pub fn fresh() -> World {
        let actor = |name: &str| {
            (name.to_owned(), Actor { life: Life::Alive, parent: None, is_program: false, open: BTreeSet::new() })
        };
        World { actors: BTreeMap::from([actor("host"), actor("runtime")]), lost: false }
    }

    pub fn lost() -> World {
        World { lost: true, ..World::fresh() }
    }

    pub fn life(&self, name: &str) -> Option<Life> {
        self.actors.get(name).map(|actor| actor.life)
    }

    /// Those that can act, for messages.
    pub fn living(&self) -> Vec<&str> {
        self.actors.iter().filter(|(_, actor)| actor.life != Life::Ended).map(|(name, _)| name.as_str()).collect()
    }

    /// What a step that succeeds does to it.
    pub fn apply(&mut self, who: &str, operation: &Operation) {
        match operation {
            Operation::Fork(name) => {
                // A child has its parent's descriptors.
                let open = self.actors.get(who).map(|actor| actor.open.clone()).unwrap_or_default();
                let parent = Some(who.to_owned());
                self.actors.insert(name.clone(), Actor { life: Life::Alive, parent, is_program: false, open });
            }
            // It may end by itself at any time.
            Operation::Start(it) => {
                let (parent, open) = (Some(who.to_owned()), BTreeSet::new());
                self.actors.insert(it.name.clone(), Actor { life: Life::Perhaps, parent, is_program: true, open });
            }
            // It has its own kernel, and is nobody's child.
            Operation::Boot => {
                self.actors.insert(
                    "vm".to_owned(),
                    Actor { life: Life::Alive, parent: None, is_program: false, open: BTreeSet::new() },
                );
            }
            Operation::Exit(_) => {
                self.perhaps_below(who);
                if let Some(actor) = self.actors.get_mut(who) {
                    actor.life = Life::Ended;
                }
            }
            Operation::Kill(_) | Operation::GroupKill(_) => {
                for (name, actor) in &mut self.actors {
                    if name != "host" && actor.life == Life::Alive {
                        actor.life = Life::Perhaps;
                    }
                }
            }
            Operation::Wait(name) => {
                self.perhaps_below(name);
                if let Some(actor) = self.actors.get_mut(name) {
                    actor.life = Life::Ended;
                }
            }
            Operation::Listen(it) => self.change_open(who, |open| open.insert(it.name.clone())),
            Operation::Open(file) => self.change_open(who, |open| open.insert(file.name.clone())),
            Operation::Capture(it) => self.change_open(who, |open| open.insert(it.name.clone())),
            Operation::Close(name) => self.change_open(who, |open| open.remove(name)),
            _ => {}
        }
    }

    fn change_open(&mut self, who: &str, change: impl FnOnce(&mut BTreeSet<String>) -> bool) {
        if let Some(actor) = self.actors.get_mut(who) {
            change(&mut actor.open);
        }
    }

    /// The children of a process that ends live on, or end with it where it was the first of its PID namespace.
    fn perhaps_below(&mut self, who: &str) {
        let mut ending = vec![who.to_owned()];
        while let Some(parent) = ending.pop() {
            for (name, actor) in &mut self.actors {
                if actor.parent.as_ref() == Some(&parent) && actor.life == Life::Alive {
                    actor.life = Life::Perhaps;
                    ending.push(name.clone());
                }
            }
        }
    }
}
