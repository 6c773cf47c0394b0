//! The tree and the deserializer on their own: places, kinds of values, and mistakes one after another.

use super::decode::decode;
use super::diagnostic::Source;
use super::fields::fields_of;
use super::found::Found;
use super::mistake::Mistake;
use super::model::{Need, Step};
use super::tree::{Content, Node, parse};
use super::words::nearest;
use crate::kernel::Operation;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;

fn tree(text: &str) -> (Option<Node>, Vec<&'static str>) {
    let source = Arc::new(Source { name: "a.yaml".into(), text: text.into() });
    let mut found = Found::new(&source);
    let root = parse(&source, &mut found);
    (root, found.finish().iter().map(|one| one.code).collect())
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Vec<Mistake>> {
    decode(&tree(text).0.expect("a tree"))
}

fn codes<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> Vec<&'static str> {
    read::<T>(text).expect_err(text).iter().map(|mistake| mistake.code).collect()
}

#[test]
fn every_node_knows_its_bytes() {
    let text = "é: [a, \"b c\"]\nm:\n  k: |\n    x\n    y\n  l: {p: q}\nz: last\n";
    let root = tree(text).0.expect("a tree");
    let at = |node: &Node| &text[node.span.clone()];
    let list = root.get("é").expect("a list");
    assert_eq!((at(list), at(&list.items()[1])), ("[a, \"b c\"]", "\"b c\""));
    let inner = root.get("m").expect("a mapping");
    assert!(at(inner).starts_with("k: |") && at(inner).ends_with("{p: q}"), "{:?}", at(inner));
    assert_eq!(inner.entries().iter().map(|(key, _)| &text[key.span.clone()]).collect::<Vec<_>>(), ["k", "l"]);
    assert!(
        matches!(&inner.get("k").expect("a text").content, Content::Text { text, plain: false } if text == "x\ny\n")
    );
    assert_eq!(at(root.get("z").expect("a text")), "last");
}

#[test]
fn of_a_key_that_stands_twice_the_first_counts() {
    let (root, found) = tree("a: 1\nb: {c: 1, c: [2], c: {d: 3}}\na: 2\n");
    assert_eq!(found, ["duplicate-key", "duplicate-key", "duplicate-key"]);
    let root = root.expect("a tree");
    assert_eq!(decode::<u8>(root.get("a").expect("a number")).expect("a number"), 1);
    assert_eq!(root.get("b").expect("a mapping").entries().len(), 1);
}

#[test]
fn a_value_is_read_as_what_is_asked_for() {
    assert_eq!(read::<String>("1").expect("text"), "1");
    assert_eq!(read::<String>("true").expect("text"), "true");
    assert_eq!(read::<String>("'~'").expect("text"), "~");
    assert_eq!(read::<Option<String>>("~").expect("none"), None);
    assert_eq!(read::<i32>("-7").expect("a number"), -7);
    assert!(read::<bool>("true").expect("a truth"));
    assert_eq!(read::<Vec<u8>>("[1, 2]").expect("numbers"), [1, 2]);
    assert_eq!(read::<BTreeMap<String, u8>>("{a: 1}").expect("a mapping")["a"], 1);
    assert_eq!(read::<Operation>("look").expect("an operation"), Operation::Look);
    assert_eq!(read::<Operation>("{ look: }").expect("an operation"), Operation::Look);
    assert_eq!(read::<Operation>("exit: 3").expect("an operation"), Operation::Exit(3));
}

#[test]
fn a_value_that_is_something_else() {
    assert_eq!(codes::<String>("~"), ["wrong-type"]);
    assert_eq!(codes::<u8>("'1'"), ["wrong-type"]);
    assert_eq!(codes::<u8>("256"), ["wrong-type"]);
    assert_eq!(codes::<bool>("'true'"), ["wrong-type"]);
    assert_eq!(codes::<Vec<String>>("{a: b}"), ["wrong-type"]);
    assert_eq!(codes::<Operation>("[exit, 3]"), ["wrong-type"]);
    assert_eq!(codes::<Operation>("{}"), ["wrong-type"]);
    assert_eq!(codes::<Operation>("look: here"), ["wrong-type"]);
    assert_eq!(codes::<Operation>("drop: [chown, all, none]"), ["wrong-value", "wrong-value"]);
}

#[test]
fn all_the_mistakes_of_one_value_each_once() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Inner {
        name: String,
        size: u8,
        more: Option<Vec<u8>>,
    }
    let text = "[{name: a, size: x}, {nam: b, size: 1}, {name: [c], more: [1, y, z]}, d, {name: e, size: 2}]";
    let found = read::<Vec<Inner>>(text).expect_err("mistakes");
    let have: Vec<_> = found.iter().map(|one| (one.code, one.span.as_ref().map(|span| &text[span.clone()]))).collect();
    assert_eq!(
        have,
        [
            ("wrong-type", Some("x")),
            ("unknown-field", Some("nam")),
            ("missing-field", Some("{nam: b, size: 1}")),
            ("wrong-type", Some("[c]")),
            ("wrong-type", Some("y")),
            ("wrong-type", Some("z")),
            ("missing-field", Some("{name: [c], more: [1, y, z]}")),
            ("wrong-type", Some("d")),
        ]
    );
}

#[test]
fn the_fields_of_a_step_are_those_of_the_model() {
    let fields = fields_of::<Step>();
    assert!(fields.contains(&"as") && fields.contains(&"do") && fields.contains(&"why"), "{fields:?}");
    assert!(fields_of::<String>().is_empty());
}

#[test]
fn the_nearest_word_is_near() {
    assert_eq!(nearest("hostnmae", ["hostname", "pids"]), Some("hostname"));
    assert_eq!(nearest("Host", ["hostname", "pids"]), Some("hostname"));
    assert_eq!(nearest("xyz", ["hostname", "pids"]), None);
    assert_eq!(nearest("", ["hostname"]), None);
}

/// Lesson 18 starts in the network that lesson 10 has made; what 15 and 16 needed was for their own detours.
#[test]
fn a_lesson_needs_what_the_steps_need_that_are_repeated_for_it() {
    let lessons = super::load::read(&super::shelf::Shelf::embedded()).expect("the course");
    let enter = lessons.iter().find(|it| it.lesson.id == "enter").expect("lesson 18");
    assert!(enter.lesson.needs.contains(&Need::Network), "{:?}", enter.lesson.needs);
    assert!(!enter.lesson.needs.contains(&Need::NewPrivs), "{:?}", enter.lesson.needs);
}
