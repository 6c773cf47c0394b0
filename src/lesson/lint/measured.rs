//! What a step measures: a drawing of control groups, and output that varies.

use crate::evidence::drawing::Draw;
use crate::kernel::Operation;
use crate::lesson::draft::Draft;
use crate::lesson::found::Found;

pub fn judge(draft: &Draft, found: &mut Found) {
    for step in draft.steps() {
        if let Some(claim) = step.drawn.get().filter(|_| step.draw.is_missing()) {
            let problem = "`drawn` claims something of a drawing, and the step draws nothing".into();
            found.push(claim.span.clone(), "drawn-nothing", problem, "`draw: { memory: GROUP }` or the like beside it");
        }
        if let Some(draw) = step.draw.get() {
            let few = matches!(&draw.value, Draw::Share(groups) if groups.len() < 2);
            if few || draw.value.groups().iter().any(|group| group.trim().is_empty()) {
                let problem = "The drawing lacks a group".into();
                found.push(draw.span.clone(), "draw-form", problem, "the names of groups; of a share at least two");
            }
        }
        let prints = |it: &Operation| matches!(it, Operation::Run(_) | Operation::Read(_));
        if step.varies && step.operation.value().is_some_and(|it| !prints(it)) {
            let problem = "The step prints nothing that could vary".into();
            found.push(step.span.clone(), "varies-nothing", problem, "`varies` with `run` or `read`");
        }
    }
}
