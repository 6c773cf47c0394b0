//! The mount table of a process as a tree of paths: what is mounted where, with its flags and its propagation.

use super::canvas::{Canvas, Drawn};
use super::facts::Facts;
use super::tree::{self, Node};
use crate::evidence::names::LENT;
use crate::evidence::{Key, View};

/// A mount point: its path, its text, whether that is new.
struct Point<'a> {
    path: &'a str,
    text: &'a str,
    new: bool,
}

/// The picture of the mounts that `actor` has.
pub fn draw(facts: Facts<'_>, before: Facts<'_>, actor: &str, width: i32) -> Option<Drawn> {
    let mut points: Vec<Point<'_>> = facts
        .of(actor, View::Outside)
        .filter_map(|(key, text)| {
            let Key::Mount(path) = key else { return None };
            let new = before.outside(actor, key) != Some(text);
            Some(Point { path, text, new })
        })
        .collect();
    points.sort_by_key(|point| point.path);
    let root = points.iter().position(|point| point.path == "/").map(|at| points.remove(at))?;
    let words: Vec<String> =
        std::iter::once(&root).chain(&points).map(|it| format!("{} is {}", it.path, it.text)).collect();
    let mut tree =
        Node { name: "/".to_owned(), new: root.new, lines: vec![(root.text.to_owned(), root.new)], ..Node::default() };
    tree.children = below("/", &points);
    let mut canvas = Canvas::default();
    tree::draw(&mut canvas, &tree, width);
    Some(canvas.finish(&format!("The mounts of {actor}: {}.", words.join("; "))))
}

/// The mount points right below a path. Several that the machine lends, devices mostly, are one node.
fn below(path: &str, points: &[Point<'_>]) -> Vec<Node> {
    let is_below = |path: &str, other: &str| {
        let path = path.split('#').next().unwrap_or(path).trim_end_matches('/');
        other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/') || rest.starts_with('#'))
    };
    let inside: Vec<&Point<'_>> = points.iter().filter(|it| it.path != path && is_below(path, it.path)).collect();
    let between = |point: &Point<'_>| inside.iter().any(|it| it.path != point.path && is_below(it.path, point.path));
    let direct: Vec<&Point<'_>> = inside.iter().copied().filter(|it| !between(it)).collect();
    let lent =
        |it: &&&Point<'_>| it.text.starts_with(LENT) && !inside.iter().any(|other| is_below(it.path, other.path));
    let borrowed: Vec<&Point<'_>> = direct.iter().filter(lent).copied().collect();
    let fold = borrowed.len() > 2;
    let mut nodes: Vec<Node> = direct
        .iter()
        .filter(|it| !(fold && lent(it)))
        .map(|it| Node {
            name: it.path.to_owned(),
            new: it.new,
            lines: vec![(it.text.to_owned(), it.new)],
            children: below(it.path, points),
            ..Node::default()
        })
        .collect();
    if fold {
        let names: Vec<&str> = borrowed.iter().map(|it| it.path).collect();
        let new = borrowed.iter().any(|it| it.new);
        let text = format!("{} mount points, {LENT}", names.len());
        nodes.push(Node { name: text, new, lines: vec![(names.join(" "), new)], ..Node::default() });
    }
    nodes
}
