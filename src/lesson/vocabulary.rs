//! The words of a lesson that are more than text: facts, claims, error names, and what operations ask of their arguments.
//! The types themselves say what is right; here a wrong word becomes a message with the nearest right one.

use super::decode::decode;
use super::found::Found;
use super::reader::{report, value};
use super::tree::{Key as Name, Node};
use super::words::{instead, instead_of_many, nearest, quoted};
use crate::evidence::expect::Target;
use crate::evidence::fact::Key;
use crate::kernel::capabilities::NAMES;
use crate::kernel::error::Errno;
use crate::kernel::nftables::form::wrong_address;
use crate::kernel::operation::{Enter, Operation};
use std::ops::Range;
use std::str::FromStr;

/// `container.hostname`, in a list.
pub fn target_of(node: &Node, found: &mut Found) -> Option<Target> {
    let text: String = value(node, found)?;
    target(&text, node.span.clone(), found)
}

/// `container.hostname`, before a claim.
pub fn target_key(name: &Name, found: &mut Found) -> Option<Target> {
    target(&name.text, name.span.clone(), found)
}

fn target(text: &str, span: Range<usize>, found: &mut Found) -> Option<Target> {
    let wrong = match text.parse() {
        Ok(target) => return Some(target),
        Err(message) => message,
    };
    if Key::from_str(text).is_ok() {
        let problem = format!("{} names no actor", quoted(text));
        found.push(span, "fact-form", problem, format!("`ACTOR.{text}`"));
        return None;
    }
    let forms = Key::forms();
    let known = forms.iter().map(String::as_str);
    let Some((actor, rest)) = text.split_once('.') else {
        let problem = format!("{} names no fact", quoted(text));
        let expected = match nearest(text, known) {
            Some(near) => format!("an actor, a dot and the fact: `container.{near}`"),
            None => "an actor, a dot and a fact: `container.hostname`".to_owned(),
        };
        found.push(span, "fact-form", problem, expected);
        return None;
    };
    let (view, key) = rest.split_once('.').unwrap_or(("", rest));
    let (code, problem, expected) = if let ("inside" | "outside", Ok(key)) = (view, Key::from_str(key)) {
        let problem = format!("`{key}` is not read from {view}");
        ("wrong-view", problem, format!("`{actor}.{key}`, which is read from {}", key.usual_view()))
    } else if !view.is_empty() && Key::from_str(key).is_ok() {
        ("unknown-view", format!("{} is no view", quoted(view)), instead(view, ["inside", "outside"]))
    } else if let Some((_, advice)) = wrong.split_once("`: ") {
        ("fact-form", format!("{} has no path", quoted(text)), advice.to_owned())
    } else {
        let key = if matches!(view, "inside" | "outside") { key } else { rest };
        let all = known.clone().collect::<Vec<_>>().join(", ");
        let problem = format!("{} is no fact that Boxlab reads", quoted(key));
        let expected = match nearest(key, known) {
            Some(near) => format!("`{actor}.{near}`, if that is meant; there are: {all}"),
            None => format!("one of: {all}"),
        };
        ("unknown-fact", problem, expected)
    };
    found.push(span, code, problem, expected);
    None
}

/// `EPERM`
pub fn errno(node: &Node, found: &mut Found) -> Option<Errno> {
    let text: String = value(node, found)?;
    if let Ok(errno) = Errno::try_from(text.clone()) {
        return Some(errno);
    }
    let names: Vec<String> = (1..134).map(|number| Errno(nix::errno::Errno::from_raw(number)).name()).collect();
    let otherwise = "a name as errno(3) writes it, for example EPERM";
    let expected = instead_of_many(&text, names.iter().map(String::as_str), otherwise);
    found.push(node.span.clone(), "unknown-errno", format!("{} is no error name", quoted(&text)), expected);
    None
}

/// What stands after `do:`.
pub fn operation(node: &Node, found: &mut Found) -> Option<Operation> {
    match decode::<Operation>(node) {
        Ok(operation) => arguments(&operation, node, found).then_some(operation),
        Err(mut mistakes) => {
            for mistake in mistakes.iter_mut().filter(|mistake| mistake.code == "wrong-value") {
                // The rest of the arguments that are read from text by their own code are names of calls and errors.
                if !mistake.problem.contains("is no capability") {
                    continue;
                }
                let word = mistake.problem.split('`').nth(1).unwrap_or_default().to_lowercase();
                let word = word.trim_start_matches("cap_");
                mistake.code = "unknown-capability";
                let otherwise = "a name of capabilities(7) in small letters without CAP_, for example sys_admin";
                mistake.expected = instead_of_many(word, NAMES, otherwise);
            }
            report(mistakes, node, found);
            None
        }
    }
}

