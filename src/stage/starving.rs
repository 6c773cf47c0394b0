//! A limit of memory ends processes, and an agent that is ended takes its lab with it. Programs that an agent starts are
//! ended first (`process::programs_are_expendable`); here is what would reach the agent all the same, and is refused
//! before it is done: a group with an agent in it that gets too little, or is to be ended as a whole.

use super::serve::{Actor, Stage};
use crate::kernel::Operation;

/// What an agent may need for itself, in bytes: pages that it shares with others are not counted to its group.
const NEEDED: u64 = 8 << 20;

impl Stage {
    /// Errors: a sentence, where this would end an agent.
    pub(super) fn would_starve(&self, at: usize, operation: &Operation) -> Result<(), String> {
        let Some(groups) = &self.groups else { return Ok(()) };
        let trees = &groups.trees;
        let (group, reached, limit, as_whole) = match operation {
            Operation::GroupSet(it) => {
                let within = |actor: &&Actor| trees.is_in(&self.proc, actor.pid.as_raw(), &it.group);
                let reached = self.actors.iter().filter(|actor| actor.alive && !actor.gone).find(within);
                let limit = it.memory_max.as_deref().and_then(bytes);
                (&it.group, reached, limit, it.memory_oom_group.as_deref() == Some("1"))
            }
            Operation::GroupJoin(it) => {
                let name = it.of.as_deref().unwrap_or(&self.actors[at].name);
                let reached = self.actors.iter().find(|actor| actor.name == name && actor.alive);
                let (limit, as_whole) = trees.memory_limits(&it.group);
                (&it.group, reached, limit, as_whole)
            }
            _ => return Ok(()),
        };
        let Some(actor) = reached else { return Ok(()) };
        if as_whole {
            return Err(format!(
                "memory.oom.group would end all of the group `{group}` together, and with it the actor `{}`, whose end \
                 would be the lab's. Start a program in a group of its own instead: `start` with `group`.",
                actor.name
            ));
        }
        if limit.is_some_and(|limit| limit < NEEDED) {
            return Err(format!(
                "A memory.max of less than {}M for the group `{group}` could end the actor `{}`, and with it the lab. \
                 Take a larger one, or start a program in a group of its own: `start` with `group`.",
                NEEDED >> 20,
                actor.name
            ));
        }
        Ok(())
    }
}

/// A size as the kernel reads it: memparse() takes K, M and G, large or small. None for what is no number.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let (digits, shift) = match text.chars().next_back()?.to_ascii_lowercase() {
        'k' => (&text[..text.len() - 1], 10),
        'm' => (&text[..text.len() - 1], 20),
        'g' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_read_as_the_kernel_does() {
        for (text, size) in [("20M", Some(20 << 20)), ("4096", Some(4096)), ("8k", Some(8 << 10)), ("max", None)] {
            assert_eq!(bytes(text), size, "{text}");
        }
    }
}
