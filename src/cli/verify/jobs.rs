//! Several lessons at once, each in a process of its own: a lab is forked from a process that has one thread. What they
//! found is told in the order of the lessons, whoever is done first, and nothing else is kept of them.

use super::Verify;
use crate::cli::course::Course;
use crate::evidence::verified::{Finding, Verified};
use crate::lesson::load::Numbered;
use crate::problem::{CANNOT, Problem};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};

/// A result that is longer is none.
const LONGEST: u64 = 16 * 1024 * 1024;

/// A lesson that runs.
struct Job {
    place: usize,
    child: Child,
    process: OwnedFd,
    result: File,
    complaints: File,
}

/// Jobs that are not waited for any more end with whoever waited.
impl Drop for Job {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
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
        let (mut running, mut next, mut told) = (Vec::<Job>::new(), 0, 0);
        while told < chosen.len() {
            while running.len() < usize::from(self.jobs) && next < chosen.len() {
                running.push(self.start(course, next, &chosen[next])?);
                next += 1;
            }
            wait(&running);
            running.retain_mut(|job| {
                let ended = job.child.try_wait().ok().flatten().is_some();
                if ended {
                    done[job.place] = Some(result(job, &chosen[job.place]));
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
        let mut command = Command::new("/proc/self/exe");
        if let Some(folder) = course.folder() {
            command.arg("--lessons").arg(folder);
        }
        command.args(["verify", &it.folder, "--part-of", &std::process::id().to_string()]);
        if let Some(limit) = self.step_limit {
            command.args(["--step-limit", &limit.to_string()]);
        }
        if self.update {
            command.arg("--update");
        }
        let (result, complaints) = (tempfile::tempfile().map_err(failed)?, tempfile::tempfile().map_err(failed)?);
        command.stdin(Stdio::null());
        command.stdout(result.try_clone().map_err(failed)?).stderr(complaints.try_clone().map_err(failed)?);
        let child = command.spawn().map_err(failed)?;
        let process = crate::kernel::process::pidfd(child.id().cast_signed())
            .map_err(|no| Problem::new(CANNOT, "A lesson could not be waited for.").because(no.to_string()))?;
        Ok(Job { place, child, process, result, complaints })
    }
}

/// What one of them has found; if it said nothing, what it complained of.
fn result(job: &mut Job, it: &Numbered) -> Verified {
    let text = read(&mut job.result);
    serde_json::from_str::<Option<Verified>>(&text).ok().flatten().unwrap_or_else(|| {
        let said = read(&mut job.complaints);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let what = if said.is_empty() { "it ended without a result".to_owned() } else { said };
        let mut verified = Verified::new(it.number, &it.lesson.id, &it.lesson.title, &it.file);
        verified.found(None, Finding::Fault { what });
        verified
    })
}

fn read(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.take(LONGEST).read_to_end(&mut bytes));
    if read.is_err() { String::new() } else { String::from_utf8_lossy(&bytes).into_owned() }
}

/// Until one of them has ended.
fn wait(running: &[Job]) {
    let mut waits: Vec<_> = running.iter().map(|job| PollFd::new(job.process.as_fd(), PollFlags::POLLIN)).collect();
    poll(&mut waits, PollTimeout::NONE).ok();
}
