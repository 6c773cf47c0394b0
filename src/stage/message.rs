//! What the controller, the stage and the agents say to each other. One request, one answer.

use crate::evidence::family::Family;
use crate::evidence::record::{Call, Reason};
use crate::evidence::{Fact, Key};
use crate::kernel::Operation;
use crate::kernel::error::Failed;
use crate::kernel::perform::Output;
use serde::{Deserialize, Serialize};

/// From the controller to the stage.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// What is read from now on beside what is always read.
    Watch(Watch),
    /// An actor does an operation; with `recorded`, its system calls are recorded and the facts read afterwards.
    Step { actor: String, operation: Operation, recorded: bool },
    /// These steps one after the other, without a record of them.
    Replay(Vec<Again>),
    /// Read all facts.
    Look,
    /// Read only who lives, and in which PID namespaces.
    Living,
    /// Read how much memory an actor and its children have, as far as it is theirs alone or their share.
    Memory(String),
    /// Say which actors can make no shell: their control group is frozen or full, or they are programs.
    Unable,
    /// Start somebody's program as a child of the stage; its standard output and error come with the order.
    Program(ProgramOrder),
    /// Say what happens next with it, or that nothing has for so many milliseconds.
    Await { milliseconds: u64 },
    /// Let a probe end.
    Release(String),
    /// Start a shell as a child of an actor. Without a terminal, three descriptors come with the order.
    Shell(ShellOrder),
}

/// A step that is repeated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Again {
    pub actor: String,
    pub operation: Operation,
    /// Its failure is no reason to stop.
    pub may_fail: bool,
}

/// What a lesson asks for beside what is always read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Files that are looked at from inside: pairs of actor and fact.
    pub files: Vec<(String, Key)>,
    pub families: Vec<Family>,
}

/// How a program is to be started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProgramOrder {
    /// Looked for along PATH.
    pub command: Vec<String>,
    /// The root directory that it is locked into first.
    pub chroot: Option<String>,
    /// Whether it keeps CAP_SYS_PTRACE.
    pub ptrace: bool,
    /// Its working directory.
    pub directory: String,
    /// All of its environment.
    pub environment: Vec<(String, String)>,
    /// The names of the probes that it is to start.
    pub probes: Vec<String>,
    /// How many processes it may have in all.
    pub processes: u64,
    /// How much memory of its own each of them may have, in bytes.
    pub memory: u64,
}

/// What has happened with a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happened {
    /// A probe has said that it is there. It is an actor from now on.
    Probe(String),
    /// Something else has spoken to the stage as if it were a probe: what, as a sentence.
    Foreign(String),
    /// It has ended: `exit 0`, `signal KILL`.
    Ended(String),
    Nothing,
}

/// How a shell is to be started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShellOrder {
    pub actor: String,
    pub prompt: String,
    /// A command to run instead of an interactive shell.
    pub command: Option<Vec<String>>,
    /// Make a terminal (rows, columns) in the lab host and send its master end back.
    pub terminal: Option<(u16, u16)>,
    /// TERM of the learner's terminal.
    pub term: String,
}

/// From the stage to the controller.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// The lab host stands. The devices that the machine lends it, by number.
    Ready {
        machine: Vec<String>,
    },
    /// It could not be made.
    NoLab(NoLab),
    Done,
    Stepped(Box<Stepped>),
    /// All steps are repeated, or this one failed: its place, and how.
    Replayed(Option<(usize, Failed)>),
    /// The step did not come to its end in time. What the lab is now is not known: it is of no use any more.
    TooLong,
    /// The actor has ended, and no step told it to.
    Lost,
    Facts(Vec<Fact>),
    /// In KiB.
    Memory(Option<u64>),
    /// Actors, by name.
    Names(Vec<String>),
    ProgramStarted,
    /// The kernel does not take it for a program.
    ProgramFailed(Failed),
    Happened(Happened),
    /// The shell runs; with a terminal, its master end comes with the answer.
    ShellStarted,
    /// How it ended, as an exit status.
    ShellEnded(i32),
    /// The shell has nobody left who could say how it ended: this actor, which had started it, has ended first.
    ActorEnded(String),
    /// The order could not be carried out: a sentence.
    Refused(String),
    /// A process of the lab has met a fault of the program, a panic: what it said.
    Broken(String),
}

/// Which act of making the lab host failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoLab {
    /// What was tried, as a short phrase: `unshare(CLONE_NEWUSER)`.
    pub act: String,
    pub failed: Failed,
}

/// What a step gave.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Stepped {
    pub failed: Option<Failed>,
    pub output: Output,
    /// All system calls, in order.
    pub calls: Vec<Call>,
    /// Why none were recorded, if so.
    pub untraced: Option<String>,
    pub reason: Option<Reason>,
    /// All facts after the step.
    pub facts: Vec<Fact>,
    pub nanos: u64,
}

/// From the stage to an agent.
#[derive(Debug, Serialize, Deserialize)]
pub enum Task {
    /// `pid_of`: the PID of the actor that the operation names, if it names one, as the agent numbers it.
    Act {
        operation: Operation,
        pid_of: Option<i32>,
    },
    /// Operations one after the other, up to the first that fails and may not.
    Several(Vec<Several>),
    Look {
        files: Vec<Key>,
        families: Vec<Family>,
    },
    /// Do what is due, if this is an init, and say so.
    Settle,
    /// Say when each link that has a carrier sends.
    Links,
    Shell(ShellOrder),
}

/// One of several operations for an agent.
#[derive(Debug, Serialize, Deserialize)]
pub struct Several {
    pub operation: Operation,
    pub pid_of: Option<i32>,
    pub may_fail: bool,
}

/// From an agent to the stage.
#[derive(Debug, Serialize, Deserialize)]
pub enum Told {
    /// The agent is there; its wire is this descriptor of its.
    Here {
        wire: i32,
    },
    Acted(Result<Output, Failed>),
    /// How many of several operations were tried, and how the last of them failed, if that may not.
    Several {
        done: usize,
        failed: Option<Failed>,
    },
    Facts(Vec<Fact>),
    /// What is due is done: how much so far as an init, if it is one.
    Settled(Option<u64>),
    /// Links that have a carrier send.
    LinksSend,
    /// The shell could not be made, or ended with this status.
    ShellEnded(Result<i32, Failed>),
    /// It has met a fault of the program, a panic, and is gone.
    Broken(String),
}
