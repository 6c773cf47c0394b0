//! `boxlab grade DIR`: a folder of submissions, each checked in a process of its own. What one of them does reaches no
//! other: it is built and run in a lab, with limits, and its verdict is this program's.

use super::exercise::{find, read_exercises, warm};
use super::part::{self, Part};
use super::scope::enter_if_needed;
use crate::lesson::model::Need;
use crate::practice::attempt;
use crate::practice::junit;
use crate::practice::verdict::{Status, Verdict};
use crate::problem::{CANNOT, FAILED, Problem, WRONG, print};
use crate::show::junit::strict;
use clap::Args;
use colored::{ColoredString, Colorize};
use nix::poll::PollTimeout;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longer than any build and run may take: then the checker itself has hung.
const LIMIT: Duration = Duration::from_secs(600);
/// A verdict that is longer is none.
const LONGEST: u64 = 4 * 1024 * 1024;
/// As much of what a program printed goes into the results.
const PRINTED: usize = 4096;

#[derive(Args)]
#[command(
    after_help = "Each folder in DIR with a boxlab.yaml is a submission. All are built and run in labs: no home is shown \
                        there but cargo's toolchain, and there is no network.\n\n\
                        Examples:\n  boxlab grade submissions --exercise hostname\n  \
                        boxlab grade submissions --jobs 4 --results grades.xml\n\n\
                        Exit status: 0 all passed, 1 not all, 3 nothing could be checked."
)]
pub struct Grade {
    /// The folder of submissions
    folder: PathBuf,
    /// How many at once; as many as there are processors if left out
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Only this exercise counts: a submission for another one is an error
    #[arg(long, value_name = "NAME")]
    exercise: Option<String>,
    /// Where the results go, as JSON, or as JUnit if it ends in .xml; results.json beside the submissions if left out
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Exercises from this folder instead of those that are built in
    #[arg(long, value_name = "DIR")]
    exercises: Option<PathBuf>,
}

/// A check that runs.
struct Job {
    name: String,
    part: Part,
    began: Instant,
}

impl Grade {
    pub fn run(&self) -> Result<u8, Problem> {
        let exercises = read_exercises(self.exercises.as_deref())?;
        let only = self.exercise.as_ref().map(|only| find(&exercises, only)).transpose()?;
        let only = only.map(|it| it.exercise.id.as_str());
        let submissions = submissions(&self.folder)?;
        // A file that cannot be written is told before an hour of work, not after it.
        let results = self.results.clone().unwrap_or_else(|| self.folder.join("results.json"));
        let unwritten = |error: std::io::Error| {
            Problem::new(WRONG, format!("{} cannot be written.", results.display()))
                .because(error.to_string())
                .next("free some space, or another place: boxlab grade … --results FILE")
        };
        let started = std::fs::File::options().append(true).create(true).open(&results);
        drop(started.map_err(unwritten)?);
        // One scope for all. Groups are not only what some exercises are about: they also hold in whoever is checked.
        enter_if_needed(&[Need::Cgroup, Need::Memory]);
        if submissions.iter().any(|(_, path)| attempt::read(path).is_ok_and(|it| it.language == "rust")) {
            warm(&exercises);
        }
        let jobs = self.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
        let mut waiting = submissions.into_iter();
        let mut running: Vec<Job> = Vec::new();
        let mut done: Vec<(String, Verdict)> = Vec::new();
        loop {
            while running.len() < jobs
                && let Some((name, path)) = waiting.next()
            {
                match self.start(&name, &path, only) {
                    Ok(job) => running.push(job),
                    Err(why) => tell(&mut done, name, Verdict::without("", "", Status::Error, why))?,
                }
            }
            if running.is_empty() {
                break;
            }
            wait(&running);
            let mut at = 0;
            while at < running.len() {
                let late = running[at].began.elapsed() > LIMIT;
                if late || running[at].part.has_ended() {
                    let mut job = running.remove(at);
                    let verdict = self.verdict(&mut job, late);
                    tell(&mut done, job.name, verdict)?;
                } else {
                    at += 1;
                }
            }
        }
        done.sort_by(|one, other| one.0.cmp(&other.0));
        let xml = results.extension().is_some_and(|it| it == "xml");
        let text = if xml { strict(&junit::report(&done)) } else { json(&done) };
        crate::state::replace(&results, &text).map_err(|error| {
            // Not even an empty file, which would look like results.
            if results.metadata().is_ok_and(|about| about.len() == 0) {
                std::fs::remove_file(&results).ok();
            }
            unwritten(error)
        })?;
        let count = |status| done.iter().filter(|(_, verdict)| verdict.status == status).count();
        let (passed, failed) = (count(Status::Passed), count(Status::Failed));
        let (error, skipped) = (count(Status::Error), count(Status::Skipped));
        print(&format!("{passed} passed, {failed} failed, {error} error, {skipped} skipped: {}\n", results.display()))?;
        Ok(match (passed, failed, error) {
            (_, 0, 0) if passed > 0 => 0,
            (0, 0, _) => CANNOT,
            _ => FAILED,
        })
    }

