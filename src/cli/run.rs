//! `boxlab run [LESSON]`: step through a lesson, or let it run unattended.

use super::course::{Course, brought, explain, other_version};
use super::full::{Full, pause};
use crate::evidence::drawing::Drawing;
use crate::evidence::record::Record;
use crate::evidence::stored::Stored;
use crate::lesson::load::Numbered;
use crate::lesson::model::Lesson;
use crate::lesson::plan::{Plan, Wish};
use crate::lesson::walk::Walk;
use crate::machine;
use crate::problem::{CANNOT, FAILED, Problem, WRONG, complain, print};
use crate::show::Screen;
use crate::show::screen::CodeShown;
use crate::stage::host::Brought;
use crate::state::progress;
use crate::stepper::keys::Input;
use crate::stepper::live::Live;
use crate::stepper::session::{self, Ended, Session};
use crate::stepper::terminal::{self, Signals};
use clap::{Args, ValueEnum};
use colored::Colorize;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  boxlab run                     the next lesson, from where you left it\n  \
                        boxlab run hostname            by name; also `boxlab run 2`\n  \
                        boxlab run hostname --auto     unattended, with all its evidence\n  \
                        boxlab run pivot --break 6     up to step 6, then by hand\n  \
                        boxlab run --all --auto        the whole container, lesson by lesson\n  \
                        boxlab run hostname --tui      full screen, with a shell beside the step\n  \
                        boxlab run hostname --present  for an audience; notes: `boxlab notes` on another terminal\n  \
                        boxlab run hostname --rehearse what will be left out, or takes long, on this machine\n\n\
                        Keys while stepping: enter next, s shell, b back, j jump, i inside/outside, ? all of them, q quit.")]
pub struct Run {
    /// The lesson: its name or number; the next one if left out
    lesson: Option<String>,
    /// Run unattended to the end, without questions being asked; after each step wait for so many seconds
    #[arg(long, value_name = "PAUSE", num_args = 0..=1, require_equals = true, value_parser = pause)]
    auto: Option<Option<Duration>>,
    /// Build the whole container from nothing, by the main path of all lessons that lead to the last one
    #[arg(long, requires = "auto", conflicts_with_all = ["lesson", "from", "to", "deeper", "notes", "raw", "syscalls", "rootfs", "tui", "present"])]
    all: bool,
    /// Start at this step; those before it are repeated silently
    #[arg(long, value_name = "STEP")]
    from: Option<usize>,
    /// End after this step
    #[arg(long, value_name = "STEP")]
    to: Option<usize>,
    /// Run unattended up to this step, then go on by hand
    #[arg(long = "break", value_name = "STEP", conflicts_with_all = ["auto", "from"])]
    break_at: Option<usize>,
    /// Include the steps that go deeper
    #[arg(long)]
    deeper: bool,
    /// Show the kernel's own numbers instead of names
    #[arg(long)]
    raw: bool,
    /// Show every system call of a step, its housekeeping too
    #[arg(long)]
    syscalls: bool,
    /// Show the presenter's notes
    #[arg(long)]
    notes: bool,
    /// How an unattended run is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// How long a step may take before the lab is given up; as the lesson says if left out, else 20
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    step_limit: Option<u64>,
    /// Nothing but the steps: no head, and no last word
    #[arg(skip)]
    bare: bool,
    /// Another root file system for the box: a directory or a tar file
    #[arg(long, value_name = "DIR|TAR")]
    rootfs: Option<PathBuf>,
    /// Try the whole lesson, with nobody watching, and say what an audience would not see here, and what takes long
    #[arg(long, conflicts_with_all = ["auto", "all", "from", "to", "break_at", "tui", "present"])]
    rehearse: bool,
    #[command(flatten)]
    full: Full,
}

/// What was recorded in the other version of control groups, where this run had groups.
type Recorded<'a> = &'a dyn Fn(Option<u8>) -> Option<Stored>;

