//! Actors that a step names: they must exist at that point, in every way in which the step can be reached.
//! A step is reached in the lesson as it is usually run; in it with the deeper steps; and from a later lesson, which
//! repeats it without detours and deeper steps. Each way is a world of its own.

use super::Sheet;
use super::world::{Life, World};
use crate::evidence::expect::{Claim, Target};
use crate::evidence::fact::Key;
use crate::kernel::Operation;
use crate::lesson::draft::{At, Draft, StepDraft};
use crate::lesson::found::Found;
use crate::lesson::words::{instead, quoted};
use std::ops::Range;

pub fn judge(sheets: &mut [Sheet]) {
    // Lessons come by number, and each builds on one with a smaller number: those ends are known already. Only lesson 00 may
    // build on any of them.
    let mut ends: Vec<(String, World)> = Vec::new();
    let first = |sheet: &&mut Sheet| sheet.draft.as_ref().is_some_and(|draft| draft.number == 0);
    let (last, sheets): (Vec<&mut Sheet>, Vec<&mut Sheet>) = sheets.iter_mut().partition(first);
    for Sheet { draft, found } in sheets.into_iter().chain(last) {
        let Some(draft) = draft else { continue };
        let start = match draft.after.value() {
            Some(after) => {
                ends.iter().rfind(|(slug, _)| slug == after).map_or_else(World::lost, |(_, world)| world.clone())
            }
            None if draft.after.is_missing() => match of_another(draft, &ends) {
                // Said once; then the lesson is judged as if it were mended.
                Some((actor, (slug, world))) => {
                    let problem = format!("There is no actor {} at this point", quoted(&actor.value));
                    let expected = format!("`after: {slug}` in this lesson, which then starts where that one ended");
                    found.push(actor.span, "unknown-actor", problem, expected);
                    world.clone()
                }
                None => World::fresh(),
            },
            None => World::lost(),
        };
        ends.push((draft.slug.clone(), lesson(draft, start, found)));
    }
}

/// The first actor that nobody has forked here and that lives at the end of an earlier lesson; the last such lesson.
fn of_another<'a>(draft: &Draft, ends: &'a [(String, World)]) -> Option<(At<String>, &'a (String, World))> {
    let mut known = vec!["host", "runtime"];
    for step in draft.all() {
        if let Some(name) = step.operation.value().and_then(Operation::child) {
            known.push(name);
        }
        let targets = step.looks().iter().chain(step.expects().iter().map(|(target, _)| target));
        let targets = targets.map(|it| At { value: it.value.actor.clone(), span: it.span.clone() });
        for actor in step.actor.get().cloned().into_iter().chain(targets) {
            let lives = |(_, world): &&(String, World)| {
                matches!(world.life(&actor.value), Some(Life::Alive | Life::Perhaps)) && !world.lost
            };
            if !known.contains(&actor.value.as_str())
                && let Some(end) = ends.iter().rfind(lives)
            {
                return Some((actor, end));
            }
        }
    }
    None
}

