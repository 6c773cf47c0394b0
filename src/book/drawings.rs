//! What a lesson's steps have drawn, as the book asks for it: that of one step, from the file beside the record that is
//! shown. It must be of the lesson as it is.

use super::course::{Course, Told};
use crate::evidence::drawing::Drawing;
use crate::evidence::drawings::Drawings;
use crate::lesson::drawings::fits;
use crate::problem::{Problem, WRONG};

/// A drawing, and of which run it is.
pub struct OfRun {
    pub drawing: Drawing,
    pub kernel: String,
    /// The version of its control groups.
    pub groups: u8,
    pub boxlab: String,
}

impl Course {
    /// What a step has drawn.
    pub fn drawing(&self, told: &Told, number: usize) -> Result<OfRun, Problem> {
        let lesson = &told.lesson;
        told.step(number)?;
        if lesson.steps[number - 1].draw.is_none() {
            let with = lesson.steps.iter().enumerate().filter(|(_, step)| step.draw.is_some());
            let with: Vec<String> = with.map(|(at, _)| (at + 1).to_string()).collect();
            let next = match with.as_slice() {
                [] => "boxlab list, and a lesson that measures something: memory, cpu".to_owned(),
                some => format!("one of the steps that do: {}", some.join(", ")),
            };
            return Err(Problem::new(WRONG, format!("Step {number} of lesson {} draws nothing.", lesson.id)).next(next));
        }
        let entry = self.entry(&told.folder)?;
        let (name, refresh) = (entry.drawings_name(told.kept), Course::refresh(lesson));
        let text = entry.drawings(told.kept).map_err(|mistake| Problem::new(WRONG, mistake.to_string()))?;
        let Some(text) = text else {
            let what = format!("Lesson {} has no drawings: {name} is missing.", lesson.id);
            return Err(Problem::new(WRONG, what).next(refresh));
        };
        let kept: Drawings = serde_json::from_str(&text).map_err(|error| {
            Problem::new(WRONG, format!("The drawings {name} are damaged: {error}.")).next(&refresh)
        })?;
        fits(lesson, &kept).map_err(|why| {
            let what = format!("The drawings {name} do not fit {} any more: {why}.", entry.file);
            Problem::new(WRONG, what).next(&refresh)
        })?;
        let drawn = kept.drawings.into_iter().find(|it| it.number == number);
        let drawn =
            drawn.ok_or_else(|| Problem::new(WRONG, format!("Step {number} is not in {name}.")).next(refresh))?;
        Ok(OfRun { drawing: drawn.drawing, kernel: kept.kernel, groups: kept.groups.unwrap_or(2), boxlab: kept.boxlab })
    }
}
