//! Control groups here: version 1, 2 or both, the controllers, and whether this user may make groups. cgroups(7).
//! `stage` finds the place for a lab's groups, by access(2), and makes them; here is why there is none, and the way out.

use super::container::Place;
use super::facts::Facts;
use super::report::{Finding, Group, Reason, Status};
use crate::lesson::model::Need;
use crate::stage::groups::Wanted;
use crate::stage::groups::find::{Found, Hierarchy, NoGroups, find, hierarchies};
use nix::errno::Errno;
use std::path::Path;

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
    vec![layout, controllers(&hierarchies), delegation(facts)]
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

/// May we make a group, and move a process into it? The kernel is asked, with our effective ids.
fn delegation(facts: &Facts) -> Finding {
    let finding = |said: String| Finding::ok("cgroup-delegation", Group::ControlGroups, "Groups of our own", said);
    // What lessons need alone stands in the row of controllers.
    let found = find_for(&[Need::Cgroup, Need::Memory, Need::Cpu]).or_else(|_| find_for(&[Need::Cgroup]));
    match found {
        Ok(found) => {
            let parents: Vec<String> = found.places.iter().map(|place| place.parent.display().to_string()).collect();
            finding(format!(
                "version {}: {} and the cgroup.procs there are writable",
                found.version,
                parents.join(", ")
            ))
        }
        Err(no) => {
            let reason = reason(&no, facts);
            finding(reason.what.trim_end_matches('.').to_owned()).status(Status::Limited).because(
                reason.why,
                BLOCKS,
                reason.remedy,
            )
        }
    }
}

fn find_for(needs: &[Need]) -> Result<Found, NoGroups> {
    let wanted: Wanted = needs.iter().flat_map(|need| need.controllers()).copied().collect();
    find(&wanted)
}

/// What a need for control groups lacks here.
pub fn lacks(need: Need) -> Option<Reason> {
    let needs: &[Need] =
        if matches!(need, Need::Memory | Need::Cpu | Need::Swap) { &[Need::Cgroup, need] } else { &[Need::Cgroup] };
    let found = match find_for(needs) {
        Ok(found) => found,
        Err(no) => return Some(reason(&no, &Facts::read())),
    };
    if need == Need::Swap {
        return uncounted(found.version);
    }
    let (asked, other) = match need {
        Need::Cgroup1 => (1, 2),
        Need::Cgroup2 => (2, 1),
        _ => return None,
    };
    (found.version == other).then(|| Reason {
        what: format!("Control groups are version {other} here, and this is of version {asked}."),
        why: "What it shows was recorded, and stands at the lesson's end.".to_owned(),
        remedy: Some(OTHER_KERNEL.to_owned()),
    })
}

/// Version 1 has swappiness on every kernel. Version 2 counts swap unless the kernel was built or started without that.
fn uncounted(version: u8) -> Option<Reason> {
    let line = std::fs::read_to_string("/proc/cmdline").unwrap_or_default();
    let off = line.split_whitespace().any(|word| word == "swapaccount=0") || !Path::new("/proc/swaps").exists();
    (version == 2 && off).then(|| Reason {
        what: "Control groups do not count swap here.".to_owned(),
        why: "The kernel was built without swap, or started with swapaccount=0.".to_owned(),
        remedy: Some(OTHER_KERNEL.to_owned()),
    })
}

/// A machine of one's own has both versions, and everything may be done in it.
const OTHER_KERNEL: &str = "A throw-away machine with a kernel of its own has them:\n$ boxlab vm LESSON";

fn reason(no: &NoGroups, facts: &Facts) -> Reason {
    let (what, why, remedy) = match no {
        NoGroups::NotMounted => {
            let mount = match facts.proc {
                true => "$ sudo mount -t cgroup2 none /sys/fs/cgroup",
                false => "Mount /proc first: what is mounted is read from there.\n$ sudo mount -t proc proc /proc",
            };
            let what = "No cgroup file system is mounted here.".to_owned();
            (what, "Without one nobody can make a control group.".to_owned(), mount.to_owned())
        }
        NoGroups::NoController(missing) => (
            format!("No control group here has {}.", missing.join(", ")),
            "No tree that is mounted has this controller: the kernel was built or started without it, or it was not \
             handed to this container."
                .to_owned(),
            "$ cat /proc/cgroups".to_owned(),
        ),
        NoGroups::NotHandedDown { group, missing } => {
            let words: Vec<String> = missing.iter().map(|name| format!("+{name}")).collect();
            let remedy = match Path::new("/run/systemd/system").exists() {
                true => delegate(facts),
                false => format!(
                    "Whoever runs this machine can hand them down:\n$ echo '{}' | sudo tee {}/cgroup.subtree_control",
                    words.join(" "),
                    group.display()
                ),
            };
            (
                format!("{} does not hand {} down.", group.display(), missing.join(", ")),
                "A group of version 2 has the controllers of its parent's cgroup.subtree_control, and that file is not \
                 Boxlab's to change."
                    .to_owned(),
                remedy,
            )
        }
        NoGroups::Refused { path, errno } => {
            let (why, remedy) = explain(*errno, facts);
            (format!("access({}, W_OK) answered {errno:?}.", path.display()), why, remedy)
        }
    };
    Reason { what, why, remedy: Some(format!("{remedy}\n{OTHER_KERNEL}")) }
}

/// systemd gives a scope of one's own all controllers, and the right to make groups.
fn delegate(facts: &Facts) -> String {
    match facts.uid {
        0 => "$ systemd-run --scope -p Delegate=yes boxlab".to_owned(),
        _ => "systemd delegates one to a scope of your own:\n$ systemd-run --user --scope -p Delegate=yes boxlab"
            .to_owned(),
    }
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
        _ if Path::new("/run/systemd/system").exists() => {
            (format!("The group belongs to the system, and nobody delegated one to {}.", facts.user), delegate(facts))
        }
        _ => (
            format!(
                "The group belongs to root, nobody delegated one to {}, and no systemd is here to ask for one.",
                facts.user
            ),
            "$ sudo boxlab".to_owned(),
        ),
    }
}
