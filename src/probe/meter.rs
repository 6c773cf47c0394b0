//! Samples of control groups while a step runs, for what it draws: memory, processor time, how often it was throttled.
//! The controller takes them, from outside of the lab, so that nothing in there is disturbed. Each is the kernel's own
//! count (cgroups(7), clock_getcpuclockid(3)).

use super::groups::word;
use crate::evidence::drawing::{Draw, Drawing, Memory, MemorySample, Part, Periods, Share, TimeSample};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The trees of a lab's groups: of each its name, which is the controller's in version 1, and where the lab's group is.
#[derive(Clone, Debug)]
pub struct Trees {
    pub version: u8,
    pub places: Vec<(String, PathBuf)>,
}

/// One drawing in the making.
pub struct Meter {
    trees: Trees,
    began: Instant,
    drawing: Drawing,
    /// What was counted when it began: kills, periods, throttled periods; and each group's processor time.
    before: Vec<u64>,
    /// Version 1: the processor time of each process that was seen in a group, by its number.
    clocks: BTreeMap<(String, i32), u64>,
}

impl Meter {
    /// Begins. What cannot be read counts as nothing.
    pub fn new(draw: &Draw, trees: Trees) -> Meter {
        let drawing = match draw {
            Draw::Memory(group) => Drawing::Memory(Memory { group: group.clone(), ..Memory::default() }),
            Draw::Periods(group) => Drawing::Periods(Periods { group: group.clone(), ..Periods::default() }),
            Draw::Share(groups) => {
                let part = |group: &String| Part { group: group.clone(), weight: 0, used: 0 };
                Drawing::Share(Share { groups: groups.iter().map(part).collect(), wall: 0 })
            }
        };
        let mut meter = Meter { trees, began: Instant::now(), drawing, before: Vec::new(), clocks: BTreeMap::new() };
        meter.before = match draw {
            Draw::Memory(group) => vec![meter.killed(group)],
            Draw::Periods(group) => {
                let (periods, throttled) = meter.periods(group);
                vec![meter.used(group), periods, throttled]
            }
            Draw::Share(groups) => groups.iter().map(|group| meter.used(group)).collect(),
        };
        meter.sample();
        meter
    }

    /// As far as it is.
    pub fn drawing(&self) -> &Drawing {
        &self.drawing
    }

    /// Takes the last sample, and gives it.
    pub fn finish(mut self) -> Drawing {
        self.sample();
        self.drawing
    }

    /// Takes a sample.
    pub fn sample(&mut self) {
        let at = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        // Taken out while the files are read, and put back: the samples of a long step are many.
        let mut drawing = std::mem::replace(&mut self.drawing, Drawing::Memory(Memory::default()));
        match &mut drawing {
            Drawing::Memory(it) => {
                let group = it.group.as_str();
                it.limit = self.size(group, "memory.max", "memory.limit_in_bytes");
                it.high = self.size(group, "memory.high", "");
                let bytes = self.number(group, "memory", "memory.current", "memory.usage_in_bytes");
                let killed = self.killed(group).saturating_sub(self.before[0]);
                it.samples.extend(bytes.map(|bytes| MemorySample { at, bytes, killed }));
            }
            Drawing::Periods(it) => {
                (it.quota, it.period) = self.quota(&it.group);
                let used = self.used(&it.group).saturating_sub(self.before[0]);
                it.samples.push(TimeSample { at, used });
                let (counted, throttled) = self.periods(&it.group);
                it.counted = counted.saturating_sub(self.before[1]);
                it.throttled = throttled.saturating_sub(self.before[2]);
            }
            Drawing::Share(it) => {
                it.wall = at;
                for (place, part) in it.groups.iter_mut().enumerate() {
                    part.weight = self.weight(&part.group);
                    part.used = self.used(&part.group).saturating_sub(self.before[place]);
                }
            }
        }
        self.drawing = drawing;
    }

    /// A file of a group, in the tree of a controller; of version 2 there is one tree.
    fn read(&self, group: &str, controller: &str, file: &str) -> Option<String> {
        let of = |(name, _): &&(String, PathBuf)| self.trees.version == 2 || name == controller;
        let (_, place) = self.trees.places.iter().find(of)?;
        std::fs::read_to_string(place.join(Path::new(group.trim_matches('/'))).join(file)).ok()
    }

    /// The file that this version has, as one number.
    fn number(&self, group: &str, controller: &str, second: &str, first: &str) -> Option<u64> {
        let file = if self.trees.version == 2 { second } else { first };
        self.read(group, controller, file)?.trim().parse().ok()
    }

    /// A limit; none where there is none, which version 1 says by a number that no memory reaches.
    fn size(&self, group: &str, second: &str, first: &str) -> Option<u64> {
        self.number(group, "memory", second, first).filter(|bytes| *bytes < 1 << 60)
    }

    fn word(&self, group: &str, controller: &str, file: &str, key: &str) -> u64 {
        let text = self.read(group, controller, file).unwrap_or_default();
        word(&text, key).and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    fn killed(&self, group: &str) -> u64 {
        let file = if self.trees.version == 2 { "memory.events" } else { "memory.oom_control" };
        self.word(group, "memory", file, "oom_kill")
    }

    fn periods(&self, group: &str) -> (u64, u64) {
        let of = |key| self.word(group, "cpu", "cpu.stat", key);
        (of("nr_periods"), of("nr_throttled"))
    }

    /// Quota, if there is one, and period, in microseconds.
    fn quota(&self, group: &str) -> (Option<u64>, u64) {
        let of = |file: &str| self.read(group, "cpu", file).unwrap_or_default().trim().to_owned();
        let (quota, period) = match self.trees.version {
            2 => {
                let text = of("cpu.max");
                let (quota, period) = text.split_once(' ').unwrap_or(("max", "100000"));
                (quota.to_owned(), period.to_owned())
            }
            _ => (of("cpu.cfs_quota_us"), of("cpu.cfs_period_us")),
        };
        (quota.parse().ok(), period.parse().unwrap_or(100_000))
    }

    fn weight(&self, group: &str) -> u64 {
        match self.trees.version {
            2 => self.number(group, "cpu", "cpu.weight", "").unwrap_or(0),
            // 1024 shares are the weight 100.
            _ => self.number(group, "cpu", "", "cpu.shares").map_or(0, |shares| (shares * 100 + 512) / 1024),
        }
    }

    /// The processor time of a group, in microseconds. In version 1 that is another controller's count, which the lab may
    /// not have; there it is the sum of what its processes have had, those that have ended since too.
    fn used(&mut self, group: &str) -> u64 {
        if self.trees.version == 2 {
            return self.word(group, "cpu", "cpu.stat", "usage_usec");
        }
        let list = self.read(group, "cpu", "cgroup.procs").unwrap_or_default();
        for pid in list.lines().filter_map(|line| line.trim().parse::<i32>().ok()) {
            if let Some(time) = clock(pid) {
                self.clocks.insert((group.to_owned(), pid), time);
            }
        }
        self.clocks.iter().filter(|((of, _), _)| of == group).map(|(_, time)| time).sum()
    }
}

fn clock(pid: i32) -> Option<u64> {
    let time = clock_gettime(clock_getcpuclockid(Pid::from_raw(pid)).ok()?).ok()?;
    u64::try_from(Duration::from(time).as_micros()).ok()
}
