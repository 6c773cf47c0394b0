//! A step as it is told: what its author wrote, the code that runs, the same in a shell. Nothing of it is evidence, so
//! a run and a record that was made before tell it alike.

use super::model::{Lesson, Step};
use crate::evidence::record::{Code, Question, StepText};
use crate::kernel::cgroups::Layout;
use crate::kernel::{code, shell_words::shell_words};

/// A step among those that are told with it. `groups` are the trees of control groups where it is said.
pub fn step_text(
    steps: &[(usize, Step)],
    groups: Option<&Layout>,
    number: usize,
    step: &Step,
    given: Option<String>,
) -> StepText {
    let own = code::code(&step.operation);
    let earlier = steps.iter().take_while(|(at, _)| *at < number);
    let mut same = earlier.filter(|(_, it)| own.is_some() && !it.deeper && code::code(&it.operation) == own);
    let first = same.next().map(|(at, _)| *at);
    StepText {
        actor: step.actor.clone(),
        say: step.say.clone(),
        operation: step.operation.clone(),
        code: own.map(|it| Code { file: it.file.to_owned(), text: it.text.to_owned(), first }),
        shell: shell_words(&step.operation, groups),
        question: step.predict.as_ref().map(|it| Question {
            ask: it.ask.clone(),
            options: it.options.clone(),
            answer: it.answer.clone(),
            because: it.because.clone(),
            replies: it.replies.clone(),
            given,
        }),
        why: step.why.clone(),
        manual: step.manual.clone(),
        notes: step.notes.clone(),
        deeper: step.deeper,
        detour: step.detour,
    }
}

/// The trees that a lesson on control groups has where a record says that it was made in this version: one in version
/// 2, one for each controller that it needs in version 1.
pub fn layout(lesson: &Lesson, version: u8) -> Layout {
    if version == 2 {
        return Layout { version, trees: vec![(String::new(), String::new())] };
    }
    let needs = lesson.needs.iter().chain(lesson.steps.iter().flat_map(|step| &step.needs));
    let mut names: Vec<&str> = needs.flat_map(|need| need.controllers()).copied().collect();
    names.sort_unstable();
    names.dedup();
    Layout { version, trees: names.into_iter().map(|name| (name.to_owned(), name.to_owned())).collect() }
}
