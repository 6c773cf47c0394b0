//! What a step draws: what it asks for, and the samples that were taken while it ran. They are of this run alone: they are
//! shown, and no record holds them; the book has those of one run (`drawings`). What is the same in every run is the drawing in a word, which a lesson may claim.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How often a sample is taken.
pub const INTERVAL: Duration = Duration::from_millis(5);

/// What is to be drawn, by control groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Draw {
    /// How much memory a group has, over time.
    Memory(String),
    /// When a group runs and when it waits, in the periods of its quota.
    Periods(String),
    /// How groups share processor time.
    Share(Vec<String>),
}

impl Draw {
    pub fn groups(&self) -> &[String] {
        match self {
            Draw::Memory(group) | Draw::Periods(group) => std::slice::from_ref(group),
            Draw::Share(groups) => groups,
        }
    }
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawing {
    Memory(Memory),
    Periods(Periods),
    Share(Share),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    pub group: String,
    /// In bytes; none where there is no limit.
    pub limit: Option<u64>,
    pub high: Option<u64>,
    pub samples: Vec<MemorySample>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemorySample {
    /// Since the beginning, in microseconds.
    pub at: u64,
    pub bytes: u64,
    /// How often something was killed in it since the beginning.
    pub killed: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Periods {
    pub group: String,
    /// In microseconds; no quota where there is none.
    pub quota: Option<u64>,
    pub period: u64,
    pub samples: Vec<TimeSample>,
    /// How many periods the kernel has counted, and in how many the group had to wait.
    pub counted: u64,
    pub throttled: u64,
}

/// All in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeSample {
    /// Since the beginning.
    pub at: u64,
    /// Processor time that the group has had since then.
    pub used: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub groups: Vec<Part>,
    /// How long it was measured, in microseconds.
    pub wall: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub group: String,
    pub weight: u64,
    /// In microseconds.
    pub used: u64,
}

impl Drawing {
    /// In a word, which is the same in every run.
    pub fn word(&self) -> String {
        match self {
            Drawing::Memory(it) => it.word().to_owned(),
            Drawing::Periods(it) => it.word(),
            Drawing::Share(it) => it.word(),
        }
    }
}

impl Memory {
    fn word(&self) -> &'static str {
        let most = self.samples.iter().map(|it| it.bytes).max().unwrap_or(0);
        let killed = self.samples.last().is_some_and(|it| it.killed > 0);
        let reached = |limit: Option<u64>| limit.is_some_and(|limit| most >= limit - limit / 20);
        match self.limit {
            _ if killed => "up to the limit, and killed there",
            limit if reached(limit) => "up to the limit",
            _ if reached(self.high) => "slow from memory.high on",
            Some(_) => "below the limit",
            None => "without a limit",
        }
    }
}

impl Periods {
    /// How much of it was used depends on who else wants the processor; that the group had to wait does not.
    fn word(&self) -> String {
        let word = match self.quota {
            None => "without a quota",
            Some(_) if self.counted == 0 => "nothing measured",
            Some(_) if self.throttled * 2 > self.counted => "made to wait in most periods",
            Some(_) => "hardly made to wait",
        };
        word.to_owned()
    }
}

impl Share {
    /// `about 1 : 3`; where one has had all of it, who that is.
    fn word(&self) -> String {
        let all: u64 = self.groups.iter().map(|it| it.used).sum();
        let had = |it: &&Part| it.used * 50 > all;
        match self.groups.iter().filter(had).collect::<Vec<_>>().as_slice() {
            [] => "nothing used".to_owned(),
            [one] if self.groups.len() > 1 => format!("all for {}", one.group),
            some => {
                let least = some.iter().map(|it| it.used).min().unwrap_or(1).max(1);
                let times = self.groups.iter().map(|it| nearest(it.used as f64 / least as f64).to_string());
                format!("about {}", times.collect::<Vec<_>>().join(" : "))
            }
        }
    }
}

/// The whole number that a ratio is nearest to, as ratios are: 2.5 is nearer to 3 than to 2.
fn nearest(ratio: f64) -> u64 {
    let lower = ratio.max(0.0).floor();
    (if ratio * ratio < lower * (lower + 1.0) { lower } else { lower + 1.0 }) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_in_whole_numbers() {
        let part = |group: &str, used| Part { group: group.to_owned(), weight: 100, used };
        let word = |used: [u64; 2]| {
            Drawing::Share(Share { groups: vec![part("a", used[0]), part("b", used[1])], wall: 1 }).word()
        };
        assert_eq!(word([251_000, 749_000]), "about 1 : 3");
        assert_eq!(word([600_000, 210_000]), "about 3 : 1");
        assert_eq!(word([200_000, 500_000]), "about 1 : 3");
        assert_eq!(word([200_000, 480_000]), "about 1 : 2");
        assert_eq!(word([0, 900_000]), "all for b");
        assert_eq!(word([0, 0]), "nothing used");
    }

    #[test]
    fn a_quota_that_holds_is_one_that_makes_wait() {
        let word = |throttled| {
            Drawing::Periods(Periods { quota: Some(10_000), counted: 13, throttled, ..Periods::default() }).word()
        };
        assert_eq!(word(12), "made to wait in most periods");
        assert_eq!(word(1), "hardly made to wait");
        assert_eq!(Drawing::Periods(Periods::default()).word(), "without a quota");
    }
}
