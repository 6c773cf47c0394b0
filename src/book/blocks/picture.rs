//! `{{#picture LESSON NUMBER [KIND] [ACTOR]}}`: a picture before and after a step, between which a reader can flip. Each is
//! drawn twice, for a wide page and for a narrow one, so that its letters stay readable.

use super::Page;
use crate::book::course::{Course, Moment, Told};
use crate::book::html::{Mark, escape};
use crate::book::svg::facts::Facts;
use crate::book::svg::{
    Drawn, NARROW, WIDE, capabilities, curve, groups, layers, mounts, namespaces, network, periods, share, whole,
};
use crate::evidence::Key;
use crate::evidence::drawing::{Drawing, INTERVAL};
use crate::evidence::record::Shown;
use crate::kernel::Operation;
use crate::lesson::words::instead;
use crate::problem::{Problem, WRONG};
use std::fmt::Write;

/// The kinds of pictures; the first is the usual one.
const KINDS: [&str; 8] = ["namespaces", "mounts", "layers", "network", "groups", "capabilities", WHOLE, CURVE];
/// All of the others that there are facts for, as one picture.
const WHOLE: &str = "whole";
/// What was measured while the step ran; the others are drawn from facts.
const CURVE: &str = "curve";
/// What only one picture is shown of.
const ONLY: [&str; 2] = ["before", "after"];

impl Page<'_> {
    pub(super) fn picture(&mut self, words: &[String]) -> Result<String, Problem> {
        // An actor's name can be any word, so all words are taken here, and judged below.
        let known: Vec<&str> = words.iter().skip(1).map(String::as_str).chain(KINDS).chain(ONLY).collect();
        let asked = self.asked(words, &known)?;
        let number = asked.number()?;
        let moment = asked.told.step(number)?;
        let kind = KINDS.into_iter().find(|kind| asked.has(kind)).unwrap_or(KINDS[0]);
        let only = ONLY.into_iter().find(|it| asked.has(it));
        if asked.has(CURVE) {
            return self.curve(&asked.told, number);
        }
        let actor = asked.more.iter().find(|it| !KINDS.contains(&it.as_str()) && !ONLY.contains(&it.as_str()));
        let actor = actor.map_or(moment.record.text.actor.as_str(), String::as_str);
        if !moment.before.iter().chain(&moment.after).any(|fact| fact.subject == actor) {
            let mut known: Vec<&str> = KINDS.to_vec();
            known.extend(ONLY);
            known.extend(moment.after.iter().map(|it| it.subject.as_str()));
            known.sort_unstable();
            known.dedup();
            return Err(Problem::new(WRONG, format!("`{actor}` is no kind of picture, and no actor of that step."))
                .next(instead(actor, known)));
        }
        let draw = |facts: &[Shown], other: &[Shown], width| {
            drawing(kind, (Facts(facts), Facts(other)), actor, (&asked.told, moment), width)
        };
        let nothing = || {
            Problem::new(
                WRONG,
                format!("Step {number} of lesson {} has no facts for a picture of its {kind}.", asked.told.lesson.id),
            )
            .next(format!("another kind: {}", KINDS.join(", ")))
        };
        let after = both(&|width| draw(&moment.after, &moment.before, width));
        // Before the step nothing is new.
        let before = both(&|width| draw(&moment.before, &moment.before, width));
        let caption = |when: &str| format!("{} {when} step {number}", title(kind, actor));
        Ok(match (before, after, only) {
            // Whoever has ended has no facts after the step.
            (Some(before), _, Some("before")) | (Some(before), None, _) => single(&before, &caption("before")),
            (Some(before), Some(after), None) if before != after => {
                self.seen.groups += 1;
                flip(self.seen.groups, number, &title(kind, actor), &before, &after)
            }
            (_, Some(after), _) => single(&after, &caption("after")),
            (None, None, _) => return Err(nothing()),
        })
    }
}

