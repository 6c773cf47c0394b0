//! Taking a lesson to a lab: one step at a time, each with its evidence.
//! The facts after a step are those before the next, so each step reads them once. Names are given in the order of
//! first sight, in every run the same: steps that are repeated silently within a lesson are looked at all the same.

use super::claimed::{ended_as, said};
use super::model::{Need, Step};
use super::plan::Plan;
use super::step_text::step_text;
use crate::evidence::difference::difference;
use crate::evidence::drawing::Drawing;
use crate::evidence::expect;
use crate::evidence::names::Names;
use crate::evidence::record::{Call, Evidence, Measured, Now, Record, Shown, Side, StepRecord, StepText};
use crate::evidence::{Fact, Key};
use crate::kernel::{Namespace, Operation};
use crate::stage::elsewhere::{self, Elsewhere};
use crate::stage::groups::Wanted;
use crate::stage::host::Brought;
use crate::stage::lab::{Lab, LabError};
use crate::stage::message::{Again, Stepped, Watch};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Why a walk could not go on.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    #[error(transparent)]
    Lab(#[from] LabError),
    /// The same in a step of the lesson.
    #[error("step {number}: {error}")]
    Step { number: usize, say: String, error: LabError },
    /// A step that leads to the beginning did not do what it did when its lesson was written.
    #[error("step {number} of lesson `{lesson}`, which leads to this one, failed: {failed}")]
    Before { lesson: String, number: usize, failed: String },
}

/// A lesson that is being taken.
pub struct Walk {
    plan: Rc<Plan>,
    brought: Rc<Brought>,
    pub lab: Lab,
    names: Names,
    facts: Vec<Shown>,
    seen: BTreeSet<String>,
    pub initial: Vec<Shown>,
    /// How many of the plan's steps are done.
    pub done: usize,
    /// How long it took to make the lab and what leads to the lesson's beginning.
    made: Duration,
    /// A machine of its own that a step has started.
    elsewhere: Option<Elsewhere>,
    /// What the container had in memory at the beginning.
    memory: Option<u64>,
}

impl Walk {
    /// A fresh lab at the lesson's beginning.
    pub fn start(plan: Rc<Plan>, brought: Rc<Brought>) -> Result<Walk, WalkError> {
        // A wider map is for lessons that speak of it: in all others the facts are the same for everybody.
        let subids = brought.subids.filter(|_| plan.needs(Need::Subids));
        let brought = Rc::new(Brought { subids, groups: wanted(&plan, &brought), ..(*brought).clone() });
        let began = Instant::now();
        let lab = Lab::start(&brought)?;
        lab.watch(watched(&plan))?;
        replay(&lab, &plan, 0)?;
        let made = began.elapsed();
        let memory = if boots(&plan) { lab.memory("container") } else { None };
        let facts = lab.look()?;
        Ok(Walk { made, memory, ..Walk::from(lab, plan, brought, &facts, 0) })
    }

    /// A fresh lab in which the first `count` steps of the lesson are done, for somebody who wants no record of it:
    /// nothing is looked at but who lives.
    pub fn unseen(plan: Rc<Plan>, brought: Rc<Brought>, count: usize) -> Result<Walk, WalkError> {
        let brought = Rc::new(Brought { groups: wanted(&plan, &brought), ..(*brought).clone() });
        let lab = Lab::start(&brought)?;
        replay(&lab, &plan, count)?;
        let facts = lab.living()?;
        Ok(Walk::from(lab, plan, brought, &facts, count))
    }

    fn from(lab: Lab, plan: Rc<Plan>, brought: Rc<Brought>, facts: &[Fact], done: usize) -> Walk {
        // Where its children will be is no namespace of the host's own, once it has asked for another.
        let own = |fact: &&Fact| fact.subject == "host" && fact.key != Key::NsPidForChildren;
        let of_host: Vec<Fact> = facts.iter().filter(own).cloned().collect();
        let mut names = Names::of_lab_host(&of_host, lab.machine.clone());
        let shown = names.show_all(facts);
        let seen = shown.iter().map(|fact| fact.text.clone()).collect();
        let (made, elsewhere, memory) = (Duration::ZERO, None, None);
        Walk { plan, brought, lab, names, facts: shown.clone(), seen, initial: shown, done, made, elsewhere, memory }
    }