/// What is wrong with a step in one world.
type Mistake = (Range<usize>, &'static str, String, String);

fn lesson(draft: &Draft, mut start: World, found: &mut Found) -> World {
    let mut later = start.clone();
    for step in draft.setup() {
        for (span, code, problem, expected) in take(step, &mut start) {
            found.push(span, code, problem, expected);
        }
        if !step.detour {
            take(step, &mut later);
        }
    }
    let (mut usual, mut deeper, mut brought) = (start.clone(), start.clone(), start);
    for step in draft.steps() {
        let itself = std::slice::from_ref(step);
        let again = if step.is_repeated() { step.again().unwrap_or(itself) } else { &[] };
        let ways: [(&mut World, &[StepDraft], &str); 4] = [
            (&mut usual, if step.deeper { &[] } else { itself }, ""),
            (&mut deeper, itself, if step.deeper { "" } else { ", when the deeper steps are run" }),
            (&mut later, again, ", when a later lesson repeats these steps without detours"),
            (
                &mut brought,
                if step.deeper || step.rootfs { &[] } else { itself },
                ", when `--rootfs` leaves out the steps marked `rootfs`",
            ),
        ];
        let mut reported = false;
        for (world, steps, way) in ways {
            let mistakes: Vec<Mistake> = steps.iter().flat_map(|step| take(step, world)).collect();
            // The same mistake in a second world is the same mistake.
            if !reported {
                reported = !mistakes.is_empty();
                for (span, code, problem, expected) in mistakes {
                    found.push(span, code, problem + way, expected);
                }
            }
        }
    }
    if draft.steps.value().is_none() { World::lost() } else { later }
}

/// Judges a step in a world and lets it act there.
fn take(step: &StepDraft, world: &mut World) -> Vec<Mistake> {
    let (Some(actor), Some(operation)) = (step.actor.get(), step.operation.value()) else {
        world.lost = true;
        return Vec::new();
    };
    let mut mistakes: Vec<Mistake> = acts(actor, operation, step, world).into_iter().collect();
    // A call that fails changes nothing. Nor does a wait that could not end: its own mistake is enough.
    let stuck = !mistakes.is_empty() && matches!(operation, Operation::Wait(_));
    if step.fails.is_missing() && !stuck {
        world.apply(&actor.value, operation);
    }
    mistakes.extend(claims(step, world));
    mistakes
}

fn acts(actor: &At<String>, operation: &Operation, step: &StepDraft, world: &World) -> Option<Mistake> {
    if let Some(mistake) = alive(&actor.value, &actor.span, world) {
        return Some(mistake);
    }
    if world.actors.get(&actor.value).is_some_and(|it| it.is_program) {
        let problem = format!("{} is a program, and does nothing but run", quoted(&actor.value));
        return Some((
            actor.span.clone(),
            "program-acts",
            problem,
            "an actor that was forked, or host or runtime".into(),
        ));
    }
    let named = |name: &str| step.argument(name);
    let open = world.actors.get(&actor.value).map(|actor| &actor.open);
    match operation {
        Operation::Fork(name) if !is_name(name) => {
            let problem = format!("{} is no name for an actor", quoted(name));
            Some((named(""), "actor-name", problem, "a small letter, then small letters, digits, `-` or `_`".into()))
        }
        Operation::Fork(name) if world.life(name) == Some(Life::Alive) => {
            let problem = format!("{} is alive already", quoted(name));
            Some((named(""), "fork-alive", problem, "another name, or an `exit` of that actor before".into()))
        }
        Operation::Start(it) if !is_name(&it.name) => {
            let problem = format!("{} is no name for an actor", quoted(&it.name));
            let expected = "a small letter, then small letters, digits, `-` or `_`".into();
            Some((named("as"), "actor-name", problem, expected))
        }
        Operation::Wait(name) => match world.life(name) {
            None if !world.lost => unknown(name, named(""), world),
            // With `fails` the call returns at once.
            Some(Life::Alive) if step.fails.is_missing() => {
                let problem = format!("{} has not ended, so this would wait for ever", quoted(name));
                Some((named(""), "wait-alive", problem, "a step before in which it ends: `do: { exit: 0 }`".into()))
            }
            Some(_) if step.fails.is_missing() && !is_child(name, &actor.value, world) => {
                let problem =
                    format!("{} is no child of {}, and only a parent can wait", quoted(name), quoted(&actor.value));
                Some((named(""), "wait-not-child", problem, "the actor that forked it, or `fails: ECHILD`".into()))
            }
            _ => None,
        },
        // That there is nobody any more may be what the step shows.
        Operation::Kill(_) | Operation::Setns(_) if !step.fails.is_missing() && named_has_ended(operation, world) => {
            None
        }
        Operation::Kill(kill) => kill.of.as_ref().and_then(|of| alive(of, &named("of"), world)),
        Operation::Init(of) => of.main.as_ref().and_then(|main| {
            let problem = || format!("{} is no child of {}", quoted(main), quoted(&actor.value));
            let expected = "a child that the actor has forked before";
            alive(main, &named("main"), world).or_else(|| {
                let known = world.lost || is_child(main, &actor.value, world);
                (!known).then(|| (named("main"), "init-not-child", problem(), expected.into()))
            })
        }),
        Operation::Setns(enter) => enter.of.as_ref().and_then(|of| alive(of, &named("of"), world)),
        Operation::LinkAdd(it) => it.into.as_ref().and_then(|of| alive(of, &named("into"), world)),
        Operation::LinkSet(it) => it.into.as_ref().and_then(|of| alive(of, &named("into"), world)),
        Operation::Attach(it) => alive(&it.into, &named("into"), world),
        Operation::Map(map) => map.of.as_ref().and_then(|of| alive(of, &named("of"), world)),
        Operation::Close(name) | Operation::Fchdir(name) | Operation::Accept(name) | Operation::Captured(name)
            if !world.lost && !open.is_some_and(|open| open.contains(name)) =>
        {
            let have = open.into_iter().flatten().map(String::as_str).collect::<Vec<_>>();
            let problem = format!("{} has opened nothing as {}", quoted(&actor.value), quoted(name));
            let expected =
                if have.is_empty() { "an `open` with this name before".to_owned() } else { instead(name, have) };
            Some((named(""), "never-opened", problem, expected))
        }
        _ => None,
    }
}

/// Whether the actor whom a signal is for, or whose namespaces are meant, has ended.
fn named_has_ended(operation: &Operation, world: &World) -> bool {
    let named = match operation {
        Operation::Kill(kill) => kill.of.as_ref(),
        Operation::Setns(enter) => enter.of.as_ref(),
        _ => None,
    };
    named.is_some_and(|name| world.life(name) == Some(Life::Ended))
}

fn alive(name: &str, span: &Range<usize>, world: &World) -> Option<Mistake> {
    match world.life(name) {
        None if world.lost => None,
        None => unknown(name, span.clone(), world),
        Some(Life::Ended) => {
            let problem = format!("{} has ended before this step", quoted(name));
            Some((span.clone(), "ended-actor", problem, format!("one that lives: {}", world.living().join(", "))))
        }
        Some(_) => None,
    }
}

fn unknown(name: &str, span: Range<usize>, world: &World) -> Option<Mistake> {
    let problem = format!("There is no actor {} at this point", quoted(name));
    Some((span, "unknown-actor", problem, instead(name, world.living())))
}

fn is_child(name: &str, parent: &str, world: &World) -> bool {
    world.actors.get(name).is_some_and(|actor| actor.parent.as_deref() == Some(parent))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
}

/// What is shown and claimed after the step.
fn claims(step: &StepDraft, world: &World) -> Vec<Mistake> {
    let looks = step.looks().iter().filter_map(|target| fact(target, None, world));
    let expects = step
        .expects()
        .iter()
        .flat_map(|(target, claim)| [fact(target, Some(&claim.value), world), other(claim, world)]);
    looks.chain(expects.flatten()).collect()
}

fn fact(target: &At<Target>, claim: Option<&Claim>, world: &World) -> Option<Mistake> {
    let Target { actor, key, .. } = &target.value;
    match world.life(actor) {
        None if world.lost => None,
        None => unknown(actor, target.span.clone(), world),
        // Of one that ended the kernel tells its state; and that there is nothing else.
        Some(Life::Ended) if *key != Key::State && claim != Some(&Claim::Absent) => {
            let problem = format!("{} has ended, and has no {} any more", quoted(actor), quoted(&key.to_string()));
            Some((target.span.clone(), "ended-actor", problem, format!("`{actor}.state`, or a claim before it ends")))
        }
        _ => None,
    }
}

fn other(claim: &At<Claim>, world: &World) -> Option<Mistake> {
    let (Claim::As(name) | Claim::Unlike(name)) = &claim.value else { return None };
    alive(name.trim(), &claim.span, world)
}
