//! What the operations come to in the end: namespaces, mounts, maps, capabilities and the like of each actor. A bundle says
//! what shall be, not how it comes to be, so the order of calls is lost, and with it what only the order is good for.

use super::tree::Tree;
use crate::export::acts::Acts;
use crate::kernel::Namespace;
use crate::kernel::capabilities::{Capability, NAMES};
use crate::kernel::capability_sets::{ChangeSets, Set};
use crate::kernel::operation::{Attach, Bind, IdMap, MountFlag, NewMount, Operation, Umount};
use crate::kernel::seccomp::Filter;
use crate::kernel::shell_words::flag_word;
use std::collections::{BTreeMap, BTreeSet};

/// A mount point of an actor, by the path that the actor has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    pub at: String,
    pub from: Source,
    /// Flags, and options of the file system.
    pub options: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file system of this type.
    New(String),
    /// A directory or file that the lab host has at this path.
    Host(String),
    /// What the actor has itself at this path.
    Own(String),
}

/// What an actor is.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    pub namespaces: BTreeSet<Namespace>,
    /// It has asked for a PID namespace, in which its children will be.
    pid_for_children: bool,
    pub hostname: Option<String>,
    /// Where its root is on the lab host; empty for the lab host's own.
    pub root: String,
    pub mounts: Vec<Mounted>,
    pub map: Option<IdMap>,
    /// By set; a set that is not here has all of them.
    pub capabilities: BTreeMap<u8, Vec<Capability>>,
    pub no_new_privs: bool,
    pub seccomp: Vec<Filter>,
    /// Its control group.
    pub group: Option<String>,
}

/// Everything, at the end.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub actors: BTreeMap<String, Actor>,
    pub tree: Tree,
    /// Settings of control groups, by the names of version 2.
    pub groups: BTreeMap<String, BTreeMap<&'static str, String>>,
}

impl World {
    /// After all that an export has.
    pub fn of(acts: &Acts) -> World {
        let mut world = World::default();
        for name in ["host", "runtime"] {
            world.actors.insert(name.to_owned(), Actor::default());
        }
        for (actor, operation) in acts.done() {
            world.does(actor, operation);
        }
        world
    }

    fn does(&mut self, name: &str, operation: &Operation) {
        let Some(mut actor) = self.actors.remove(name) else { return };
        let path = |at: &str| actor.host_path(at);
        if !self.tree.does(operation, &path) {
            match operation {
                Operation::Attach(it) => self.attach(&actor, it),
                Operation::Map(map) => match map.of.as_ref().and_then(|of| self.actors.get_mut(of)) {
                    Some(other) => other.map = Some(map.clone()),
                    None => actor.map = Some(map.clone()),
                },
                Operation::Fork(child) => drop(self.actors.insert(child.clone(), actor.child())),
                Operation::GroupSet(it) => {
                    let settings = self.groups.entry(it.group.clone()).or_default();
                    settings.extend(it.files().into_iter().map(|(file, text)| (file, text.to_owned())));
                }
                Operation::GroupJoin(it) => match it.of.as_ref().and_then(|of| self.actors.get_mut(of)) {
                    Some(other) => other.group = Some(it.group.clone()),
                    None => actor.group = Some(it.group.clone()),
                },
                _ => actor.does(operation),
            }
        }
        self.actors.insert(name.to_owned(), actor);
    }

    /// Mounts of one actor, shown in another's mount namespace.
    fn attach(&mut self, from: &Actor, it: &Attach) {
        let options: Vec<String> = it.flags.iter().map(|flag| flag_word(*flag).to_owned()).collect();
        let below =
            |path: &str, root: &str| path.strip_prefix(root).filter(|rest| rest.starts_with('/')).map(str::to_owned);
        let Some(into) = self.actors.get_mut(&it.into) else { return };
        for (path, at) in it.pairs() {
            // What was made of a file system of the actor's own is that one; all else is the lab host's.
            let source = Source::Host(from.host_path(&path).unwrap_or_else(|| path.clone()));
            into.mounts.push(Mounted { at: at.clone(), from: source, options: options.clone() });
            if it.recursive {
                let more = from.mounts.iter().filter_map(|it| Some((below(&it.at, &path)?, it.clone())));
                let more: Vec<Mounted> = more.map(|(rest, it)| Mounted { at: format!("{at}{rest}"), ..it }).collect();
                into.mounts.extend(more);
            }
        }
    }
}

impl Actor {
    fn child(&self) -> Actor {
        let mut child = Actor { pid_for_children: false, ..self.clone() };
        if self.pid_for_children {
            child.namespaces.insert(Namespace::Pid);
        }
        child
    }

