//! Control groups here: version 1, 2 or both, the controllers, and whether this user may make groups. cgroups(7).
//! Looks and asks access(2); makes no group and never touches a cgroup mount. Control groups are the one thing of a lab
//! that lives outside it, so whoever makes them must be able to remove them: `stage`'s ledger, not this room.

use super::container::Place;
use super::facts::Facts;
use super::report::{Finding, Group, Status};
use nix::errno::Errno;
use nix::unistd::{AccessFlags, eaccess};
use std::path::{Path, PathBuf};

/// One hierarchy that is mounted, and our group in it.
struct Hierarchy {
    version: u8,
    point: PathBuf,
    controllers: Vec<String>,
    /// Our group's directory.
    group: PathBuf,
}

const BLOCKS: &str = "the lessons on control groups, memory and cpu";
const WANTED: [&str; 3] = ["cpu", "memory", "pids"];

pub fn findings(facts: &Facts) -> Vec<Finding> {
    let hierarchies = hierarchies();
    let group = Group::ControlGroups;
    let layout = Finding::ok("cgroup-layout", group, "Layout", layout(&hierarchies));
    if hierarchies.is_empty() {
        let remedy = match facts.proc {
            true => "$ sudo mount -t cgroup2 none /sys/fs/cgroup".to_owned(),
            false => {
                "Mount /proc first: what is mounted is read from there.\n$ sudo mount -t proc proc /proc".to_owned()
            }
        };
        return vec![layout.status(Status::Limited).because(
            "No cgroup file system is mounted here.",
            BLOCKS,
            Some(remedy),
        )];
    }
    vec![layout, controllers(&hierarchies), delegation(&hierarchies, facts)]
}

fn hierarchies() -> Vec<Hierarchy> {
    let Ok(process) = procfs::process::Process::myself() else { return Vec::new() };
    let (Ok(mounts), Ok(ours)) = (process.mountinfo(), process.cgroups()) else { return Vec::new() };
    let mut found: Vec<Hierarchy> = Vec::new();
    for mount in mounts.iter() {
        let version = match mount.fs_type.as_str() {
            "cgroup" => 1,
            "cgroup2" => 2,
            _ => continue,
        };
        let line = ours.0.iter().find(|line| match version {
            // Version 2 is the line `0::`; a version 1 hierarchy is known by its controllers, or its name.
            2 => line.hierarchy == 0,
            _ => {
                line.hierarchy != 0
                    && line.controllers.iter().any(|controller| mount.super_options.contains_key(option(controller)))
            }
        });
        let path = line.map_or("/", |line| line.pathname.as_str());
        // A mount may show only a part of the tree: then its root is a prefix of our path.
        let below = path.strip_prefix(mount.root.as_str()).unwrap_or(path).trim_start_matches('/');
        let group = mount.mount_point.join(below);
        let controllers = match version {
            2 => std::fs::read_to_string(group.join("cgroup.controllers"))
                .map(|list| list.split_whitespace().map(str::to_owned).collect())
                .unwrap_or_default(),
            _ => line
                .map(|line| line.controllers.iter().filter(|name| !name.contains('=')).cloned().collect())
                .unwrap_or_default(),
        };
        if !found.iter().any(|known| known.version == version && known.controllers == controllers) {
            found.push(Hierarchy { version, point: mount.mount_point.clone(), controllers, group });
        }
    }
    found
}

/// `name=systemd` is the option `name`.
fn option(controller: &str) -> &str {
    controller.split('=').next().unwrap_or(controller)
}

fn layout(hierarchies: &[Hierarchy]) -> String {
    let of = |version| hierarchies.iter().filter(move |hierarchy| hierarchy.version == version);
    let second = of(2).next().map(|hierarchy| hierarchy.point.display().to_string());
    match (of(1).count(), second) {
        (0, None) => "/proc/self/mountinfo shows no cgroup file system".to_owned(),
        (0, Some(point)) => format!("version 2 alone, at {point}"),
        (count, None) => format!("version 1 alone, {count} hierarchies"),
        (count, Some(point)) => format!("hybrid: version 1 in {count} hierarchies, and version 2 at {point}"),
    }
}

