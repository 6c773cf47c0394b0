//! The controller's handle on a lab host: start it, have an actor do an operation, read the facts, open a shell.
//! Dropping it ends the lab host, and returns only when the kernel has taken everything away.

use super::groups::{self, Groups};
use super::host::{self, Brought};
use super::message::{Again, Answer, Happened, NoLab, Order, ProgramOrder, ShellOrder, Stepped, Watch};
use super::wire::Wire;
use crate::evidence::Fact;
use crate::evidence::drawing::{Draw, Drawing, INTERVAL};
use crate::kernel::Operation;
use crate::kernel::cgroups::Layout;
use crate::kernel::error::Failed;
use crate::probe::meter::Meter;
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// What can go wrong with a lab.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The machine does not allow it; `machine` explains why.
    #[error("the lab host could not be made: {0}")]
    NoLab(NoLab),
    /// A process of the lab was killed, or the lab host broke.
    #[error(
        "the lab host ended unexpectedly ({0:?}): one of its processes was killed from outside, it ran out of memory, or a \
         program in it called reboot(2)"
    )]
    Gone(nix::errno::Errno),
    /// The stage cannot do what was asked: a sentence.
    #[error("{0}")]
    Refused(String),
    /// The actor that had started a shell ended before it.
    #[error("{0} has ended, and its shell with it")]
    ActorEnded(String),
    /// A process of the lab panicked.
    #[error("a process of the lab ended by a fault of Boxlab: {0}")]
    Broken(String),
    /// A step hangs.
    #[error("`{operation}` by `{actor}` did not come to its end within {} seconds", .limit.as_secs())]
    TooLong { actor: String, operation: String, limit: Duration },
    /// Nothing came from the stage for longer than it takes for whatever it is asked.
    #[error("the lab host does not answer: somebody has stopped it, or this machine is far too busy")]
    Silent,
    #[error("a process for the lab host could not be made (fork: {0:?})")]
    Fork(nix::errno::Errno),
}

/// A running lab host.
#[derive(Debug)]
pub struct Lab {
    wire: Option<Wire>,
    launcher: Pid,
    patience: Duration,
    /// It has a stranger's program in it, whose deeds the stage may not outlive.
    limited: bool,
    _entered: crate::state::ledger::Entered,
    /// Dropped last: then its keeper has taken the groups away.
    groups: Option<Groups>,
    /// The devices that the machine lends, by number; see `Names::of_lab_host`.
    pub machine: Vec<String>,
}

impl Lab {
    /// Makes a lab host with the actors `host` and `runtime`.
    /// The caller must have one thread: the lab host is forked from it.
    pub fn start(brought: &Brought) -> Result<Lab, LabError> {
        // First of all: whoever is forked later has an end of the keeper's pipe, and not the other way round.
        let groups = groups::make(&brought.groups, brought.bounds).map_err(LabError::NoLab)?;
        let (own, other) = Wire::pair().map_err(LabError::Fork)?;
        let launcher = host::start(other, brought, groups.as_ref()).map_err(LabError::Fork)?;
        let entered = crate::state::ledger::enter(launcher.as_raw());
        let patience = brought.patience.unwrap_or(super::patience::STEP_LIMIT);
        let mut lab = Lab {
            wire: Some(own),
            launcher,
            patience,
            limited: brought.machine.is_some(),
            _entered: entered,
            groups,
            machine: Vec::new(),
        };
        match lab.receive()?.0 {
            Answer::Ready { machine } => lab.machine = machine,
            Answer::NoLab(no) => return Err(LabError::NoLab(no)),
            Answer::Broken(said) => return Err(LabError::Broken(said)),
            _ => return Err(LabError::Gone(nix::errno::Errno::EPROTO)),
        }
        Ok(lab)
    }

    /// The trees of control groups that it has, if any.
    pub fn layout(&self) -> Option<Layout> {
        self.groups.as_ref().and_then(Groups::layout)
    }

    fn wire(&self) -> Result<&Wire, LabError> {
        self.wire.as_ref().ok_or(LabError::Gone(nix::errno::Errno::EPIPE))
    }

    /// An answer takes less than this, beside what it was asked to wait for. The stage itself gives up a step earlier.
    pub fn silence(&self) -> Duration {
        4 * self.patience
    }

    fn receive(&self) -> Result<(Answer, Vec<OwnedFd>), LabError> {
        if self.limited && !readable_within(self.wire()?.as_fd(), self.silence()) {
            return Err(LabError::Silent);
        }
        let received = self.wire()?.receive::<Answer>().map_err(LabError::Gone)?;
        Ok((received.message, received.descriptors))
    }