impl Page<'_> {
    /// What a step has drawn: of one run, which is named.
    fn curve(&self, told: &Told, number: usize) -> Result<String, Problem> {
        let run = self.course.drawing(told, number)?;
        let draw = |width| match &run.drawing {
            Drawing::Memory(it) => curve::draw(it, run.groups, width),
            Drawing::Periods(it) => periods::draw(it, width),
            Drawing::Share(it) => share::draw(it, width),
        };
        let picture = both(&draw).ok_or_else(|| {
            Problem::new(WRONG, format!("Step {number} of lesson {} has measured nothing.", told.lesson.id))
                .next(Course::refresh(&told.lesson))
        })?;
        let what = match &run.drawing {
            Drawing::Memory(it) => format!("Memory of {}", it.group),
            Drawing::Periods(it) => format!("Processor time of {}", it.group),
            Drawing::Share(_) => "Shares of a processor".to_owned(),
        };
        let (kernel, groups, boxlab) = (&run.kernel, run.groups, &run.boxlab);
        Ok(single(
            &picture,
            &format!(
                "{what} while step {number} ran, read every {} ms: one run of Boxlab {boxlab} on Linux {kernel}, control groups \
                 of version {groups}. Yours will differ a little.",
                INTERVAL.as_millis()
            ),
        ))
    }
}

fn title(kind: &str, actor: &str) -> String {
    match kind {
        "mounts" => format!("Mounts of {actor}"),
        "layers" => "The layers".to_owned(),
        "network" => "The network".to_owned(),
        "groups" => "Control groups".to_owned(),
        "capabilities" => format!("Capabilities of {actor}"),
        WHOLE => "All of it".to_owned(),
        _ => "Namespaces".to_owned(),
    }
}

fn drawing(
    kind: &str,
    (facts, before): (Facts<'_>, Facts<'_>),
    actor: &str,
    (told, moment): (&Told, &Moment),
    width: i32,
) -> Option<Drawn> {
    match kind {
        "mounts" => mounts::draw(facts, before, actor, width),
        "layers" => layers::draw(facts, before, &overlay(told, moment, facts)?, actor, width),
        "network" => network::draw(facts, before, width),
        "groups" => groups::draw(facts, before, width),
        "capabilities" => capabilities::draw(facts, before, actor, width),
        WHOLE => {
            let part = |kind: &str| {
                let drawn = drawing(kind, (facts, before), actor, (told, moment), width)?;
                Some((title(kind, actor), drawn))
            };
            let kinds = KINDS.into_iter().filter(|kind| *kind != WHOLE && *kind != CURVE);
            whole::draw(kinds.filter_map(part).collect())
        }
        _ => namespaces::draw(facts, before, width),
    }
}

/// Of the overlays that are mounted, as these facts say, the one that was mounted last.
fn overlay(told: &Told, moment: &Moment, facts: Facts<'_>) -> Option<layers::Overlay> {
    let until = told.steps.iter().take_while(|it| it.record.number <= moment.record.number);
    let mount = |it: &Moment| match &it.record.text.operation {
        Operation::Mount(new) if new.kind == "overlay" && it.record.evidence.failed.is_none() => {
            Some(layers::Overlay::new(&new.at, new.options.as_deref().unwrap_or_default()))
        }
        _ => None,
    };
    let mounted = |it: &layers::Overlay| {
        let key = Key::Mount(it.at.clone());
        facts.0.iter().any(|fact| fact.key == key && fact.text.starts_with("overlay"))
    };
    until.filter_map(mount).filter(mounted).last()
}

/// Drawn for both widths, as HTML: one of them is seen. What it shows is said once, for both.
fn both(draw: &dyn Fn(i32) -> Option<Drawn>) -> Option<String> {
    let (wide, narrow) = (draw(WIDE)?, draw(NARROW)?);
    let own = Mark::OnScreen.on(&format!("<div class=\"narrow\">{}</div>", narrow.svg));
    Some(format!(
        "<div role=\"img\" aria-label=\"{}\"><div class=\"wide\">{}</div>{own}</div>",
        escape(&wide.words),
        wide.svg
    ))
}

fn single(picture: &str, caption: &str) -> String {
    let figure = format!("<figure class=\"picture\">{picture}<figcaption>{}</figcaption></figure>", escape(caption));
    Mark::Unsearched.on(&figure)
}

/// Two pictures, of which buttons choose one; no script is needed.
fn flip(group: usize, number: usize, title: &str, before: &str, after: &str) -> String {
    let mut out = format!(
        "<figure class=\"picture flip\"><fieldset><legend>{} before and after step {number}</legend>",
        escape(title)
    );
    for (when, label, checked) in [("before", "before", ""), ("after", "after", " checked=\"\"")] {
        let _ = write!(
            out,
            "<label class=\"{when}\"><input type=\"radio\" name=\"flip-{group}\" class=\"{when}\"{checked}> {label}</label>"
        );
    }
    let _ = write!(
        out,
        "</fieldset><div class=\"picture-before\">{before}</div><div class=\"picture-after\">{after}</div></figure>"
    );
    Mark::Unsearched.on(&out)
}
