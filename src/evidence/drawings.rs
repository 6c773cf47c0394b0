//! Drawings that are kept beside a lesson: what its steps measured in one run, thinned out so far that nobody sees it. They are
//! pictures of that run and no evidence of another one, so nothing is compared with them; what every run must agree with is
//! the claim of a step about its drawing. `record` and `stored` have what is compared.

use super::drawing::{Draw, Drawing, MemorySample, TimeSample};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What is kept of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawings {
    pub lesson: String,
    /// The kernel that was measured, and the version of its control groups.
    pub kernel: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<u8>,
    pub boxlab: String,
    pub drawings: Vec<Drawn>,
}

/// The drawing of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    pub number: usize,
    /// Who did what, and what was to be drawn, so that a drawing is known to be of another step once that was changed.
    #[serde(rename = "as")]
    pub actor: String,
    #[serde(rename = "do")]
    pub operation: serde_json::Value,
    pub draw: Draw,
    pub drawing: Drawing,
}

/// How far a line may be from what was measured: a two hundredth of the most memory, and so many microseconds of
/// processor time.
const PART: u64 = 200;
const MICROS: u64 = 1500;

impl Drawings {
    /// As a file: a line for each drawing.
    pub fn text(&self) -> String {
        let bare = Drawings { drawings: Vec::new(), ..self.clone() };
        let head = serde_json::to_string_pretty(&bare).unwrap_or_default();
        let mut out = head.trim_end_matches("[]\n}").to_owned();
        let lines: Vec<String> = self.drawings.iter().map(|it| serde_json::to_string(it).unwrap_or_default()).collect();
        let _ = writeln!(out, "[\n    {}\n  ]\n}}", lines.join(",\n    "));
        out
    }
}

impl Drawing {
    /// With as few samples as it takes to draw it. Where the count of kills changes, the samples on both sides stay.
    #[must_use]
    pub fn thin(mut self) -> Drawing {
        match &mut self {
            Drawing::Memory(it) => {
                let most = it.samples.iter().map(|sample| sample.bytes).max().unwrap_or(0);
                let points: Vec<_> = it.samples.iter().map(|sample| (sample.at, sample.bytes)).collect();
                let kill = |pair: &[MemorySample]| pair[0].killed != pair[1].killed;
                let mut needed = vec![0];
                for at in it.samples.windows(2).enumerate().filter(|(_, pair)| kill(pair)).map(|(at, _)| at) {
                    needed.extend([at, at + 1]);
                }
                let kept = kept(&points, &needed, most / PART);
                it.samples = kept.into_iter().map(|at| it.samples[at]).collect();
            }
            Drawing::Periods(it) => {
                let points: Vec<_> = it.samples.iter().map(|sample: &TimeSample| (sample.at, sample.used)).collect();
                let kept = kept(&points, &[0], MICROS);
                it.samples = kept.into_iter().map(|at| it.samples[at]).collect();
            }
            Drawing::Share(_) => {}
        }
        self
    }
}

/// Which points are enough for a line that is nowhere further away than `far` (Ramer, Douglas and Peucker). Those that are
/// needed are among them, and the last.
fn kept(points: &[(u64, u64)], needed: &[usize], far: u64) -> Vec<usize> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut kept: Vec<usize> = needed.iter().copied().chain([0, last]).collect();
    kept.sort_unstable();
    kept.dedup();
    let mut open: Vec<(usize, usize)> = kept.windows(2).map(|pair| (pair[0], pair[1])).collect();
    while let Some((from, to)) = open.pop() {
        let away = |at: usize| between(points[from], points[to], points[at].0).abs_diff(points[at].1);
        let worst = (from + 1..to).max_by_key(|at| away(*at)).filter(|at| away(*at) > far);
        if let Some(at) = worst {
            kept.push(at);
            open.extend([(from, at), (at, to)]);
        }
    }
    kept.sort_unstable();
    kept
}

/// The height of the line from one point to another at a place between them.
fn between(one: (u64, u64), other: (u64, u64), at: u64) -> u64 {
    let (whole, part) = (i128::from(other.0) - i128::from(one.0), i128::from(at) - i128::from(one.0));
    let rise = (i128::from(other.1) - i128::from(one.1)) * part / whole.max(1);
    u64::try_from(i128::from(one.1) + rise).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::drawing::{Memory, Periods};

    #[test]
    fn a_straight_line_needs_its_ends_and_a_kill_both_its_sides() {
        let sample = |at: u64| MemorySample { at, bytes: at.min(60) * 1000, killed: u64::from(at > 80) };
        let memory = Memory { samples: (0..100).map(sample).collect(), ..Memory::default() };
        let Drawing::Memory(thin) = Drawing::Memory(memory).thin() else { panic!("it is another kind") };
        let at: Vec<u64> = thin.samples.iter().map(|sample| sample.at).collect();
        assert_eq!(at, [0, 60, 80, 81, 99]);
    }

    #[test]
    fn no_period_is_lost() {
        // Ten milliseconds of each hundred, read every five.
        let used = |at: u64| at / 100_000 * 10_000 + (at % 100_000).min(10_000);
        let samples = (0..200).map(|at| at * 5000).map(|at| TimeSample { at, used: used(at) }).collect();
        let periods = Periods { quota: Some(10_000), period: 100_000, samples, ..Periods::default() };
        let Drawing::Periods(thin) = Drawing::Periods(periods).thin() else { panic!("it is another kind") };
        assert!(thin.samples.len() <= 21, "{}", thin.samples.len());
        for at in (0..1_000_000).step_by(5000).filter(|at| *at < 995_000) {
            let after = thin.samples.iter().position(|it| it.at >= at).expect("it goes on");
            let (one, other) = (thin.samples[after.saturating_sub(1)], thin.samples[after]);
            let line = between((one.at, one.used), (other.at, other.used), at);
            assert!(line.abs_diff(used(at)) <= MICROS, "{at}");
        }
    }

    #[test]
    fn a_file_of_drawings_is_read_as_it_was_written() {
        let drawn = |number| Drawn {
            number,
            actor: "host".to_owned(),
            operation: serde_json::json!("look"),
            draw: Draw::Memory("box".to_owned()),
            drawing: Drawing::Memory(Memory::default()),
        };
        for drawings in [vec![], vec![drawn(1)], vec![drawn(1), drawn(2)]] {
            let text = |it: &str| it.to_owned();
            let all =
                Drawings { lesson: text("memory"), kernel: text("6.1"), groups: Some(2), boxlab: text("0"), drawings };
            assert_eq!(serde_json::from_str::<Drawings>(&all.text()).expect("JSON"), all);
        }
    }
}
