//! Namespaces as boxes with the processes in them. Kinds that part the processes in the same way share a row; those that
//! all processes share are named below. In a box stands what it decides: the host name, the ids, the addresses.

use super::canvas::{Canvas, Drawn, LINE, wide, wrapped};
use super::facts::{Facts, listed};
use crate::evidence::{Key, View};
use crate::kernel::Namespace;

/// One namespace, or several that the same processes are in.
#[derive(PartialEq, Eq)]
struct Place {
    /// `uts:[box]`
    names: Vec<String>,
    members: Vec<String>,
    /// What keeps it where nobody is in it.
    pins: Vec<String>,
}

/// Kinds that part the processes alike.
struct Row {
    kinds: Vec<Namespace>,
    places: Vec<Place>,
}

const GAP: i32 = 10;
const PAD: i32 = 10;

/// The picture; `before` are the facts to which it is compared: what is new is marked.
pub fn draw(facts: Facts<'_>, before: Facts<'_>, width: i32) -> Option<Drawn> {
    let rows = rows(facts);
    let (parted, shared): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.places.len() > 1);
    let old: Vec<String> = self::rows(before).into_iter().flat_map(|row| row.places).flat_map(|it| it.names).collect();
    let mut canvas = Canvas::default();
    let mut top = 0;
    let mut words = Vec::new();
    for row in &parted {
        top = one_row(&mut canvas, row, (facts, before), &old, (top, width));
        words.push(row_words(facts, row));
    }
    let shared: Vec<&str> = shared.iter().flat_map(|row| &row.kinds).map(|kind| kind.file()).collect();
    let everybody: Vec<&str> = facts.actors();
    if everybody.is_empty() {
        return None;
    }
    if !shared.is_empty() {
        let place = Place {
            names: vec![format!("shared by all: {}", shared.join(", "))],
            members: everybody.iter().map(|it| (*it).to_owned()).collect(),
            pins: Vec::new(),
        };
        let row = Row { kinds: Vec::new(), places: vec![place] };
        one_row(&mut canvas, &row, (facts, before), &["".to_owned()], (top, width));
        words.push(format!("All of them, {}, share the {} namespaces.", listed(&everybody), shared.join(", ")));
    }
    Some(canvas.finish(&words.join(" ")))
}

fn rows(facts: Facts<'_>) -> Vec<Row> {
    let actors = facts.actors();
    let mut rows: Vec<Row> = Vec::new();
    for kind in Namespace::ALL {
        let mut places: Vec<Place> = Vec::new();
        for actor in &actors {
            let Some(name) = facts.namespace(actor, kind) else { continue };
            match places.iter_mut().find(|it| it.names[0] == name) {
                Some(place) => place.members.push((*actor).to_owned()),
                None => places.push(Place {
                    names: vec![name.to_owned()],
                    members: vec![(*actor).to_owned()],
                    pins: Vec::new(),
                }),
            }
        }
        for (path, name) in pins(facts, kind) {
            match places.iter_mut().find(|it| it.names[0] == name) {
                Some(place) => place.pins.push(path),
                None => places.push(Place { names: vec![name], members: Vec::new(), pins: vec![path] }),
            }
        }
        let alike = |row: &&mut Row| {
            let members = |places: &[Place]| -> Vec<_> {
                places.iter().map(|it| (it.members.clone(), it.pins.clone())).collect()
            };
            members(&row.places) == members(&places)
        };
        match rows.iter_mut().find(alike) {
            Some(row) => {
                row.kinds.push(kind);
                for (own, other) in row.places.iter_mut().zip(places) {
                    own.names.extend(other.names);
                }
            }
            None => rows.push(Row { kinds: vec![kind], places }),
        }
    }
    rows.retain(|row| !row.places.is_empty());
    rows
}

/// Mounts of namespace files: where, and of which.
fn pins(facts: Facts<'_>, kind: Namespace) -> Vec<(String, String)> {
    let start = format!("{}:[", kind.file());
    let mounts = facts.of("host", View::Outside).filter_map(|(key, text)| {
        let Key::Mount(path) = key else { return None };
        let name = text.strip_prefix("nsfs ")?.split(' ').find(|word| word.starts_with(&start))?;
        Some((path.clone(), name.to_owned()))
    });
    mounts.collect()
}

/// Draws a row of boxes from `top` on, and gives where the next begins.
fn one_row(
    canvas: &mut Canvas,
    row: &Row,
    (facts, before): (Facts<'_>, Facts<'_>),
    old: &[String],
    (top, width): (i32, i32),
) -> i32 {
    let count = i32::try_from(row.places.len()).unwrap_or(1);
    // Boxes that would be too narrow for a name stand below each other.
    let columns = (1..=count).rev().find(|it| (width - GAP * (it - 1)) / it >= 210).unwrap_or(1);
    let own = (width - GAP * (columns - 1)) / columns;
    let mut top = top;
    for chunk in row.places.chunks(usize::try_from(columns).unwrap_or(1)) {
        let contents: Vec<_> = chunk.iter().map(|place| content(row, place, facts, before, own - 2 * PAD)).collect();
        let height = contents.iter().map(|it| it.height).max().unwrap_or(0);
        for (at, (place, content)) in chunk.iter().zip(&contents).enumerate() {
            let left = i32::try_from(at).unwrap_or(0) * (own + GAP);
            let new = !place.names.iter().all(|name| old.contains(name)) && !row.kinds.is_empty();
            let class = if row.kinds.is_empty() {
                "box shared"
            } else if new {
                "box new"
            } else {
                "box"
            };
            canvas.rect((left, top), (own, height), class);
            for (x, y, text, class) in &content.texts {
                if class.starts_with("chip") {
                    canvas.rect((left + x - 6, top + y - 14), (wide(text) + 12, LINE), class);
                    canvas.text((left + x, top + y), text, "name");
                } else {
                    canvas.text((left + x, top + y), text, class);
                }
            }
        }
        top += height + GAP;
    }
    top
}

