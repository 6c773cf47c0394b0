//! A lesson as far as its file could be read: every field with its place, and fields that are missing or wrong.
//! `load` fills it, `lint` judges it: so one run finds what cannot be read and what is badly written. A run of a lesson
//! uses the whole `Lesson` of `model` instead.

use super::diagnostic::Source;
use super::tree::Node;
use crate::evidence::drawing::Draw;
use crate::evidence::expect::{Claim, Target};
use crate::kernel::Operation;
use crate::kernel::error::Errno;
use std::ops::Range;
use std::sync::Arc;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// A field.
#[derive(Clone, Debug)]
pub enum Slot<T> {
    Missing,
    /// It is there and cannot be read; that is reported already.
    Broken,
    Is(At<T>),
}

impl<T> Slot<T> {
    pub fn get(&self) -> Option<&At<T>> {
        if let Slot::Is(at) = self { Some(at) } else { None }
    }

    pub fn value(&self) -> Option<&T> {
        self.get().map(|at| &at.value)
    }

    pub fn is_missing(&self) -> bool {
        matches!(self, Slot::Missing)
    }
}

/// A lesson's file, read.
#[derive(Clone, Debug)]
pub struct Draft {
    pub source: Arc<Source>,
    pub number: u8,
    pub slug: String,
    /// Its beginning, where it is to be complained about as a whole.
    pub span: Range<usize>,
    pub id: Slot<String>,
    pub title: Slot<String>,
    pub minutes: Slot<u32>,
    pub seconds: Slot<u64>,
    pub misconception: Slot<String>,
    pub intro: Slot<String>,
    pub after: Slot<String>,
    pub rootfs: Slot<String>,
    /// What is done before the first step; only actor and operation are filled.
    pub setup: Slot<Vec<StepDraft>>,
    pub steps: Slot<Vec<StepDraft>>,
    pub summary: Slot<String>,
    pub docker: Slot<Vec<At<String>>>,
}

#[derive(Clone, Debug)]
pub struct StepDraft {
    pub span: Range<usize>,
    pub actor: Slot<String>,
    pub say: Slot<String>,
    pub operation: Slot<Operation>,
    /// What stands after `do:`, for the places of its arguments.
    pub arguments: Option<Node>,
    pub look: Slot<Vec<At<Target>>>,
    pub predict: Slot<PredictionDraft>,
    pub expect: Slot<Vec<(At<Target>, At<Claim>)>>,
    pub output: Slot<Claim>,
    pub varies: bool,
    pub draw: Slot<Draw>,
    pub drawn: Slot<Claim>,
    pub fails: Slot<Errno>,
    pub why: Slot<String>,
    pub manual: Slot<Vec<At<String>>>,
    pub notes: Slot<String>,
    pub deeper: bool,
    pub detour: bool,
    pub rootfs: bool,
    /// What later lessons do in its place; filled as in `setup`.
    pub again: Slot<Vec<StepDraft>>,
}

#[derive(Clone, Debug)]
pub struct PredictionDraft {
    pub ask: Slot<String>,
    pub options: Slot<Vec<(At<String>, At<String>)>>,
    pub answer: Slot<String>,
    pub because: Slot<String>,
    pub replies: Slot<Vec<(At<String>, At<String>)>>,
}

impl Draft {
    /// Everything that any way through the lesson does.
    pub fn all(&self) -> impl Iterator<Item = &StepDraft> {
        let again = self.steps().iter().flat_map(|step| step.again().unwrap_or_default());
        self.setup().iter().chain(self.steps()).chain(again)
    }

    pub fn steps(&self) -> &[StepDraft] {
        self.steps.value().map_or(&[], Vec::as_slice)
    }

    pub fn setup(&self) -> &[StepDraft] {
        self.setup.value().map_or(&[], Vec::as_slice)
    }
}

impl StepDraft {
    /// Whether later lessons do it, or something in its place.
    pub fn is_repeated(&self) -> bool {
        !self.deeper && !self.detour
    }

    /// What later lessons do in its place; none if they do the step itself.
    pub fn again(&self) -> Option<&[StepDraft]> {
        self.again.value().map(Vec::as_slice)
    }

    pub fn looks(&self) -> &[At<Target>] {
        self.look.value().map_or(&[], Vec::as_slice)
    }

    pub fn expects(&self) -> &[(At<Target>, At<Claim>)] {
        self.expect.value().map_or(&[], Vec::as_slice)
    }

    /// Where an argument of the operation stands; the whole of `do:` where it has no such name.
    pub fn argument(&self, name: &str) -> Range<usize> {
        let arguments = self.arguments.as_ref();
        let value = arguments.and_then(|node| node.entries().first()).map(|(_, value)| value);
        let named = value.and_then(|value| value.get(name)).or(value).or(arguments);
        named.map_or(self.span.clone(), |node| node.span.clone())
    }
}
