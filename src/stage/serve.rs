//! The lab host's first process: it carries out the controller's orders, one at a time, and watches the actors.
//! It holds the agents' wires and /proc. When it ends, the kernel ends everything in its PID namespace with it; it ends
//! when the controller's end of the wire closes.

use super::births::agents_wire;
use super::frozen::Groups;
use super::message::{Answer, NoLab, Order, Stepped, Task, Told, Watch};
use super::patience::{self, Timer, readable, step_limit};
use super::settle::{concerns_links, may_send};
use super::trace::{self, End, Follow, Tracee};
use super::wire::Wire;
use crate::evidence::Fact;
use crate::evidence::record::Reason;
use crate::kernel::Operation;
use crate::kernel::cgroups::Layout;
use crate::kernel::error::Failed;
use crate::probe::outside::Proc;
use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::os::fd::{AsFd, RawFd};
use std::time::Duration;

/// Why a step gave nothing.
pub(super) enum Stuck {
    /// The actor does not answer in time.
    TooLong,
    /// It has ended, and no step told it to.
    Lost,
    /// The order cannot be carried out: a sentence.
    Refused(String),
}

impl From<String> for Stuck {
    fn from(sentence: String) -> Stuck {
        Stuck::Refused(sentence)
    }
}

impl From<Stuck> for Answer {
    fn from(stuck: Stuck) -> Answer {
        match stuck {
            Stuck::Refused(sentence) => Answer::Refused(sentence),
            Stuck::TooLong => Answer::TooLong,
            Stuck::Lost => Answer::Lost,
        }
    }
}

/// An actor, as the stage knows it.
pub(super) struct Actor {
    pub name: String,
    /// As the lab host numbers it.
    pub pid: Pid,
    pub wire: Wire,
    /// The number of the wire's other end in the agent.
    pub wire_there: RawFd,
    /// Its agent answers. False after its end, and for a program.
    pub alive: bool,
    /// A program that was started: it has no agent, and nothing can be asked of it.
    pub is_program: bool,
    /// What its agent has done as an init so far; none if it is no init.
    pub done_as_init: Option<u64>,
    /// It is gone from /proc; from then on its PID may come to mean another process.
    pub gone: bool,
}

pub(super) struct Stage {
    pub controller: Wire,
    pub proc: Proc,
    /// The control groups of the lab, if it has any.
    pub groups: Option<Groups>,
    pub actors: Vec<Actor>,
    pub(super) watch: Watch,
    /// What an agent said that met a fault of the program; until it has been told.
    pub broken: Option<String>,
    /// Somebody's program, if one was started.
    pub(super) program: Option<super::program::Program>,
    /// A link was changed, and whether all of them send already was not asked since.
    pub links_changed: bool,
}

/// Serves the controller. Never returns.
pub fn serve(controller: Wire, machine: Vec<String>, patience: Option<Duration>, groups: Option<Layout>) -> ! {
    super::title::find();
    super::title::set("lab");
    super::title::forget_environment();
    super::broken::tell_as(super::broken::Teller::Stage(controller.number()));
    super::broken::install();
    patience::set(patience);
    // SAFETY: the process ends here in any case; nothing of the controller's is to be run.
    let end = |status| unsafe { libc::_exit(status) };
    let Ok(proc) = Proc::open() else { end(1) };
    let Ok(groups) = groups.map(|layout| Groups::open(&layout)).transpose() else { end(1) };
    let (watch, actors) = (Watch::default(), Vec::new());
    let (broken, program) = (None, None);
    let mut stage = Stage { controller, proc, groups, actors, watch, broken, program, links_changed: false };
    for name in ["host", "runtime"] {
        if let Err(errno) = stage.born(name) {
            let no = NoLab { act: format!("fork of the actor `{name}`"), failed: Failed::new("fork", errno).on(name) };
            stage.controller.send(&Answer::NoLab(no), &[]).ok();
            end(1)
        }
    }
    if stage.controller.send(&Answer::Ready { machine }, &[]).is_err() {
        end(1)
    }
    while let Ok(received) = stage.controller.receive::<Order>() {
        let answered = match received.message {
            Order::Shell(order) => stage.shell(order, received.descriptors),
            Order::Program(order) => {
                let answer = stage.start_program(&order, received.descriptors);
                stage.controller.send(&answer, &[])
            }
            other => {
                let answer = stage.answer(other);
                let answer = stage.broken.take().map_or(answer, Answer::Broken);
                stage.controller.send(&answer, &[])
            }
        };
        if answered.is_err() {
            break;
        }
    }
    end(0)
}

