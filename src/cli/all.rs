//! `boxlab run --all --auto`: the whole container from nothing. In one lab host the main path of each lesson, in the
//! order of the course, with its evidence; a line a lesson, and at the end the picture.

use super::course::{Course, explain};
use crate::evidence::record::Record;
use crate::lesson::load::Numbered;
use crate::lesson::model::Lesson;
use crate::lesson::plan::{Plan, Wish};
use crate::lesson::walk::Walk;
use crate::machine;
use crate::problem::{CANNOT, FAILED, Problem, WRONG, print};
use crate::show::finished;
use crate::stage::host::Brought;
use crate::stepper::terminal;
use colored::Colorize;
use std::rc::Rc;

/// Runs it. The exit status is that of `run`: 0, or 1 if a claim did not hold.
pub fn run(course: &Course, brought: Brought, json: bool, how: &str) -> Result<u8, Problem> {
    let (_, lessons) = course.all()?;
    let all: Vec<Lesson> = lessons.iter().map(|it| it.lesson.clone()).collect();
    let path = path(&lessons)?;
    super::scope::enter_if_needed(path.iter().flat_map(|it| &it.lesson.needs));
    for it in &path {
        if let Some(lacks) = machine::lacks_before_run(&it.lesson.needs) {
            let remedy = lacks.remedy.map(|it| format!("{it}\n")).unwrap_or_default();
            let what =
                format!("The container cannot be built here, since lesson {} cannot run: {}", it.lesson.id, lacks.what);
            let next = format!("{remedy}`boxlab doctor {}` says more.", it.lesson.id);
            return Err(Problem::new(CANNOT, what).because(lacks.why).next(next));
        }
    }
    if !json {
        print(&format!("{}\n{}\n\n", "One container, from nothing".bold(), how.dimmed()))?;
    }
    let wish = Wish { deeper: false, rootfs: brought.rootfs.is_some(), lacks: machine::lacks_for_step };
    let groups = path.iter().flat_map(|it| Plan::new(&all, &it.lesson, wish).groups).collect();
    let brought = Rc::new(Brought { groups, ..brought });
    let mut walk: Option<Walk> = None;
    let mut records: Vec<Record> = Vec::new();
    // What lessons want done before their first step.
    let mut set_up = 0;
    for it in &path {
        let plan = Rc::new(Plan::main_path(&all, &it.lesson, wish));
        let mut here = match walk.take() {
            Some(walk) => walk.go_on(plan),
            None => Walk::start(plan, brought.clone()),
        }
        .map_err(explain)?;
        let mut steps = Vec::new();
        while let Some(record) = here.step(None).map_err(explain)? {
            if let Some(failed) = &record.evidence.failed {
                return Err(stopped(&it.lesson, record.number, &failed.to_string()));
            }
            steps.push(record);
        }
        let record = here.record(steps);
        if !json {
            print(&line(it.number, &record, here.plan().before.len()))?;
        }
        set_up += here.plan().before.len();
        records.push(record);
        walk = Some(here);
    }
    // The lab ends before the last word, as after a lesson.
    let facts = walk.map(|walk| walk.facts().to_vec()).unwrap_or_default();
    let claims = || records.iter().flat_map(|record| &record.steps).flat_map(|step| &step.evidence.claims);
    let (held, count) = (claims().filter(|claim| claim.holds).count(), claims().count());
    if json {
        let json = serde_json::to_string_pretty(&records).map_err(|error| {
            Problem::new(FAILED, "The records could not be written as JSON.").because(error.to_string())
        })?;
        print(&format!("{json}\n"))?;
    } else {
        print(&format!("\n{}", finished::card(&facts, terminal::width())))?;
        let operations = set_up + records.iter().map(operations).sum::<usize>();
        let last = format!("{} lessons, {operations} operations; {held} of {count} claims held.", records.len());
        print(&format!("\n{}\n", if held == count { last.green() } else { last.red() }))?;
    }
    Ok(if held == count { 0 } else { FAILED })
}

/// The lessons that lead to the last one, each where the one before ended. What starts elsewhere builds no part of it.
fn path(lessons: &[Numbered]) -> Result<Vec<&Numbered>, Problem> {
    let mut path: Vec<&Numbered> = Vec::new();
    let mut next = lessons.last();
    while let Some(lesson) = next {
        // A circle is a mistake that lint reports.
        if path.iter().any(|it| it.lesson.id == lesson.lesson.id) {
            break;
        }
        path.push(lesson);
        next = lesson.lesson.after.as_ref().and_then(|id| lessons.iter().find(|it| it.lesson.id == *id));
    }
    path.reverse();
    if path.is_empty() { Err(Problem::new(WRONG, "There is no lesson here.").next("boxlab list")) } else { Ok(path) }
}

fn stopped(lesson: &Lesson, number: usize, failed: &str) -> Problem {
    Problem::new(FAILED, format!("Step {number} of lesson {} failed, and the container cannot be finished.", lesson.id))
        .because(failed.to_owned())
        .next(format!("boxlab run {} --auto, which shows why", lesson.id))
}

fn operations(record: &Record) -> usize {
    record.steps.iter().filter(|step| !step.text.operation.only_looks()).count()
}

/// ` 6  Leave the host's tree      5 operations   17 claims held`, and below it each claim that did not hold.
fn line(number: u8, record: &Record, set_up: usize) -> String {
    let claims: Vec<_> = record.steps.iter().flat_map(|step| &step.evidence.claims).collect();
    let held = claims.iter().filter(|claim| claim.holds).count();
    let title: String = record.title.chars().take(44).collect();
    let operations = set_up + operations(record);
    let word = if operations == 1 { "operation " } else { "operations" };
    if operations == 0 && claims.is_empty() {
        // Such a lesson takes the container apart or looks at it, and gives it nothing.
        return format!("{number:3}  {title:44}  {}\n", "experiments beside it, nothing is kept".dimmed());
    }
    let claimed = if held == claims.len() {
        format!("{held:3} claims held").green()
    } else {
        format!("{held:3} of {} claims held", claims.len()).red()
    };
    let mut text = format!("{number:3}  {title:44}  {operations:3} {word}  {claimed}\n");
    for step in &record.steps {
        for claim in step.evidence.claims.iter().filter(|claim| !claim.holds) {
            text.push_str(&format!("     step {}: {}\n", step.number, claim.sentence()));
        }
    }
    text
}
