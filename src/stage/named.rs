//! The process that an operation names by an actor, and its number in the PID namespace of whoever is to act.
//! A PID is a name in one namespace: what the lab host calls 5 may be 2 for the actor, or have no name for it at all
//! (pid_namespaces(7)).

use super::serve::{Actor, Stage};
use crate::kernel::Operation;
use crate::probe::namespaces::{inode, parent};

impl Stage {
    /// The actor that an operation names beside the one that acts.
    pub(super) fn named(&self, operation: &Operation) -> Result<Option<&Actor>, String> {
        let name = match operation {
            Operation::Kill(kill) => kill.of.as_deref(),
            // A child is known to its parent. Whoever else asks says a number, and the kernel says no.
            Operation::Wait(child) => return Ok(self.there(child)),
            other => other.other(),
        };
        let Some(name) = name else { return Ok(None) };
        // One that has ended still has a number until it is waited for.
        let found = self.there(name);
        found.map(Some).ok_or_else(|| match self.find(name) {
            Err(sentence) => sentence,
            Ok(_) => format!("The actor `{name}` is gone, and its number with it."),
        })
    }

    fn there(&self, name: &str) -> Option<&Actor> {
        self.actors.iter().find(|it| it.name == name && !it.gone)
    }

    /// The number of `other` in the PID namespace of `actor`; none where it has none there.
    pub(super) fn number_for(&self, actor: &Actor, other: &Actor) -> Option<i32> {
        let (own, their) = (actor.pid.as_raw(), other.pid.as_raw());
        let own_namespace = inode(&self.proc.file(own, "ns/pid").ok()?)?;
        let level = self.proc.status(own).ok()?.nspid?.len().checked_sub(1)?;
        let pids = self.proc.status(their).ok()?.nspid?;
        let number = *pids.get(level)?;
        // The same level may be in another branch: its namespace, or one above it, must be the actor's own.
        // Of a zombie the kernel shows no namespaces any more; its number is all that there is to compare.
        let Ok(mut at) = self.proc.file(their, "ns/pid") else { return Some(number) };
        for _ in level..pids.len() {
            if inode(&at) == Some(own_namespace) {
                return Some(number);
            }
            at = parent(&at).ok()?;
        }
        None
    }
}