impl Stage {
    fn answer(&mut self, order: Order) -> Answer {
        match order {
            Order::Watch(watch) => {
                self.watch = watch;
                Answer::Done
            }
            Order::Look => Answer::Facts(self.facts()),
            Order::Living => Answer::Facts(self.living()),
            Order::Memory(name) => {
                let pid = self.actors.iter().find(|it| it.name == name).map(|it| it.pid.as_raw());
                Answer::Memory(pid.and_then(|pid| crate::probe::share::of_memory(&self.proc, pid)))
            }
            Order::Unable => Answer::Names(self.unable()),
            Order::Step { actor, operation, recorded } => match self.step(&actor, &operation, recorded) {
                Ok(stepped) => Answer::Stepped(Box::new(stepped)),
                Err(stuck) => stuck.into(),
            },
            Order::Replay(steps) => self.replay(&steps),
            Order::Await { milliseconds } => Answer::Happened(self.happens(milliseconds)),
            Order::Release(name) => self.release(&name),
            Order::Shell(_) | Order::Program(_) => Answer::Refused("programs are started elsewhere".to_owned()),
        }
    }

    pub(super) fn find(&self, name: &str) -> Result<usize, String> {
        let at = self.actors.iter().position(|it| it.name == name);
        let at = at.ok_or_else(|| format!("There is no actor `{name}` in the lab at this point."))?;
        match &self.actors[at] {
            actor if actor.alive => Ok(at),
            actor if actor.is_program => Err(format!("`{name}` is a program, and does nothing but run.")),
            _ => Err(format!("The actor `{name}` has ended and can do nothing more.")),
        }
    }

    pub(super) fn step(&mut self, name: &str, operation: &Operation, recorded: bool) -> Result<Stepped, Stuck> {
        let at = self.find(name)?;
        self.not_frozen(at)?;
        self.would_starve(at, operation)?;
        let named = self.named(operation)?;
        let pid_of = named.and_then(|named| self.number_for(&self.actors[at], named));
        if let Some(named) = named.filter(|_| pid_of.is_none() && !matches!(operation, Operation::Wait(_))) {
            let sentence = format!("`{}` has no number in the PID namespace of `{name}`.", named.name);
            return Err(Stuck::Refused(sentence));
        }
        if may_send(operation) {
            self.settle_links()?;
        }
        let task = Task::Act { operation: operation.clone(), pid_of };
        let wire = |child| Ok::<_, String>((child, agents_wire().map_err(|errno| format!("socketpair: {errno}"))?));
        let forked = operation.child().map(wire).transpose()?;
        let started = std::time::Instant::now();
        let mut stepped = self.act(at, &task, forked.as_ref().map(|(_, (_, other))| other), recorded)?;
        stepped.nanos = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if let Some((child, (own, other))) = forked {
            drop(other);
            if stepped.failed.is_none() {
                self.meet(child, own).map_err(|errno| format!("the new actor `{child}` does not answer: {errno:?}"))?;
            }
        }
        if matches!(operation, Operation::Init(_)) && stepped.failed.is_none() {
            self.actors[at].done_as_init = Some(0);
        }
        if stepped.failed.is_none() {
            self.that_die(operation);
            self.level(at, operation);
        }
        if self.may_settle(operation, recorded) {
            self.settle()?;
        }
        self.links_changed |= concerns_links(operation);
        self.reap();
        if recorded {
            self.settle_links()?;
            stepped.facts = self.facts();
        }
        Ok(stepped)
    }

    /// Gives the agent its task, recorded if that is asked for and possible, and takes its answer.
    /// An actor that does not answer is left as it is: whoever hears of it takes the whole lab away.
    fn act(&mut self, at: usize, task: &Task, other_end: Option<&Wire>, recorded: bool) -> Result<Stepped, Stuck> {
        let mut stepped = Stepped::default();
        let actor = &self.actors[at];
        let ends: Vec<_> = other_end.iter().map(|wire| wire.as_fd()).collect();
        let follow = match task {
            Task::Act { operation: Operation::Log(_), .. } => Follow::Names,
            // The child is no part of the step: an agent, or a server that lives on.
            Task::Act { operation: Operation::Fork(_) | Operation::Serve(_), .. } => Follow::Nothing,
            _ => Follow::ToExec,
        };
        let mut names = std::collections::BTreeSet::new();
        let mut sent = false;
        let mut last_failed = None;
        if recorded {
            let tracee = Tracee { pid: actor.pid, wire: actor.wire_there, follow };
            let explain = |call: &_, pid: Pid| crate::diagnosis::explain(&self.proc, pid.as_raw(), call);
            let _timer = Timer::start();
            let too_long = |taken: Duration| taken > step_limit();
            match trace::record(&self.proc, tracee, &explain, &too_long, || actor.wire.send(task, &ends)) {
                Ok(recorded) => {
                    sent = true;
                    stepped.calls = recorded.calls;
                    names = recorded.names;
                    last_failed = recorded.reason;
                    if recorded.end == End::GivenUp {
                        return Err(Stuck::TooLong);
                    }
                }
                Err(errno) => stepped.untraced = Some(super::seize::why_forbidden(&self.proc, errno)),
            }
        }
        let sent = sent || actor.wire.send(task, &ends).is_ok();
        let answer = if sent { self.told(at)? } else { None };
        match answer {
            Some(Told::Acted(Ok(output))) => {
                stepped.output = output;
                if follow == Follow::Names {
                    // What the program printed is not what was asked.
                    stepped.output.text = names.into_iter().collect::<Vec<_>>().join(" ");
                }
            }
            Some(Told::Acted(Err(failed))) => {
                stepped.reason = match last_failed {
                    Some((place, reason)) if same_call(&stepped.calls[place].name, &failed.call) => Some(reason),
                    // Not recorded; but a failed call has changed nothing, so the facts are still those of that moment.
                    _ if recorded => self.explain_afterwards(at, task, &failed),
                    _ => None,
                };
                stepped.failed = Some(failed);
            }
            Some(_) => stepped.failed = Some(Failed::new("agent", Errno::EPROTO)),
            None => {
                self.has_ended(at);
                let told_to = matches!(task, Task::Act { operation: Operation::Exit(_) | Operation::Kill(_), .. });
                if !told_to {
                    return Err(Stuck::Lost);
                }
            }
        }
        Ok(stepped)
    }

