//! Trying a thing in a process of its own: fork(2), do it, tell the answers through a pipe, end.
//! Unsharing, mounting and filters are irreversible for the process that does them, so the program itself never does.
//! A trial cannot outlive us (PR_SET_PDEATHSIG), cannot hang us (a time limit), and leaves nothing: its namespaces and
//! the mounts in them go with its last process. The child must not allocate or take a lock that another thread of ours
//! may have held when it was forked (signal-safety(7)): it makes system calls and writes records of eight bytes.

use super::step::Step;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid, getppid};
use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

/// All trials take about 10 ms; under emulation, fifty times as long.
const LIMIT: Duration = Duration::from_secs(3);

/// What a trial answered: for each step that it came to, success or the errno.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    pub steps: BTreeMap<Step, Result<(), Errno>>,
    /// How the child ended, where it did not end by itself.
    pub end: Option<String>,
}

impl Answers {
    /// True where the step was tried and worked.
    pub fn worked(&self, step: Step) -> bool {
        self.steps.get(&step) == Some(&Ok(()))
    }

    /// The errno, where the step was tried and failed.
    pub fn failed(&self, step: Step) -> Option<Errno> {
        self.steps.get(&step).and_then(|answer| answer.err())
    }

    /// Where the child was ended: the step after the last that it answered. The first three only prepare for `User`.
    pub fn struck(&self) -> Option<Step> {
        self.end.as_ref()?;
        let next = Step::ALL.iter().rposition(|step| self.steps.contains_key(step)).map_or(0, |last| last + 1);
        Step::ALL.get(next.max(3)).copied()
    }
}

/// The child's side of the pipe.
#[derive(Clone, Copy)]
pub struct Teller<'a>(BorrowedFd<'a>);

impl Teller<'_> {
    /// Records an answer and hands it back, so that the trial can go on or stop.
    pub fn tell<T>(self, step: Step, answer: Result<T, Errno>) -> Result<T, Errno> {
        let errno = answer.as_ref().err().map_or(0, |errno| *errno as i32);
        let mut record = [0; 8];
        record[..4].copy_from_slice(&(step as i32).to_ne_bytes());
        record[4..].copy_from_slice(&errno.to_ne_bytes());
        // Nobody to tell means that the parent is gone, and then so are we in a moment.
        let _ = nix::unistd::write(self.0, &record);
        answer
    }
}

/// Runs `trial` in a child process and collects its answers.
pub fn attempt(trial: impl FnOnce(Teller)) -> Answers {
    let mut answers = Answers::default();
    // Close-on-exec: another thread of ours may start a program meanwhile, and must not keep the pipe open.
    let (read, write) = match nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC) {
        Ok(ends) => ends,
        Err(errno) => {
            answers.end = Some(format!("pipe2 answered {errno:?}"));
            return answers;
        }
    };
    match descend(|| trial(Teller(write.as_fd()))) {
        Err(errno) => answers.end = Some(format!("fork answered {errno:?}")),
        Ok(child) => {
            drop(write);
            listen(&read, child, &mut answers);
        }
    }
    answers
}

/// Forks a child that dies with its parent, does `work`, and ends. Used by trials for their own children too.
pub fn descend(work: impl FnOnce()) -> Result<Pid, Errno> {
    let parent = getpid();
    // SAFETY: the child keeps to what signal-safety(7) allows: see the head of this file and of `trials`.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
            // The parent may have died before the line above. In a new PID namespace it is out of sight, and shows as 0.
            let seen = getppid();
            if seen == parent || seen.as_raw() == 0 {
                work();
            }
            // SAFETY: ends the process at once; no destructor and no exit handler of the parent runs in the child.
            unsafe { libc::_exit(0) }
        }
    }
}

fn listen(read: &OwnedFd, child: Pid, answers: &mut Answers) {
    let deadline = Instant::now() + LIMIT;
    let mut bytes = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let wait = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        match poll(&mut [PollFd::new(read.as_fd(), PollFlags::POLLIN)], wait) {
            Err(Errno::EINTR) => continue,
            // Time is up, or the pipe cannot be waited for: the child is ours and not yet waited for, so its PID is its own.
            Ok(0) | Err(_) => {
                let _ = kill(child, Signal::SIGKILL);
                answers.end = Some(format!("it did not answer within {} s and was ended", LIMIT.as_secs()));
                break;
            }
            Ok(_) => {}
        }
        let mut chunk = [0; 512];
        match nix::unistd::read(read, &mut chunk) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(Errno::EINTR) => {}
            Err(_) => break,
        }
    }
    for record in bytes.chunks_exact(8) {
        let number = i32::from_ne_bytes([record[0], record[1], record[2], record[3]]);
        let errno = i32::from_ne_bytes([record[4], record[5], record[6], record[7]]);
        if let Some(step) = Step::ALL.iter().find(|step| **step as i32 == number) {
            answers.steps.insert(*step, if errno == 0 { Ok(()) } else { Err(Errno::from_raw(errno)) });
        }
    }
    if let Some(WaitStatus::Signaled(_, signal, _)) = wait(child)
        && answers.end.is_none()
    {
        answers.end = Some(format!("it was ended by {signal:?}"));
    }
}

/// waitpid(2), again where a signal came between.
pub fn wait(child: Pid) -> Option<WaitStatus> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {}
            answer => return answer.ok(),
        }
    }
}
