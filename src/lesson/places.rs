//! Where the steps of a lesson stand in its file, for whoever points at a line of it.

use super::shelf::Entry;
use super::tree;

/// The line of each step, from 1; nothing where the file cannot be read.
pub fn lines(entry: &Entry) -> Vec<usize> {
    let Ok(source) = entry.source() else { return Vec::new() };
    let Ok(root) = tree::parse_alone(&source) else { return Vec::new() };
    let steps = root.get("steps").map(tree::Node::items).unwrap_or_default();
    steps.iter().map(|step| source.text[..step.span.start].matches('\n').count() + 1).collect()
}
