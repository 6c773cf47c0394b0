//! From a lesson's file to a lesson: reads piece by piece and gathers every mistake, then reads the whole.
//! Only what makes a file unreadable is found here, and stops a run; how a lesson should be written is judged by `lint`.

use super::decode::decode;
use super::diagnostic::{Diagnostic, Source};
use super::draft::{Draft, PredictionDraft, Slot, StepDraft};
use super::fields::fields_of;
use super::found::Found;
use super::model::{Lesson, Need, Part, Prediction, Setup, Step};
use super::overlay;
use super::reader::{Fields, line, list, pairs, report, value};
use super::ready;
use super::shelf::{Entry, Shelf};
use super::tree::{self, Key, Node};
use super::vocabulary::{errno, operation, target_key, target_of};
use std::sync::Arc;

/// A lesson that can be run, with its number and where it came from.
#[derive(Clone, Debug)]
pub struct Numbered {
    pub number: u8,
    /// `02-hostname`
    pub folder: String,
    /// Its file, as messages show it.
    pub file: String,
    pub lesson: Lesson,
}

/// Every lesson of a shelf, or everything that cannot be read in any of them.
pub fn read(shelf: &Shelf) -> Result<Vec<Numbered>, Vec<Diagnostic>> {
    each(shelf, false)
}

/// The same for somebody who only does the steps: built-in lessons come without what is to be read or checked.
pub fn read_bare(shelf: &Shelf) -> Result<Vec<Numbered>, Vec<Diagnostic>> {
    each(shelf, true)
}

fn each(shelf: &Shelf, bare: bool) -> Result<Vec<Numbered>, Vec<Diagnostic>> {
    let (mut lessons, mut mistakes) = (Vec::new(), Vec::new());
    for entry in shelf.lessons() {
        match read_with(entry, bare) {
            Ok(lesson) => lessons.push(lesson),
            Err(more) => mistakes.extend(more),
        }
    }
    inherit_needs(&mut lessons);
    if mistakes.is_empty() { Ok(lessons) } else { Err(mistakes) }
}

/// A lesson begins where others have ended, so it needs what they need, as far as their steps are repeated for it.
fn inherit_needs(lessons: &mut [Numbered]) {
    let course: Vec<Lesson> = lessons.iter().map(|it| it.lesson.clone()).collect();
    for Numbered { lesson, .. } in lessons {
        let mut at = lesson.after.clone();
        // An author's mistake may lead in a circle.
        for _ in 0..course.len() {
            let Some(earlier) = course.iter().find(|it| Some(&it.id) == at.as_ref()) else { break };
            if earlier.steps.iter().any(Step::is_repeated) {
                let more: Vec<Need> = earlier.needs.iter().filter(|it| !lesson.needs.contains(it)).copied().collect();
                lesson.needs.extend(more);
            }
            at.clone_from(&earlier.after);
        }
    }
}

/// One lesson, or everything in its file that cannot be read.
pub fn read_one(entry: &Entry) -> Result<Numbered, Vec<Diagnostic>> {
    read_with(entry, false)
}

fn read_with(entry: &Entry, bare: bool) -> Result<Numbered, Vec<Diagnostic>> {
    // The built-in lessons have been judged before the program was built; reading them piece by piece is for authors.
    if entry.is_built_in()
        && let Some(mut root) = ready::tree(&entry.folder, bare)
        && (bare || lay_words(entry, &mut root)?)
        && let Ok(lesson) = decode::<Lesson>(&root)
    {
        return Ok(Numbered { number: entry.number, folder: entry.folder.clone(), file: entry.file.clone(), lesson });
    }
    let source = entry.source().map_err(|mistake| vec![mistake])?;
    let mut found = Found::new(&source);
    let mut draft = draft(entry, &source, &mut found);
    if let (Some((_, Some(lesson))), true) = (&mut draft, found.is_empty() && entry.has_overlay() && !bare)
        && let Some(mut root) = tree::parse(&source, &mut found)
    {
        lay_words(entry, &mut root)?;
        *lesson = decode(&root).unwrap_or_else(|_| lesson.clone());
    }
    match draft.and_then(|(_, lesson)| lesson) {
        Some(lesson) if found.is_empty() => {
            let (number, folder, file) = (entry.number, entry.folder.clone(), entry.file.clone());
            Ok(Numbered { number, folder, file, lesson })
        }
        _ => Err(found.finish()),
    }
}

/// Puts the words that were chosen for a lesson into its tree.
fn lay_words(entry: &Entry, root: &mut Node) -> Result<bool, Vec<Diagnostic>> {
    for source in entry.overlays() {
        overlay::lay(&source.map_err(|mistake| vec![mistake])?, root)?;
    }
    Ok(true)
}

