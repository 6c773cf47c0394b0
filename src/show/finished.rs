//! The finished container on one screen: what it has of its own, beside what the lab host has. Every row is read from the
//! facts of the last step; a row whose facts were not read is left out.

use super::table::wrap;
use crate::evidence::fact::{Key, View};
use crate::evidence::record::Shown;
use crate::kernel::Namespace;
use colored::Colorize;
use textwrap::core::display_width;

/// Whose picture it is, and with whom it is compared.
const CONTAINER: &str = "container";
const HOST: &str = "host";

/// One line: what it is about, what the container has, what the lab host has.
struct Line {
    label: &'static str,
    own: String,
    host: String,
}

struct Facts<'a>(&'a [Shown]);

impl<'a> Facts<'a> {
    fn of(&self, subject: &str, view: View, key: &Key) -> Option<&'a str> {
        let found = self.0.iter().find(|it| it.subject == subject && it.view == view && it.key == *key);
        found.map(|it| it.text.as_str())
    }

    /// A fact of both, where the container has it.
    fn both(&self, label: &'static str, view: View, key: &Key) -> Option<Line> {
        let own = self.of(CONTAINER, view, key)?.to_owned();
        Some(Line { label, own, host: self.of(HOST, view, key).unwrap_or_default().to_owned() })
    }

    /// Path and text of each mount point.
    fn mounts(&self, subject: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let of = self.0.iter().filter(move |it| it.subject == subject && it.view == View::Outside);
        of.filter_map(|it| if let Key::Mount(path) = &it.key { Some((path.as_str(), it.text.as_str())) } else { None })
    }

    /// The addresses of its links, as `eth0 10.88.0.2/24`.
    fn addresses(&self, subject: &str) -> String {
        let of = self.0.iter().filter(|it| it.subject == subject);
        let named = of.filter_map(|it| {
            let key = it.key.to_string();
            let link = key.strip_prefix("address.").filter(|link| *link != "lo")?;
            Some(format!("{link} {}", it.text))
        });
        named.collect::<Vec<_>>().join(", ")
    }
}

/// The picture, at most `width` cells wide. Empty where there is no container.
pub fn card(facts: &[Shown], width: usize) -> String {
    let facts = Facts(facts);
    let lines = lines(&facts);
    if lines.is_empty() {
        return String::new();
    }
    let width = width.clamp(40, 100);
    let label = lines.iter().map(|line| display_width(line.label)).max().unwrap_or(0);
    let column = (width - label - 6) / 2;
    let mut out = String::new();
    let mut row = |label_text: &str, own: &str, host: &str, bold: bool| {
        let (own, host) = (wrap(own, column), wrap(host, column));
        for at in 0..own.len().max(host.len()) {
            let first = if at == 0 { label_text } else { "" };
            let (own, host) = (own.get(at).map_or("", String::as_str), host.get(at).map_or("", String::as_str));
            let gap = " ".repeat(column.saturating_sub(display_width(own)));
            let text = format!("{first:label$}   {own}{gap}   {host}").trim_end().to_owned();
            out.push_str(&if bold { text.bold().to_string() } else { text });
            out.push('\n');
        }
    };
    row("", "the container", "the lab host", true);
    for line in &lines {
        row(line.label, &line.own, &line.host, false);
    }
    out
}

fn lines(facts: &Facts<'_>) -> Vec<Line> {
    if facts.of(CONTAINER, View::Outside, &Key::State) != Some("running") {
        return Vec::new();
    }
    let rows = [
        facts.both("name", View::Inside, &Key::Hostname),
        facts.both("processes", View::Inside, &Key::Processes),
        init(facts),
        facts.both("root", View::Outside, &Key::Mount("/".to_owned())),
        facts.both("", View::Inside, &Key::RootEntries),
        mounts(facts),
        volumes(facts),
        users(facts),
        network(facts),
        namespaces(facts),
        powers(facts),
        seccomp(facts),
    ];
    rows.into_iter().flatten().collect()
}

/// PID 1 that reads its signals does what an init does.
fn init(facts: &Facts<'_>) -> Option<Line> {
    let blocked = |subject: &str| facts.of(subject, View::Outside, &Key::SignalsBlocked);
    let first = facts.of(CONTAINER, View::Inside, &Key::Pid) == Some("1");
    let own = blocked(CONTAINER).filter(|set| first && set.contains("CHLD"))?;
    Some(Line { label: "init", own: format!("PID 1 waits for {own}"), host: String::new() })
}

