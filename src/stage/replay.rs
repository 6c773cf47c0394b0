//! Steps that are only repeated: nothing is recorded, no facts are read. What one actor does in a row goes to it in one
//! message, so that a whole container takes as long as its system calls, and not as long as the talk about them.

use super::level::makes_network;
use super::message::{Again, Answer, Several, Task, Told};
use super::serve::{Stage, Stuck};
use super::settle::{concerns_links, may_send};
use crate::kernel::Operation;
use crate::kernel::error::Failed;

impl Stage {
    /// Repeats the steps, up to the first that fails and was not to.
    pub(super) fn replay(&mut self, steps: &[Again]) -> Answer {
        let answer = self.repeat(steps);
        match self.settle_links() {
            Ok(()) => answer,
            Err(stuck) => stuck.into(),
        }
    }

    fn repeat(&mut self, steps: &[Again]) -> Answer {
        let mut done = 0;
        while let Some(step) = steps.get(done) {
            let together =
                steps[done..].iter().take_while(|it| it.actor == step.actor && !alone(&it.operation)).count();
            let failed = match together {
                0 | 1 => self.step(&step.actor, &step.operation, false).map(|stepped| (1, stepped.failed)),
                count => self.several(&step.actor, &steps[done..done + count]),
            };
            match failed {
                Ok((count, Some(failed))) if !steps[done + count - 1].may_fail => {
                    return Answer::Replayed(Some((done + count - 1, failed)));
                }
                Ok((count, _)) => done += count,
                Err(stuck) => return stuck.into(),
            }
        }
        Answer::Replayed(None)
    }

    /// Operations of one actor in one message. How many were tried, and how the last of them failed if it did.
    fn several(&mut self, name: &str, steps: &[Again]) -> Result<(usize, Option<Failed>), Stuck> {
        let at = self.find(name)?;
        let mut several = Vec::with_capacity(steps.len());
        for step in steps {
            let named = self.named(&step.operation)?;
            let pid_of = named.and_then(|named| self.number_for(&self.actors[at], named));
            several.push(Several { operation: step.operation.clone(), pid_of, may_fail: step.may_fail });
        }
        let sent = self.actors[at].wire.send(&Task::Several(several), &[]).is_ok();
        let told = if sent { self.told(at)? } else { None };
        let Some(Told::Several { done, failed }) = told else {
            self.has_ended(at);
            return Err(Stuck::Lost);
        };
        self.links_changed |= steps.iter().any(|it| concerns_links(&it.operation));
        if steps.iter().any(|it| self.may_settle(&it.operation, false)) {
            self.settle()?;
        }
        self.reap();
        Ok((done, failed))
    }
}

/// Operations that concern more than the agent that does them.
fn alone(operation: &Operation) -> bool {
    use Operation::{Exit, Fork, Init, Kill, Start, Wait};
    let of_groups = matches!(operation, Operation::GroupKill(_) | Operation::GroupSet(_) | Operation::GroupJoin(_));
    let processes = matches!(operation, Fork(_) | Start(_) | Exit(_) | Kill(_) | Wait(_) | Init(_));
    processes || of_groups || may_send(operation) || makes_network(operation)
}
