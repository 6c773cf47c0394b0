//! The closing picture: the lab host's processes as a tree, drawn from the facts. A process that has a namespace other
//! than its parent's stands in a frame of its own, and in it what it sees: its name for the machine, its PIDs,
//! its root, its users, its links.

use super::table::wrap;
use crate::evidence::fact::{Key, View};
use crate::evidence::record::Shown;
use crate::kernel::Namespace;
use std::borrow::Cow;
use textwrap::core::display_width;

/// Narrower than this there is no room for frames, in cells.
const NARROW: usize = 48;

struct Process<'a> {
    name: &'a str,
    pid: i64,
    parent: i64,
    facts: Vec<&'a Shown>,
}

impl<'a> Process<'a> {
    fn text(&self, view: View, key: &Key) -> Option<&'a str> {
        self.facts.iter().find(|fact| fact.view == view && fact.key == *key).map(|fact| fact.text.as_str())
    }

    /// The kinds of namespace that it has for itself, compared with another process. A zombie has none any more.
    fn unlike(&self, other: &Process<'_>) -> Vec<&'static str> {
        let kinds = Namespace::ALL.into_iter().filter(|kind| {
            let key = Key::Ns(*kind);
            let own = self.text(View::Outside, &key);
            own.is_some() && own != other.text(View::Outside, &key)
        });
        kinds.map(Namespace::file).collect()
    }
}

/// The picture, as lines of at most `width` cells.
pub fn picture(facts: &[Shown], width: usize) -> String {
    let processes = processes(facts);
    let Some(host) = processes.iter().find(|it| it.name == "host") else { return String::new() };
    if width < NARROW {
        return list(&processes, host, width);
    }
    let inner = width.min(90) - 4;
    let mut lines = vec!["1 lab: the lab host's first process".to_owned()];
    let top: Vec<&Process<'_>> = processes.iter().filter(|it| it.parent == 1).collect();
    for (at, process) in top.iter().enumerate() {
        let last = at + 1 == top.len();
        branch(&processes, process, host, host, last, inner, &mut lines);
    }
    frame("lab host", &lines, inner + 4)
}

/// The same without frames, for a narrow screen.
fn list(processes: &[Process<'_>], host: &Process<'_>, width: usize) -> String {
    let mut out = String::new();
    for process in processes {
        let own = process.unlike(host);
        let own = if own.is_empty() { String::new() } else { format!(", own {}", own.join(", ")) };
        out.push_str(&super::table::paragraph(&format!("{}{own}", head(process)), 0, width));
        let known = (process.name != host.name).then_some(host);
        for (label, text) in sights(process, known) {
            out.push_str(&super::table::paragraph(&format!("{label} {text}"), 2, width));
        }
    }
    out
}

fn processes(facts: &[Shown]) -> Vec<Process<'_>> {
    let mut list: Vec<Process<'_>> = Vec::new();
    for fact in facts {
        match list.iter_mut().find(|it| it.name == fact.subject) {
            Some(process) => process.facts.push(fact),
            None => list.push(Process { name: &fact.subject, pid: 0, parent: 0, facts: vec![fact] }),
        }
    }
    for process in &mut list {
        let number = |key: &Key| process.text(View::Outside, key).and_then(|text| text.parse().ok()).unwrap_or(0);
        (process.pid, process.parent) = (number(&Key::Pid), number(&Key::Ppid));
    }
    // What has ended and was waited for has no PID any more.
    list.retain(|process| process.pid != 0);
    list.sort_by_key(|process| process.pid);
    list
}

