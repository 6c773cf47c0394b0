//! A run of a learner's program in a lab: before it starts, while the probe waits inside what it has built, and after its
//! end. The first thing that is not so ends the run, since what follows from it would only confuse.

use super::capture::Capture;
use super::failures::{dead, dishonest, ended_otherwise, not_waited, silenced, too_long, too_much, without_probe};
use super::groups;
use super::judge::{Moment, judged};
use super::model::{BUILD, Case, Check, ENDS, Exercise, HONEST, LEFT, OUTPUT, PROBE, START, TIME, When};
use super::order::{order, watch};
use super::sealed::{Sealed, next};
use super::verdict::{Failure, Judged, Status};
use crate::evidence::difference::difference;
use crate::evidence::expect::{self, Claim};
use crate::evidence::names::Names;
use crate::evidence::record::Shown;
use crate::evidence::{Fact, Key};
use crate::machine;
use crate::stage::groups::Bounds;
use crate::stage::host::Brought;
use crate::stage::lab::{Lab, LabError};
use crate::stage::machine_root::MachineRoot;
use crate::stage::message::Happened;
use crate::stage::patience::scaled;
use nix::poll::{PollFd, PollFlags, poll};
use std::collections::BTreeSet;
use std::fs::File;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// An actor of the checker's that does not answer for so long has been stopped; longer where the exercise takes long.
const PATIENCE: Duration = Duration::from_secs(5);
/// The kernel takes away what a program leaves (processes of a PID namespace, links of a network) in its own time.
const SETTLING: Duration = Duration::from_secs(2);
/// While it does, the lab is looked at so often.
const OFTEN: u16 = 10;

/// What a program may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub processes: u64,
    /// Of each process, in bytes.
    pub memory: u64,
    /// Of all together, and with those who check, where there can be a control group for that.
    pub bounds: Bounds,
}

/// What a run gave.
pub struct Ran {
    pub checks: Vec<Judged>,
    pub output: String,
}

struct Trial<'a> {
    exercise: &'a Exercise,
    lab: Lab,
    capture: Capture,
    end: Instant,
    names: Names,
    before: Vec<Shown>,
    seen: BTreeSet<String>,
    checks: Vec<Judged>,
}