fn mounts(facts: &Facts<'_>) -> Option<Line> {
    let count = |subject| format!("{} mount points", facts.mounts(subject).count());
    Some(Line { label: "mounts", own: count(CONTAINER), host: count(HOST) })
}

/// Directories that come from elsewhere: not the kernel's own, and not lent by the machine.
fn volumes(facts: &Facts<'_>) -> Option<Line> {
    let below = |path: &str| ["/proc", "/sys", "/dev"].iter().any(|it| path.starts_with(it));
    let bound = facts.mounts(CONTAINER).filter(|(path, text)| *path != "/" && !below(path) && text.contains(" of /"));
    let own: Vec<String> = bound.map(|(path, text)| format!("{path} is {text}")).collect();
    let host = own.iter().filter_map(|it| it.split(" of ").nth(1)?.split(' ').next()).collect::<Vec<_>>().join(", ");
    (!own.is_empty()).then(|| Line { label: "volume", own: own.join(", "), host })
}

fn users(facts: &Facts<'_>) -> Option<Line> {
    let side = |subject, view| facts.of(subject, view, &Key::Uid).map(str::to_owned);
    let map = facts.of(CONTAINER, View::Outside, &Key::UidMap)?;
    let host = format!("uid {}", side(CONTAINER, View::Outside)?);
    Some(Line { label: "users", own: format!("uid {}, map {map}", side(CONTAINER, View::Inside)?), host })
}

fn network(facts: &Facts<'_>) -> Option<Line> {
    let own = facts.addresses(CONTAINER);
    (!own.is_empty()).then(|| Line { label: "network", own, host: facts.addresses(HOST) })
}

fn namespaces(facts: &Facts<'_>) -> Option<Line> {
    let of = |subject, kind| facts.of(subject, View::Outside, &Key::Ns(kind));
    let own = |kind: &Namespace| of(CONTAINER, *kind).is_some() && of(CONTAINER, *kind) != of(HOST, *kind);
    let (own, shared): (Vec<Namespace>, Vec<Namespace>) = Namespace::ALL.into_iter().partition(own);
    let names = |list: &[Namespace]| list.iter().map(|kind| kind.file()).collect::<Vec<_>>().join(", ");
    let host = if shared.is_empty() { String::new() } else { format!("shares {}", names(&shared)) };
    (!own.is_empty()).then(|| Line { label: "namespaces", own: format!("own {}", names(&own)), host })
}

fn powers(facts: &Facts<'_>) -> Option<Line> {
    let mut line = facts.both("powers", View::Outside, &Key::CapEffective)?;
    let bounding = facts.of(CONTAINER, View::Outside, &Key::CapBounding);
    if bounding.is_some_and(|bounding| bounding != "all") {
        line.own.push_str(", and no program brings back others");
    }
    Some(line)
}

fn seccomp(facts: &Facts<'_>) -> Option<Line> {
    let side = |subject| {
        let mode = facts.of(subject, View::Outside, &Key::Seccomp)?;
        let promised = facts.of(subject, View::Outside, &Key::NoNewPrivs) == Some("yes");
        Some(format!("{mode}{}", if promised { ", no new privileges" } else { "" }))
    };
    Some(Line { label: "seccomp", own: side(CONTAINER)?, host: side(HOST).unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(subject: &str, view: View, key: Key, text: &str) -> Shown {
        Shown { subject: subject.into(), view, key, text: text.into(), raw: None }
    }

    #[test]
    fn only_what_was_read_is_shown_and_nothing_without_a_container() {
        assert_eq!(card(&[fact("host", View::Outside, Key::State, "running")], 80), "");
        let mut facts = vec![
            fact("container", View::Outside, Key::State, "running"),
            fact("container", View::Inside, Key::Hostname, "box"),
            fact("host", View::Inside, Key::Hostname, "labhost"),
            fact("container", View::Outside, Key::Mount("/data".into()), "tmpfs rw of /srv/volume private"),
        ];
        let text = card(&facts, 80);
        assert!(text.contains("box") && text.contains("labhost") && text.contains("/srv/volume"), "{text}");
        assert!(!text.contains("seccomp") && !text.contains("network"), "{text}");
        facts.push(fact("container", View::Outside, Key::Seccomp, "filter"));
        assert!(card(&facts, 80).contains("seccomp"));
        assert!(card(&facts, 80).lines().all(|line| display_width(line) <= 80));
    }
}