fn controllers(hierarchies: &[Hierarchy]) -> Finding {
    let list = |version: u8| {
        let names: Vec<_> =
            hierarchies.iter().filter(|one| one.version == version).flat_map(|one| one.controllers.clone()).collect();
        (!names.is_empty()).then(|| format!("version {version} has {}", names.join(", ")))
    };
    let found: Vec<_> = [list(2), list(1)].into_iter().flatten().collect();
    let has = |name: &str| hierarchies.iter().any(|one| one.controllers.iter().any(|controller| controller == name));
    let missing: Vec<_> = WANTED.into_iter().filter(|name| !has(name)).collect();
    let said = if found.is_empty() { "our group has no controllers".to_owned() } else { found.join("; ") };
    let finding = Finding::ok("cgroup-controllers", Group::ControlGroups, "Controllers", said);
    if missing.is_empty() {
        return finding;
    }
    finding.status(Status::Limited).because(
        format!("Our group was not given {}: a parent group does not pass it on, or the kernel was built without it.", missing.join(", ")),
        BLOCKS,
        Some("See what each parent passes on:\n$ grep . /sys/fs/cgroup/cgroup.subtree_control /sys/fs/cgroup/*/cgroup.subtree_control".to_owned()),
    )
}

/// May we make a group below ours, and move a process into it? The kernel is asked, with our effective ids.
fn delegation(hierarchies: &[Hierarchy], facts: &Facts) -> Finding {
    let wanted: Vec<_> =
        hierarchies.iter().filter(|one| one.controllers.iter().any(|name| WANTED.contains(&name.as_str()))).collect();
    let chosen = wanted.first().copied().unwrap_or(&hierarchies[0]);
    let mut asked = vec![chosen.group.clone(), chosen.group.join("cgroup.procs")];
    if chosen.version == 2 {
        asked.push(chosen.group.join("cgroup.subtree_control"));
    }
    let refused = asked.iter().find_map(|path| Some((path, eaccess(path, AccessFlags::W_OK).err()?)));
    let (title, group) = ("Groups of our own", Group::ControlGroups);
    let Some((path, errno)) = refused else {
        return Finding::ok(
            "cgroup-delegation",
            group,
            title,
            format!("{} and its cgroup.procs are writable", chosen.group.display()),
        );
    };
    let (why, remedy) = explain(errno, facts);
    Finding::ok("cgroup-delegation", group, title, format!("access({}, W_OK) answered {errno:?}", path.display()))
        .status(Status::Limited)
        .because(why, BLOCKS, Some(remedy))
}

fn explain(errno: Errno, facts: &Facts) -> (String, String) {
    match errno {
        Errno::EROFS => (
            "The cgroup file system is mounted read-only here, as container managers do.".to_owned(),
            match facts.place {
                Place::Docker => "$ docker run -it --security-opt writable-cgroups=true IMAGE boxlab".to_owned(),
                Place::Podman => {
                    "$ podman run -it --cgroupns=private --security-opt unmask=/sys/fs/cgroup IMAGE boxlab".to_owned()
                }
                _ => "Run these lessons outside the container.".to_owned(),
            },
        ),
        Errno::ENOENT => (
            "Our group is not below what is mounted here: the mount shows another part of the tree.".to_owned(),
            "Give this shell a cgroup namespace of its own:\n$ sudo unshare --cgroup --mount bash".to_owned(),
        ),
        _ if Path::new("/run/systemd/system").exists() => (
            format!("The group belongs to the system, and nobody delegated one to {}.", facts.user),
            "systemd delegates one to a scope of your own:\n$ systemd-run --user --scope -p Delegate=yes boxlab"
                .to_owned(),
        ),
        _ => (
            format!(
                "The group belongs to root, nobody delegated one to {}, and no systemd is here to ask for one.",
                facts.user
            ),
            "$ sudo boxlab".to_owned(),
        ),
    }
}
