//! Why open_tree(2) or move_mount(2) failed: the two halves of showing a mount in another mount namespace. The first is
//! a bind that hangs nowhere yet, the second puts it in place, with the paths of whoever is there.

use super::findings::{Findings, reason};
use super::scene::{Scene, flags_at, text_at};
use super::walk::{Last, Place, about};
use super::{mount, paths, rights};
use crate::evidence::record::{Call, Reason};
use nix::errno::Errno;

/// `of`: the process whose mount namespace is meant, where the call could not be recorded in there.
pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno, of: Option<i32>) -> Option<Reason> {
    match call.name.as_str() {
        "open_tree" => copy(scene, call, errno),
        "move_mount" => match of {
            Some(pid) => put(&scene.of(pid), call, errno),
            None => put(scene, call, errno),
        },
        _ => None,
    }
}

/// What both halves ask: the path, and the right over the mount namespace.
fn path_and_right(findings: &mut Findings, scene: &Scene<'_>, path: &str, errno: Errno) -> Option<Place> {
    let at = paths::follow(findings, scene, errno, path, Last::Follow)?;
    if errno == Errno::EPERM {
        let fresh = "unshare(CLONE_NEWNS) first: the new one belongs to the caller's own user namespace";
        let lacks = rights::lacks(scene, "sys_admin", "mount namespace", "mnt", fresh);
        findings.ask("CAP_SYS_ADMIN does not count in the owner of the mount namespace", lacks);
    }
    Some(at)
}

fn copy(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let path = text_at(call, 0)?;
    let mut findings = Findings::default();
    if let Some(from) = path_and_right(&mut findings, scene, path, errno)
        && errno == Errno::EINVAL
    {
        findings.ask("the source is unbindable", mount::unbindable(scene, path, &from));
        let recursive = flags_at(call, 1).contains(&"AT_RECURSIVE");
        let child = if recursive { None } else { mount::locked_child(scene, path, &from) };
        findings.ask("the source has locked mounts below it", child);
    }
    Some(findings.verdict(scene))
}

fn put(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let path = call.args.iter().enumerate().filter_map(|(at, _)| text_at(call, at)).find(|text| !text.is_empty())?;
    let mut findings = Findings::default();
    if let Some(at) = path_and_right(&mut findings, scene, path, errno)
        && matches!(errno, Errno::EINVAL | Errno::ENOTDIR)
    {
        findings.ask("a directory and a file", unlike(scene, path, &at));
    }
    Some(findings.verdict(scene))
}

/// A tree that is mounted nowhere has no row in the table, so that it is known among the open descriptors.
fn unlike(scene: &Scene<'_>, path: &str, at: &Place) -> Option<Reason> {
    // Its root is the top of all paths that it has.
    let top = |number: &i32| scene.proc.link(scene.pid, &format!("fd/{number}")).is_ok_and(|link| link == "/");
    let open = scene.descriptors().into_iter().filter(top).filter_map(|number| scene.reopen(number));
    let known: Vec<_> = open.filter_map(|file| about(scene, &file)).collect();
    let tree = known.iter().find(|it| it.is_mount_root && scene.row(it.mount).is_none())?;
    let (one, other) = (tree.kind(), at.about.kind());
    (tree.is_directory() != at.about.is_directory()).then(|| {
        let cause =
            format!("a {one} was to be shown at {path}, which is a {other}: each needs a place of its own kind");
        let seen = [format!("the tree: {one}"), format!("{}: {other}", at.path)];
        reason(
            cause,
            &seen,
            if tree.is_directory() { "a directory as the place" } else { "an empty file as the place" },
        )
    })
}