    fn does(&mut self, operation: &Operation) {
        match operation {
            Operation::Unshare(kinds) => {
                for kind in kinds {
                    match kind {
                        Namespace::Pid => self.pid_for_children = true,
                        other => drop(self.namespaces.insert(*other)),
                    }
                }
            }
            Operation::Sethostname(name) => self.hostname = Some(name.clone()),
            Operation::Mount(new) => self.mount(new),
            Operation::Bind(bind) => self.bind(bind),
            Operation::Remount(it) => {
                if let Some(mounted) = self.mounts.iter_mut().rev().find(|mounted| mounted.at == it.at) {
                    mounted.options.extend(it.flags.iter().map(|flag| flag_word(*flag).to_owned()));
                }
            }
            Operation::Umount(Umount { at, detach }) => {
                self.mounts.retain(|it| it.at != *at && !(*detach && it.at.starts_with(&format!("{at}/"))));
            }
            Operation::Chroot(path) => self.enter(path, None),
            Operation::PivotRoot(it) => self.enter(&it.new_root, it.put_old.strip_prefix(&it.new_root)),
            Operation::Capabilities(change) => self.change(change),
            Operation::NoNewPrivs(true) => self.no_new_privs = true,
            Operation::Seccomp(filter) => self.seccomp.push(filter.clone()),
            _ => {}
        }
    }

    fn mount(&mut self, new: &NewMount) {
        // An overlay is seen as its lower layer: what a bundle has of it is one tree of files.
        let lower = new.options.iter().flat_map(|it| it.split(',')).find_map(|it| it.strip_prefix("lowerdir="));
        let from = match lower {
            Some(lower) if new.kind == "overlay" => Source::Host(self.host_path(lower).unwrap_or_default()),
            _ => Source::New(new.kind.clone()),
        };
        let mut options: Vec<String> = new.flags.iter().map(|flag| flag_word(*flag).to_owned()).collect();
        if matches!(from, Source::New(_)) {
            options.extend(new.options.iter().flat_map(|it| it.split(',')).map(str::to_owned));
        }
        self.mounts.push(Mounted { at: new.at.clone(), from, options });
    }

    fn bind(&mut self, bind: &Bind) {
        let options: Vec<String> = bind.flags.iter().map(|flag: &MountFlag| flag_word(*flag).to_owned()).collect();
        for (from, to) in bind.pairs() {
            // What is mounted there is mounted here too.
            let prefix = if from == "/" { String::new() } else { from.clone() };
            let inside = |at: &str| {
                at.strip_prefix(&prefix).filter(|rest| rest.is_empty() || rest.starts_with('/')).map(str::to_owned)
            };
            let copies: Vec<Mounted> = if bind.recursive && from != to {
                let copied = self.mounts.iter().filter_map(|it| Some((inside(&it.at)?, it.clone())));
                copied.map(|(rest, it)| Mounted { at: format!("{to}{rest}"), ..it }).collect()
            } else {
                Vec::new()
            };
            if !copies.iter().any(|it| it.at == to) {
                let source = self.host_path(&from).map_or_else(|| Source::Own(from.clone()), Source::Host);
                self.mounts.push(Mounted { at: to, from: source, options: options.clone() });
            }
            self.mounts.extend(copies);
        }
    }

    /// Another root: paths start there.
    fn enter(&mut self, path: &str, put_old: Option<&str>) {
        let path = path.trim_end_matches('/');
        let root = self.host_path(path).unwrap_or_default();
        let inside = |at: &str| at.strip_prefix(path).filter(|rest| rest.starts_with('/')).map(str::to_owned);
        let mounts = std::mem::take(&mut self.mounts);
        for it in mounts {
            match (inside(&it.at), put_old) {
                (Some(at), _) => self.mounts.push(Mounted { at, ..it }),
                // The new root itself is none any more; the rest lies below the old one.
                (None, Some(old)) if it.at != path => {
                    self.mounts.push(Mounted { at: format!("{old}{}", it.at), ..it });
                }
                _ => {}
            }
        }
        self.root = root;
    }

    fn change(&mut self, change: &ChangeSets) {
        let all = || (0..NAMES.len()).filter_map(|at| u8::try_from(at).ok()).map(Capability).collect::<Vec<_>>();
        for set in &change.sets {
            // Root begins with all of them in three sets, and none in the other two.
            let empty = matches!(set, Set::Inheritable | Set::Ambient);
            let list = self.capabilities.entry(*set as u8).or_insert_with(|| if empty { Vec::new() } else { all() });
            let named = |list: &Option<crate::kernel::capability_sets::List>| list.as_ref().map(|it| it.capabilities());
            if let Some(kept) = named(&change.keep) {
                list.retain(|it| kept.contains(it));
            }
            if let Some(gone) = named(&change.drop) {
                list.retain(|it| !gone.contains(it));
            }
            let come = named(&change.raise).unwrap_or_default();
            list.extend(come.into_iter().filter(|it| !list.contains(it)).collect::<Vec<_>>());
        }
    }

    /// The lab host's path of one of its own; none where a file system of its own is mounted.
    pub fn host_path(&self, path: &str) -> Option<String> {
        let path = if path == "/" { "" } else { path };
        let holds =
            |it: &&Mounted| path.strip_prefix(&it.at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match self.mounts.iter().rev().find(holds) {
            None => Some(format!("{}{path}", self.root)),
            Some(Mounted { at, from: Source::Host(host), .. }) => Some(format!("{host}{}", &path[at.len()..])),
            Some(_) => None,
        }
    }
}
