//! `why COMMAND` in a half-built container: the stage records the command as it records a step, and explains its
//! failing system call from the facts of that moment. The tool asks over the wire that its shell was given, and brings
//! one of its own for the rest, so that two of them do not hear each other's answers.
//!
//! Ask (with a wire) → Go, or Refused → the tool runs the command and says Done, which ends the recording → Answer.

use super::failures::{Failure, Failures, is_exec, program};
use super::patience::Timer;
use super::trace::{self, End, Follow, Tracee};
use super::wire::Wire;
use crate::evidence::record::{Call, Reason, Returned};
use crate::probe::outside::Proc;
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::os::fd::RawFd;
use std::time::Duration;

/// From the tool to the stage, with its wire's other end beside it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ask {
    /// The number of its own end in the tool.
    pub wire: RawFd,
}

/// The command has ended. Sending it ends the recording.
#[derive(Debug, Serialize, Deserialize)]
pub struct Done {
    pub status: i32,
}

/// From the stage to the tool.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// Run it: the tool is watched from now on.
    Go,
    /// A sentence.
    Refused(String),
    Answer(Answer),
}

/// What was found.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Answer {
    /// The call that failed, with its errno.
    pub call: Option<String>,
    pub reason: Option<Reason>,
    /// A call that failed and that the command coped with.
    pub coped: Option<String>,
}

/// How long the stage waits for the rest of a message.
const PATIENCE: i64 = 2;

fn patient(wire: &Wire) -> nix::Result<()> {
    setsockopt(wire, sockopt::ReceiveTimeout, &TimeVal::seconds(PATIENCE))
}

/// Takes one question and answers it. `ends` says that nobody will hear the answer: the shell or the controller is
/// gone. Errors: the asking end has gone.
pub(super) fn answer(proc: &Proc, wire: &Wire, ends: &dyn Fn() -> bool) -> nix::Result<()> {
    let (ask, own, pid) = question(wire)?;
    let tracee = Tracee { pid, wire: ask.wire, follow: Follow::All };
    let there = RefCell::new(BTreeSet::new());
    let explain = |call: &Call, pid: Pid| {
        if is_exec(call) && crate::diagnosis::program_is_there(proc, pid.as_raw(), call) {
            there.borrow_mut().extend(program(call).map(str::to_owned));
        }
        match call.result {
            // It has not been made yet.
            None => crate::diagnosis::without_effect(proc, pid.as_raw(), call),
            Some(_) => crate::diagnosis::explain(proc, pid.as_raw(), call),
        }
    };
    let give_up = |_: Duration| {
        refuse_others(wire);
        ends()
    };
    let _timer = Timer::start();
    match trace::record(proc, tracee, &explain, &give_up, || own.send(&Reply::Go, &[])) {
        Err(errno) => {
            // The tool may have gone while it was being seized; then nobody hears this.
            own.send(&Reply::Refused(super::seize::why_forbidden(proc, errno)), &[]).ok();
        }
        Ok(recorded) if recorded.end == End::Answered => {
            if let Ok(done) = own.receive::<Done>() {
                let found = found(&recorded.failures, &there.into_inner(), done.message.status);
                own.send(&Reply::Answer(found), &[]).ok();
            }
        }
        Ok(_) => {}
    }
    Ok(())
}

/// The next question: what it says, the wire that comes with it, and who asks.
fn question(wire: &Wire) -> nix::Result<(Ask, Wire, Pid)> {
    patient(wire)?;
    let mut received = wire.receive::<Ask>()?;
    let own = received.descriptors.pop().map(Wire::from_descriptor).ok_or(nix::errno::Errno::EPROTO)?;
    patient(&own)?;
    Ok((received.message, own, Pid::from_raw(received.sender)))
}

/// Another `why` meanwhile, perhaps within the command of this one: it must not wait for its own end.
fn refuse_others(wire: &Wire) {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::os::fd::AsFd;
    let mut waits = [PollFd::new(wire.as_fd(), PollFlags::POLLIN)];
    if poll(&mut waits, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
        && let Ok((_, own, _)) = question(wire)
    {
        let sentence = "Another `why` is watching a command in this shell; one at a time.";
        own.send(&Reply::Refused(sentence.to_owned()), &[]).ok();
    }
}

fn shown(failure: &Failure) -> String {
    // A message came, and it is the message that says no.
    if failure.call.result == Some(Returned::Size) {
        return failure.call.to_string();
    }
    let result = failure.call.result.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{} = {result}", failure.call)
}

/// `there`: the programs that a failed execve named and that exist.
fn found(failures: &Failures, there: &BTreeSet<String>, status: i32) -> Answer {
    let coped = failures.coped().map(shown);
    let Some(last) = failures.last().filter(|_| status != 0) else {
        let open = failures.last().map(shown);
        let (call, reason) = failures.vain().map(|it| (shown(it), it.reason.clone())).unzip();
        return Answer { call, reason: reason.flatten(), coped: open.or(coped) };
    };
    let tries = failures.tries();
    if tries.len() < 2 {
        return Answer { call: Some(shown(last)), reason: last.reason.clone(), coped };
    }
    // A search along PATH: what matters is the program that was found, if one was.
    match tries.iter().find(|it| program(&it.call).is_some_and(|path| there.contains(path))) {
        Some(first) => Answer { call: Some(shown(first)), reason: first.reason.clone(), coped },
        None => Answer { call: Some(shown(last)), reason: Some(nowhere(&tries)), coped },
    }
}

/// No directory of PATH has it.
fn nowhere(tries: &[&Failure]) -> Reason {
    let paths: Vec<&str> = tries.iter().filter_map(|it| program(&it.call)).collect();
    let split = |path: &&str| path.rsplit_once('/').map(|(at, name)| (at.to_owned(), name.to_owned()));
    let name = paths.iter().find_map(split).map(|(_, name)| name).unwrap_or_default();
    let directories: Vec<String> = paths.iter().filter_map(split).map(|(at, _)| at).collect();
    Reason {
        cause: format!("no directory of PATH has a program {name}, and Boxlab brings no tool of that name"),
        seen: vec![format!("tried: {}", directories.join(", "))],
        remedy: Some("name the program by its path, or take a tool that `tools` lists".to_owned()),
    }
}
