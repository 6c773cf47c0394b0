//! The lines that steps print for a shell can be typed in the box's own: each command in them is there, and takes the words
//! that stand behind it. Only what the kernel says may differ.

use std::collections::{BTreeMap, BTreeSet};

use boxlab::kernel::cgroups::Layout;
use boxlab::kernel::nftables::form::{Hook, Nft, Policy, Rule, Verdict};
use boxlab::kernel::nftables::read;
use boxlab::kernel::shell_words::shell_words;
use boxlab::kernel::{Operation, operation};
use boxlab::lesson::{load, shelf::Shelf};
use proptest::prelude::*;

use crate::{in_empty_root, sh};

/// Printed, but not in the box.
const NOT_HERE: [(&str, &str); 1] =
    [("strace", "a tracer of its own; in a lab the step's list of calls and `why` say the same")];

/// Every different line of all lessons, `deeper` steps too, and of operations that no lesson has now.
fn printed() -> BTreeSet<String> {
    let lessons = load::read(&Shelf::embedded()).expect("the lessons can be read");
    assert!(lessons.len() > 10, "hardly any lesson");
    let steps = lessons.iter().flat_map(|it| &it.lesson.steps).map(|step| &step.operation);
    // Programs of a lesson's own: in an empty root they are not there.
    let steps = steps.filter(|it| !matches!(it, Operation::Run(_) | Operation::Start(_)));
    let lines: BTreeSet<String> = steps.flat_map(in_both_versions).collect();
    assert!(lines.len() > 80, "hardly any line: {lines:#?}");
    let more = [
        Operation::Setuid(0),
        Operation::Setgid(0),
        Operation::Setgroups(vec![]),
        Operation::Setgroups(vec![0, 5]),
        Operation::NoNewPrivs(true),
        Operation::NftDelete("nat".to_owned()),
        Operation::Capture(operation::Capture { link: "lo".to_owned(), name: "seen".to_owned() }),
    ];
    lines.into_iter().chain(more.iter().flat_map(in_both_versions)).collect()
}

/// A line in each version of control groups; mostly they are the same.
fn in_both_versions(operation: &Operation) -> Vec<String> {
    let trees = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect();
    let (one, two) = (trees(&["freezer", "memory", "pids"]), trees(&[""]));
    let layouts = [Layout { version: 1, trees: one }, Layout { version: 2, trees: two }];
    layouts.iter().filter_map(|layout| shell_words(operation, Some(layout))).collect()
}

/// The command words of a line: what stands first, and what follows `;`, `|`, `&&`, `do`.
fn commands(line: &str) -> Vec<String> {
    let line = line.split("    # ").next().unwrap_or(line);
    let mut plain = String::new();
    // Quoted words are no commands, whatever is in them.
    for (at, part) in line.replace(r"'\''", "").split('\'').enumerate() {
        plain.push_str(if at % 2 == 0 { part } else { "quoted" });
    }
    let parts = plain.replace("&&", ";").replace(['|', '&'], ";").replace(" do ", "; ");
    let words = parts.split(';').filter_map(|part| part.split_whitespace().next().map(str::to_owned));
    words.filter(|word| !["for", "done", ":"].contains(&word.as_str())).collect()
}

#[test]
fn every_command_is_there() {
    let mut of: BTreeMap<String, String> = BTreeMap::new();
    for line in printed() {
        of.extend(commands(&line).into_iter().map(|word| (word, line.clone())));
    }
    assert!(of.contains_key("nc") && of.contains_key("nft"), "the test finds no commands: {:?}", of.keys());
    let excepted = |word: &str| NOT_HERE.iter().any(|(name, _)| *name == word);
    let missing: Vec<_> = of.iter().filter(|(word, _)| !excepted(word) && !knows(word)).collect();
    assert!(missing.is_empty(), "not in the box's shell: {missing:#?}");
    let needless: Vec<_> = NOT_HERE.iter().filter(|(name, _)| knows(name) || !of.contains_key(*name)).collect();
    assert!(needless.is_empty(), "these exceptions are none: {needless:?}");
}

fn knows(word: &str) -> bool {
    boxlab::userland::names().contains(&word) || sh(&format!("type {word}")).status.success()
}

