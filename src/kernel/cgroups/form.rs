//! The forms of the operations on control groups, as a lesson writes them: with the names that version 2 has.

use serde::{Deserialize, Serialize};

/// Settings of a group, each the file of that name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSet {
    pub group: String,
    #[serde(rename = "pids.max", default, skip_serializing_if = "Option::is_none")]
    pub pids_max: Option<String>,
    #[serde(rename = "memory.max", default, skip_serializing_if = "Option::is_none")]
    pub memory_max: Option<String>,
    #[serde(rename = "memory.high", default, skip_serializing_if = "Option::is_none")]
    pub memory_high: Option<String>,
    #[serde(rename = "memory.swap.max", default, skip_serializing_if = "Option::is_none")]
    pub memory_swap_max: Option<String>,
    #[serde(rename = "memory.oom.group", default, skip_serializing_if = "Option::is_none")]
    pub memory_oom_group: Option<String>,
    #[serde(rename = "cpu.max", default, skip_serializing_if = "Option::is_none")]
    pub cpu_max: Option<String>,
    #[serde(rename = "cpu.weight", default, skip_serializing_if = "Option::is_none")]
    pub cpu_weight: Option<String>,
    #[serde(rename = "cgroup.freeze", default, skip_serializing_if = "Option::is_none")]
    pub freeze: Option<String>,
}

impl GroupSet {
    /// File and text of each, in the order of the form.
    pub fn files(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("pids.max", &self.pids_max),
            ("memory.max", &self.memory_max),
            ("memory.high", &self.memory_high),
            ("memory.swap.max", &self.memory_swap_max),
            ("memory.oom.group", &self.memory_oom_group),
            ("cpu.max", &self.cpu_max),
            ("cpu.weight", &self.cpu_weight),
            ("cgroup.freeze", &self.freeze),
        ];
        all.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?))).collect()
    }
}

/// Who goes into which group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupJoin {
    pub group: String,
    /// The actor that is moved; the caller itself if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// Which controllers the children of a group get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupEnable {
    pub group: String,
    pub controllers: Vec<String>,
}
