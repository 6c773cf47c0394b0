//! What the face knows, as data for others: the scene that is drawn, and what followers are told.

use super::face::Face;
use super::scene::{Listed, Place, Scene, Standing};
use super::told::{Asked, Now};
use crate::lesson::model::Step;
use crate::lesson::pace::pace;
use std::time::Duration;

impl<'a> Face<'a> {
    pub(super) fn scene(&self) -> Scene<'a> {
        let (engine, session) = (&self.engine, &self.engine.session);
        let done = engine.last().filter(|_| self.place == Place::Done);
        let step = match (self.place, done) {
            (Place::Intro | Place::End, _) => None,
            (_, Some(record)) => {
                let fails = session.lesson.steps[record.number - 1].fails.is_some();
                Some((record.number, record.text.clone(), fails))
            }
            _ => engine
                .walk
                .next()
                .map(|(number, step)| (number, engine.walk.text(number, &step, None), step.fails.is_some())),
        };
        let here = step.as_ref().map_or(0, |(number, ..)| *number);
        let plan = engine.walk.plan();
        let before = plan.steps.iter().map(|(number, _)| *number).filter(|number| *number < here).max().unwrap_or(0);
        let gap = plan.skipped.iter().filter(|it| it.number > before && it.number < here).cloned().collect();
        let standing = |number: usize| match plan.skipped.iter().find(|it| it.number == number) {
            Some(skipped) => Standing::Left(skipped.why.clone()),
            None if number == here => Standing::Here,
            None if number <= engine.walk.last_number() => Standing::Done,
            None => Standing::Ahead,
        };
        let listed =
            |(at, step): (usize, &Step)| Listed { number: at + 1, say: step.say.clone(), standing: standing(at + 1) };
        Scene {
            lesson: session.lesson,
            number: session.number,
            how: session.how.clone(),
            place: self.place,
            step,
            record: done.cloned(),
            live: None,
            facts: engine.walk.facts().to_vec(),
            earlier: self.earlier.clone(),
            actor: self.actor.clone(),
            list: session.lesson.steps.iter().enumerate().map(listed).collect(),
            gap,
            end: self.end.clone(),
            form: session.screen,
            typed: self.time.letters(),
            shell: self.shell.as_ref().map(|shell| shell.title.clone()),
        }
    }

    pub(super) fn now(&self) -> Now {
        let (scene, session) = (self.scene(), &self.engine.session);
        let times: Vec<u64> = pace(session.lesson).iter().map(Duration::as_secs).collect();
        let planned = |number: usize| times.get(number - 1).copied().unwrap_or(0);
        let steps = &self.engine.walk.plan().steps;
        let number = scene.step.as_ref().map_or(0, |(number, ..)| *number);
        let over = self.place == Place::End;
        let next = steps.iter().find(|(at, _)| *at > number && !over);
        let text = scene.step.as_ref().map(|(_, text, _)| text);
        let asked = text.and_then(|it| it.question.as_ref()).map(|it| Asked {
            ask: it.ask.clone(),
            options: it.options.iter().map(|(name, text)| (name.clone(), text.clone())).collect(),
            answer: it.answer.clone(),
            because: it.because.clone(),
        });
        Now {
            lesson: session.lesson.id.clone(),
            number: session.number,
            title: session.lesson.title.clone(),
            step: number,
            of: self.engine.of(),
            actor: text.map(|it| it.actor.clone()).unwrap_or_default(),
            say: text.map(|it| it.say.clone()).unwrap_or_default(),
            done: self.place == Place::Done,
            over,
            notes: text.and_then(|it| it.notes.clone()),
            question: asked,
            why: text.map(|it| it.why.clone()).unwrap_or_default(),
            next: next.map(|(at, step)| (*at, step.say.clone(), step.notes.clone())),
            began: self.began,
            planned: steps.iter().map(|(at, _)| planned(*at)).sum(),
            planned_before: steps.iter().filter(|(at, _)| *at < number || over).map(|(at, _)| planned(*at)).sum(),
            planned_here: if number == 0 { 0 } else { planned(number) },
        }
    }
}