/// What can be read of a lesson, and the lesson itself where that is all of it. Mistakes go to `found`.
pub(super) fn draft(entry: &Entry, source: &Arc<Source>, found: &mut Found) -> Option<(Draft, Option<Lesson>)> {
    let root = tree::parse(source, found)?;
    let mut fields = Fields::of(&root, "lesson", fields_of::<Lesson>(), found)?;
    // Words of closed lists: right or not, there is nothing more to judge.
    fields.required("part", value::<Part>);
    fields.optional("needs", |node, found| list(node, found, value::<Need>));
    let draft = Draft {
        source: source.clone(),
        number: entry.number,
        slug: entry.slug.clone(),
        span: root.span.start..root.span.start,
        id: fields.required("id", value),
        title: fields.required("title", line),
        minutes: fields.required("minutes", value),
        seconds: filled(fields.optional("seconds", value)),
        misconception: fields.required("misconception", value),
        intro: fields.required("intro", value),
        after: filled(fields.optional("after", value)),
        rootfs: filled(fields.optional("rootfs", value)),
        setup: fields.optional("setup", setups),
        steps: fields.required("steps", steps),
        summary: fields.required("summary", value),
        docker: fields.required("docker", |node, found| list(node, found, value)),
    };
    // The derived code of the model has the last word: a field that it knows and this file does not is read here.
    let lesson = if found.is_empty() {
        decode::<Lesson>(&root).map_err(|mistakes| report(mistakes, &root, found)).ok()
    } else {
        None
    };
    Some((draft, lesson))
}

fn steps(node: &Node, found: &mut Found) -> Option<Vec<StepDraft>> {
    Some(list(node, found, step)?.into_iter().map(|at| at.value).collect())
}

fn step(node: &Node, found: &mut Found) -> Option<StepDraft> {
    let mut fields = Fields::of(node, "step", fields_of::<Step>(), found)?;
    fields.optional("needs", |node, found| list(node, found, value::<Need>));
    Some(StepDraft {
        span: node.span.clone(),
        actor: fields.required("as", value),
        say: fields.required("say", value),
        operation: fields.required("do", operation),
        arguments: node.get("do").cloned(),
        look: fields.optional("look", |node, found| list(node, found, target_of)),
        predict: fields.optional("predict", prediction),
        expect: fields.optional("expect", |node, found| pairs(node, found, target_key, value)),
        output: filled(fields.optional("output", value)),
        varies: fields.flag("varies"),
        draw: fields.optional("draw", value),
        drawn: fields.optional("drawn", value),
        fails: fields.optional("fails", errno),
        why: fields.required("why", value),
        manual: fields.optional("manual", |node, found| list(node, found, value)),
        notes: filled(fields.optional("notes", value)),
        deeper: fields.flag("deeper"),
        detour: fields.flag("detour"),
        rootfs: fields.flag("rootfs"),
        again: fields.optional("again", setups),
    })
}

fn setups(node: &Node, found: &mut Found) -> Option<Vec<StepDraft>> {
    Some(list(node, found, setup)?.into_iter().map(|at| at.value).collect())
}

fn setup(node: &Node, found: &mut Found) -> Option<StepDraft> {
    let mut fields = Fields::of(node, "setup", fields_of::<Setup>(), found)?;
    Some(StepDraft {
        span: node.span.clone(),
        actor: fields.required("as", value),
        say: Slot::Missing,
        operation: fields.required("do", operation),
        arguments: node.get("do").cloned(),
        look: Slot::Missing,
        predict: Slot::Missing,
        expect: Slot::Missing,
        output: Slot::Missing,
        varies: false,
        draw: Slot::Missing,
        drawn: Slot::Missing,
        fails: Slot::Missing,
        why: Slot::Missing,
        manual: Slot::Missing,
        notes: Slot::Missing,
        deeper: false,
        detour: fields.flag("detour"),
        rootfs: false,
        again: Slot::Missing,
    })
}

/// `notes:` with nothing after it is as good as no notes.
fn filled<T>(slot: Slot<Option<T>>) -> Slot<T> {
    match slot {
        Slot::Is(at) => match at.value {
            Some(value) => Slot::Is(super::draft::At { value, span: at.span }),
            None => Slot::Missing,
        },
        Slot::Broken => Slot::Broken,
        Slot::Missing => Slot::Missing,
    }
}

fn prediction(node: &Node, found: &mut Found) -> Option<PredictionDraft> {
    let mut fields = Fields::of(node, "prediction", fields_of::<Prediction>(), found)?;
    let letter = |key: &Key, _: &mut Found| Some(key.text.clone());
    Some(PredictionDraft {
        ask: fields.required("ask", value),
        options: fields.required("options", |node, found| pairs(node, found, letter, value)),
        answer: fields.required("answer", value),
        because: fields.required("because", value),
        replies: fields.required("replies", |node, found| pairs(node, found, letter, value)),
    })
}
