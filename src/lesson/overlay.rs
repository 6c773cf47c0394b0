//! Other words for a lesson: a file that replaces or translates its texts, and nothing else. `lesson.de.yaml` beside a
//! `lesson.yaml` is one, and so is the `lesson.yaml` of a folder of `--overlay`. What is done, claimed and asked for stays the
//! lesson's; a step is named by its number. A word for something that the lesson does not have is a mistake.

use super::diagnostic::{Diagnostic, Source};
use super::found::Found;
use super::reader::wrong_type;
use super::tree::{self, Content, Key, Node};
use super::words::{instead, quoted};
use std::sync::Arc;

const LESSON: [&str; 6] = ["title", "misconception", "intro", "summary", "docker", "steps"];
const STEP: [&str; 4] = ["say", "why", "notes", "predict"];
const PREDICTION: [&str; 4] = ["ask", "options", "because", "replies"];

/// Puts its words into the tree of a lesson. Errors: all that is wrong with it, and the tree is as it was.
pub fn lay(source: &Arc<Source>, lesson: &mut Node) -> Result<(), Vec<Diagnostic>> {
    let mut found = Found::new(source);
    let Some(words) = tree::parse(source, &mut found) else { return Err(found.finish()) };
    judge(&words, lesson, &mut found);
    if !found.is_empty() {
        return Err(found.finish());
    }
    for (key, value) in words.entries() {
        if key.text == "steps" {
            for (number, words) in value.entries() {
                if let Some(step) = step_of(lesson, &number.text) {
                    put(step, words);
                }
            }
        } else {
            set(lesson, key, value);
        }
    }
    Ok(())
}

/// Everything that it says must have its place in the lesson.
fn judge(words: &Node, lesson: &Node, found: &mut Found) {
    for (key, value) in known(words, "lesson's words", &LESSON, found) {
        match key.text.as_str() {
            "docker" => match &value.content {
                Content::List(items) => items.iter().for_each(|item| text(item, found)),
                _ => wrong_type(value, "a list", "a list of texts".into(), found),
            },
            "steps" => {
                for (number, step) in value.entries() {
                    judge_step(number, step, lesson, found);
                }
                if !matches!(value.content, Content::Map(_)) {
                    wrong_type(value, "a mapping", "the steps by their numbers: `3: { say: … }`".into(), found);
                }
            }
            _ => text(value, found),
        }
    }
}

fn judge_step(number: &Key, words: &Node, lesson: &Node, found: &mut Found) {
    let count = lesson.get("steps").map_or(0, |steps| steps.items().len());
    let Some(step) = number.text.parse().ok().and_then(|number: usize| nth(lesson, number)) else {
        let problem = format!("The lesson has no step {}", quoted(&number.text));
        return found.push(number.span.clone(), "no-such-step", problem, format!("a number from 1 to {count}"));
    };
    for (key, value) in known(words, "step's words", &STEP, found) {
        if key.text != "predict" {
            text(value, found);
            continue;
        }
        let Some(prediction) = step.get("predict") else {
            let problem = format!("Step {} asks for no prediction", number.text);
            found.push(key.span.clone(), "no-such-prediction", problem, "`predict` at a step that has one");
            continue;
        };
        for (key, value) in known(value, "prediction's words", &PREDICTION, found) {
            if key.text == "ask" || key.text == "because" {
                text(value, found);
                continue;
            }
            let have = prediction.get(&key.text).map(Node::entries).unwrap_or_default();
            let letters: Vec<&str> = have.iter().map(|(letter, _)| letter.text.as_str()).collect();
            if !matches!(value.content, Content::Map(_)) {
                wrong_type(value, "a mapping", "a text for each letter".into(), found);
            }
            for (letter, value) in value.entries() {
                text(value, found);
                if !letters.contains(&letter.text.as_str()) {
                    let problem = format!("{} is none of the lesson's {}", quoted(&letter.text), key.text);
                    let expected = instead(&letter.text, letters.iter().copied());
                    found.push(letter.span.clone(), "no-such-option", problem, expected);
                }
            }
        }
    }
}

/// The entries of a mapping whose names are known; the others are reported.
fn known<'a>(node: &'a Node, what: &str, names: &[&'static str], found: &mut Found) -> Vec<&'a (Key, Node)> {
    if !matches!(node.content, Content::Map(_)) {
        wrong_type(node, &format!("a {what}"), format!("a mapping with the fields {}", names.join(", ")), found);
    }
    let unknown = |(key, _): &&(Key, Node)| !names.contains(&key.text.as_str());
    for (key, _) in node.entries().iter().filter(unknown) {
        let problem = format!("{} is none of a {what}", quoted(&key.text));
        found.push(key.span.clone(), "unknown-field", problem, instead(&key.text, names.iter().copied()));
    }
    node.entries().iter().filter(|it| !unknown(it)).collect()
}

fn text(node: &Node, found: &mut Found) {
    if node.is_nothing() || !matches!(node.content, Content::Text { .. } | Content::Anything) {
        wrong_type(node, "a text", "a text".into(), found);
    }
}

fn nth(lesson: &Node, number: usize) -> Option<&Node> {
    lesson.get("steps")?.items().get(number.checked_sub(1)?)
}

fn step_of<'a>(lesson: &'a mut Node, number: &str) -> Option<&'a mut Node> {
    let at = number.parse::<usize>().ok()?.checked_sub(1)?;
    match child(lesson, "steps").map(|steps| &mut steps.content) {
        Some(Content::List(items)) => items.get_mut(at),
        _ => None,
    }
}

fn child<'a>(node: &'a mut Node, name: &str) -> Option<&'a mut Node> {
    match &mut node.content {
        Content::Map(entries) => entries.iter_mut().find(|(key, _)| key.text == name).map(|(_, value)| value),
        _ => None,
    }
}

/// Every word of a mapping, in the place of the one that stands there.
fn put(into: &mut Node, words: &Node) {
    for (key, value) in words.entries() {
        if matches!(value.content, Content::Map(_)) {
            if let Some(below) = child(into, &key.text) {
                put(below, value);
            }
        } else {
            set(into, key, value);
        }
    }
}

fn set(into: &mut Node, key: &Key, value: &Node) {
    match child(into, &key.text) {
        Some(old) => old.content = value.content.clone(),
        None => {
            if let Content::Map(entries) = &mut into.content {
                entries.push((key.clone(), value.clone()));
            }
        }
    }
}