/// What stands in a box, from its upper left corner.
struct Content {
    texts: Vec<(i32, i32, String, &'static str)>,
    height: i32,
}

fn content(row: &Row, place: &Place, facts: Facts<'_>, before: Facts<'_>, width: i32) -> Content {
    let mut texts = Vec::new();
    let mut y = 6;
    for line in wrapped(&place.names.join(" "), width) {
        y += LINE;
        texts.push((PAD, y - 3, line, "title"));
    }
    y += 8;
    let mut x = PAD + 6;
    let mut first = true;
    for member in &place.members {
        let label = chip(facts, member);
        if first || x + wide(&label) + 6 > width + PAD {
            y += if first { LINE } else { LINE + 6 };
            x = PAD + 6;
            first = false;
        }
        let moved = row
            .kinds
            .iter()
            .any(|kind| before.namespace(member, *kind).is_some_and(|was| Some(was) != facts.namespace(member, *kind)));
        let came = before.outside(member, &Key::Pid).is_none();
        let class = if moved || came { "chip new" } else { "chip" };
        texts.push((x, y, label.clone(), class));
        x += wide(&label) + 12 + 8;
    }
    if !place.members.is_empty() {
        y += 6;
    }
    for pin in &place.pins {
        let nobody = if place.members.is_empty() { "nobody is in it; " } else { "" };
        for line in wrapped(&format!("{nobody}kept by the mount {pin}"), width) {
            y += LINE;
            texts.push((PAD, y - 3, line, "line"));
        }
    }
    for (line, new) in decided(row, place, facts, before) {
        for line in wrapped(&line, width) {
            y += LINE;
            texts.push((PAD, y - 3, line, if new { "line new" } else { "line" }));
        }
    }
    Content { texts, height: y + 8 }
}

/// A process by its name and number.
fn chip(facts: Facts<'_>, actor: &str) -> String {
    let outside = facts.outside(actor, &Key::Pid).unwrap_or_default();
    match facts.inside(actor, &Key::Pid) {
        Some(inside) if inside != outside => format!("{actor} {outside}, {inside} inside"),
        _ => format!("{actor} {outside}"),
    }
}

/// What the namespaces of a place decide, as its first process reads it; and whether that is new.
fn decided(row: &Row, place: &Place, facts: Facts<'_>, before: Facts<'_>) -> Vec<(String, bool)> {
    let Some(first) = place.members.first() else { return Vec::new() };
    let mut out = Vec::new();
    let mut say = |label: &str, key: &Key, view: View| {
        if let Some(text) = facts.text(first, view, key) {
            let new = before.text(first, view, key) != Some(text);
            out.push((format!("{label} {text}"), new));
        }
    };
    for kind in &row.kinds {
        match kind {
            Namespace::Uts => say("name", &Key::Hostname, View::Inside),
            Namespace::User => say("uid map", &Key::UidMap, View::Outside),
            Namespace::Cgroup => say("group", &Key::GroupPath, View::Inside),
            Namespace::Mount => say("root", &Key::Root, View::Outside),
            Namespace::Net => {
                let links = facts.of(first, View::Inside).filter_map(|(key, _)| match key {
                    Key::Address(link) if link != "lo" => Some(link.clone()),
                    _ => None,
                });
                for link in links.collect::<Vec<_>>() {
                    say(&link, &Key::Address(link.clone()), View::Inside);
                }
            }
            Namespace::Ipc => say("queues", &Key::Queues, View::Inside),
            Namespace::Pid | Namespace::Time => {}
        }
    }
    out
}

fn row_words(facts: Facts<'_>, row: &Row) -> String {
    let places = row.places.iter().map(|place| {
        let kept = if place.pins.is_empty() { String::new() } else { format!(", kept by {}", listed(&place.pins)) };
        let said: Vec<String> = decided(row, place, facts, Facts(&[])).into_iter().map(|(line, _)| line).collect();
        let said = if said.is_empty() { String::new() } else { format!(" ({})", said.join("; ")) };
        format!("{} in {}{said}{kept}", listed(&place.members), place.names.join(" "))
    });
    let kinds: Vec<&str> = row.kinds.iter().map(|kind| kind.file()).collect();
    format!("Namespaces of kind {}: {}.", kinds.join(", "), places.collect::<Vec<_>>().join("; "))
}
