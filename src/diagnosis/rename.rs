//! Why rename(2) failed: the two paths, the two file systems that they lie on, and directories of an overlay, which have
//! a name in each layer (Documentation/filesystems/overlayfs).

use super::findings::{Findings, reason};
use super::scene::{Scene, texts};
use super::walk::{Last, Place, parent, walk};
use super::{access, paths};
use crate::evidence::record::{Call, Reason};
use nix::errno::Errno;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let &[from, to] = texts(call).get(..2)? else { return None };
    let mut findings = Findings::default();
    let old = paths::follow(&mut findings, scene, errno, from, Last::Keep);
    let new_parent = match parent(scene, None, to) {
        Ok((place, _)) => Some(place),
        Err(stop) => {
            let cause = (paths::errno(&stop) == errno).then(|| paths::stopped(scene, &stop, to));
            findings.ask("the way to the new name", cause);
            None
        }
    };
    let (Some(old), Some(new_parent)) = (old, new_parent) else { return Some(findings.verdict(scene)) };
    match errno {
        Errno::EXDEV => {
            findings.ask("the two lie on different mounts", apart(scene, from, to, &new_parent));
            findings.ask("it is a directory of a lower layer", lower(scene, from, &old));
        }
        Errno::ENOTEMPTY | Errno::EEXIST => {
            let there = walk(scene, to, Last::Keep).ok().filter(|it| it.about.is_directory());
            let cause = || reason(format!("{to} is a directory with something in it"), &[], format!("rm -r {to}"));
            findings.ask("the new name is a directory that is not empty", there.map(|_| cause()));
        }
        Errno::EINVAL => {
            let into =
                old.about.is_directory() && (format!("{}/", new_parent.path)).starts_with(&format!("{}/", old.path));
            let cause = format!("{from} would come to lie within itself");
            findings.ask("a directory into itself", into.then(|| reason(cause, &[format!("to: {to}")], "")));
        }
        Errno::EACCES | Errno::EPERM => {
            for place in parent(scene, None, from).ok().map(|(place, _)| place).iter().chain([&new_parent]) {
                let cause = format!("the caller may not write into {}", place.path);
                let about = &place.about;
                let mode = format!("{}: mode {:04o}, of user {}", place.path, about.permissions(), about.uid);
                let denied = !access::may(scene, about, 2);
                findings.ask("a directory that may not be written", denied.then(|| reason(cause, &[mode], "")));
            }
        }
        Errno::EROFS => {
            findings.ask("the mount is read-only", paths::read_only(scene, &new_parent));
        }
        _ => {}
    }
    Some(findings.verdict(scene))
}

fn apart(scene: &Scene<'_>, from: &str, to: &str, new: &Place) -> Option<Reason> {
    let (old, _) = parent(scene, None, from).ok()?;
    (old.about.mount != new.about.mount).then(|| {
        let line = |name: &str, it: &Place| format!("{name}: {} {}", it.path, paths::lies_on(scene, it));
        let cause = "a name can change only within one mount; this would go to another";
        reason(cause, &[line("old", &old), line("new", new)], format!("cp -r {from} {to} && rm -r {from}"))
    })
}

/// In an overlay that does not note where a directory was before. That a lower layer has it is looked up.
fn lower(scene: &Scene<'_>, from: &str, old: &Place) -> Option<Reason> {
    let row = scene.row(old.about.mount).filter(|row| row.fs_type == "overlay" && old.about.is_directory())?;
    let option = |name: &str| row.super_options.get(name).cloned().flatten();
    let noted = option("redirect_dir");
    if noted.as_deref() == Some("on") {
        return None;
    }
    let mount_point = row.mount_point.to_string_lossy();
    let below = old.path.strip_prefix(mount_point.trim_end_matches('/'))?.to_owned();
    let layers = option("lowerdir")?;
    let layer = layers.split(':').find(|layer| walk(scene, &format!("{layer}{below}"), Last::Keep).is_ok())?;
    let cause = format!("{from} is a directory of a lower layer, and its files would all have to be copied up");
    let seen = [
        format!("lower layer: {layer}{below} is there"),
        // Which other word it has differs by kernel.
        "mountinfo: overlay, without redirect_dir=on".to_owned(),
    ];
    Some(reason(cause, &seen, "mv, which copies; or a new name when the image is built"))
}
