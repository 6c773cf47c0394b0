//! Network namespaces as boxes with the links that they have, and cables between their ends. A cable runs beside the
//! boxes, each in a lane of its own, so that no two of them are mistaken for each other.

use super::canvas::{Canvas, Drawn, LETTER, LINE, wide, wrapped};
use super::facts::{Facts, listed};
use crate::evidence::{Key, View};
use crate::kernel::Namespace;

/// A network namespace: who is in it, and its links.
struct Stack<'a> {
    name: &'a str,
    members: Vec<&'a str>,
    ends: Vec<End>,
    more: Vec<(String, bool)>,
}

/// A link: its name, address and state; the other end; the bridge that it is a port of.
struct End {
    link: String,
    said: String,
    new: bool,
    /// `eth0 of container`
    peer: Option<(String, String)>,
    bridge: Option<String>,
    /// Where it was drawn.
    at: (i32, i32),
}

const GAP: i32 = 16;
const LANE: i32 = 12;
const PAD: i32 = 12;

/// The picture.
pub fn draw(facts: Facts<'_>, before: Facts<'_>, width: i32) -> Option<Drawn> {
    let mut stacks = stacks(facts, before);
    if stacks.iter().all(|it| it.ends.is_empty()) {
        return None;
    }
    let words: Vec<String> = stacks.iter().map(words).collect();
    let cables = cables(&stacks);
    let left = 6 + LANE * i32::try_from(cables.len()).unwrap_or(0);
    let mut canvas = Canvas::default();
    let mut top = 0;
    for stack in &mut stacks {
        top = one(&mut canvas, stack, (left, top, width)) + GAP;
    }
    for (lane, (one, other)) in cables.iter().enumerate() {
        let x = left - LANE * (i32::try_from(lane).unwrap_or(0) + 1) + 4;
        let [from, to] = [one, other].map(|(stack, end)| stacks[*stack].ends[*end].at);
        let new = [one, other].iter().any(|(stack, end)| stacks[*stack].ends[*end].new);
        canvas.line(&[from, (x, from.1), (x, to.1), to], if new { "cable new" } else { "cable" });
    }
    // A loopback leads nowhere.
    for end in stacks.iter().flat_map(|stack| &stack.ends).filter(|end| end.link != "lo") {
        canvas.dot(end.at, if end.new { "end new" } else { "end" });
    }
    Some(canvas.finish(&words.join(" ")))
}

fn stacks<'a>(facts: Facts<'a>, before: Facts<'_>) -> Vec<Stack<'a>> {
    let mut stacks: Vec<Stack<'a>> = Vec::new();
    for actor in facts.actors() {
        let Some(name) = facts.namespace(actor, Namespace::Net) else { continue };
        match stacks.iter_mut().find(|it| it.name == name) {
            Some(stack) => stack.members.push(actor),
            None => stacks.push(Stack { name, members: vec![actor], ends: Vec::new(), more: Vec::new() }),
        }
    }
    for stack in &mut stacks {
        // All members read the same; the first one that has been asked stands for them.
        let reads = |it: &&&str| facts.of(it, View::Inside).any(|(key, _)| matches!(key, Key::Link(_)));
        let Some(actor) = stack.members.iter().find(reads).copied() else { continue };
        for (key, text) in facts.of(actor, View::Inside) {
            let new = before.inside(actor, key) != Some(text);
            match key {
                Key::Link(link) => {
                    let address = facts.inside(actor, &Key::Address(link.clone()));
                    let was = before.inside(actor, &Key::Address(link.clone()));
                    stack.ends.push(end(link, text, address, new || address != was));
                }
                Key::Route(to) => stack.more.push((format!("to {to}: {text}"), new)),
                Key::Nft(chain) => stack.more.push((format!("nft {chain}: {text}"), new)),
                Key::Forwarding if text == "on" => stack.more.push(("forwards packets".to_owned(), new)),
                _ => {}
            }
        }
        // Ports stand below their bridge.
        stack.ends.sort_by_key(|end| {
            let group = end.bridge.clone().unwrap_or_else(|| end.link.clone());
            (group != "lo", group, end.bridge.is_some(), end.link.clone())
        });
    }
    stacks
}

