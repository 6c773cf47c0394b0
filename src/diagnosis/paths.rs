//! Causes that lie in a path: which component is missing, is no directory, may not be searched, or is a link that leads
//! nowhere (path_resolution(7)). Every call that takes a path asks here first. The walking itself is in `walk`.

use super::findings::{Findings, reason};
use super::scene::{Scene, place};
use super::walk::{Last, Place, Stop, walk_from};
use crate::evidence::record::Reason;
use nix::errno::Errno;

/// The errno that the kernel answers where a walk stops so.
pub fn errno(stop: &Stop) -> Errno {
    match stop {
        Stop::Empty | Stop::Missing { .. } | Stop::NoStart => Errno::ENOENT,
        Stop::NotADirectory { .. } => Errno::ENOTDIR,
        Stop::Forbidden { .. } => Errno::EACCES,
        Stop::Loop { .. } => Errno::ELOOP,
        Stop::TooLong { .. } => Errno::ENAMETOOLONG,
    }
}

/// Why the walk stopped, in words. `path` is the one that was asked for.
pub fn stopped(scene: &Scene<'_>, stop: &Stop, path: &str) -> Reason {
    match stop {
        Stop::Empty => {
            reason("the path is an empty text, which names nothing", &["path: \"\"".to_owned()], "give a path")
        }
        Stop::Missing { at, inside, link, last } => missing(scene, path, (at, inside, link.as_ref(), *last)),
        Stop::NotADirectory { at, kind } => reason(
            format!("{at} is a {kind}, and the path {path} goes on below it, which only a directory allows"),
            &[format!("{at}: {kind}")],
            "",
        ),
        Stop::Forbidden { at, mode, uid } => reason(
            format!("the caller may not search the directory {at}"),
            &[format!("{at}: mode {mode:04o}, of user {uid}"), who(scene)],
            format!("chmod a+x {at}"),
        ),
        Stop::Loop { at } => reason(
            format!("the path goes in a circle of symbolic links at {at}; the kernel gives up after forty"),
            &[format!("{at}: symbolic link")],
            format!("remove or correct the link {at}"),
        ),
        Stop::TooLong { name } => reason(
            format!("a name in the path is {} bytes long, and 255 is the most", name.len()),
            &[format!("name: {} bytes", name.len())],
            "",
        ),
        Stop::NoStart => reason(
            "the directory that the path starts from has been removed",
            &[format!("cwd: {}", scene.proc.link(scene.pid, "cwd").unwrap_or_else(|_| "gone".to_owned()))],
            "chdir to a directory that exists",
        ),
    }
}

type MissingAt<'s> = (&'s str, &'s str, Option<&'s (String, String)>, bool);

fn missing(scene: &Scene<'_>, path: &str, (at, inside, link, last): MissingAt<'_>) -> Reason {
    let mut seen = vec![format!("{inside}: a directory, with no entry {}", name_of(at))];
    let mut cause = match link {
        Some((from, to)) => {
            seen.insert(0, format!("{from}: symbolic link to {to}"));
            format!("{from} is a link to {to}, and there is no {at}")
        }
        None if last && at == path => format!("there is no {at}"),
        None if last => format!("there is no {at}, which {path} means"),
        None => format!("there is no {at}, so {path} leads nowhere"),
    };
    if !path.starts_with('/') {
        // It starts at the working directory, which may lie outside of the root.
        let cwd = scene.proc.link(scene.pid, "cwd").unwrap_or_else(|_| "gone".to_owned());
        seen.push(format!(
            "cwd: {cwd}; a relative path starts there, and `..` stops at the root of the mount tree at the latest"
        ));
    } else if scene.chrooted() {
        cause.push_str(" below the caller's root directory");
        seen.push(format!("root: {}; paths start there", scene.root()));
    }
    if at == "/proc" || at.starts_with("/proc/") && !scene.mounts().iter().any(|row| place(row) == "/proc") {
        seen.push("mountinfo: no proc at /proc".to_owned());
        return reason(cause, &seen, "mount -t proc proc /proc");
    }
    reason(
        cause,
        &seen,
        if last {
            // Whether it should be there is not for the kernel to say.
            String::new()
        } else {
            format!("mkdir -p {}{}", inside.trim_end_matches('/'), below(at, path))
        },
    )
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What a `mkdir -p` in `inside` would have to make: the directories of the path from the missing one on.
fn below(at: &str, path: &str) -> String {
    let name = name_of(at);
    let rest = path.split_once(&format!("/{name}/")).map(|(_, rest)| rest).unwrap_or_default();
    let directories = rest.rsplit_once('/').map(|(directories, _)| format!("/{directories}")).unwrap_or_default();
    format!("/{name}{directories}").replace("//", "/")
}

/// Who asks, as far as permission bits go.
pub fn who(scene: &Scene<'_>) -> String {
    let (uid, gid) = scene.status().map(|it| (it.fuid, it.fgid)).unwrap_or_default();
    let overrides = if scene.has("dac_override") { "with" } else { "without" };
    let whose = if super::access::in_lab_hosts(scene) { "" } else { " (as the lab host numbers them)" };
    format!("status: user {uid}, group {gid}{whose}, {overrides} dac_override")
}

/// Follows a path, and puts the reason into the findings if it stops with this errno.
pub fn follow(findings: &mut Findings, scene: &Scene<'_>, given: Errno, path: &str, last: Last) -> Option<Place> {
    follow_from(findings, scene, given, None, path, last)
}

/// The same from an open directory.
pub fn follow_from(
    findings: &mut Findings,
    scene: &Scene<'_>,
    given: Errno,
    from: Option<Place>,
    path: &str,
    last: Last,
) -> Option<Place> {
    match walk_from(scene, from, path, last) {
        Ok(place) => Some(place),
        Err(stop) => {
            if errno(&stop) == given {
                findings.ask("", Some(stopped(scene, &stop, path)));
            }
            None
        }
    }
}

/// Follows a path that must end at a directory.
pub fn directory(findings: &mut Findings, scene: &Scene<'_>, given: Errno, path: &str) -> Option<Place> {
    let place = follow(findings, scene, given, path, Last::Follow)?;
    if given == Errno::ENOTDIR && !place.about.is_directory() {
        let kind = place.about.kind();
        let cause = format!("{path} is a {kind}, and a directory is needed");
        findings.ask("", Some(reason(cause, &[format!("{}: {kind}", place.path)], "name a directory")));
    }
    Some(place)
}

/// The mount that a place lies on, where the process can see its row.
pub fn mount_of(scene: &Scene<'_>, found: &Place) -> Option<String> {
    scene.row(found.about.mount).map(place)
}

/// "lies on the mount at /", for what is known.
pub fn lies_on(scene: &Scene<'_>, found: &Place) -> String {
    mount_of(scene, found).map_or_else(
        || "lies on a mount outside of the caller's root".to_owned(),
        |at| format!("lies on the mount at {at}"),
    )
}

/// EROFS: the mount, or the file system itself, is read-only.
pub fn read_only(scene: &Scene<'_>, found: &Place) -> Option<Reason> {
    let row = scene.row(found.about.mount)?;
    let at = place(row);
    let (what, remedy) = if row.mount_options.contains_key("ro") {
        (format!("mountinfo: {at}: mount flags ro"), format!("mount -o remount,bind,rw {at}"))
    } else if row.super_options.contains_key("ro") {
        (format!("mountinfo: {at}: {} itself is ro", row.fs_type), format!("mount -o remount,rw {at}"))
    } else {
        return None;
    };
    Some(reason(format!("{} lies on the mount at {at}, which is read-only", found.path), &[what], remedy))
}