/// One process and its children below it.
fn branch(
    all: &[Process<'_>],
    process: &Process<'_>,
    parent: &Process<'_>,
    host: &Process<'_>,
    last: bool,
    width: usize,
    lines: &mut Vec<String>,
) {
    let own = process.unlike(parent);
    let mut body = vec![head(process)];
    // What it sees is said once: of the host all, of the others what differs from their parent.
    let known = (process.name != host.name).then_some(parent);
    body.extend(sees(process, known, width.saturating_sub(8)));
    let children: Vec<&Process<'_>> = all.iter().filter(|it| it.parent == process.pid).collect();
    for (at, child) in children.iter().enumerate() {
        branch(all, child, process, host, at + 1 == children.len(), width.saturating_sub(7), &mut body);
    }
    if !own.is_empty() {
        let title = format!("own {}", own.join(", "));
        body = frame(&title, &body, width.saturating_sub(3)).lines().map(str::to_owned).collect();
    }
    let (first, rest) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
    // The branch meets the line that names the process, which in a frame is the second.
    let named = usize::from(!own.is_empty());
    for (at, line) in body.iter().enumerate() {
        let lead = match at.cmp(&named) {
            std::cmp::Ordering::Less => "│  ",
            std::cmp::Ordering::Equal => first,
            std::cmp::Ordering::Greater => rest,
        };
        lines.push(format!("{lead}{line}"));
    }
}

/// `5 container, 1 inside`
fn head(process: &Process<'_>) -> String {
    let mut head = format!("{} {}", process.pid, process.name);
    if process.text(View::Outside, &Key::State) == Some("zombie") {
        head.push_str(": ended, and not waited for");
    }
    match process.text(View::Inside, &Key::Pid) {
        Some(inside) if inside != process.pid.to_string() => head.push_str(&format!(", {inside} inside")),
        _ => {}
    }
    head
}

/// What the process sees of the system, as far as it is not what `known` sees.
fn sights<'a>(process: &Process<'a>, known: Option<&Process<'_>>) -> Vec<(&'a str, Cow<'a, str>)> {
    let rows = [
        ("is called", View::Inside, Key::Hostname),
        ("/ is", View::Outside, Key::Root),
        ("/ holds", View::Inside, Key::RootEntries),
        ("/proc lists", View::Inside, Key::Processes),
        ("uid map", View::Outside, Key::UidMap),
        ("powers", View::Outside, Key::CapEffective),
        ("filters", View::Outside, Key::SeccompFilters),
    ];
    let seen = rows.into_iter().filter_map(|(label, view, key)| {
        let text = process.text(view, &key)?;
        // The lab host's own map and powers are the same in every lesson.
        if matches!(key, Key::UidMap | Key::CapEffective | Key::SeccompFilters) && known.is_none() {
            return None;
        }
        let same = known.is_some_and(|known| known.text(view, &key) == Some(text));
        (!same).then_some((label, Cow::from(text)))
    });
    // Only lessons about the network have these. A lo leads nowhere.
    let cables = process.facts.iter().filter_map(|fact| {
        let Key::Link(link) = &fact.key else { return None };
        let address = Key::Address(link.clone());
        let own = (Some(fact.text.as_str()), process.text(fact.view, &address));
        let same =
            known.is_some_and(|known| (known.text(fact.view, &fact.key), known.text(fact.view, &address)) == own);
        let text = own.1.map_or(Cow::from(&fact.text), |address| format!("{address}, {}", fact.text).into());
        (link != "lo" && !same).then_some((link.as_str(), text))
    });
    seen.chain(cables).collect()
}

/// The same in two columns.
fn sees(process: &Process<'_>, known: Option<&Process<'_>>, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (label, text) in sights(process, known) {
        for (at, line) in wrap(&text, width.saturating_sub(16).max(8)).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            lines.push(format!("   {label:11}  {line}"));
        }
    }
    lines
}

/// Lines in a frame with a title, `width` cells wide; longer lines make it wider.
fn frame(title: &str, lines: &[String], width: usize) -> String {
    let longest = lines.iter().map(|line| display_width(line)).max().unwrap_or(0);
    let inner = longest.max(display_width(title) + 2).min(width.saturating_sub(4).max(longest));
    let mut out = format!("┌ {title} {}┐\n", "─".repeat((inner + 1).saturating_sub(display_width(title) + 1)));
    for line in lines {
        out.push_str(&format!("│ {line}{} │\n", " ".repeat(inner.saturating_sub(display_width(line)))));
    }
    out.push_str(&format!("└{}┘\n", "─".repeat(inner + 2)));
    out
}
