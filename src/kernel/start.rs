//! A program that is started and not waited for, so that two can run at once: fork(2), execve(2). Where it is to be in a
//! control group, the child joins that before it becomes the program, as container runtimes do it: nothing of the
//! program runs outside, and nobody but the program is limited.

use super::cgroups::{self, form::GroupJoin};
use super::error::Failed;
use super::process::{fork, pipe, replace};
use nix::errno::Errno;
use nix::unistd::{ForkResult, Pid};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;

/// Which program, under which name, and in which group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Its path and arguments.
    pub program: Vec<String>,
    /// The actor that it is from then on. It does nothing but run.
    #[serde(rename = "as")]
    pub name: String,
    /// The control group that it is in; its parent's if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

// ANCHOR: start
/// Starts a program: fork(2), in the child cgroup.procs and execve(2). Returns when it runs, or with what has failed.
/// `in_child` is called first of all there.
pub fn start(it: &Start, in_child: impl FnOnce()) -> Result<Pid, Failed> {
    let (report, tell) = pipe()?;
    // SAFETY: the caller has one thread.
    match unsafe { fork() }? {
        ForkResult::Child => {
            in_child();
            end(tell, &become_program(it))
        }
        ForkResult::Parent { child } => {
            drop(tell);
            failure(report).map_or(Ok(child), Err)
        }
    }
}

/// Comes back only with what has failed.
fn become_program(it: &Start) -> Failed {
    let join = |group: &String| cgroups::join(&GroupJoin { group: group.clone(), of: None }, None);
    match it.group.as_ref().map(join) {
        Some(Err(failed)) => failed,
        _ => Failed::new("execve", replace(&it.program, None)).on(it.program.first().cloned().unwrap_or_default()),
    }
}
// ANCHOR_END: start

/// Tells the parent. The pipe of a child that has become a program is closed by that, with nothing in it.
fn end(tell: OwnedFd, failed: &Failed) -> ! {
    File::from(tell).write_all(&serde_json::to_vec(failed).unwrap_or_default()).ok();
    // SAFETY: _exit(2) ends the child without running what belongs to its parent.
    unsafe { libc::_exit(127) }
}

fn failure(report: OwnedFd) -> Option<Failed> {
    let mut told = Vec::new();
    File::from(report).read_to_end(&mut told).ok();
    let failed = || serde_json::from_slice(&told).unwrap_or_else(|_| Failed::new("fork", Errno::EPROTO));
    (!told.is_empty()).then(failed)
}
