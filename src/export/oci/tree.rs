//! The lab host's files, as far as operations make them: what of them lies below the container's root becomes its rootfs.

use crate::export::{Content, File};
use crate::kernel::operation::{Chmod, Operation, Place, Program, Rename, Symlink, WriteFile};
use crate::kernel::programs;
use std::collections::BTreeMap;

/// A file or directory, without its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub mode: u32,
    pub content: Content,
}

/// By absolute path of the lab host.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: BTreeMap<String, Node>,
}

impl Tree {
    /// Does what an operation does to files. `path` gives the lab host's path for one of the actor's, or none where another file
    /// system is mounted there. Says whether the operation is about files at all.
    pub fn does(&mut self, operation: &Operation, path: &dyn Fn(&str) -> Option<String>) -> bool {
        match operation {
            Operation::Mkdir(paths) => paths.iter().for_each(|it| self.put(path(it), 0o755, Content::Directory)),
            Operation::Write(WriteFile { at, text, executable }) => {
                let mode = if *executable { 0o755 } else { 0o644 };
                self.put(path(at), mode, Content::Bytes(text.clone().into_bytes()));
            }
            Operation::Symlink(Symlink { to, at }) => self.put(path(at), 0o777, Content::Link(to.clone())),
            Operation::Place(place) => self.place(place, path),
            Operation::Chmod(Chmod { at, mode }) => {
                let node = path(at).and_then(|at| self.nodes.get_mut(&at));
                if let (Some(node), Ok(mode)) = (node, u32::from_str_radix(mode, 8)) {
                    node.mode = mode;
                }
            }
            Operation::Remove(at) => drop(path(at).and_then(|at| self.nodes.remove(&at))),
            Operation::Rename(Rename { from, to }) => {
                if let (Some(from), Some(to)) = (path(from), path(to)) {
                    self.rename(&from, &to);
                }
            }
            _ => return false,
        }
        true
    }

    fn put(&mut self, at: Option<String>, mode: u32, content: Content) {
        if let Some(at) = at {
            self.nodes.insert(at, Node { mode, content });
        }
    }

    fn place(&mut self, place: &Place, path: &dyn Fn(&str) -> Option<String>) {
        let content = match place.program {
            Program::Tools => Content::OwnProgram,
            other => Content::Bytes(programs::bytes(other)),
        };
        self.put(path(&place.at), 0o755, content);
        let (directory, own) = place.at.rsplit_once('/').unwrap_or(("", &place.at));
        for name in &place.names {
            self.put(path(&format!("{directory}/{name}")), 0o777, Content::Link(own.to_owned()));
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let below = format!("{from}/");
        let moved: Vec<String> =
            self.nodes.keys().filter(|it| *it == from || it.starts_with(&below)).cloned().collect();
        for old in moved {
            if let Some(node) = self.nodes.remove(&old) {
                self.nodes.insert(format!("{to}{}", &old[from.len()..]), node);
            }
        }
    }

    /// Whether there is something to start in it.
    pub fn has_tools(&self, root: &str) -> bool {
        let below = format!("{root}/");
        self.nodes.iter().any(|(path, node)| path.starts_with(&below) && node.content == Content::OwnProgram)
    }

    /// What is below `root`, as files below `folder` of an export.
    pub fn below(&self, root: &str, folder: &str) -> Vec<File> {
        let inside = format!("{root}/");
        let files = self.nodes.iter().filter_map(|(path, node)| Some((path.strip_prefix(&inside)?, node)));
        let directory = |path: String| File { path, mode: 0o755, content: Content::Directory };
        let mut all = vec![directory(folder.to_owned())];
        all.extend(files.map(|(path, node)| File {
            path: format!("{folder}/{path}"),
            mode: node.mode,
            content: node.content.clone(),
        }));
        all
    }
}
