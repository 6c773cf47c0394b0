//! A lesson, as its YAML file has it: what is said, done, asked, claimed and explained, step by step.
//! This file is the form only. `load` reads it, `lint` judges it, `plan` puts the steps of earlier lessons before it,
//! `walk` takes it to a lab. A lesson holds no output: what a step shows is read from the kernel when it runs.

use crate::evidence::drawing::Draw;
use crate::evidence::expect::{Claim, Target};
use crate::kernel::Operation;
use crate::kernel::error::Errno;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// The name it is called by: `boxlab run hostname`. Its folder is `NN-` and this.
    pub id: String,
    pub title: String,
    /// Which part of the course it belongs to.
    pub part: Part,
    /// Minutes to read it aloud and answer, whole numbers.
    pub minutes: u32,
    /// The wrong belief that it removes, as somebody would say it.
    pub misconception: String,
    /// One or two sentences before the first step.
    pub intro: String,
    /// What the machine must offer.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// How long a step may take, in seconds, before the lesson is given up; 20 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// The lesson whose end state it starts from; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The directory that `--rootfs` may replace; steps marked `rootfs` are then left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rootfs: Option<String>,
    /// What stands before the first step beside what the lesson before has left: done without being shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<Setup>,
    pub steps: Vec<Step>,
    /// The rule to take home, two or three short sentences, after the closing picture.
    pub summary: String,
    /// Where Docker, Podman or Kubernetes do this: the flag, field or message that it explains.
    pub docker: Vec<String>,
}

/// The parts of the course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What it is
    Process,
    /// Its own view
    View,
    /// Its own network
    Network,
    /// Its limits
    Limits,
    /// Its powers and its life
    Life,
    /// From a process to a product
    Product,
}

impl Part {
    /// The heading in `boxlab list`.
    pub fn title(self) -> &'static str {
        match self {
            Part::Process => "What it is",
            Part::View => "Its own view",
            Part::Network => "Its own network",
            Part::Limits => "Its limits",
            Part::Life => "Its powers and its life",
            Part::Product => "From a process to a product",
        }
    }
}

/// What a lesson needs of the machine. Each is found out by trying (`machine`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// The lab host: user, mount, PID, network, UTS and IPC namespaces.
    Namespaces,
    /// Another user namespace inside the lab host's.
    Userns,
    /// overlayfs in a user namespace (Linux 5.11).
    Overlay,
    /// Network links of one's own: a veth pair and a bridge.
    Network,
    /// nf_tables, for NAT.
    Nft,
    /// Filters of system calls: seccomp(2).
    Seccomp,
    /// A sysfs of the lab host's own, read-only.
    Sysfs,
    /// The file system of POSIX message queues: mq_overview(7).
    Mqueue,
    /// Attributes `user.*` of files in a tmpfs: xattr(7) (Linux 6.6).
    Xattrs,
    /// Time namespaces (Linux 5.6).
    Time,
    /// Ids beside one's own: newuidmap(1), newgidmap(1) and lines in /etc/subuid and /etc/subgid. The lab host has them
    /// in its maps where a step of the plan needs them.
    Subids,
    /// execve(2) may add powers: nobody has set no_new_privs for this program.
    NewPrivs,
    /// Control groups of one's own, in which processes can be counted and frozen.
    Cgroup,
    /// Those of version 1 or 2: for steps that only one of them has.
    Cgroup1,
    Cgroup2,
    /// The controllers of memory and of processor time.
    Memory,
    Cpu,
    /// Memory groups that say whether something is swapped.
    Swap,
    /// A machine of its own: QEMU, and a kernel that can be read.
    Vm,
}

impl Need {
    /// The controllers of control groups that it stands for.
    pub fn controllers(self) -> &'static [&'static str] {
        match self {
            Need::Cgroup | Need::Cgroup1 | Need::Cgroup2 => &["pids", "freezer"],
            Need::Memory | Need::Swap => &["memory"],
            Need::Cpu => &["cpu"],
            _ => &[],
        }
    }
}

/// Something that is done and not shown. In `setup` it comes before the lesson begins, and again before each later one
/// unless it is a detour: the surroundings that are not the lesson's matter; the intro says what they are. In a step's
/// `again` it comes for later lessons only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    #[serde(rename = "as")]
    pub actor: String,
    #[serde(rename = "do")]
    pub operation: Operation,
    /// For this lesson alone: later ones do not repeat it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub detour: bool,
}

/// One step: one kernel fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The actor who does it.
    #[serde(rename = "as")]
    pub actor: String,
    /// What we want to know or do: one sentence, at most 20 words.
    pub say: String,
    #[serde(rename = "do")]
    pub operation: Operation,
    /// Facts to show beside the difference, for example `container.hostname`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub look: Vec<Target>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predict: Option<Prediction>,
    /// The author's claims about the state after the step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expect: BTreeMap<Target, Claim>,
    /// A claim about what the step printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Claim>,
    /// What it prints differs from run to run: it is shown, and not kept.
    #[serde(default, skip_serializing_if = "is_false")]
    pub varies: bool,
    /// What is drawn of control groups while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<Draw>,
    /// A claim about the drawing in a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Claim>,
    /// The step must fail, and so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails: Option<Errno>,
    /// What the machine must offer for this step, beside what the lesson needs; else the step is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// What the evidence means; at most four sentences.
    pub why: String,
    /// Manual pages: `unshare(2)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manual: Vec<String>,
    /// For the presenter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Left out unless asked for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deeper: bool,
    /// Not part of the growing container: later lessons do not repeat it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub detour: bool,
    /// Builds the root file system; left out when `--rootfs` brings one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub rootfs: bool,
    /// What later lessons do in its place, where the way that is shown makes them wait. Where a lesson has several of
    /// these, they come to the same all together; a test compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Vec<Setup>>,
}

impl Step {
    /// Whether later lessons repeat it, since it leaves something in the growing container. A step that must fail
    /// changes nothing.
    pub fn is_repeated(&self) -> bool {
        !self.detour && !self.deeper && self.fails.is_none() && !self.operation.only_looks()
    }
}

/// A question before the step acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    pub ask: String,
    /// `a`, `b`, `c`: each is somebody's real belief.
    pub options: BTreeMap<String, String>,
    pub answer: String,
    /// Why the answer is right.
    pub because: String,
    /// For each wrong option: what that belief would imply, and the evidence against it.
    pub replies: BTreeMap<String, String>,
}

fn is_false(value: &bool) -> bool {
    !value
}
