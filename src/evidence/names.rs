//! Names instead of numbers. The kernel numbers namespaces, peer groups and devices as it happens to make them, so two
//! runs would never look the same. Each number gets a name when it is first seen: `uts:[host]` is the lab host's,
//! `uts:[box]` the first other one. PIDs are the lab host's own and the same in every run; they stay.
//! Naming works on facts, never on text.

use super::cables::Cables;
use super::fact::{Fact, Key, LinkFact, MountPoint, Value};
use super::record::{Arg, Call, Shown};
use crate::kernel::Namespace;
use std::collections::{BTreeMap, BTreeSet};

/// What is said of a mount that the machine lends to the lab: a device, Boxlab's own binary.
pub const LENT: &str = "lent by the machine";

/// A device's mount is as the machine has its /dev, so it is not shown whether that is read-only; writing to a device asks
/// for no mount that can be written anyway.
fn is_device(key: &Key) -> bool {
    matches!(key, Key::Mount(at) if at.contains("/dev/"))
}

/// A clock beside the host's, which was read a moment before.
fn beside_the_host(seconds: i64) -> String {
    // Two readings of one clock are never a minute apart; offsets that lessons set are days.
    let days = (seconds + 43_200).div_euclid(86_400);
    match days {
        0 if seconds.abs() < 60 => "[host]".to_owned(),
        0 => format!("[host] {seconds:+} s"),
        days => format!("[host] {days:+} days"),
    }
}

/// The names given so far in a run.
#[derive(Clone, Debug, Default)]
pub struct Names {
    namespaces: BTreeMap<(Namespace, u64), String>,
    peer_groups: BTreeMap<u64, String>,
    /// Lines of files, by the key of the fact.
    lines: BTreeMap<Key, Vec<String>>,
    /// What the host's clocks said when they were last looked at.
    clocks: BTreeMap<Key, i64>,
    /// The devices of the learner's machine of which something is seen in the lab.
    machine: BTreeSet<String>,
    cables: Cables,
}

impl Names {
    /// Starts with what the lab host has before any lesson: its namespaces are `[host]`, its devices the machine's.
    /// `facts` are those of the actor `host`; `machine` are the device numbers of the mounts that were lent to the lab.
    pub fn of_lab_host(facts: &[Fact], machine: impl IntoIterator<Item = String>) -> Names {
        let mut names = Names { machine: machine.into_iter().collect(), ..Names::default() };
        for fact in facts {
            if let Value::Namespace(kind, inode) = fact.value {
                names.namespaces.insert((kind, inode), "host".to_owned());
            }
            if let Value::Line(line) = &fact.value {
                names.lines.insert(fact.key.clone(), vec![line.clone()]);
            }
        }
        names
    }

    fn namespace(&mut self, kind: Namespace, inode: u64) -> String {
        let others = self.namespaces.keys().filter(|(other, _)| *other == kind).count();
        let name = self.namespaces.entry((kind, inode)).or_insert_with(|| match others {
            0 | 1 => "box".to_owned(),
            more => format!("box{more}"),
        });
        format!("{}:[{name}]", kind.file())
    }

    /// The first line that is seen of a file is the host's, where the lesson looks at the host's.
    fn named(&mut self, key: &Key, line: &str, what: &str) -> String {
        let known = self.lines.entry(key.clone()).or_default();
        let at = known.iter().position(|it| it == line).unwrap_or_else(|| {
            known.push(line.to_owned());
            known.len() - 1
        });
        match at {
            0 => format!("{what}:[host]"),
            // A second kernel is a machine's.
            1 if matches!(key, Key::KernelRelease | Key::BootId) => format!("{what}:[vm]"),
            1 => format!("{what}:[box]"),
            more => format!("{what}:[box{more}]"),
        }
    }

    fn peer_group(&mut self, field: &str) -> String {
        let Some((word, number)) = field.split_once(':') else { return field.to_owned() };
        let Ok(number) = number.parse() else { return field.to_owned() };
        let next = self.peer_groups.len() + 1;
        let name = self.peer_groups.entry(number).or_insert_with(|| format!("{next}"));
        format!("{word}:[{name}]")
    }

    /// The facts of one moment as they are shown.
    pub fn show_all(&mut self, facts: &[Fact]) -> Vec<Shown> {
        self.cables.learn(facts);
        facts.iter().map(|fact| self.show(fact)).collect()
    }

