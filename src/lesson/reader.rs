//! Reads a mapping field by field and a list element by element, so that one wrong value does not hide the next.
//! What each field is for is in `form`; which fields there are is asked of the model.

use super::decode::decode;
use super::draft::{At, Slot};
use super::form::form;
use super::found::Found;
use super::mistake::Mistake;
use super::tree::{Content, Node};
use super::words::{instead, quoted};
use serde::de::DeserializeOwned;

/// A mapping that is being read.
pub struct Fields<'a, 'f> {
    node: &'a Node,
    /// "lesson", "step", "prediction"
    what: &'static str,
    pub found: &'f mut Found,
}

impl<'a, 'f> Fields<'a, 'f> {
    /// Begins, and reports the fields that do not exist.
    pub fn of(node: &'a Node, what: &'static str, known: &[&'static str], found: &'f mut Found) -> Option<Self> {
        if !matches!(node.content, Content::Map(_)) {
            wrong_type(node, &format!("a {what}"), format!("a mapping with the fields {}", known.join(", ")), found);
            return None;
        }
        for (key, _) in node.entries() {
            if !known.contains(&key.text.as_str()) {
                let problem = format!("{} is no field of a {what}", quoted(&key.text));
                found.push(key.span.clone(), "unknown-field", problem, instead(&key.text, known.iter().copied()));
            }
        }
        Some(Fields { node, what, found })
    }

    /// A field that may be left out.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(&Node, &mut Found) -> Option<T>) -> Slot<T> {
        match self.node.get(name) {
            None => Slot::Missing,
            // Only stands here after a mistake that is reported.
            Some(Node { content: Content::Anything, .. }) => Slot::Broken,
            Some(node) => {
                let span = node.span.clone();
                read(node, self.found).map_or(Slot::Broken, |value| Slot::Is(At { value, span }))
            }
        }
    }

    /// A field that must be there.
    pub fn required<T>(&mut self, name: &str, read: impl FnOnce(&Node, &mut Found) -> Option<T>) -> Slot<T> {
        let slot = self.optional(name, read);
        if slot.is_missing() {
            let problem = format!("The {} has no `{name}`", self.what);
            let expected = format!("`{name}: …`, {}", form(name));
            self.found.push(self.node.span.clone(), "missing-field", problem, expected);
        }
        slot
    }

    /// `true`, `false`, or not there.
    pub fn flag(&mut self, name: &str) -> bool {
        self.optional(name, value::<bool>).value().copied().unwrap_or(false)
    }
}

/// Any value that serde can read.
pub fn value<T: DeserializeOwned>(node: &Node, found: &mut Found) -> Option<T> {
    match decode(node) {
        Ok(value) => Some(value),
        Err(mistakes) => {
            report(mistakes, node, found);
            None
        }
    }
}

/// Text that is one line: it is put into headings, and into the comments of what is exported.
pub fn line(node: &Node, found: &mut Found) -> Option<String> {
    let text: String = value(node, found)?;
    let text = text.trim_end();
    if text.contains('\n') {
        found.push(node.span.clone(), "lines", "This is more than one line".into(), "a few words in one line");
        return None;
    }
    Some(text.to_owned())
}

pub fn report(mistakes: Vec<Mistake>, node: &Node, found: &mut Found) {
    for mistake in mistakes {
        let span = mistake.span.clone().unwrap_or(node.span.clone());
        found.push(span, mistake.code, mistake.problem.clone(), mistake.expected.clone());
    }
}

/// A list, each element on its own. Broken only where elements stand there and none can be read.
pub fn list<T>(
    node: &Node,
    found: &mut Found,
    mut read: impl FnMut(&Node, &mut Found) -> Option<T>,
) -> Option<Vec<At<T>>> {
    let Content::List(items) = &node.content else {
        wrong_type(node, "a list", "a list, in brackets or with a `- ` before each value".into(), found);
        return None;
    };
    let values: Vec<At<T>> =
        items.iter().filter_map(|item| read(item, found).map(|value| At { value, span: item.span.clone() })).collect();
    (!values.is_empty() || items.is_empty()).then_some(values)
}

/// Names and values; likewise. A name can be wrong too.
pub fn pairs<K, V>(
    node: &Node,
    found: &mut Found,
    mut name: impl FnMut(&super::tree::Key, &mut Found) -> Option<K>,
    mut read: impl FnMut(&Node, &mut Found) -> Option<V>,
) -> Option<Vec<(At<K>, At<V>)>> {
    let Content::Map(entries) = &node.content else {
        wrong_type(node, "a mapping", "names and values: `name: value`".into(), found);
        return None;
    };
    let mut all = Vec::new();
    for (key, node) in entries {
        let (name, value) = (name(key, found), read(node, found));
        if let (Some(name), Some(value)) = (name, value) {
            all.push((At { value: name, span: key.span.clone() }, At { value, span: node.span.clone() }));
        }
    }
    (!all.is_empty() || entries.is_empty()).then_some(all)
}

pub fn wrong_type(node: &Node, belongs: &str, expected: String, found: &mut Found) {
    // What stands for an alias is reported already.
    if !matches!(node.content, Content::Anything) {
        let described = node.described();
        let problem = format!("{}{} stands where {belongs} belongs", described[..1].to_uppercase(), &described[1..]);
        found.push(node.span.clone(), "wrong-type", problem, expected);
    }
}
