//! What stands beside config.json, which can have no comments: each step, and where it is.

use super::spec::{Config, Exporter};
use crate::export::acts::Acts;
use crate::kernel::Operation;
use std::fmt::Write;

/// The text.
pub fn readme(acts: &Acts, config: &Config, exporter: Exporter) -> String {
    let lesson = &acts.lesson;
    let mut text = format!(
        "# {}\n\nBoxlab's lesson {}, `{}`, as an OCI bundle: the container at its end. In this folder:\n\n    runc run box\n    \
         crun run box\n\n",
        lesson.title, acts.number, lesson.id
    );
    let who = match exporter.uid {
        0 => {
            "It is written for root. An ordinary user exports it himself, since the maps of his user namespace have his id."
        }
        _ => "It is written for you, with your id in its maps, and needs no root.",
    };
    writeln!(text, "{who} The program in `rootfs/bin` is a static one that needs nothing else; `tools` in its shell lists its commands.").ok();
    if !config.notes.is_empty() {
        text.push_str("\nOtherwise than in the lesson:\n\n");
        config.notes.iter().for_each(|note| writeln!(text, "- {note}").unwrap_or_default());
    }
    let mut last = u8::MAX;
    for act in &acts.acts {
        if act.lesson.0 != last {
            last = act.lesson.0;
            write!(text, "\n## Lesson {}: {}\n\n", act.lesson.0, act.lesson.1).ok();
        }
        let mut places: Vec<&str> = match act.left_out {
            Some(why) => vec![why],
            None => act.does.iter().map(|(_, operation)| place(operation)).collect(),
        };
        places.dedup();
        let places = if places.is_empty() { "comes with the next".to_owned() } else { places.join("; ") };
        let open = if act.left_out.is_some() { "left out: " } else { "" };
        match act.number {
            0 => writeln!(text, "- (set up) {open}{places}").ok(),
            number => writeln!(text, "- {number}. {} → {open}{places}", act.say).ok(),
        };
    }
    text
}

/// Where an operation is in a bundle.
fn place(operation: &Operation) -> &'static str {
    match operation {
        Operation::Unshare(_) => "`linux.namespaces`",
        Operation::Sethostname(_) => "`hostname`",
        Operation::Mount(it) if it.kind == "overlay" => {
            "`rootfs`, as both layers show it: an engine mounts the overlay before, and gives its root to the runtime"
        }
        Operation::Mount(_) => "`mounts`",
        Operation::Bind(it) if it.from == it.to && it.from != "/proc/sys" => {
            "nothing: the runtime makes its root a mount point itself"
        }
        Operation::Bind(it) if it.from == "/dev/null" => "`linux.maskedPaths`",
        Operation::Bind(it) if it.from.starts_with("/proc") => "`linux.readonlyPaths`",
        Operation::Bind(it) if it.from == "/" => "`mounts`, which are in the new root from the start",
        Operation::Bind(_) => "`mounts`",
        Operation::Attach(it) if it.from == "/dev" => "nothing: the runtime makes them",
        Operation::Attach(it) if it.recursive => "`root`",
        Operation::Attach(_) => "`mounts`",
        Operation::Remount(_) => "the options of the mount, or `linux.readonlyPaths`",
        Operation::Propagation(_) => "nothing: the runtime does it itself",
        Operation::Chroot(_) | Operation::PivotRoot(_) => "`root`: the runtime pivots",
        Operation::Umount(_) => "nothing: the runtime leaves the old root behind",
        Operation::Fork(_) | Operation::Wait(_) | Operation::Exit(_) => "`process`: the runtime forks",
        Operation::Chdir(_) => "`process.cwd`",
        Operation::Mkdir(_)
        | Operation::Write(_)
        | Operation::Symlink(_)
        | Operation::Place(_)
        | Operation::Chmod(_)
        | Operation::Remove(_)
        | Operation::Rename(_) => "a file in `rootfs` or of a file system that is mounted",
        Operation::Map(_) => "`linux.uidMappings`, `linux.gidMappings`",
        Operation::Capabilities(_) => "`process.capabilities`",
        Operation::NoNewPrivs(_) => "`process.noNewPrivileges`",
        Operation::Seccomp(_) => "`linux.seccomp`",
        Operation::GroupMake(_) | Operation::GroupEnable(_) | Operation::GroupJoin(_) | Operation::GroupSet(_) => {
            "`linux.resources`"
        }
        Operation::LinkAdd(_)
        | Operation::LinkSet(_)
        | Operation::LinkDelete(_)
        | Operation::AddressAdd(_)
        | Operation::RouteAdd(_)
        | Operation::Nft(_)
        | Operation::NftDelete(_) => {
            "not in a bundle: an engine sets the network up, or a hook (`boxlab export --as shell` has the words)"
        }
        _ => "not in a bundle",
    }
}
