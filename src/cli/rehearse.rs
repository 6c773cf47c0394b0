//! `boxlab run LESSON --rehearse`: the whole lesson as it will run on this machine, with nobody watching: which steps are left
//! out and why, whether each claim holds, what takes long, how long a jump takes, and the minutes that are planned.

use super::course::explain;
use crate::lesson::load::Numbered;
use crate::lesson::pace::pace;
use crate::lesson::plan::Plan;
use crate::lesson::walk::Walk;
use crate::problem::{FAILED, Problem, print};
use crate::show::table::paragraph;
use crate::stage::host::Brought;
use crate::stepper::terminal;
use colored::Colorize;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// An audience notices a step that takes longer.
const LONG: Duration = Duration::from_secs(1);

pub fn run(chosen: &Numbered, plan: Plan, brought: Brought) -> Result<u8, Problem> {
    let (lesson, plan, brought, width) = (&chosen.lesson, Rc::new(plan), Rc::new(brought), terminal::width());
    let say = |text: &str, indent: usize| print(&paragraph(text, indent, width));
    print(&format!(
        "{}\n",
        paragraph(&format!("Lesson {:02} · {}, rehearsed on this machine", chosen.number, lesson.title), 0, width)
            .bold()
    ))?;
    let (mut held, mut claims, mut slow) = (0, 0, Vec::new());
    let mut walk = Walk::start(plan.clone(), brought.clone()).map_err(explain)?;
    loop {
        let began = Instant::now();
        let Some(record) = walk.step(None).map_err(explain)? else { break };
        let took = began.elapsed();
        if took > LONG {
            slow.push(format!("Step {} takes {:.1} s: {}", record.number, took.as_secs_f64(), record.text.say));
        }
        claims += record.evidence.claims.len();
        held += record.evidence.claims.iter().filter(|claim| claim.holds).count();
        for claim in record.evidence.claims.iter().filter(|claim| !claim.holds) {
            print(&paragraph(&format!("✘ Step {}: {}", record.number, claim.sentence()), 3, width).red().to_string())?;
        }
    }
    drop(walk);
    let mut longest = (Duration::ZERO, 0);
    for place in 0..plan.steps.len() {
        let began = Instant::now();
        let walk = Walk::at(plan.clone(), brought.clone(), place).map_err(explain)?;
        longest = longest.max((began.elapsed(), plan.steps[place].0));
        drop(walk);
    }
    let times = pace(lesson);
    let planned: Duration = plan.steps.iter().filter_map(|(number, _)| times.get(number - 1)).sum();
    let questions = plan.steps.iter().filter(|(_, step)| step.predict.is_some()).count();
    let without: Vec<String> =
        plan.steps.iter().filter(|(_, step)| step.notes.is_none()).map(|(number, _)| number.to_string()).collect();
    say(
        &format!(
            "{} of {} steps run, {questions} of them ask something; {held} of {claims} claims held.",
            plan.steps.len(),
            lesson.steps.len()
        ),
        3,
    )?;
    let skipped: Vec<_> = plan.skipped.iter().filter(|it| !it.goes_deeper()).collect();
    for it in &skipped {
        print(
            &paragraph(&format!("− Step {} is left out here: {}", it.number, it.why), 3, width).yellow().to_string(),
        )?;
    }
    let deeper = plan.skipped.len() - skipped.len();
    if deeper > 0 {
        say(&format!("{deeper} go deeper and are left out; --deeper has them."), 3)?;
    }
    for sentence in slow {
        print(&paragraph(&sentence, 3, width).yellow().to_string())?;
    }
    say(&format!("The longest jump is that to step {}: {} ms.", longest.1, longest.0.as_millis()), 3)?;
    let seconds = planned.as_secs();
    say(
        &format!(
            "Planned by its notes: {}:{:02}; the lesson says {} minutes.",
            seconds / 60,
            seconds % 60,
            lesson.minutes
        ),
        3,
    )?;
    if !without.is_empty() {
        say(&format!("Without notes: {}.", without.join(", ")), 3)?;
    }
    if held == claims {
        say(&format!("\nNext: boxlab run {} --present, and boxlab notes on another terminal", lesson.id), 0)?;
    }
    Ok(if held == claims { 0 } else { FAILED })
}