    /// Another lesson in the same lab, which begins where this one has ended: its plan holds no more than its own steps.
    pub fn go_on(self, plan: Rc<Plan>) -> Result<Walk, WalkError> {
        let mut walk = self;
        walk.lab.watch(watched(&plan))?;
        replay(&walk.lab, &plan, 0)?;
        let shown = walk.names.show_all(&walk.lab.look()?);
        walk.seen = shown.iter().map(|fact| fact.text.clone()).collect();
        Ok(Walk { plan, facts: shown.clone(), initial: shown, done: 0, ..walk })
    }

    /// A fresh lab in which the first `count` steps of the lesson are done.
    pub fn at(plan: Rc<Plan>, brought: Rc<Brought>, count: usize) -> Result<Walk, WalkError> {
        let mut walk = Walk::start(plan, brought)?;
        while walk.done < count {
            walk.repeat()?;
        }
        Ok(walk)
    }

    /// This lesson again in another lab, as far as it is done.
    pub fn copy(&self) -> Result<Walk, WalkError> {
        Walk::at(self.plan.clone(), self.brought.clone(), self.done)
    }

    /// Does the next step without recording it.
    fn repeat(&mut self) -> Result<(), WalkError> {
        let Some((_, step)) = self.next() else { return Ok(()) };
        if step.operation == Operation::Boot {
            // Once is enough for somebody who goes back.
            self.elsewhere = elsewhere::last().or_else(|| elsewhere::boot().ok());
        } else {
            self.lab.step(&step.actor, &step.operation, false)?;
        }
        let facts = self.lab.look()?;
        self.take(&facts);
        self.done += 1;
        Ok(())
    }

    /// New facts take the place of the old ones, which are given.
    fn take(&mut self, facts: &[Fact]) -> Vec<Shown> {
        let others = self.elsewhere.iter().flat_map(|it| &it.facts);
        let all: Vec<Fact> = facts.iter().chain(others).cloned().collect();
        let shown = self.names.show_all(&all);
        std::mem::replace(&mut self.facts, shown)
    }

    /// Reads the facts anew, after somebody else has acted in the lab.
    pub fn look_again(&mut self) -> Result<(), WalkError> {
        let facts = self.lab.look()?;
        self.take(&facts);
        Ok(())
    }

    /// All facts now.
    pub fn facts(&self) -> &[Shown] {
        &self.facts
    }

    /// What the author wrote of a step of this lesson, and the code that it runs.
    pub fn text(&self, number: usize, step: &Step, given: Option<String>) -> StepText {
        step_text(&self.plan.steps, self.lab.layout().as_ref(), number, step, given)
    }

    /// The next step, if there is one.
    pub fn next(&self) -> Option<(usize, Step)> {
        self.plan.steps.get(self.done).cloned()
    }