    fn explain_afterwards(&self, at: usize, task: &Task, failed: &Failed) -> Option<Reason> {
        let Task::Act { operation, .. } = task else { return None };
        let call = crate::diagnosis::call_of(operation, failed)?;
        let of = self.named(operation).ok().flatten().map(|named| named.pid.as_raw());
        crate::diagnosis::explain_of(&self.proc, self.actors[at].pid.as_raw(), &call, of)
    }

    /// The agent's answer; none if it has ended.
    pub(super) fn told(&mut self, at: usize) -> Result<Option<Told>, Stuck> {
        let wire = &self.actors[at].wire;
        if !readable(wire) {
            return Err(Stuck::TooLong);
        }
        match wire.receive().ok().map(|received| received.message) {
            Some(Told::Broken(said)) => {
                self.broken = Some(said);
                Ok(None)
            }
            told => Ok(told),
        }
    }

    /// Takes the ends of our own children, and of orphans: this is PID 1.
    pub(super) fn reap(&mut self) {
        while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            match status {
                WaitStatus::StillAlive => break,
                WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..) => {
                    if let Some(program) = self.program.as_mut().filter(|it| it.pid == pid) {
                        program.has_ended(status);
                    }
                    for actor in self.actors.iter_mut().filter(|it| it.pid == pid) {
                        (actor.alive, actor.gone) = (false, true);
                    }
                }
                _ => {}
            }
        }
    }

    /// Who lives, and could have children.
    fn living(&self) -> Vec<Fact> {
        let each = self.actors.iter().map(|actor| (actor, if actor.gone { 0 } else { actor.pid.as_raw() }));
        each.flat_map(|(actor, pid)| self.proc.life(&actor.name, pid)).collect()
    }

    /// All facts about all actors. The inside is asked first of all, then answered by all.
    fn facts(&mut self) -> Vec<Fact> {
        let mut asked = Vec::new();
        let awake: Vec<bool> = self.actors.iter().map(|actor| !self.is_frozen(actor)).collect();
        for (at, actor) in self.actors.iter().enumerate().filter(|(at, actor)| actor.alive && awake[*at]) {
            let files = self.watch.files.iter().filter(|(name, _)| *name == actor.name).map(|(_, key)| key.clone());
            let look = Task::Look { files: files.collect(), families: self.watch.families.clone() };
            if actor.wire.send(&look, &[]).is_ok() {
                asked.push(at);
            }
        }
        let mut facts = Vec::with_capacity(256);
        for actor in &mut self.actors {
            let pid = if actor.gone { 0 } else { actor.pid.as_raw() };
            let about = self.proc.facts(&actor.name, pid, &self.watch.families);
            actor.gone |= about.len() == 1;
            facts.extend(about);
        }
        for at in asked {
            match self.told(at) {
                Ok(Some(Told::Facts(inside))) => {
                    self.remember(at, &inside);
                    facts.extend(inside);
                }
                _ => self.actors[at].alive = false,
            }
        }
        self.witness(&mut facts);
        facts.extend(self.of_frozen(&awake));
        facts.extend(self.of_groups());
        facts
    }
}

/// Whether a recorded call is the one that an operation says has failed. Libraries make some under another name.
fn same_call(recorded: &str, failed: &str) -> bool {
    let families: [&[&str]; 2] = [&["fork", "vfork", "clone", "clone3"], &["unlink", "rmdir"]];
    recorded == failed || families.iter().any(|family| family.contains(&recorded) && family.contains(&failed))
}
