//! An exercise, as its YAML file has it. This file is the form only: `load` reads and judges it, `trial` takes it to a lab.
//! A check speaks the language of lessons: `probe.ns.uts: new` is a fact that is claimed of the process that the learner's
//! program starts.

use crate::evidence::Key;
use crate::evidence::expect::{Claim, Target};
use crate::evidence::family::Family;
use crate::kernel::Operation;
use crate::kernel::error::Errno;
use crate::lesson::model::{Need, Setup};
use crate::stage::guest::THEN;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// The name it is called by: `boxlab exercise start hostname`. Its folder is `NN-` and this.
    pub id: String,
    pub title: String,
    /// The lesson that it belongs to.
    pub lesson: String,
    pub minutes: u32,
    /// What is to be done, in one sentence.
    pub goal: String,
    /// What the machine must offer.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// What the lab host has before the program starts.
    #[serde(default)]
    pub setup: Vec<Setup>,
    /// The program is run once for each, in a lab of its own; once where there are none.
    #[serde(default)]
    pub cases: Vec<Case>,
    /// Where the program is locked in by chroot(2) before it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chroot: Option<String>,
    /// The program keeps CAP_SYS_PTRACE: without it, it sees no root and no namespace of the checker's own processes in
    /// /proc, and cannot trace them.
    #[serde(default)]
    pub ptrace: bool,
    /// What the program gets as its arguments before the probe's path. `{case}` stands for the case's name, `{pid of NAME}`
    /// for the number of an actor that `setup` has made.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Where the probe is, as the program is told.
    #[serde(default = "probe")]
    pub probe: String,
    /// The names of the probes, where the program is to start several: each with its name as an argument.
    #[serde(default = "probes")]
    pub probes: Vec<String>,
    /// What the probe becomes when it is let go, in place of ending with 0. It is to end by itself, and soon.
    #[serde(default)]
    pub then: Vec<String>,
    /// How the program is to end, once the probe has ended with 0.
    #[serde(default = "ends")]
    pub ends: String,
    /// What it changes in the lab host's network is to stay: that is not left behind.
    #[serde(default)]
    pub network_stays: bool,
    /// How long it may take in all.
    #[serde(default = "seconds")]
    pub seconds: u64,
    pub checks: Vec<Check>,
    /// The check that the starter fails.
    pub starter: String,
    /// Wrong solutions by name: the check that each fails.
    #[serde(default)]
    pub wrong: BTreeMap<String, String>,
    /// Three, each says more.
    pub hints: Vec<String>,
    /// Shown with the solution: why it is done so.
    pub because: String,
}

fn probe() -> String {
    crate::stage::machine_root::PROBE.to_owned()
}

fn probes() -> Vec<String> {
    vec![crate::stage::guest::NAME.to_owned()]
}

fn ends() -> String {
    "exit 0".to_owned()
}

fn seconds() -> u64 {
    10
}

/// One of several things that the program is tried on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// What the lab host has for it, beside what it has for all.
    #[serde(default)]
    pub setup: Vec<Setup>,
}

/// One thing that must be so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// By which the verdict names it.
    pub name: String,
    /// What is asked, one sentence. May be left out where the check is one that every exercise has.
    #[serde(default)]
    pub say: String,
    #[serde(default)]
    pub when: When,
    /// It is left out, with the reason, where the machine cannot do this.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Who does something first: `probe`, or `host`.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    #[serde(default, rename = "do", skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// What he does must fail, and so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails: Option<Errno>,
    /// What he does prints this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Claim>,
    #[serde(default)]
    pub expect: BTreeMap<Target, Claim>,
    /// It need not be so at once, but within so many seconds.
    #[serde(default)]
    pub within: u64,
    /// What it usually means when something else is found: the first that fits is told.
    #[serde(default)]
    pub means: Vec<Means>,
}

/// The moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// The probe is there, and waits.
    #[default]
    Running,
    /// The program has ended.
    After,
}

/// What a finding usually means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Means {
    /// A part of what was found; left out, it fits whatever was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// A part of what the program printed, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<String>,
    pub then: String,
}

/// Checks that every exercise has: their names, and what they say.
pub const BUILT_IN: [(&str, &str); 8] = [
    (BUILD, "It builds."),
    (START, "It can be started."),
    (PROBE, "It starts the probe."),
    (ENDS, "It ends when the probe has ended."),
    (LEFT, "It leaves nothing behind."),
    (TIME, "It takes no longer than it may."),
    (OUTPUT, "It prints no more than it may."),
    (HONEST, "Nobody interferes with the check."),
];
pub const BUILD: &str = "build";
pub const START: &str = "start";
pub const PROBE: &str = "probe";
pub const ENDS: &str = "ends";
pub const LEFT: &str = "left";
pub const TIME: &str = "time";
pub const OUTPUT: &str = "output";
pub const HONEST: &str = "honest";

/// What a check that every exercise has says.
pub fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(it, _)| *it == name).map(|(_, say)| *say)
}

impl Exercise {
    /// What the program gets at the end of its arguments: the probe, and what that becomes.
    pub fn command(&self) -> Vec<String> {
        let then = (!self.then.is_empty()).then(|| THEN.to_owned());
        [self.probe.clone()].into_iter().chain(then).chain(self.then.iter().cloned()).collect()
    }

    /// What the author says of a check: his own, or more on one that every exercise has.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// The checks of a moment that are the author's own.
    pub fn at(&self, when: When) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| check.when == when && built_in(&check.name).is_none())
    }

    /// Whether a fact of the lab host may be another one after the end: that is its purpose, or a check judges it then.
    pub fn may_stay(&self, key: &Key) -> bool {
        let claimed = |target: &Target| target.actor == "host" && target.key == *key;
        self.network_stays && matches!(key.family(), Some(Family::Network | Family::Nft))
            || self.at(When::After).any(|check| check.expect.keys().any(claimed))
    }

    /// Everything that a check or a claim speaks of.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.checks.iter().flat_map(|check| check.expect.keys())
    }
}
