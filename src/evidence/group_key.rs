//! What can be read of a control group: its name and one of a closed list, in the words of version 2.
//! In a lesson it is `host.group.box.pids.max`; the lab's own group is `/`, and a group below another is `box/inner`.

use std::str::FromStr;

/// A fact about a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    pub group: String,
    pub what: String,
}

impl GroupKey {
    /// All that is read.
    pub const WHAT: [&'static str; 18] = [
        "processes",
        "type",
        "populated",
        "frozen",
        "controllers",
        "enabled",
        "delegated",
        "pids.max",
        "pids.refused",
        "memory.max",
        "memory.high",
        "memory.swap.max",
        "memory.peak",
        "memory.slowed",
        "memory.oom_kill",
        "cpu.max",
        "cpu.weight",
        "cpu.throttled",
    ];

    /// In words for the screen.
    pub fn label(&self) -> String {
        let what = match self.what.as_str() {
            "controllers" => "controllers",
            "enabled" => "controllers for children",
            "delegated" => "owned by the lab",
            "pids.refused" => "refused forks",
            "memory.oom_kill" => "OOM kills",
            "memory.peak" => "highest use",
            "memory.slowed" => "slowed by memory.high",
            "cpu.throttled" => "throttled",
            other => other,
        };
        format!("group {}: {what}", self.group)
    }
}

impl std::fmt::Display for GroupKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "group.{}.{}", self.group, self.what)
    }
}

impl FromStr for GroupKey {
    type Err = String;

    /// Takes what stands behind `group.`.
    fn from_str(text: &str) -> Result<GroupKey, String> {
        let (group, what) = text.split_once('.').unwrap_or((text, ""));
        if group.is_empty() || !GroupKey::WHAT.contains(&what) {
            let all = GroupKey::WHAT.join(", ");
            return Err(format!("`group.{text}`: a group and one of these follow the dot: {all}"));
        }
        Ok(GroupKey { group: group.to_owned(), what: what.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_about_a_group_is_read_and_written_the_same() {
        for text in ["box.pids.max", "/.enabled", "box/inner.type"] {
            let key: GroupKey = text.parse().expect("a fact");
            assert_eq!(key.to_string(), format!("group.{text}"));
        }
        for text in ["box", "box.pids", ".type", "box.memory"] {
            assert!(text.parse::<GroupKey>().is_err(), "{text}");
        }
    }
}
