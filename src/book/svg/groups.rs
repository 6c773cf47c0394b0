//! Control groups as a tree, with the processes in each and the limits that are set.

use super::canvas::{Canvas, Drawn};
use super::facts::Facts;
use super::tree::{self, Node};
use crate::evidence::{Key, View};
use std::collections::BTreeMap;

/// What is known of one group: key, text, whether that is new.
type Known<'a> = Vec<(&'a str, &'a str, bool)>;

/// The picture of the groups that facts speak of.
pub fn draw(facts: Facts<'_>, before: Facts<'_>, width: i32) -> Option<Drawn> {
    let mut groups: BTreeMap<String, Known<'_>> = BTreeMap::new();
    for (key, text) in facts.of("host", View::Outside) {
        let Key::Group(group) = key else { continue };
        if text != "absent" {
            let new = before.outside("host", key) != Some(text);
            groups.entry(path(&group.group)).or_default().push((&group.what, text, new));
        }
    }
    let mut members: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for actor in facts.actors() {
        let Some(place) = facts.outside(actor, &Key::GroupPath) else { continue };
        groups.entry(path(place)).or_default();
        let new = before.outside(actor, &Key::GroupPath) != Some(place);
        members.entry(path(place)).or_default().push((actor.to_owned(), new));
    }
    if groups.is_empty() {
        return None;
    }
    groups.entry("/".to_owned()).or_default();
    let words: Vec<String> = groups
        .iter()
        .map(|(name, known)| {
            let who = members.get(name).map_or_else(String::new, |list| {
                format!(" with {}", super::facts::listed(&list.iter().map(|it| it.0.as_str()).collect::<Vec<_>>()))
            });
            let said: Vec<String> = shown(known).into_iter().map(|(line, _)| line).collect();
            format!("{name}{who}: {}", if said.is_empty() { "no limit".to_owned() } else { said.join(", ") })
        })
        .collect();
    let mut canvas = Canvas::default();
    tree::draw(&mut canvas, &node("/", &groups, &members, before), width);
    Some(canvas.finish(&format!("Control groups. {}.", words.join(". "))))
}

/// Always from the lab's own group on: `/box/inner`.
fn path(name: &str) -> String {
    format!("/{}", name.trim_matches('/'))
}

fn node(
    name: &str,
    groups: &BTreeMap<String, Known<'_>>,
    members: &BTreeMap<String, Vec<(String, bool)>>,
    before: Facts<'_>,
) -> Node {
    let parent = |path: &str| {
        path.rsplit_once('/')
            .map_or("/".to_owned(), |(up, _)| if up.is_empty() { "/".to_owned() } else { up.to_owned() })
    };
    let children = groups.keys().filter(|it| *it != "/" && parent(it) == name);
    let known = groups.get(name).cloned().unwrap_or_default();
    let there = |key: &Key| matches!(key, Key::Group(group) if path(&group.group) == name);
    let was = before.of("host", View::Outside).any(|(key, text)| there(key) && text != "absent");
    Node {
        name: name.to_owned(),
        new: !was && !known.is_empty(),
        lines: shown(&known),
        chips: members.get(name).cloned().unwrap_or_default(),
        children: children.map(|child| node(child, groups, members, before)).collect(),
    }
}

/// What is worth a line: limits that are none, counts of nothing and the rest of the usual state are not.
fn shown(known: &Known<'_>) -> Vec<(String, bool)> {
    let usual = |what: &str, text: &str| {
        matches!(what, "processes" | "delegated" | "populated" | "type")
            || matches!(text, "(none)" | "no" | "0")
            || (what == "memory.peak" && text.starts_with("below"))
    };
    let lines = known.iter().filter(|(what, text, new)| *new && *what != "processes" || !usual(what, text));
    lines.map(|(what, text, new)| (format!("{what} {text}"), *new)).collect()
}
