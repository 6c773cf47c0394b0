//! Records: what a run leaves. The terminal, JSON, snapshots, `verify` and the book are made of these and nothing else.
//! A step's record has two parts: its text, which the author wrote, and its evidence, which the kernel gave.
//! Only the evidence is stored beside the lesson and compared. Raw numbers (inodes, nanoseconds) are kept for the
//! screen of this run; they are not stored, since they differ from run to run.

use super::drawing::Drawing;
use super::expect::{Claim, Target};
use super::fact::{Key, View};
use crate::kernel::error::{Errno, Failed};
use crate::kernel::{Namespace, Operation};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A run of a lesson.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub lesson: String,
    pub title: String,
    /// `uname -r` of the kernel that was asked.
    pub kernel: String,
    /// The version of the lab's control groups, if it had any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<u8>,
    /// The version of Boxlab that ran it.
    pub boxlab: String,
    /// Every fact before the first step.
    pub initial: Vec<Shown>,
    pub steps: Vec<StepRecord>,
    /// Every fact after the last step.
    #[serde(rename = "final")]
    pub last: Vec<Shown>,
    /// Steps that were left out, and why.
    pub skipped: Vec<Skipped>,
    /// What was measured beside the steps. It is of this run alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

/// A container, and a machine of its own if one was started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    pub container: Side,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Side>,
}

/// What one of the two took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Side {
    /// From nothing until its first program could run, in milliseconds.
    pub ready: u64,
    /// In KiB; none where it could not be read.
    pub memory: Option<u64>,
    /// The release of the kernel that its programs run on.
    pub release: String,
}

impl Record {
    /// Whether every claim of every step held.
    pub fn holds(&self) -> bool {
        self.steps.iter().all(|step| step.evidence.holds())
    }
}

/// A step that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    pub number: usize,
    pub why: String,
}

impl Skipped {
    /// What is said of steps that are left out unless asked for.
    pub const DEEPER: &'static str = "what goes deeper; `--deeper` includes it";

    pub fn goes_deeper(&self) -> bool {
        self.why == Skipped::DEEPER
    }
}

/// A fact as it is shown: the kernel's numbers replaced by names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub subject: String,
    pub view: View,
    pub key: Key,
    pub text: String,
    /// With the kernel's own numbers, where they differ from the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

/// One step of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepRecord {
    /// From 1, as the lesson counts them.
    pub number: usize,
    pub text: StepText,
    pub evidence: Evidence,
}

/// What the author wrote, and the code that ran.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepText {
    pub actor: String,
    pub say: String,
    pub operation: Operation,
    /// The function that ran, cut from the source.
    pub code: Option<Code>,
    /// The same in a shell.
    pub shell: Option<String>,
    pub question: Option<Question>,
    pub why: String,
    pub manual: Vec<String>,
    pub notes: Option<String>,
    pub deeper: bool,
    pub detour: bool,
}

/// A piece of Boxlab's own source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    pub file: String,
    pub text: String,
    /// The step of the lesson that ran the same code first, if that was an earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<usize>,
}

/// A prediction, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub ask: String,
    pub options: BTreeMap<String, String>,
    pub answer: String,
    pub because: String,
    pub replies: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
}

/// What the kernel gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The system calls, without the housekeeping of the program's memory.
    pub calls: Vec<Call>,
    /// All of them, in the order they were made; only kept for this run.
    #[serde(default, skip)]
    pub every_call: Vec<Call>,
    /// Why there are no system calls to show, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untraced: Option<String>,
    /// The error that it ended in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failed>,
    /// Why, computed from the facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// How the program that it ran ended, if not with `exit 0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    pub changes: Vec<Change>,
    /// The facts that the step asks to look at, after it.
    pub looked: Vec<Shown>,
    pub claims: Vec<Checked>,
    /// What was measured while it ran. It is of this run alone: not stored, not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Now>,
    /// The time of the operation with its recording, in nanoseconds. Not stored, not compared.
    #[serde(default, skip)]
    pub nanos: u64,
}

/// What differs from run to run, and is shown all the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Now {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawing: Option<Drawing>,
    /// What a program printed, of a step that says that this varies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

impl Evidence {
    pub fn holds(&self) -> bool {
        self.claims.iter().all(|claim| claim.holds)
    }
}

/// A fact that the step changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub subject: String,
    pub view: View,
    pub key: Key,
    /// None: it was not there.
    pub before: Option<String>,
    /// None: it is gone.
    pub after: Option<String>,
    /// The same with the kernel's own numbers, for this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<(Option<String>, Option<String>)>,
}

/// A claim and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// None: the claim is about the step's output or error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    pub claim: Claim,
    pub holds: bool,
    pub found: String,
    /// What was found with the kernel's own numbers, where they differ from the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

impl Checked {
    /// What was claimed and what was found, as a sentence.
    pub fn sentence(&self) -> String {
        let (claimed, found) = (String::from(self.claim.clone()), &self.found);
        let error =
            |word: &str| word.starts_with('E') && word.chars().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
        match &self.target {
            Some(target) => format!("{target}: the lesson says `{claimed}`, the kernel says `{found}`."),
            None if claimed == "done" => format!("The step failed with {found}, and was not to."),
            None if error(&claimed) && found == "done" => {
                format!("The step was to fail with {claimed}, and did not fail.")
            }
            None if error(&claimed) => format!("The step was to fail with {claimed}, and failed with {found}."),
            None => format!("What it printed: the lesson says `{claimed}`, it was `{found}`."),
        }
    }
}

/// A system call, as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub name: String,
    pub args: Vec<Arg>,
    /// What it returned; None: it did not return (exit_group).
    pub result: Option<Returned>,
    /// Made by a child of the actor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub child: bool,
}

/// What a system call returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returned {
    Value(i64),
    /// A new descriptor, whose number says nothing.
    Descriptor,
    /// How many bytes were sent, received or copied: it says nothing, and may differ from build to build.
    Size,
    Failed(Errno),
}

/// An argument of a system call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arg {
    Number(i64),
    /// Text that the call takes: a path, a name.
    Text(String),
    /// Flags by their names.
    Flags(String),
    /// A descriptor, by what it is open on.
    Descriptor(String),
    /// A namespace file, by kind and inode.
    NamespaceFile(Namespace, u64),
    /// A pointer to something that is not shown.
    Hidden,
    Null,
}

/// Why a system call failed, computed from the facts at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// One sentence: the cause.
    pub cause: String,
    /// What was looked at, and what it said.
    pub seen: Vec<String>,
    /// What would let it work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl std::fmt::Display for Arg {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Arg::Number(number) => write!(out, "{number}"),
            Arg::Text(text) => write!(out, "{text:?}"),
            Arg::Flags(flags) => out.write_str(flags),
            Arg::Descriptor(target) => write!(out, "<{target}>"),
            Arg::NamespaceFile(kind, inode) => write!(out, "<{}:[{inode}]>", kind.file()),
            Arg::Hidden => out.write_str("…"),
            Arg::Null => out.write_str("NULL"),
        }
    }
}

impl std::fmt::Display for Call {
    /// As strace(1) writes it, without the result: `unshare(CLONE_NEWPID)`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let args: Vec<String> = self.args.iter().map(ToString::to_string).collect();
        write!(out, "{}({})", self.name, args.join(", "))
    }
}

impl std::fmt::Display for Returned {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Returned::Value(value) => write!(out, "{value}"),
            Returned::Descriptor => out.write_str("fd"),
            Returned::Size => out.write_str("(all of it)"),
            Returned::Failed(errno) => write!(out, "-1 {errno}"),
        }
    }
}