/// What comes next.
enum Next {
    Probe,
    Ended(String),
    /// A check that every exercise has failed.
    Failed(&'static str, Failure),
}

/// Whose program it is: a learner's, or a stranger's with the command that builds it.
pub type Stranger<'a> = Option<(&'a Sealed, &'a [String])>;

/// Runs a command with the folder's copy. Errors: the lab.
pub fn run(
    exercise: &Exercise,
    case: &Case,
    (command, stranger): (&[String], Stranger<'_>),
    folder: File,
    limits: Limits,
) -> Result<Ran, LabError> {
    let mut machine = MachineRoot::new(folder);
    if let Some((sealed, _)) = stranger {
        machine.hidden.clone_from(&sealed.hidden);
        machine.shown.clone_from(&sealed.shown);
        machine.covered.clone_from(&sealed.covered);
    }
    let groups = exercise.needs.iter().flat_map(|need| need.controllers()).copied().collect();
    let patience = scaled(PATIENCE.max(Duration::from_secs(exercise.seconds) / 2));
    let bounds = Some(limits.bounds);
    let machine = Some(Rc::new(machine));
    let brought = Brought { machine, patience: Some(patience), groups, bounds, ..Brought::default() };
    let lab = Lab::start(&brought)?;
    lab.watch(watch(exercise))?;
    let layout = lab.layout();
    let first = layout.as_ref().and_then(|layout| groups::hand_down(exercise, layout));
    let setup = exercise.setup.iter().chain(&case.setup).map(|act| (act.actor.as_str(), &act.operation));
    for (actor, operation) in first.iter().map(|operation| ("host", operation)).chain(setup) {
        let stepped = lab.step(actor, operation, false)?;
        if let Some(failed) = stepped.failed {
            return Err(LabError::Refused(format!("What the exercise begins with cannot be made here: {failed}.")));
        }
    }
    if let Some((sealed, build)) = stranger.filter(|(_, build)| !build.is_empty()) {
        let failed = sealed.build(&lab, build)?;
        let (failure, output) = failed.map_or((None, String::new()), |(failure, output)| (Some(failure), output));
        if failure.is_some() {
            return Ok(Ran { checks: vec![judged(exercise, BUILD, failure, &output)], output });
        }
    }
    let facts = lab.look()?;
    let own = |fact: &&Fact| fact.subject == "host" && fact.key != Key::NsPidForChildren;
    let of_host: Vec<Fact> = facts.iter().filter(own).cloned().collect();
    let mut names = Names::of_lab_host(&of_host, lab.machine.clone());
    let before = names.show_all(&facts);
    let seen = before.iter().map(|fact| fact.text.clone()).collect();
    let (capture, output) = Capture::new().map_err(LabError::Fork)?;
    let order = order(exercise, (case, &before), command, layout.as_ref(), limits);
    let started = lab.program(order, &[output.as_fd(), output.as_fd()])?;
    drop(output);
    let end = Instant::now() + scaled(Duration::from_secs(exercise.seconds));
    let mut trial = Trial { exercise, lab, capture, end, names, before, seen, checks: Vec::new() };
    match started {
        Ok(()) => {
            trial.passed(START);
            // Where a check fails the rest is not looked at; the lab ends with the trial, and the program with it.
            match trial.until_its_end() {
                Ok(None) => {}
                Ok(Some((name, failure))) => trial.fail(name, failure),
                Err(LabError::Silent) => trial.fail(HONEST, silenced()),
                Err(other) => return Err(other),
            }
        }
        Err(failed) => trial.fail(START, Failure {
            expected: format!("`{}` is a program", command.join(" ")),
            found: failed.to_string(),
            means: Some(
                "The command of `run:` in boxlab.yaml is looked for in this folder's copy and along PATH. A file of your own \
                 needs `./` before its name, the right to be executed (chmod +x), and a `#!` line if it is a script."
                    .to_owned(),
            ),
        }),
    }
    trial.open();
    Ok(Ran { checks: trial.checks, output: trial.capture.text() })
}

impl Trial<'_> {
    fn passed(&mut self, name: &str) {
        self.checks.push(judged(self.exercise, name, None, ""));
    }

    fn fail(&mut self, name: &str, failure: Failure) {
        // What it printed last may not have been read yet.
        self.capture.read();
        self.checks.push(judged(self.exercise, name, Some(failure), &self.capture.text()));
    }

    /// What was not looked at any more.
    fn open(&mut self) {
        let of = |when| self.exercise.at(when).map(|check| check.name.clone());
        let all = [PROBE.to_owned()].into_iter().chain(of(When::Running)).chain([ENDS.to_owned()]);
        let all: Vec<String> = all.chain(of(When::After)).chain([LEFT.to_owned()]).collect();
        for name in all {
            if !self.checks.iter().any(|check| check.name == name) {
                self.checks.push(Judged { status: Status::Open, ..judged(self.exercise, &name, None, "") });
            }
        }
    }

    /// The check of those that every exercise has that fails, if one does. What the author asks is noted on the way.
    fn until_its_end(&mut self) -> Result<Option<(&'static str, Failure)>, LabError> {
        for _ in 0..self.exercise.probes.len() {
            match self.next()? {
                Next::Probe => {}
                Next::Failed(name, failure) => return Ok(Some((name, failure))),
                Next::Ended(ended) => {
                    let now = self.look()?;
                    return match self.others(&now) {
                        Some(others) => Ok(Some((ENDS, not_waited(&ended, &others)))),
                        None => Ok(Some((PROBE, without_probe(&ended)))),
                    };
                }
            }
        }
        self.passed(PROBE);
        if !self.look_at(When::Running)? {
            return Ok(None);
        }
        // One that ends while its probe waits has not waited for it.
        let living = self.living()?;
        if !living.is_empty()
            && let Some(found) = self.gone_early()?
        {
            return Ok(Some((ENDS, found)));
        }
        for name in &self.exercise.probes {
            self.lab.release(name)?;
        }
        let ended = match self.next()? {
            Next::Ended(ended) => ended,
            Next::Failed(name, failure) => return Ok(Some((name, failure))),
            Next::Probe => "a further probe".to_owned(),
        };
        if ended != self.exercise.ends {
            return Ok(Some((ENDS, ended_otherwise(&self.exercise.ends, &ended))));
        }
        self.passed(ENDS);
        let left = self.left()?;
        if !self.look_at(When::After)? {
            return Ok(None);
        }
        match left {
            Some(failure) => Ok(Some((LEFT, failure))),
            None => {
                self.passed(LEFT);
                Ok(None)
            }
        }
    }

    /// Waits for a probe or the program's end, and takes what is printed meanwhile.
    fn next(&mut self) -> Result<Next, LabError> {
        let left = self.end.saturating_duration_since(Instant::now());
        Ok(match next(&self.lab, &mut self.capture, left)? {
            None => Next::Failed(OUTPUT, too_much()),
            Some(Happened::Probe(_)) => Next::Probe,
            Some(Happened::Ended(ended)) => Next::Ended(ended),
            Some(Happened::Foreign(found)) => Next::Failed(HONEST, dishonest(found)),
            Some(Happened::Nothing) => {
                Next::Failed(TIME, too_long(scaled(Duration::from_secs(self.exercise.seconds)).as_secs()))
            }
        })
    }

    /// Whether the program has ended though its probe is there.
    fn gone_early(&mut self) -> Result<Option<Failure>, LabError> {
        self.lab.ask(Duration::ZERO)?;
        Ok(match self.lab.happened()? {
            Happened::Ended(ended) => Some(not_waited(&ended, "the probe")),
            _ => None,
        })
    }

    /// The probes that have not ended already.
    fn living(&mut self) -> Result<Vec<String>, LabError> {
        let facts = self.lab.living()?;
        let lives = |name: &&String| {
            let state = facts.iter().find(|fact| fact.subject == **name && fact.key == Key::State);
            state.is_some_and(|fact| fact.value == crate::evidence::Value::Text("running".to_owned()))
        };
        Ok(self.exercise.probes.iter().filter(lives).cloned().collect())
    }

    /// The processes that are there beside those of before.
    fn others(&self, now: &[Shown]) -> Option<String> {
        let list = |facts: &[Shown]| -> Vec<String> {
            let fact = facts.iter().find(|it| it.subject == "host" && it.key == Key::Processes);
            fact.map(|it| it.text.split(", ").map(str::to_owned).collect()).unwrap_or_default()
        };
        let before = list(&self.before);
        let more: Vec<String> = list(now).into_iter().filter(|it| !before.contains(it)).collect();
        (!more.is_empty()).then(|| more.join(", "))
    }

    fn look(&mut self) -> Result<Vec<Shown>, LabError> {
        Ok(self.names.show_all(&self.lab.look()?))
    }

    /// The author's checks of a moment, one after the other. False: one has failed.
    fn look_at(&mut self, when: When) -> Result<bool, LabError> {
        let exercise = self.exercise;
        let mut now = self.look()?;
        if let Some(failure) = dead(&now) {
            self.fail(HONEST, failure);
            return Ok(false);
        }
        for check in exercise.at(when) {
            if let Some(lacks) = check.needs.iter().find_map(|need| machine::lacks_for_step(*need)) {
                let own = judged(exercise, &check.name, None, "");
                let say = format!("{} Not looked at here: {lacks}", own.say);
                self.checks.push(Judged { status: Status::Skipped, say, ..own });
                continue;
            }
            let mut failure = self.act(check)?;
            if failure.is_none() {
                if check.operation.is_some() {
                    now = self.look()?;
                }
                let end = Instant::now() + scaled(Duration::from_secs(check.within));
                loop {
                    failure = Moment { before: &self.before, now: &now, seen: &self.seen }.failure(check);
                    if failure.is_none() || Instant::now() >= end {
                        break;
                    }
                    self.a_moment()?;
                    now = self.look()?;
                }
            }
            let failed = failure.is_some();
            self.checks.push(judged(exercise, &check.name, failure, &self.capture.text()));
            if failed {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Does what a check has done first. Gives how that went otherwise than it claims.
    fn act(&mut self, check: &Check) -> Result<Option<Failure>, LabError> {
        let (Some(actor), Some(operation)) = (&check.actor, &check.operation) else { return Ok(None) };
        let name = operation.name();
        let claimed = check.fails.map_or_else(
            || format!("{actor}: {name} succeeds"),
            |errno| format!("{actor}: {name} fails with {}", errno.name()),
        );
        let stepped = match self.lab.step(actor, operation, false) {
            // A seccomp filter may have killed it.
            Err(LabError::Gone(nix::errno::Errno::ESRCH)) => {
                let found = format!("{actor}: {name}, which it was killed by");
                return Ok(Some(Failure { expected: claimed, found, means: None }));
            }
            other => other?,
        };
        if stepped.failed.as_ref().map(|failed| failed.errno) != check.fails {
            let found = stepped.failed.as_ref().map_or_else(|| format!("{name} succeeds"), ToString::to_string);
            return Ok(Some(Failure { expected: claimed, found: format!("{actor}: {found}"), means: None }));
        }
        let Some(claim) = &check.output else { return Ok(None) };
        let checked = expect::check_output(claim, &stepped.output.text);
        let claimed = String::from(claim.clone());
        let found = match claim {
            // Of a long text only what is too much.
            Claim::Lacks(part) => {
                checked.found.lines().filter(|line| line.contains(part)).collect::<Vec<_>>().join("\n")
            }
            _ => checked.found,
        };
        let (found, said) = (super::capture::shown(found.as_bytes()), format!("{actor}: {name} says"));
        let failure =
            || Failure { expected: format!("{said}: {claimed}"), found: format!("{said}: {found}"), means: None };
        Ok((!checked.holds).then(failure))
    }

    /// Until the lab is to be looked at again, or ends. What is printed meanwhile is taken, so that nobody waits for that.
    fn a_moment(&mut self) -> Result<(), LabError> {
        let wire = self.lab.wire_for_poll().ok_or(LabError::Gone(nix::errno::Errno::EPIPE))?;
        poll(&mut [PollFd::new(wire.as_fd(), PollFlags::POLLIN)], OFTEN).ok();
        self.capture.read();
        Ok(())
    }

    /// What is there and was not before, once the kernel has taken away what it does.
    fn left(&mut self) -> Result<Option<Failure>, LabError> {
        let end = Instant::now() + scaled(SETTLING);
        let exercise = self.exercise;
        loop {
            // Whoever has ended meanwhile is collected by this question.
            self.lab.ask(Duration::ZERO)?;
            self.lab.happened()?;
            let now = self.look()?;
            let of_host = |facts: &[Shown]| -> Vec<Shown> {
                // Who was spoken to is forgotten by the kernel some time later.
                let lasting = |it: &&Shown| {
                    it.subject == "host" && !matches!(it.key, Key::Neighbour(_)) && !exercise.may_stay(&it.key)
                };
                facts.iter().filter(lasting).cloned().collect()
            };
            let changes = difference(&of_host(&self.before), &of_host(&now));
            if changes.is_empty() {
                return Ok(None);
            }
            if Instant::now() < end {
                self.a_moment()?;
                continue;
            }
            let absent = || "nothing".to_owned();
            let list: Vec<String> = changes
                .iter()
                .map(|it| {
                    let (before, after) = (it.before.clone().unwrap_or_else(absent), it.after.clone());
                    format!("host.{}: {before} → {}", it.key, after.unwrap_or_else(absent))
                })
                .collect();
            return Ok(Some(Failure {
                expected: "the lab host is as it was before".to_owned(),
                found: list.join("; "),
                means: Some(
                    "What was made for the container reached the host and stayed there: a name, a mount, a link, a process."
                        .to_owned(),
                ),
            }));
        }
    }
}