    /// The number of the step that was done last; 0 at the beginning.
    pub fn last_number(&self) -> usize {
        self.done.checked_sub(1).and_then(|at| self.plan.steps.get(at)).map_or(0, |(number, _)| *number)
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The actor whose state is of interest: who acted last, or who acts next; if that one has ended, another.
    pub fn actor(&self) -> String {
        let last = self.done.checked_sub(1).and_then(|at| self.plan.steps.get(at).cloned());
        self.able(last.or_else(|| self.next()))
    }

    /// The same while the next step is looked at and not done: who is to act.
    pub fn next_actor(&self) -> String {
        self.next().map_or_else(|| self.actor(), |next| self.able(Some(next)))
    }

    fn able(&self, shown: Option<(usize, Step)>) -> String {
        let shown = shown.map(|(_, step)| step);
        // Who has failed to fork cannot make a shell either.
        let able = shown.filter(|step| step.fails.is_none() || !matches!(step.operation, Operation::Fork(_)));
        let actor = able.map_or_else(|| "container".to_owned(), |step| step.actor);
        let fact = |name: &str, key: &Key| {
            let fact = self.facts.iter().find(|it| it.subject == name && it.key == *key);
            fact.map(|it| it.text.as_str())
        };
        let alive = |name: &str| fact(name, &Key::State) == Some("running");
        // Nor can one whose children would be born in a PID namespace that has lost its first process.
        let lost = |place: &str| {
            let there = |it: &&Shown| it.key == Key::Ns(Namespace::Pid) && it.text == place;
            place.starts_with("pid:") && !self.facts.iter().any(|it| there(&it))
        };
        // Nor one whose control group is frozen or full.
        let unable = self.lab.unable();
        let fit = |name: &&str| {
            alive(name) && !unable.iter().any(|it| it == name) && !fact(name, &Key::NsPidForChildren).is_some_and(lost)
        };
        [actor.as_str(), "container", "runtime"].into_iter().find(fit).unwrap_or("host").to_owned()
    }

    /// Does the next step, and gives its record. `given` is the answer to its question.
    pub fn step(&mut self, given: Option<String>) -> Result<Option<StepRecord>, WalkError> {
        self.step_seen(given, &mut |_| {})
    }

    /// The same for somebody who looks on: `live` gets what is drawn while the step runs.
    pub fn step_seen(
        &mut self,
        given: Option<String>,
        live: &mut dyn FnMut(&Drawing),
    ) -> Result<Option<StepRecord>, WalkError> {
        let Some((number, step)) = self.next() else { return Ok(None) };
        let mut drawing = None;
        let within = |error| WalkError::Step { number, say: step.say.clone(), error };
        let stepped = match (&step.operation, &step.draw) {
            (Operation::Boot, _) => self.boot()?,
            (operation, Some(draw)) => {
                let (stepped, drawn) = self.lab.step_drawn(&step.actor, operation, draw, live).map_err(within)?;
                drawing = drawn;
                stepped
            }
            (operation, None) => self.lab.step(&step.actor, operation, true).map_err(within)?,
        };
        let before = self.take(&stepped.facts);
        let evidence = self.evidence(&step, stepped, drawing, &before);
        self.seen.extend(self.facts.iter().map(|fact| fact.text.clone()));
        self.done += 1;
        Ok(Some(StepRecord { number, text: self.text(number, &step, given), evidence }))
    }

    /// The one operation that is done outside of the lab.
    fn boot(&mut self) -> Result<Stepped, WalkError> {
        let began = Instant::now();
        let mut stepped = Stepped::default();
        match elsewhere::boot() {
            Ok(elsewhere) => self.elsewhere = Some(elsewhere),
            Err(failed) => stepped.failed = Some(failed),
        }
        stepped.nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        stepped.facts = self.lab.look()?;
        Ok(stepped)
    }

    /// What was measured beside the steps, if the lesson compares with a machine.
    fn measured(&self, kernel: &str) -> Option<Measured> {
        let millis = u64::try_from(self.made.as_millis()).unwrap_or(u64::MAX);
        let container = Side { ready: millis, memory: self.memory, release: kernel.to_owned() };
        let machine = self.elsewhere.as_ref().map(|it| Side {
            ready: it.taken.ready,
            memory: it.taken.memory,
            release: it.release.clone(),
        });
        boots(&self.plan).then_some(Measured { container, machine })
    }

    fn evidence(&mut self, step: &Step, stepped: Stepped, drawing: Option<Drawing>, before: &[Shown]) -> Evidence {
        let every_call: Vec<_> = stepped.calls.iter().map(|call| self.names.call(call)).collect();
        // Where the calls are the matter, all of them are shown, and what was recorded says it all.
        let tried = match &step.operation {
            Operation::Calls(list) => list.iter().map(|it| it.call().0).collect(),
            _ => Vec::new(),
        };
        let shown = |call: &&Call| crate::stage::call::is_taught(call) || tried.contains(&call.name.as_str());
        let calls = every_call.iter().filter(shown).cloned().collect();
        let told = tried.is_empty() || stepped.untraced.is_some();
        let changes = difference(before, &self.facts);
        let looked = step.look.iter().filter_map(|target| {
            let of = |fact: &&Shown| (&fact.subject, fact.view, &fact.key) == (&target.actor, target.view, &target.key);
            self.facts.iter().find(of).cloned()
        });
        let looked = looked.collect();
        let mut claims = vec![ended_as(step, &stepped)];
        claims.extend(
            step.expect.iter().map(|(target, claim)| expect::check(target, claim, before, &self.facts, &self.seen)),
        );
        claims.extend(step.output.iter().map(|claim| said(claim, &stepped.output.text, step.varies)));
        let word = drawing.as_ref().map(Drawing::word).unwrap_or_default();
        claims.extend(step.drawn.iter().map(|claim| expect::check_output(claim, &word)));
        let (output, varying) = match stepped.output.text {
            _ if !told => (String::new(), None),
            text if step.varies => (String::new(), Some(text)),
            text => (text, None),
        };
        let measured = drawing.is_some() || varying.is_some();
        Evidence {
            measured: measured.then_some(Now { drawing, output: varying }),
            calls,
            every_call,
            untraced: stepped.untraced,
            failed: stepped.failed,
            reason: stepped.reason,
            output,
            ended: stepped.output.ended,
            changes,
            looked,
            claims,
            nanos: stepped.nanos,
        }
    }

    /// All the steps that are left, one after the other, without answers.
    pub fn rest(&mut self, mut each: impl FnMut(&StepRecord)) -> Result<Record, WalkError> {
        let mut steps = Vec::with_capacity(self.plan.steps.len());
        while let Some(record) = self.step(None)? {
            each(&record);
            steps.push(record);
        }
        Ok(self.record(steps))
    }

    /// The record of a run with these steps.
    pub fn record(&self, steps: Vec<StepRecord>) -> Record {
        let kernel = nix::sys::utsname::uname();
        let kernel = kernel.map(|it| it.release().to_string_lossy().into_owned()).unwrap_or_default();
        Record {
            measured: self.measured(&kernel),
            lesson: self.plan.lesson.id.clone(),
            title: self.plan.lesson.title.clone(),
            kernel,
            groups: self.lab.layout().map(|layout| layout.version),
            boxlab: env!("CARGO_PKG_VERSION").to_owned(),
            initial: self.initial.clone(),
            steps,
            last: self.facts.clone(),
            skipped: self.plan.skipped.clone(),
        }
    }
}

/// The control groups that the plan needs, beside those that later lessons of the same lab will.
fn wanted(plan: &Plan, brought: &Brought) -> Wanted {
    plan.groups.union(&brought.groups).copied().collect()
}

/// Whether the lesson compares its container with a machine of its own.
fn boots(plan: &Plan) -> bool {
    plan.lesson.steps.iter().any(|step| step.operation == Operation::Boot)
}

/// What leads to the lesson's beginning, and its own first `count` steps, which may fail: then that is the lesson.
fn replay(lab: &Lab, plan: &Plan, count: usize) -> Result<(), WalkError> {
    let again = |step: &Step, may_fail| {
        let (actor, operation) = (step.actor.clone(), step.operation.clone());
        Again { actor, operation, may_fail }
    };
    let before = plan.before.iter().map(|(_, _, step)| again(step, false));
    let own = plan.steps.iter().take(count).filter(|(_, step)| !step.operation.only_looks());
    let steps = before.chain(own.map(|(_, step)| again(step, true))).collect();
    lab.replay(steps)?.map_err(|(place, failed)| {
        let (lesson, number) = plan.before.get(place).map_or((plan.lesson.id.clone(), 0), |it| (it.0.clone(), it.1));
        WalkError::Before { lesson, number, failed: failed.to_string() }
    })
}

/// What the lesson's steps ask for: files by actor, and families of facts.
fn watched(plan: &Plan) -> Watch {
    let targets = || plan.lesson.steps.iter().flat_map(|step| step.look.iter().chain(step.expect.keys()));
    let files = targets().filter_map(|target| match &target.key {
        Key::File(_) | Key::Line(_) | Key::Bytes(_) | Key::Attributes(_) | Key::Group(_) => {
            Some((target.actor.clone(), target.key.clone()))
        }
        _ => None,
    });
    let files = files.collect::<BTreeSet<_>>().into_iter().collect();
    let families = targets().filter_map(|target| target.key.family()).collect::<BTreeSet<_>>().into_iter().collect();
    Watch { files, families }
}
