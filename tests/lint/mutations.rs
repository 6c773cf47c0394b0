//! Thousands of lessons that nobody would write: no panic, a bounded answer, and every place within the file.

use crate::support::{Folder, GOOD, NEXT};
use boxlab::lesson::diagnostic::{Form, render};
use boxlab::lesson::load;
use proptest::prelude::*;

/// Judges a text in every way there is.
fn survives(text: &[u8]) {
    let folder = Folder::good();
    folder.put("02-hostname", text);
    let found = folder.lint();
    assert!(found.len() <= 202 + NEXT.lines().count(), "{} mistakes", found.len());
    for mistake in &found {
        assert!(mistake.line >= 1 && mistake.column >= 1 && mistake.offending.chars().count() <= 81);
        assert!(mistake.file.ends_with("lesson.yaml"));
    }
    for form in [Form::Line, Form::Plain, Form::Colour] {
        let shown = render(&found, form);
        assert!(shown.len() <= 4000 * found.len(), "{} bytes for {} mistakes", shown.len(), found.len());
        assert!(form == Form::Colour || !shown.contains(['\u{1b}', '\u{202e}', '\r']));
        assert!(form != Form::Line || shown.lines().count() == found.len());
    }
    // What can be run has no mistake that stops a run.
    let can_run = load::read(&folder.shelf());
    if found.is_empty() {
        assert!(can_run.is_ok(), "nothing is wrong with it, and it cannot be run");
    }
}

/// Small changes, as slips of the hand and broken disks make them.
#[derive(Clone, Debug)]
enum Change {
    Byte(usize, u8),
    Insert(usize, String),
    DropLine(usize),
    SwapLines(usize, usize),
    Copy(usize, usize, usize),
    Indent(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let pieces = [
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "!t ",
        "- ",
        "? ",
        ": ",
        ": |\n",
        "\"",
        "'",
        "#",
        "\t",
        "~",
        "---\n",
        "\u{1b}[2J",
        "\u{202e}",
        "é",
        "\0",
    ];
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (any::<usize>(), prop::sample::select(pieces.to_vec()))
            .prop_map(|(at, text)| Change::Insert(at, text.to_owned())),
        (any::<usize>(), "[ -~]{0,12}").prop_map(|(at, text)| Change::Insert(at, text)),
        any::<usize>().prop_map(Change::DropLine),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        (any::<usize>(), 1..200_usize, any::<usize>()).prop_map(|(from, length, to)| Change::Copy(from, length, to)),
        (any::<usize>(), 1..4_usize).prop_map(|(line, by)| Change::Indent(line, by)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    let count = bytes.len();
    match change {
        Change::Byte(at, byte) => bytes[at % count] = *byte,
        Change::Insert(at, text) => drop(bytes.splice(at % count..at % count, text.bytes())),
        Change::Copy(from, length, to) => {
            let from = from % count;
            let piece = bytes[from..(from + length).min(count)].to_vec();
            drop(bytes.splice(to % count..to % count, piece));
        }
        Change::DropLine(line) | Change::SwapLines(line, _) | Change::Indent(line, _) => {
            let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            let line = line % lines.len();
            match change {
                Change::DropLine(_) => drop(lines.remove(line)),
                Change::SwapLines(_, other) => {
                    let other = other % lines.len();
                    lines.swap(line, other);
                }
                Change::Indent(_, by) => drop(lines[line].splice(0..0, std::iter::repeat_n(b' ', *by))),
                _ => {}
            }
            *bytes = lines.concat();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_lesson(changes in prop::collection::vec(change(), 1..6)) {
        let mut bytes = GOOD.as_bytes().to_vec();
        changes.iter().for_each(|change| apply(&mut bytes, change));
        survives(&bytes);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&bytes);
    }

    #[test]
    fn yaml_of_any_shape(text in yaml()) {
        survives(text.as_bytes());
    }
}

/// Mappings and lists of a lesson's own words in places where they do not belong.
fn yaml() -> impl Strategy<Value = String> {
    let words = [
        "id",
        "steps",
        "do",
        "as",
        "say",
        "expect",
        "look",
        "predict",
        "options",
        "a",
        "b",
        "unshare",
        "uts",
        "mount",
        "host",
        "EPERM",
        "container.pid",
        "fork",
        "true",
        "3",
        "''",
        "~",
        "\"\\u2028\"",
    ];
    let leaf = prop::sample::select(words.to_vec()).prop_map(str::to_owned);
    let tree = leaf.prop_recursive(6, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((prop::sample::select(words.to_vec()), inner), 0..8).prop_map(|pairs| {
                let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", pairs.join(", "))
            }),
        ]
    });
    (tree.clone(), tree)
        .prop_map(|(steps, other)| format!("id: hostname\nsteps: {steps}\ndocker: {other}\nintro: {other}\n"))
}