    /// The fact as it is shown.
    fn show(&mut self, fact: &Fact) -> Shown {
        let (text, raw) = match &fact.value {
            Value::Text(text) => (text.clone(), None),
            Value::Number(number) => (number.to_string(), None),
            Value::List(list) if list.is_empty() => ("(none)".to_owned(), None),
            Value::List(list) => (list.join(", "), None),
            Value::Namespace(kind, inode) => {
                (self.namespace(*kind, *inode), Some(format!("{}:[{inode}]", kind.file())))
            }
            Value::Mount(mount) => self.mount(&fact.key, mount),
            Value::File(file) => (file.to_string(), Some(format!("{file}, inode {}", file.inode))),
            Value::Link(link) => self.link(&fact.subject, link),
            Value::Neighbour(it) => {
                let who = it.hardware.as_deref();
                let text = |who: Option<&str>| format!("{} by {}", who.unwrap_or("no answer"), it.link);
                (text(who.map(|hardware| self.cables.owner(hardware))), Some(text(who)))
            }
            Value::Clock(seconds) => {
                if fact.subject == "host" {
                    self.clocks.insert(fact.key.clone(), *seconds);
                }
                let host = self.clocks.get(&fact.key).copied().unwrap_or(*seconds);
                (beside_the_host(*seconds - host), Some(format!("{seconds} s")))
            }
            Value::GroupPath { namespace, text } => {
                let host = self.namespaces.get(&(Namespace::Cgroup, *namespace)).is_some_and(|name| name == "host");
                // Where the lab lies in the machine's tree differs by machine; below a root of one's own it does not.
                let named = if host { self.named(&Key::GroupPath, text, "path") } else { text.clone() };
                (named, Some(text.clone()))
            }
            Value::Rounded { text, raw } => (text.clone(), Some(raw.clone())),
            Value::Line(line) => {
                let what = match fact.key {
                    Key::KernelRelease => "kernel",
                    Key::BootId => "boot",
                    Key::Cpus => "processors",
                    _ => "line",
                };
                (self.named(&fact.key, line, what), Some(line.clone()))
            }
            Value::IdMap { lines, of_learner } => {
                // The first line is the learner's own id, the second those of /etc/subuid or /etc/subgid.
                let line = |(at, line): (usize, &Vec<String>), named: bool| match line.as_slice() {
                    [inside, _, count] if named && *of_learner => {
                        format!("{inside} {} {count}", if at == 0 { "[you]" } else { "[sub]" })
                    }
                    _ => line.join(" "),
                };
                let all = |named: bool| {
                    let lines: Vec<_> = lines.iter().enumerate().map(|it| line(it, named)).collect();
                    if lines.is_empty() { "(empty)".to_owned() } else { lines.join(", ") }
                };
                (all(true), Some(all(false)))
            }
            Value::Unreadable(errno) => (format!("unreadable ({errno})"), None),
            Value::Absent => ("absent".to_owned(), None),
        };
        Shown { subject: fact.subject.clone(), view: fact.view, key: fact.key.clone(), text, raw }
    }

    /// `veth, up, peer eth0 of container`. An up link without a carrier has nobody at the other end.
    fn link(&self, subject: &str, link: &LinkFact) -> (String, Option<String>) {
        let state = match (link.up, link.carrier) {
            (true, true) => "up",
            (true, false) => "up, no carrier",
            (false, _) => "down",
        };
        let mut words = vec![link.kind.clone(), state.to_owned()];
        words.extend(self.cables.peer(subject, link).map(|peer| format!("peer {peer}")));
        words.extend(link.master.as_ref().map(|bridge| format!("port of {bridge}")));
        words.extend(link.mtu.map(|mtu| format!("MTU {mtu}")));
        let text = words.join(", ");
        let peer = link.peer.map(|(peer, _)| format!("@if{peer}")).unwrap_or_default();
        let raw = format!("{}{peer}: {text}, {}", link.index, link.hardware);
        (text, Some(raw))
    }

    /// `tmpfs rw shared:[1]`. Of what is lent by the machine only that is said: its type and options differ by machine.
    fn mount(&mut self, key: &Key, mount: &MountPoint) -> (String, Option<String>) {
        let mut raw = vec![mount.kind.clone(), mount.flags.join(",")];
        raw.extend(mount.propagation.iter().cloned());
        raw.push(format!(
            "{} {} on {} (mount {} in {})",
            mount.source, mount.root, mount.device, mount.id, mount.parent
        ));
        let mut words = Vec::new();
        // Where the machine's file cannot be lent, a copy of it stands at the same path.
        if self.machine.contains(&mount.device) || mount.root == "/bin/boxlab" {
            let read_only = !is_device(key) && mount.flags.iter().any(|flag| flag == "ro");
            let text = if read_only { format!("{LENT}, ro") } else { LENT.to_owned() };
            return (text, Some(raw.join(" ")));
        }
        words.push(mount.kind.clone());
        words.push(mount.flags.join(","));
        if mount.kind == "nsfs" {
            words.push(self.namespace_file(&mount.root));
        } else if mount.root != "/" {
            words.push(format!("of {}", mount.root));
        }
        words.extend(mount.propagation.iter().map(|field| self.peer_group(field)));
        (words.join(" "), Some(raw.join(" ")))
    }

    /// `uts:[4026532288]` by its name.
    fn namespace_file(&mut self, link: &str) -> String {
        match crate::probe::namespaces::parse(link) {
            Some((kind, inode)) => format!("of {}", self.namespace(kind, inode)),
            None => format!("of {link}"),
        }
    }

    /// A system call with names in place of namespace numbers.
    pub fn call(&mut self, call: &Call) -> Call {
        let mut named = call.clone();
        for arg in &mut named.args {
            if let Arg::NamespaceFile(kind, inode) = *arg {
                *arg = Arg::Descriptor(self.namespace(kind, inode));
            }
        }
        named
    }
}