    fn order(&self, order: &Order, descriptors: &[BorrowedFd<'_>]) -> Result<(Answer, Vec<OwnedFd>), LabError> {
        self.wire()?.send(order, descriptors).map_err(LabError::Gone)?;
        self.answered(self.receive()?)
    }

    fn answered(&self, answer: (Answer, Vec<OwnedFd>)) -> Result<(Answer, Vec<OwnedFd>), LabError> {
        match answer {
            (Answer::Refused(sentence), _) => Err(LabError::Refused(sentence)),
            (Answer::Broken(said), _) => Err(LabError::Broken(said)),
            answer => Ok(answer),
        }
    }

    /// Says what is read from now on beside what is always read.
    pub fn watch(&self, watch: Watch) -> Result<(), LabError> {
        self.order(&Order::Watch(watch), &[]).map(|_| ())
    }

    /// All facts about all actors, now.
    pub fn look(&self) -> Result<Vec<Fact>, LabError> {
        match self.order(&Order::Look, &[])?.0 {
            Answer::Facts(facts) => Ok(facts),
            _ => Err(LabError::Gone(nix::errno::Errno::EPROTO)),
        }
    }

    /// Only who lives, and in which PID namespaces.
    pub fn living(&self) -> Result<Vec<Fact>, LabError> {
        match self.order(&Order::Living, &[])?.0 {
            Answer::Facts(facts) => Ok(facts),
            _ => Err(LabError::Gone(nix::errno::Errno::EPROTO)),
        }
    }

    /// How much memory an actor has, in KiB: what is its alone, and its share of the rest. None: it cannot be read.
    pub fn memory(&self, actor: &str) -> Option<u64> {
        match self.order(&Order::Memory(actor.to_owned()), &[]) {
            Ok((Answer::Memory(kibibytes), _)) => kibibytes,
            _ => None,
        }
    }

    /// Actors that can make no shell, since their control group is frozen or full, or since they are programs.
    pub fn unable(&self) -> Vec<String> {
        match self.order(&Order::Unable, &[]) {
            Ok((Answer::Names(names), _)) => names,
            _ => Vec::new(),
        }
    }

    /// An actor does an operation. With `recorded`, its system calls and all facts after it come back; without, only
    /// its result.
    pub fn step(&self, actor: &str, operation: &Operation, recorded: bool) -> Result<Stepped, LabError> {
        let order = Order::Step { actor: actor.to_owned(), operation: operation.clone(), recorded };
        self.stepped(actor, operation, self.order(&order, &[])?.0)
    }

    fn stepped(&self, actor: &str, operation: &Operation, answer: Answer) -> Result<Stepped, LabError> {
        match answer {
            Answer::Stepped(stepped) => Ok(*stepped),
            Answer::Lost => Err(LabError::Gone(nix::errno::Errno::ESRCH)),
            Answer::TooLong => {
                let (actor, operation) = (actor.to_owned(), operation.name().to_owned());
                Err(LabError::TooLong { actor, operation, limit: self.patience })
            }
            _ => Err(LabError::Gone(nix::errno::Errno::EPROTO)),
        }
    }

    /// The same, recorded, and meanwhile its groups are drawn. Where the lab has none there is no drawing.
    pub fn step_drawn(
        &self,
        actor: &str,
        operation: &Operation,
        draw: &Draw,
        live: &mut dyn FnMut(&Drawing),
    ) -> Result<(Stepped, Option<Drawing>), LabError> {
        let Some(groups) = &self.groups else { return Ok((self.step(actor, operation, true)?, None)) };
        let mut meter = Meter::new(draw, groups.trees());
        let order = Order::Step { actor: actor.to_owned(), operation: operation.clone(), recorded: true };
        self.wire()?.send(&order, &[]).map_err(LabError::Gone)?;
        sampled(self.wire()?, &mut meter, live).map_err(LabError::Gone)?;
        let drawing = meter.finish();
        let answer = self.answered(self.receive()?)?.0;
        Ok((self.stepped(actor, operation, answer)?, Some(drawing)))
    }

    /// Steps one after the other, without a record. Gives the place of one that failed and was not to, and how.
    pub fn replay(&self, steps: Vec<Again>) -> Result<Result<(), (usize, Failed)>, LabError> {
        match self.order(&Order::Replay(steps), &[])?.0 {
            Answer::Replayed(None) => Ok(Ok(())),
            Answer::Replayed(Some(failed)) => Ok(Err(failed)),
            Answer::Lost => Err(LabError::Gone(nix::errno::Errno::ESRCH)),
            Answer::TooLong => {
                let (actor, operation) = ("an actor".to_owned(), "repeated".to_owned());
                Err(LabError::TooLong { actor, operation, limit: self.patience })
            }
            _ => Err(LabError::Gone(nix::errno::Errno::EPROTO)),
        }
    }

    /// Starts somebody's program with these two as its standard output and error. Inside: the kernel refused.
    pub fn program(&self, order: ProgramOrder, output: &[BorrowedFd<'_>]) -> Result<Result<(), Failed>, LabError> {
        match self.order(&Order::Program(order), output)?.0 {
            Answer::ProgramStarted => Ok(Ok(())),
            Answer::ProgramFailed(failed) => Ok(Err(failed)),
            _ => Err(LabError::Gone(nix::errno::Errno::EPROTO)),
        }
    }

    /// Asks what happens next with the program; `happened` takes the answer, which comes within this time.
    pub fn ask(&self, within: Duration) -> Result<(), LabError> {
        let milliseconds = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        self.wire()?.send(&Order::Await { milliseconds }, &[]).map_err(LabError::Gone)
    }

    /// The answer to `ask`.
    pub fn happened(&self) -> Result<Happened, LabError> {
        match self.receive()?.0 {
            Answer::Happened(happened) => Ok(happened),
            Answer::Broken(said) => Err(LabError::Broken(said)),
            _ => Err(LabError::Gone(nix::errno::Errno::EPROTO)),
        }
    }

    /// Lets a probe end.
    pub fn release(&self, name: &str) -> Result<(), LabError> {
        self.order(&Order::Release(name.to_owned()), &[]).map(|_| ())
    }

    /// Starts a shell; with a terminal its master end is given. Then `shell_ended` must be called.
    pub fn shell(&self, order: ShellOrder, standard: &[BorrowedFd<'_>]) -> Result<Option<OwnedFd>, LabError> {
        match self.order(&Order::Shell(order), standard)? {
            (Answer::ShellStarted, mut descriptors) => Ok(descriptors.pop()),
            _ => Err(LabError::Gone(nix::errno::Errno::EPROTO)),
        }
    }

    /// Waits for the shell's end and gives its exit status.
    pub fn shell_ended(&self) -> Result<i32, LabError> {
        match self.receive()?.0 {
            Answer::ShellEnded(status) => Ok(status),
            Answer::ActorEnded(name) => Err(LabError::ActorEnded(name)),
            Answer::Refused(sentence) => Err(LabError::Refused(sentence)),
            Answer::Broken(said) => Err(LabError::Broken(said)),
            _ => Err(LabError::Gone(nix::errno::Errno::EPROTO)),
        }
    }

    /// Becomes readable when the stage has something to say.
    pub fn wire_for_poll(&self) -> Option<&Wire> {
        self.wire.as_ref()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // The stage sees the end of file, ends, and the kernel ends the rest. The launcher ends after the stage.
        drop(self.wire.take());
        // A process that is frozen ends only when somebody outside thaws it.
        self.groups.iter_mut().for_each(Groups::over);
        if !ended_within(self.launcher, ENOUGH) {
            // The stage hangs, or somebody has stopped the launcher. Its death ends the stage (PR_SET_PDEATHSIG).
            nix::sys::signal::kill(self.launcher, nix::sys::signal::Signal::SIGKILL).ok();
        }
        while let Err(nix::errno::Errno::EINTR) = waitpid(self.launcher, None) {}
    }
}

/// Takes samples at their time, until the answer comes. That a sample has its time is what a drawing is.
fn sampled(wire: &Wire, meter: &mut Meter, live: &mut dyn FnMut(&Drawing)) -> nix::Result<()> {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
    let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_CLOEXEC)?;
    timer.set(Expiration::Interval(INTERVAL.into()), TimerSetTimeFlags::empty())?;
    loop {
        let mut waits = [PollFd::new(wire.as_fd(), PollFlags::POLLIN), PollFd::new(timer.as_fd(), PollFlags::POLLIN)];
        match poll(&mut waits, PollTimeout::NONE) {
            Err(nix::errno::Errno::EINTR) => continue,
            other => other?,
        };
        let is_ready = |at: usize| waits[at].revents().is_some_and(|it| !it.is_empty());
        if is_ready(0) {
            return Ok(());
        }
        timer.wait()?;
        meter.sample();
        live(meter.drawing());
    }
}

/// A lab host that is in order ends in a few milliseconds.
const ENOUGH: Duration = Duration::from_secs(3);

/// Whether a child of ours ends in that time. It is not reaped. True where that cannot be watched.
pub(super) fn ended_within(child: Pid, limit: Duration) -> bool {
    let Ok(process) = crate::kernel::process::pidfd(child.as_raw()) else { return true };
    readable_within(process.as_fd(), limit)
}

/// Whether there is something to be read in that time. True where that cannot be watched: reading tells why.
fn readable_within(end: BorrowedFd<'_>, limit: Duration) -> bool {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let mut waits = [PollFd::new(end, PollFlags::POLLIN)];
    let started = std::time::Instant::now();
    loop {
        let left = limit.saturating_sub(started.elapsed());
        match poll(&mut waits, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
            Err(nix::errno::Errno::EINTR) => {}
            Ok(ready) => return ready > 0,
            Err(_) => return true,
        }
    }
}
