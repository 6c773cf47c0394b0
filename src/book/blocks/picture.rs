//! `{{#picture LESSON NUMBER [KIND] [ACTOR]}}`: a picture before and after a step, between which a reader can flip. Each is
//! drawn twice, for a wide page and for a narrow one, so that its letters stay readable.

use super::Page;
use crate::book::course::{Moment, Told};
use crate::book::html::escape;
use crate::book::svg::facts::Facts;
use crate::book::svg::{NARROW, WIDE, capabilities, groups, layers, mounts, namespaces, network};
use crate::evidence::record::Shown;
use crate::kernel::Operation;
use crate::lesson::words::instead;
use crate::problem::{Problem, WRONG};
use std::fmt::Write;

/// The kinds of pictures; the first is the usual one.
const KINDS: [&str; 6] = ["namespaces", "mounts", "layers", "network", "groups", "capabilities"];
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

fn title(kind: &str, actor: &str) -> String {
    match kind {
        "mounts" => format!("Mounts of {actor}"),
        "layers" => "The layers".to_owned(),
        "network" => "The network".to_owned(),
        "groups" => "Control groups".to_owned(),
        "capabilities" => format!("Capabilities of {actor}"),
        _ => "Namespaces".to_owned(),
    }
}

fn drawing(
    kind: &str,
    (facts, before): (Facts<'_>, Facts<'_>),
    actor: &str,
    (told, moment): (&Told, &Moment),
    width: i32,
) -> Option<String> {
    match kind {
        "mounts" => mounts::draw(facts, before, actor, width),
        "layers" => layers::draw(facts, before, &overlay(told, moment)?, actor, width),
        "network" => network::draw(facts, before, width),
        "groups" => groups::draw(facts, before, width),
        "capabilities" => capabilities::draw(facts, before, actor, width),
        _ => namespaces::draw(facts, before, width),
    }
}

/// The overlay that was mounted last.
fn overlay(told: &Told, moment: &Moment) -> Option<layers::Overlay> {
    let until = told.steps.iter().take_while(|it| it.record.number <= moment.record.number);
    let mount = |it: &Moment| match &it.record.text.operation {
        Operation::Mount(new) if new.kind == "overlay" && it.record.evidence.failed.is_none() => {
            Some(layers::Overlay::new(&new.at, new.options.as_deref().unwrap_or_default()))
        }
        _ => None,
    };
    until.filter_map(mount).last()
}

/// Drawn for both widths, as HTML.
fn both(draw: &dyn Fn(i32) -> Option<String>) -> Option<String> {
    let (wide, narrow) = (draw(WIDE)?, draw(NARROW)?);
    Some(format!("<div class=\"wide\">{}</div><div class=\"narrow\">{}</div>", wide, narrow))
}

fn single(picture: &str, caption: &str) -> String {
    format!("<figure class=\"picture\">{picture}<figcaption>{}</figcaption></figure>", escape(caption))
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
    out
}