/// What an argument's type does not say.
fn arguments(operation: &Operation, node: &Node, found: &mut Found) -> bool {
    let place = |name: &str| {
        let value = node.entries().first().map(|(_, value)| value);
        value.and_then(|value| value.get(name)).or(value).unwrap_or(node).span.clone()
    };
    let (span, code, problem, expected) = match operation {
        Operation::Kill(kill) if signal(&kill.signal).is_none() => {
            let names: Vec<&str> = nix::sys::signal::Signal::iterator().map(|signal| &signal.as_str()[3..]).collect();
            let word = kill.signal.to_uppercase();
            let otherwise = "a name of signal(7) without SIG, for example TERM";
            let expected = instead_of_many(word.trim_start_matches("SIG"), names.iter().copied(), otherwise);
            (place("signal"), "unknown-signal", format!("{} is no signal", quoted(&kill.signal)), expected)
        }
        Operation::Chmod(chmod) if !octal(&chmod.mode) => {
            let problem = format!("{} is no mode", quoted(&chmod.mode));
            (place("mode"), "not-a-mode", problem, "three or four octal digits in quotes: \"755\"".into())
        }
        Operation::Setns(Enter { of, file, .. }) if of.is_some() == file.is_some() => {
            let problem =
                if of.is_some() { "setns has both `of` and `file`" } else { "setns has neither `of` nor `file`" };
            let expected = "either `of: ACTOR`, whose namespaces are entered, or `file: PATH`".to_owned();
            (place(""), "of-or-file", problem.to_owned(), expected)
        }
        Operation::Nft(nft) if wrong_address(nft).is_some() => {
            let (field, text) = wrong_address(nft).unwrap_or_default();
            let expected = match field {
                "then" => "an address and a port: `10.88.0.2:80`",
                _ => "an address or a network, without bits beyond its length: `10.88.0.0/24`",
            };
            (place("rule"), "not-an-address", format!("{} is no address", quoted(text)), expected.to_owned())
        }
        Operation::Kill(kill) if kill.of.is_some() == kill.pid.is_some() => {
            let problem =
                if kill.of.is_some() { "kill has both `of` and `pid`" } else { "kill has neither `of` nor `pid`" };
            let expected = "either `of: ACTOR`, or `pid: NUMBER` as the actor itself would say it".to_owned();
            (place(""), "of-or-pid", problem.to_owned(), expected)
        }
        Operation::Unshare(list) if list.is_empty() => empty(place(""), "a kind of namespace: `[uts]`"),
        Operation::Setns(enter) if enter.kinds.is_empty() => empty(place("kinds"), "a kind of namespace: `[uts]`"),
        Operation::Run(list) | Operation::Log(list) if list.is_empty() => {
            empty(place(""), "a program and its arguments: `[/bin/ls, /]`")
        }
        Operation::Start(it) if it.program.is_empty() => {
            empty(place("program"), "a program and its arguments: `[/bin/burn]`")
        }
        Operation::Mkdir(list) if list.is_empty() => empty(place(""), "a path: `[/srv/box]`"),
        Operation::Capabilities(it) if [&it.keep, &it.drop, &it.raise].into_iter().flatten().count() != 1 => {
            let expected = "one of `keep`, `drop` and `raise`: `{ keep: docker, sets: [bounding] }`".to_owned();
            (place(""), "keep-or-drop", "capabilities takes one list".to_owned(), expected)
        }
        Operation::Capabilities(it) if it.sets.is_empty() => empty(place("sets"), "a set: `[effective, permitted]`"),
        Operation::Setcap(it) if it.capabilities.is_empty() => {
            empty(place("capabilities"), "a capability: `[net_bind_service]`")
        }
        Operation::Calls(list) if list.is_empty() => empty(place(""), "a system call: `[unshare, mount]`"),
        Operation::Seccomp(it) if it.profile.is_some() == it.has_rules() => {
            let expected = "rules (`deny`, `kill`, `default` and `allow`), or `profile: docker`".to_owned();
            (place(""), "rules-or-profile", "seccomp takes rules or a profile".to_owned(), expected)
        }
        Operation::Map(map) if map.setgroups.is_none() && map.gid.is_empty() && map.uid.is_empty() => {
            let expected = "at least one of `setgroups: deny`, `gid: [\"0 0 1\"]`, `uid: [\"0 0 1\"]`".to_owned();
            (place(""), "empty-map", "map has nothing to write".to_owned(), expected)
        }
        Operation::Drop(list) | Operation::Raise(list) if list.is_empty() => {
            empty(place(""), "a capability: `[sys_admin]`")
        }
        _ => return true,
    };
    found.push(span, code, problem, expected);
    false
}

fn empty(span: Range<usize>, expected: &str) -> (Range<usize>, &'static str, String, String) {
    (span, "empty-list", "The list has nothing in it".to_owned(), expected.to_owned())
}

fn signal(name: &str) -> Option<nix::sys::signal::Signal> {
    nix::sys::signal::Signal::from_str(&format!("SIG{name}")).ok()
}

fn octal(mode: &str) -> bool {
    matches!(mode.len(), 3 | 4) && mode.bytes().all(|digit| (b'0'..=b'7').contains(&digit))
}