impl Run {
    /// One step, unattended, with the presenter's notes.
    pub fn preview(lesson: &str, step: usize) -> Run {
        Run {
            lesson: Some(lesson.to_owned()),
            auto: Some(None),
            from: Some(step),
            to: Some(step),
            notes: true,
            bare: true,
            ..super::usual()
        }
    }

    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        if self.all {
            let patience = self.step_limit.map(Duration::from_secs);
            let brought = course.within_limits(Brought { patience, ..Brought::default() });
            return super::all::run(course, brought, self.format == Format::Json, &how());
        }
        let (shelf, lessons) = course.all()?;
        let (progress, note) = progress::load();
        if let Some(note) = note {
            complain(&note.yellow());
        }
        let chosen = match &self.lesson {
            Some(name) => course.find(&shelf, &lessons, name)?,
            None => match course.next(&lessons, &progress).or(lessons.last()) {
                Some(next) => next.clone(),
                None => return Err(Problem::new(WRONG, "There is no lesson here.").next("boxlab list")),
            },
        };
        let lesson = &chosen.lesson;
        super::scope::enter_if_needed(&lesson.needs);
        if let Some(lacks) = machine::lacks_before_run(&lesson.needs) {
            let remedy = lacks.remedy.map(|it| format!("{it}\n")).unwrap_or_default();
            return Err(Problem::new(CANNOT, format!("Lesson {} cannot run here: {}", lesson.id, lacks.what))
                .because(lacks.why)
                .next(format!(
                    "{remedy}`boxlab doctor {0}` says more; `boxlab vm {0}` runs it on another kernel.",
                    lesson.id
                )));
        }
        let all: Vec<Lesson> = lessons.iter().map(|it| it.lesson.clone()).collect();
        if self.rehearse {
            let plan = Plan::new(&all, lesson, self.wish(lesson));
            return super::rehearse::run(&chosen, plan, self.brought(course, lesson)?);
        }
        let full = self.format == Format::Text && self.full.is_wanted();
        let by_hand = (self.auto.is_none() || full)
            && self.format == Format::Text
            && std::io::stdin().is_terminal()
            && std::io::stdout().is_terminal();
        let entry = shelf.find(&chosen.folder).ok();
        let recorded = |own| other_version(entry, own);
        if by_hand {
            self.by_hand(course, &all, &chosen, progress, &recorded, full)
        } else {
            self.unattended(course, &all, &chosen, &recorded)
        }
    }

    fn brought(&self, course: &Course, lesson: &Lesson) -> Result<Brought, Problem> {
        let brought = brought(course, lesson, self.rootfs.as_deref())?;
        Ok(Brought { patience: self.step_limit.map(Duration::from_secs).or(brought.patience), ..brought })
    }

    fn wish(&self, lesson: &Lesson) -> Wish {
        // A deeper step that is asked for by its number is wanted.
        let asked = [self.from, self.to, self.break_at].into_iter().flatten();
        let deeper = asked.filter_map(|number| lesson.steps.get(number.checked_sub(1)?)).any(|step| step.deeper);
        Wish { deeper: self.deeper || deeper, rootfs: self.rootfs.is_some(), lacks: machine::lacks_for_step }
    }

    fn screen(&self) -> Screen {
        Screen {
            width: terminal::width(),
            raw: self.raw,
            every_call: self.syscalls,
            code: CodeShown::First,
            notes: self.notes,
        }
    }

    /// The place of a step's number in the plan.
    fn place(lesson: &Lesson, plan: &Plan, number: usize) -> Result<usize, Problem> {
        let none = || {
            Problem::new(WRONG, format!("Lesson {} has no step {number}.", lesson.id))
                .because(format!("Its steps are 1 to {}.", lesson.steps.len()))
                .next(format!("boxlab run {} --from {}", lesson.id, number.clamp(1, lesson.steps.len())))
        };
        if (1..=lesson.steps.len()).contains(&number) { plan.place(number).ok_or_else(none) } else { Err(none()) }
    }

    fn unattended(
        &self,
        course: &Course,
        all: &[Lesson],
        chosen: &Numbered,
        recorded: Recorded<'_>,
    ) -> Result<u8, Problem> {
        let lesson = &chosen.lesson;
        let plan = Rc::new(Plan::new(all, lesson, self.wish(lesson)));
        let from = self.from.map_or(Ok(0), |number| Run::place(lesson, &plan, number))?;
        let to = self.to.map_or(Ok(usize::MAX), |number| Run::place(lesson, &plan, number))?;
        if to < from {
            return Err(Problem::new(WRONG, "There is no step to run: the last one is before the first.")
                .next(format!("boxlab run {} --auto", lesson.id)));
        }
        let screen = self.screen();
        let text = self.format == Format::Text;
        let mut walk = Walk::at(plan.clone(), Rc::new(self.brought(course, lesson)?), from).map_err(explain)?;
        let mut records = Vec::new();
        let mut last = walk.last_number();
        if text && !self.bare {
            print(&screen.head(chosen.number, lesson, &how()))?;
        }
        while walk.done <= to {
            let Some((number, step)) = walk.next() else { break };
            if text {
                let since = if self.bare { number.saturating_sub(1) } else { last };
                print(&screen.gap(&plan.skipped, since, number))?;
                last = number;
                // Before it is done: if it takes long, it is seen which one does.
                let words = walk.text(number, &step, None);
                print(&screen.before(number, lesson.steps.len(), &words, step.fails.is_some()))?;
            }
            let mut live = (text && std::io::stdout().is_terminal()).then(|| Live::new(screen.width));
            let mut seen = |now: &Drawing| live.iter_mut().for_each(|live| live.take(now));
            let Some(record) = walk.step_seen(None, &mut seen).map_err(explain)? else { break };
            drop(live);
            if text {
                print(&screen.after(&record))?;
            }
            if let Some(pause) = self.auto.flatten().filter(|_| walk.done <= to && walk.next().is_some()) {
                terminal::pause(pause);
            }
            records.push(record);
        }
        let whole = from == 0 && walk.next().is_none();
        let record: Record = walk.record(records);
        // The lab ends before the last word, so that this is true: nothing is left.
        drop(walk);
        if text && self.bare {
            return Ok(if record.holds() { 0 } else { FAILED });
        }
        if text {
            if let Some(other) = recorded(record.groups).filter(|_| whole) {
                print(&screen.other_version(lesson, &record, &other))?;
            }
            print(&screen.end(lesson, &record, whole))?;
        } else {
            let json = serde_json::to_string_pretty(&record).map_err(|error| {
                Problem::new(FAILED, "The record could not be written as JSON.").because(error.to_string())
            })?;
            print(&format!("{json}\n"))?;
        }
        Ok(if record.holds() { 0 } else { FAILED })
    }

    fn by_hand(
        &self,
        course: &Course,
        all: &[Lesson],
        chosen: &Numbered,
        progress: progress::Progress,
        recorded: Recorded<'_>,
        full: bool,
    ) -> Result<u8, Problem> {
        let lesson = &chosen.lesson;
        let wish = self.wish(lesson);
        let plan = Plan::new(all, lesson, wish);
        let resumed = progress.step(&lesson.id);
        let break_at = self.break_at.map(|number| Run::place(lesson, &plan, number)).transpose()?;
        let from = match self.from {
            Some(number) => Run::place(lesson, &plan, number)?,
            None if break_at.is_some() || resumed == 0 => 0,
            // What is done is not done again; but who left after the last step sees that one once more, and the end.
            None => plan.place(resumed + 1).unwrap_or(plan.steps.len().saturating_sub(1)),
        };
        if let Some(to) = self.to
            && Run::place(lesson, &plan, to)? < from
        {
            return Err(Problem::new(WRONG, format!("There is no step to run: it would start after step {to}."))
                .because("It starts at --from, or else where you left the lesson.")
                .next(format!("boxlab run {} --from 1 --to {to}", lesson.id)));
        }
        let signals =
            Signals::take().map_err(|errno| Problem::new(CANNOT, format!("Signals cannot be read: {errno:?}.")))?;
        let session = Session {
            course: all,
            number: chosen.number,
            lesson,
            how: how(),
            screen: self.screen(),
            wish,
            brought: Rc::new(self.brought(course, lesson)?),
            from,
            to: self.to,
            break_at,
            progress,
            explain: &explain,
            recorded,
        };
        let ended = if full {
            self.full.show(session, signals, self.auto)?
        } else {
            session::run(session, Input::new(signals))?
        };
        match ended {
            Ended::Finished { holds: false } => Ok(FAILED),
            Ended::Finished { holds: true } | Ended::Quit => Ok(0),
        }
    }
}

/// `rootless · kernel 6.12.1`
fn how() -> String {
    let who = if nix::unistd::geteuid().is_root() { "run by root" } else { "rootless" };
    let kernel = nix::sys::utsname::uname().map(|it| it.release().to_string_lossy().into_owned()).unwrap_or_default();
    format!("{who} · kernel {kernel}")
}
