//! An actor as config.json (the OCI runtime specification, config.md and config-linux.md), and what of it that form has
//! otherwise or not at all. It is a JSON value with an order, so that the same lesson gives the same file.

use super::fold::{Actor, Mounted, Source, World};
use super::resources::resources;
use crate::kernel::Namespace;
use crate::kernel::capabilities::{Capability, NAMES};
use crate::kernel::capability_sets::Set;
use crate::kernel::seccomp_profile;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The specification that both engines know.
const VERSION: &str = "1.0.2";
/// The folders of a bundle.
pub const ROOTFS: &str = "rootfs";

/// Who exports: as an ordinary user an engine needs a user namespace, in which he is root.
#[derive(Clone, Copy, Debug)]
pub struct Exporter {
    pub uid: u32,
    pub gid: u32,
    /// The capabilities that he can hand on: nobody gets more from him, unless by a user namespace.
    pub bounding: u64,
}

/// The file, and what there is to say about it.
pub struct Config {
    pub json: Value,
    pub notes: Vec<String>,
    /// Folders of the lab host that are bound: source there, name in the bundle.
    pub folders: Vec<(String, String)>,
}

/// Writes it.
pub fn config(world: &World, actor: &Actor, exporter: Exporter) -> Config {
    let mut notes = Vec::new();
    let mut folders = Vec::new();
    let mut namespaces = actor.namespaces.clone();
    namespaces.remove(&Namespace::Time);
    if namespaces.insert(Namespace::Mount) {
        notes.push("A mount namespace, and a root file system: the lesson has none yet, and no engine starts a container without.".to_owned());
    }
    let rootless = exporter.uid != 0;
    if rootless && namespaces.insert(Namespace::User) {
        notes.push("A user namespace, since you are not root. In the lab it is the lab host's.".to_owned());
    }
    let (mounts, masked, readonly) = mounts(actor, &namespaces, &mut notes, &mut folders);
    let mut linux = Map::new();
    if namespaces.contains(&Namespace::User) {
        linux.insert(
            "uidMappings".into(),
            maps(actor.map.as_ref().map(|it| it.uid.as_slice()), exporter.uid, &mut notes),
        );
        linux.insert(
            "gidMappings".into(),
            maps(actor.map.as_ref().map(|it| it.gid.as_slice()), exporter.gid, &mut notes),
        );
    }
    let kinds: Vec<Value> = namespaces.iter().map(|kind| json!({ "type": kind_name(*kind) })).collect();
    linux.insert("namespaces".into(), kinds.into());
    if let Some(settings) = actor.group.as_ref().and_then(|group| world.groups.get(group)) {
        if rootless {
            notes.push("No limits: an ordinary user has control groups only where somebody gave him some. As root they are written.".to_owned());
        } else {
            linux.insert("resources".into(), resources(settings));
        }
    }
    if let Some(filter) = actor.seccomp.last() {
        match filter.profile {
            Some(_) => {
                let bounding = actor.capabilities.get(&(Set::Bounding as u8));
                let has = |number: u8| bounding.is_none_or(|list| list.iter().any(|it| it.0 == number));
                linux.extend(seccomp_profile::for_engines(&has).map(|it| ("seccomp".to_owned(), it)));
            }
            None => notes.push("No filter: the lesson's own rules are an experiment.".to_owned()),
        }
    }
    linux.insert("maskedPaths".into(), masked.into());
    linux.insert("readonlyPaths".into(), readonly.into());
    let mut json = json!({
        "ociVersion": VERSION,
        "process": process(actor, if namespaces.contains(&Namespace::User) { u64::MAX } else { exporter.bounding }),
        "root": { "path": ROOTFS, "readonly": false },
    });
    if let (Some(name), Some(config)) = (&actor.hostname, json.as_object_mut()) {
        config.insert("hostname".into(), name.clone().into());
    }
    if let Some(config) = json.as_object_mut() {
        config.insert("mounts".into(), mounts.into());
        config.insert("linux".into(), linux.into());
    }
    Config { json, notes, folders }
}

fn process(actor: &Actor, given: u64) -> Value {
    let set = |set: Set| {
        let all: Vec<Capability> = (0..NAMES.len()).filter_map(|at| u8::try_from(at).ok()).map(Capability).collect();
        let list = actor.capabilities.get(&(set as u8)).cloned();
        let list =
            list.unwrap_or_else(|| if matches!(set, Set::Inheritable | Set::Ambient) { Vec::new() } else { all });
        let list = list.into_iter().filter(|it| given & (1 << it.0) != 0);
        list.map(|it| format!("CAP_{}", String::from(it).to_uppercase())).collect::<Vec<_>>()
    };
    json!({
        "terminal": true,
        "user": { "uid": 0, "gid": 0 },
        "args": ["/bin/sh"],
        "env": ["PATH=/bin", "HOME=/root", "TERM=xterm"],
        "cwd": "/",
        "capabilities": {
            "bounding": set(Set::Bounding),
            "effective": set(Set::Effective),
            "inheritable": set(Set::Inheritable),
            "permitted": set(Set::Permitted),
            "ambient": set(Set::Ambient),
        },
        "noNewPrivileges": actor.no_new_privs,
    })
}