/// From `veth, up, peer eth0 of container, port of br0`.
fn end(link: &str, text: &str, address: Option<&str>, new: bool) -> End {
    let parts: Vec<&str> = text.split(", ").collect();
    let peer = parts.iter().find_map(|part| part.strip_prefix("peer ")?.split_once(" of "));
    let bridge = parts.iter().find_map(|part| part.strip_prefix("port of "));
    let state: Vec<&str> =
        parts.iter().filter(|part| !part.starts_with("peer ") && !part.starts_with("port of ")).copied().collect();
    let address = address.map(|it| format!("{it}  ")).unwrap_or_default();
    End {
        link: link.to_owned(),
        said: format!("{address}{}", state.join(", ")),
        new,
        peer: peer.map(|(link, actor)| (link.to_owned(), actor.to_owned())),
        bridge: bridge.map(str::to_owned),
        at: (0, 0),
    }
}

/// Pairs of ends, each by the number of its stack and its own.
fn cables(stacks: &[Stack<'_>]) -> Vec<((usize, usize), (usize, usize))> {
    let find = |link: &str, actor: &str| {
        let of = stacks.iter().enumerate().filter(|(_, stack)| stack.members.contains(&actor));
        let mut ends = of.filter_map(|(at, stack)| Some((at, stack.ends.iter().position(|end| end.link == link)?)));
        ends.next()
    };
    let mut pairs = Vec::new();
    for (at, stack) in stacks.iter().enumerate() {
        for (number, end) in stack.ends.iter().enumerate() {
            let Some(other) = end.peer.as_ref().and_then(|(link, actor)| find(link, actor)) else { continue };
            let own = (at, number);
            if own < other {
                pairs.push((own, other));
            }
        }
    }
    pairs
}

/// Draws a stack, and gives where it ends.
fn one(canvas: &mut Canvas, stack: &mut Stack<'_>, (left, top, width): (i32, i32, i32)) -> i32 {
    let room = width - left - 2 * PAD;
    let mut lines: Vec<(i32, i32, String, &str)> = Vec::new();
    let mut y = top + 6;
    for line in wrapped(&format!("{} · {}", stack.members.join(", "), stack.name), room) {
        y += LINE;
        lines.push((left + PAD, y, line, "title"));
    }
    y += 4;
    let mut joins = Vec::new();
    let mut bridge_at = None;
    for end in &mut stack.ends {
        let indent = if end.bridge.is_some() { 20 } else { 0 };
        y += LINE + 3;
        end.at = (left, y - 5);
        let x = left + PAD + indent;
        if end.bridge.is_some() {
            if let Some(from) = bridge_at {
                joins.push([(left + PAD + 6, from), (left + PAD + 6, y - 5), (x - 3, y - 5)]);
            }
        } else {
            bridge_at = Some(y + 4);
        }
        lines.push((x, y, end.link.clone(), if end.new { "name new" } else { "name" }));
        let column = x + wide(&end.link).max(6 * LETTER) + 2 * LETTER;
        for (at, line) in wrapped(&end.said, left + width - left - column - PAD).into_iter().enumerate() {
            if at > 0 {
                y += LINE;
            }
            lines.push((column, y, line, if end.new { "line new" } else { "line" }));
        }
    }
    y += 4;
    for (text, new) in &stack.more {
        for line in wrapped(text, room) {
            y += LINE;
            lines.push((left + PAD, y, line, if *new { "line new" } else { "line" }));
        }
    }
    let bottom = y + 10;
    canvas.rect((left, top), (width - left, bottom - top), "box");
    for join in joins {
        canvas.line(&join, "join");
    }
    for (x, y, text, class) in lines {
        canvas.text((x, y), &text, class);
    }
    bottom
}

fn words(stack: &Stack<'_>) -> String {
    let ends = stack.ends.iter().map(|end| {
        let peer = end.peer.as_ref().map(|(link, actor)| format!(", a cable to {link} of {actor}")).unwrap_or_default();
        let bridge = end.bridge.as_ref().map(|it| format!(", a port of {it}")).unwrap_or_default();
        format!("{} {}{peer}{bridge}", end.link, end.said.replace("  ", ", "))
    });
    let more = stack.more.iter().map(|(text, _)| text.clone());
    let said: Vec<String> = ends.chain(more).collect();
    format!("Network of {}: {}.", listed(&stack.members), said.join("; "))
}