/// In an empty root most lines fail; but as the kernel says, and not because a tool does not know an option.
#[test]
fn every_line_is_understood() {
    let root = tempfile::tempdir().expect("a directory");
    for line in printed() {
        if NOT_HERE.iter().any(|(name, _)| commands(&line).iter().any(|word| word == name)) {
            continue;
        }
        // A number that the reader has to look up; in there it is its own.
        let words = line.split(' ').map(|word| if word.starts_with("$PID_OF_") { "$$" } else { word });
        let said = in_empty_root(root.path(), &words.collect::<Vec<_>>().join(" "));
        let error = String::from_utf8_lossy(&said.stderr);
        for wrong in ["Usage", "unexpected argument", "not found", "not understood", "is expected", "invalid"] {
            let of_errno = error.contains("EINVAL") || error.contains("Invalid argument");
            assert!(!error.contains(wrong) || of_errno, "`{line}` is not understood here: {error}");
        }
    }
}

fn rules() -> impl Strategy<Value = Rule> {
    let network = || proptest::option::of(prop_oneof![Just("10.88.0.0/24".to_owned()), Just("127.0.0.1".to_owned())]);
    let link = || proptest::option::of("[a-z][a-z0-9.-]{0,14}");
    let then = prop_oneof![
        Just(Verdict::Accept),
        Just(Verdict::Drop),
        Just(Verdict::Masquerade),
        (1..=u16::MAX).prop_map(|port| Verdict::Dnat(format!("10.88.0.2:{port}"))),
    ];
    let port = proptest::option::of(any::<u16>());
    let parts = (network(), network(), any::<bool>(), link(), link(), link(), port, then);
    parts.prop_map(|(from, to, local, input, output, output_not, port, then)| Rule {
        from,
        to,
        local,
        input,
        output,
        output_not,
        port,
        then,
    })
}

fn changes() -> impl Strategy<Value = Nft> {
    let hooks = vec![Hook::Prerouting, Hook::Input, Hook::Forward, Hook::Output, Hook::Postrouting];
    let policy = proptest::option::of(prop_oneof![Just(Policy::Accept), Just(Policy::Drop)]);
    let table = prop_oneof![Just("nat".to_owned()), "[a-z][a-z0-9_]{0,9}"];
    (table, proptest::sample::select(hooks), policy, proptest::option::of(rules()))
        .prop_map(|(table, chain, policy, rule)| Nft { table, chain, policy, rule })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_nft_line_is_read_as_it_was_meant(nft in changes()) {
        let line = shell_words(&Operation::Nft(nft.clone()), None).expect("words");
        let text = line.strip_prefix("nft '").and_then(|it| it.strip_suffix('\'')).expect("one word in quotes");
        prop_assert_eq!(read::parse(text), Ok(nft.clone()));
        let loose = text.replace(' ', "  \t").replace("; }", ";\n}");
        prop_assert_eq!(read::parse(&loose), Ok(nft.clone()));
        let tight = text.replace(" { ", "{").replace("; }", "}").replace("; ", ";");
        prop_assert_eq!(read::parse(&tight), Ok(nft));
    }
}

#[test]
fn what_nft_does_not_understand_is_named() {
    let chain = |inside: &str| format!("table ip nat {{ chain output {{ {inside} }} }}");
    let begin = "type nat hook output priority -100;";
    let rows = [
        ("table inet nat { }".to_owned(), "`ip` is expected where `inet` stands"),
        ("table ip nat { chain mine { } }".to_owned(), "`mine` is no hook"),
        (chain("type nat hook input priority 100;"), "a chain here has the name of its hook"),
        (chain("type filter hook output priority 0;"), "of type nat with priority -100, not filter with 0"),
        (chain(&format!("{begin} policy queue;")), "`queue` is no policy"),
        (chain(&format!("{begin} udp dport 53 drop;")), "`udp` in a rule is not understood"),
        (chain(&format!("{begin} ip saddr 10.88.0.2/24 drop;")), "`10.88.0.2/24` is no address here"),
        (chain(&format!("{begin} ip saddr 1.1.1.1;")), "a word for the rule is missing"),
        (chain(&format!("{begin} drop; accept;")), "one rule at a time: `accept` begins another"),
        (chain(&format!("{begin} drop")) + " and more", "nothing is expected after the table"),
        (format!("table ip nat {{ chain output {{ {begin}"), "`}` is expected at the end"),
    ];
    for (text, expected) in rows {
        let said = read::parse(&text).expect_err(&text);
        assert!(said.contains(expected), "no {expected:?} for `{text}`: {said}");
    }
}
