//! Paths: absolute where a relative one would depend on what the step does not show.
//! mkdir, open, read, remove, chroot, chdir and pivot_root may be relative: lessons show what that means.

use crate::kernel::Operation;
use crate::lesson::draft::{Draft, StepDraft};
use crate::lesson::found::Found;
use crate::lesson::words::quoted;

pub fn judge(draft: &Draft, found: &mut Found) {
    if let Some(rootfs) = draft.rootfs.get() {
        absolute(&rootfs.value, rootfs.span.clone(), found);
    }
    for step in draft.all() {
        let Some(operation) = step.operation.value() else { continue };
        let (strict, free) = arguments(operation);
        for (name, path) in strict {
            absolute(path, step.argument(name), found);
        }
        for path in free.into_iter().filter(|path| path.trim().is_empty()) {
            found.push(empty_place(step, path), "empty-text", "The path is empty".into(), "a path");
        }
    }
}

/// In a list the empty element is looked for; otherwise the operation's own place will do.
fn empty_place(step: &StepDraft, path: &str) -> std::ops::Range<usize> {
    let value = step.arguments.as_ref().and_then(|node| node.entries().first()).map(|(_, value)| value);
    let is_it = |node: &&crate::lesson::tree::Node| matches!(&node.content, crate::lesson::tree::Content::Text { text, .. } if text == path);
    let nested =
        value.and_then(|value| value.items().iter().chain(value.entries().iter().map(|(_, node)| node)).find(is_it));
    nested.map_or_else(|| step.argument(""), |node| node.span.clone())
}

fn absolute(path: &str, span: std::ops::Range<usize>, found: &mut Found) {
    if !path.starts_with('/') {
        let problem = format!("{} does not start at the root", quoted(path));
        found.push(span, "relative-path", problem, format!("an absolute path: `/{}`", path.trim_start_matches("./")));
    }
}

type Named<'a> = Vec<(&'static str, &'a str)>;

/// The arguments that must be absolute, and the paths that only must not be empty.
fn arguments(operation: &Operation) -> (Named<'_>, Vec<&str>) {
    match operation {
        Operation::Mount(mount) => (vec![("at", &mount.at)], vec![]),
        Operation::Bind(bind) => (vec![("from", &bind.from), ("to", &bind.to)], vec![]),
        Operation::Attach(it) => (vec![("from", &it.from), ("at", &it.at)], vec![]),
        Operation::Remount(remount) => (vec![("at", &remount.at)], vec![]),
        Operation::Propagation(change) => (vec![("at", &change.at)], vec![]),
        // After pivot_root(".", ".") the old root is where one stands.
        Operation::Umount(umount) if umount.at == "." => (vec![], vec![]),
        Operation::Umount(umount) => (vec![("at", &umount.at)], vec![]),
        Operation::Write(file) => (vec![("at", &file.at)], vec![]),
        Operation::Rename(it) => (vec![("from", &it.from), ("to", &it.to)], vec![]),
        Operation::Symlink(link) => (vec![("at", &link.at)], vec![&link.to]),
        Operation::Mknod(node) => (vec![("at", &node.at)], vec![]),
        Operation::Chmod(chmod) => (vec![("at", &chmod.at)], vec![]),
        Operation::Setcap(file) => (vec![("at", &file.at)], vec![]),
        Operation::Chown(chown) => (vec![("at", &chown.at)], vec![]),
        Operation::Place(place) => (vec![("at", &place.at)], vec![]),
        Operation::Setns(enter) => (enter.file.iter().map(|file| ("file", file.as_str())).collect(), vec![]),
        Operation::Chroot(path) | Operation::Chdir(path) | Operation::Read(path) | Operation::Remove(path) => {
            (vec![], vec![path])
        }
        Operation::PivotRoot(pivot) => (vec![], vec![&pivot.new_root, &pivot.put_old]),
        Operation::Mkdir(paths) => (vec![], paths.iter().map(String::as_str).collect()),
        Operation::Open(open) => (vec![], vec![&open.path]),
        Operation::Run(words) | Operation::Log(words) => {
            (vec![], words.first().map(String::as_str).into_iter().collect())
        }
        Operation::Start(it) => {
            (it.program.first().map(|path| ("program", path.as_str())).into_iter().collect(), vec![])
        }
        _ => (vec![], vec![]),
    }
}
