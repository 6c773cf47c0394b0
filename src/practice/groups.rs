//! What an exercise on control groups has of either version: the same task for both, since the program is told where its
//! tree is and how its files are called there.

use super::model::Exercise;
use crate::kernel::Operation;
use crate::kernel::cgroups::form::GroupEnable;
use crate::kernel::cgroups::{Layout, directory};

/// Files that version 1 calls otherwise. It has two for a quota and its period; to write the quota alone is the same in both.
/// A limit for swap alone is not among its files; that a group swaps nothing is written as 0 in both.
const FIRST_NAMES: [(&str, &str); 4] = [
    ("memory.max", "memory.limit_in_bytes"),
    ("memory.swap.max", "memory.swappiness"),
    ("cpu.max", "cpu.cfs_quota_us"),
    ("cpu.weight", "cpu.shares"),
];

/// What is done before the setup: version 2 hands the controllers down that the exercise needs.
pub fn hand_down(exercise: &Exercise, layout: &Layout) -> Option<Operation> {
    // Freezing is a part of every group there.
    let names = exercise.needs.iter().flat_map(|need| need.controllers()).filter(|name| **name != "freezer");
    let controllers = names.map(|name| (*name).to_owned()).collect();
    (layout.version == 2).then(|| Operation::GroupEnable(GroupEnable { group: "/".to_owned(), controllers }))
}

/// An argument with `{groups of pids}` and `{file of memory.max}` filled in.
pub fn filled(text: &str, layout: &Layout) -> String {
    let (before, rest, after) = match parted(text) {
        Some(parts) => parts,
        None => return text.to_owned(),
    };
    let word = match rest.split_once(" of ") {
        Some(("groups", _)) if layout.version == 2 => directory("", "/"),
        Some(("groups", controller)) => directory(controller, "/"),
        Some(("file", name)) => {
            let first = FIRST_NAMES.iter().find(|(second, _)| layout.version == 1 && *second == name);
            first.map_or(name, |(_, first)| first).to_owned()
        }
        _ => return text.to_owned(),
    };
    format!("{before}{word}{after}")
}

/// What is before the braces, in them, and after them.
fn parted(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (inside, after) = rest.split_once('}')?;
    Some((before, inside, after))
}

#[cfg(test)]
mod tests {
    use super::filled;
    use crate::kernel::cgroups::Layout;

    #[test]
    fn each_version_has_its_own_places_and_names() {
        let second = Layout { version: 2, trees: vec![(String::new(), String::new())] };
        let first = Layout { version: 1, trees: vec![("memory".to_owned(), "memory".to_owned())] };
        let all = [
            ("{groups of memory}", "/sys/fs/cgroup/memory", "/sys/fs/cgroup"),
            ("{file of memory.max}", "memory.limit_in_bytes", "memory.max"),
            ("{file of pids.max}", "pids.max", "pids.max"),
            ("{pid of target}", "{pid of target}", "{pid of target}"),
            ("plain", "plain", "plain"),
        ];
        for (text, one, two) in all {
            assert_eq!((filled(text, &first).as_str(), filled(text, &second).as_str()), (one, two), "{text}");
        }
    }
}