    fn start(&self, name: &str, path: &Path, only: Option<&str>) -> Result<Job, String> {
        let failed = |error: std::io::Error| format!("It could not be checked: {error}.");
        let attempt = attempt::read(path)?;
        if let Some(only) = only.filter(|only| *only != attempt.exercise) {
            return Err(format!("It is for the exercise `{}`, and not for `{only}`.", attempt.exercise));
        }
        // The work of others, and solutions.
        let sealed = [Some(&self.folder), self.exercises.as_ref()].into_iter().flatten();
        let sealed = sealed.map(|folder| folder.canonicalize()).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let part = Part::start(|command| {
            command.arg("exercise");
            if let Some(folder) = &self.exercises {
                command.arg("--exercises").arg(folder);
            }
            command.args(["check", "--format", "json"]).arg(path);
            for folder in sealed {
                command.arg("--sealed").arg(folder);
            }
        });
        Ok(Job { name: name.to_owned(), part: part.map_err(failed)?, began: Instant::now() })
    }

    fn verdict(&self, job: &mut Job, late: bool) -> Verdict {
        let none = |why: String| Verdict::without("", "", Status::Error, why);
        if late {
            return none(format!("The check did not end within {} seconds.", LIMIT.as_secs()));
        }
        let printed = job.part.printed(LONGEST).map_err(|error| error.to_string());
        match printed.and_then(|text| serde_json::from_slice::<Verdict>(&text).map_err(|error| error.to_string())) {
            Ok(mut verdict) => {
                if verdict.output.len() > PRINTED {
                    let end = (0..=PRINTED).rev().find(|at| verdict.output.is_char_boundary(*at)).unwrap_or(0);
                    verdict.output.truncate(end);
                }
                verdict
            }
            Err(error) => none(format!("The check gave no verdict: {error}.")),
        }
    }
}

/// The folders that are one, by name.
fn submissions(folder: &Path) -> Result<Vec<(String, PathBuf)>, Problem> {
    let unread = |error: std::io::Error| {
        Problem::new(WRONG, format!("{} cannot be read.", folder.display())).because(error.to_string())
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)?.flatten() {
        // A link may lead to the grader's own.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(Problem::new(WRONG, format!("There is no submission in {}.", folder.display()))
            .because("Each is a folder of its own, with a boxlab.yaml as `boxlab exercise start` writes it."));
    }
    Ok(found)
}

fn wait(running: &[Job]) {
    let oldest = running.iter().map(|job| job.began.elapsed()).max().unwrap_or_default();
    let left = LIMIT.saturating_sub(oldest) + Duration::from_millis(1);
    part::wait(running.iter().map(|job| &job.part), PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX));
}

/// One line, and a place among the results.
fn tell(done: &mut Vec<(String, Verdict)>, name: String, verdict: Verdict) -> Result<(), Problem> {
    let word: ColoredString = match verdict.status {
        Status::Passed => "passed ".green(),
        Status::Failed => "failed ".red(),
        Status::Skipped => "skipped".yellow(),
        _ => "error  ".red(),
    };
    let failed = verdict.failed().and_then(|check| Some((check, check.failure.as_ref()?)));
    let said = match (failed, &verdict.why) {
        (Some((check, failure)), _) => format!("{}: {}", check.name, failure.found),
        (_, Some(why)) => why.clone(),
        _ => format!("{} ms", verdict.build_ms + verdict.run_ms),
    };
    // A name and what was found are a stranger's words.
    let line = crate::practice::capture::shown(format!("{name}  {said}").as_bytes()).replace('\n', " ");
    done.push((name, verdict));
    print(&format!("{word}  {line}\n"))
}

fn json(done: &[(String, Verdict)]) -> String {
    let list: Vec<_> =
        done.iter().map(|(name, verdict)| serde_json::json!({ "submission": name, "verdict": verdict })).collect();
    format!("{:#}\n", serde_json::Value::from(list))
}
