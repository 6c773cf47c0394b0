//! After a step that others react to, the stage waits until they have: a signal that was sent, a child's end that an
//! init collects, the end of a whole PID namespace. A fatal signal is pending when kill(2) returns, so whoever has one
//! never answers the next question but ends; and an init serves its signals before it answers. When nobody has ended
//! and no init has done anything in a whole round, there is nothing left to wait for. The kernel itself reacts to a
//! carrier.

use super::message::{Task, Told};
use super::patience::readable;
use super::serve::{Stage, Stuck};
use crate::kernel::Operation;

/// Each round but the last follows an end or a signal, so this is only for safety.
const MOST_ROUNDS: usize = 1000;

impl Stage {
    /// Whether others may still be about to react to this operation. An init may react to anything; but only a record
    /// must not tell of half of that.
    pub(super) fn may_settle(&self, operation: &Operation, recorded: bool) -> bool {
        let sends = matches!(
            operation,
            Operation::Kill(_)
                | Operation::Exit(_)
                | Operation::Run(_)
                | Operation::GroupKill(_)
                | Operation::GroupSet(_)
        );
        sends || (recorded && self.actors.iter().any(|actor| actor.done_as_init.is_some()))
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
        let mut happened = false;
        for at in self.ask_all(&Task::Settle) {
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

    /// Gives every agent this task, but those that are frozen and answer nobody. Who was asked: what could not be sent is answered by the end of the wire.
    fn ask_all(&self, task: &Task) -> Vec<usize> {
        let living = self.actors.iter().enumerate().filter(|(_, actor)| actor.alive && !self.is_frozen(actor));
        living
            .map(|(at, actor)| {
                actor.wire.send(task, &[]).ok();
                at
            })
            .collect()
    }

    /// Waits until links that have a carrier send, wherever one was changed. What is sent before is lost.
    pub(super) fn settle_links(&mut self) -> Result<(), Stuck> {
        if std::mem::take(&mut self.links_changed) {
            for at in self.ask_all(&Task::Links) {
                if self.told(at)?.is_none() {
                    self.has_ended(at);
                }
            }
        }
        Ok(())
    }

    /// Its wire is closed. That is a moment before the process has ended, and the facts are to be those after the end.
    pub(super) fn has_ended(&mut self, at: usize) {
        self.actors[at].alive = false;
        if let Ok(process) = crate::kernel::process::pidfd(self.actors[at].pid.as_raw()) {
            readable(&process);
        }
    }
}

/// Operations that may send packets.
pub(super) fn may_send(operation: &Operation) -> bool {
    matches!(operation, Operation::Connect(_) | Operation::Ping(_) | Operation::Run(_))
}

/// Operations after which a link may have a carrier and not send yet.
pub(super) fn concerns_links(operation: &Operation) -> bool {
    matches!(operation, Operation::LinkAdd(_) | Operation::LinkSet(_) | Operation::LinkDelete(_))
}
