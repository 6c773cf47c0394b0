//! After a step that others react to, the stage waits until they have: a signal that was sent, a child's end that an
//! init collects, the end of a whole PID namespace. A fatal signal is pending when kill(2) returns, so whoever has one
//! never answers the next question but ends; and an init serves its signals before it answers. When nobody has ended
//! and no init has done anything in a whole round, there is nothing left to wait for.

use super::message::{Task, Told};
use super::serve::{Stage, Stuck, readable};
use crate::kernel::Operation;

/// Each round but the last follows an end or a signal, so this is only for safety.
const MOST_ROUNDS: usize = 1000;

impl Stage {
    /// Whether others may still be about to react to this operation.
    pub(super) fn may_settle(&self, operation: &Operation) -> bool {
        let sends = matches!(operation, Operation::Kill(_) | Operation::Exit(_) | Operation::Run(_));
        sends || self.actors.iter().any(|actor| actor.done_as_init.is_some())
    }

    /// Waits until nobody reacts any more.
    pub(super) fn settle(&mut self) -> Result<(), Stuck> {
        for _ in 0..MOST_ROUNDS {
            if !self.round()? {
                break;
            }
        }
        Ok(())
    }

    /// Asks every agent. True: something has happened.
    fn round(&mut self) -> Result<bool, Stuck> {
        let living = self.actors.iter_mut().enumerate().filter(|(_, actor)| actor.alive);
        // What could not be sent is answered by the end of the wire.
        let asked: Vec<usize> = living
            .map(|(at, actor)| {
                actor.wire.send(&Task::Settle, &[]).ok();
                at
            })
            .collect();
        let mut happened = false;
        for at in asked {
            match self.told(at)? {
                Some(Told::Settled(done)) => {
                    let before = std::mem::replace(&mut self.actors[at].done_as_init, done);
                    happened |= before != done;
                }
                _ => {
                    self.has_ended(at);
                    happened = true;
                }
            }
        }
        Ok(happened)
    }

    /// Its wire is closed. That is a moment before the process has ended, and the facts are to be those after the end.
    pub(super) fn has_ended(&mut self, at: usize) {
        self.actors[at].alive = false;
        if let Ok(process) = crate::kernel::process::pidfd(self.actors[at].pid.as_raw()) {
            readable(&process);
        }
    }
}
