//! Several lessons at once, each in a process of its own: a lab is forked from a process that has one thread. What they
//! found is told in the order of the lessons, whoever is done first, and nothing else is kept of them.

use super::Verify;
use crate::cli::course::Course;
use crate::cli::part::{self, Part};
use crate::evidence::verified::{Finding, Verified};
use crate::lesson::load::Numbered;
use crate::problem::{CANNOT, Problem};
use nix::poll::PollTimeout;
use nix::sys::signal::Signal;

/// A result that is longer is none.
const LONGEST: u64 = 16 * 1024 * 1024;

/// A lesson that runs.
struct Job {
    place: usize,
    part: Part,
}

/// In such a process: it ends with the one that has started it, and its lab with it.
pub(super) fn end_with(parent: i32) {
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).ok();
    if nix::unistd::getppid().as_raw() != parent {
        nix::sys::signal::raise(Signal::SIGKILL).ok();
    }
}

impl Verify {
    pub(super) fn several(
        &self,
        course: &Course,
        chosen: &[Numbered],
        mut tell: impl FnMut(Verified) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let mut done: Vec<Option<Verified>> = chosen.iter().map(|_| None).collect();
        let (mut running, mut told) = (Vec::<Job>::new(), 0);
        let mut waiting = longest_first(chosen);
        while told < chosen.len() {
            while running.len() < usize::from(self.jobs)
                && let Some(place) = waiting.next()
            {
                running.push(self.start(course, place, &chosen[place])?);
            }
            part::wait(running.iter().map(|job| &job.part), PollTimeout::NONE);
            running.retain_mut(|job| {
                let ended = job.part.has_ended();
                if ended {
                    done[job.place] = Some(result(&mut job.part, &chosen[job.place]));
                }
                !ended
            });
            while let Some(verified) = done.get_mut(told).and_then(Option::take) {
                tell(verified)?;
                told += 1;
            }
        }
        Ok(())
    }

    fn start(&self, course: &Course, place: usize, it: &Numbered) -> Result<Job, Problem> {
        let failed = |error: std::io::Error| {
            Problem::new(CANNOT, "A lesson could not be started.")
                .because(error.to_string())
                .next("boxlab verify, with fewer --jobs; ulimit -u says how many processes you may have")
        };
        let part = Part::start(|command| {
            command.args(course.arguments());
            command.args(["verify", &it.folder, "--part-of", &std::process::id().to_string()]);
            if let Some(limit) = self.step_limit {
                command.args(["--step-limit", &limit.to_string()]);
            }
            if self.update {
                command.arg("--update");
            }
        });
        Ok(Job { place, part: part.map_err(failed)? })
    }
}

/// The places of lessons that are drawn while they run come first, since those measure for seconds: begun last, such a
/// lesson would be waited for alone.
fn longest_first(chosen: &[Numbered]) -> impl Iterator<Item = usize> {
    let drawn = |place: &usize| chosen[*place].lesson.steps.iter().filter(|step| step.draw.is_some()).count();
    let mut places: Vec<usize> = (0..chosen.len()).collect();
    places.sort_by_key(|place| std::cmp::Reverse(drawn(place)));
    places.into_iter()
}

/// What one of them has found; if it said nothing, what it complained of.
fn result(part: &mut Part, it: &Numbered) -> Verified {
    let text = part.printed(LONGEST).unwrap_or_default();
    serde_json::from_slice::<Option<Verified>>(&text).ok().flatten().unwrap_or_else(|| {
        let said = part.complaints(LONGEST).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).split_whitespace().collect::<Vec<_>>().join(" ");
        let what = if said.is_empty() { "it ended without a result".to_owned() } else { said };
        let mut verified = Verified::new(it.number, &it.lesson.id, &it.lesson.title, &it.file);
        verified.found(None, Finding::Fault { what });
        verified
    })
}