/// Mounts in their order, and the paths of which engines have lists of their own.
fn mounts(
    actor: &Actor,
    namespaces: &BTreeSet<Namespace>,
    notes: &mut Vec<String>,
    folders: &mut Vec<(String, String)>,
) -> (Vec<Value>, Vec<String>, Vec<String>) {
    let (mut masked, mut readonly) = (Vec::new(), Vec::new());
    // Before it has a root of its own its mounts are the lab host's, and the engine's root is another one.
    let own_root = !actor.root.is_empty();
    let mut list: Vec<Value> = Vec::new();
    let has = |at: &str| actor.mounts.iter().any(|it| it.at == at);
    if !has("/proc") {
        notes.push("A /proc: the lesson's container still has the lab host's, and engines read theirs.".to_owned());
        list.push(match namespaces.contains(&Namespace::Pid) {
            true => json!({ "destination": "/proc", "type": "proc", "source": "proc" }),
            false => json!({ "destination": "/proc", "type": "bind", "source": "/proc", "options": ["rbind"] }),
        });
    }
    if !has("/dev") {
        notes.push("A tmpfs on /dev: engines put devices there, and shall not put them into rootfs.".to_owned());
        let options = json!(["nosuid", "mode=755", "size=64k"]);
        list.push(json!({ "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": options }));
    }
    for Mounted { at, from, options } in &actor.mounts {
        match from {
            Source::Host(path) if path == "/dev/null" && !at.starts_with("/dev/") => masked.push(at.clone()),
            Source::Host(path) if path.starts_with("/dev/") && path == at => {
                note(
                    notes,
                    "The devices in /dev: every engine makes these six without being asked, and its own /dev/console.",
                );
            }
            Source::New(kind) => list.push(mount(at, kind, kind, options)),
            Source::Host(path) if path.starts_with("/srv/") && own_root => {
                let name = path.rsplit('/').next().unwrap_or(path).to_owned();
                list.push(mount(at, "bind", &name, &with("bind", options)));
                folders.push((path.clone(), name));
            }
            // Whoever rules the network namespace may have a sysfs of it; anybody else only what is there, with all below.
            Source::Host(path) if own_root && path == "/sys" && own_network(namespaces) => {
                list.push(mount(at, "sysfs", "sysfs", options));
            }
            Source::Host(path) if own_root && path == "/sys" => {
                note(
                    notes,
                    "All that is mounted below /sys comes along: an engine may not leave it out in a user namespace.",
                );
                list.push(mount(at, "bind", path, &with("rbind", options)));
            }
            Source::Host(path) if own_root => list.push(mount(at, "bind", path, &with("rbind", options))),
            Source::Own(path) if path == at && options.iter().any(|it| it == "ro") => readonly.push(at.clone()),
            Source::Own(path) | Source::Host(path) => {
                notes.push(format!("Not {path} at {at}: a bundle binds what is outside, and this is inside."));
            }
        }
    }
    (list, masked, readonly)
}

fn own_network(namespaces: &BTreeSet<Namespace>) -> bool {
    namespaces.contains(&Namespace::Net) || !namespaces.contains(&Namespace::User)
}

fn mount(at: &str, kind: &str, source: &str, options: &[String]) -> Value {
    match options {
        [] => json!({ "destination": at, "type": kind, "source": source }),
        _ => json!({ "destination": at, "type": kind, "source": source, "options": options }),
    }
}

fn with(first: &str, options: &[String]) -> Vec<String> {
    std::iter::once(first.to_owned()).chain(options.iter().cloned()).collect()
}

fn note(notes: &mut Vec<String>, text: &str) {
    if !notes.iter().any(|it| it == text) {
        notes.push(text.to_owned());
    }
}

/// The lab host's root is whoever exports. Another id of the lab host is nobody's here.
fn maps(lines: Option<&[String]>, own: u32, notes: &mut Vec<String>) -> Value {
    let line = |inside: u32, outside: u32| json!({ "containerID": inside, "hostID": outside, "size": 1 });
    let mut all = Vec::new();
    for text in lines.unwrap_or_default() {
        let numbers: Vec<u32> = text.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        match numbers[..] {
            [inside, 0, 1] => all.push(line(inside, own)),
            _ => {
                note(notes, &format!("Not the line `{text}` of the map: it has ids of the lab host that you have not."))
            }
        }
    }
    if all.is_empty() {
        all.push(line(0, own));
    }
    all.into()
}

/// As the specification calls it.
fn kind_name(kind: Namespace) -> &'static str {
    match kind {
        Namespace::Cgroup => "cgroup",
        Namespace::Ipc => "ipc",
        Namespace::Mount => "mount",
        Namespace::Net => "network",
        Namespace::Pid => "pid",
        Namespace::Time => "time",
        Namespace::User => "user",
        Namespace::Uts => "uts",
    }
}
