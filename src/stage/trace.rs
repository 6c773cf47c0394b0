//! Recording the system calls of a step: ptrace(2) with PTRACE_SEIZE and PTRACE_GET_SYSCALL_INFO (Linux 5.3).
//! The agent is seized before the step, stops at the entry and the exit of every call, and is let go when it sends its
//! answer; so between steps nobody is traced. Programs that the step starts are followed to their execve(2).
//! Where the machine forbids this, the step runs unrecorded, and the record says why.

use super::call;
use super::failures::{Failures, is_repeated};
use super::seize::seize;
use super::sockets::{Meaning, Sockets};
use crate::evidence::record::{Call, Reason, Returned};
use crate::probe::outside::Proc;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::RawFd;
use std::time::{Duration, Instant};

/// How the recording came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The agent has answered, or is about to.
    Answered,
    /// The agent ended during the step.
    Gone,
    /// The recording was given up: see [`GiveUp`].
    GivenUp,
}

/// What was recorded.
pub struct Recorded {
    /// All calls in order; empty with [`Follow::All`], whose processes may make any number of them.
    pub calls: Vec<Call>,
    /// The last failed call that could be explained: its place in `calls`, and why, as of the moment it failed.
    pub reason: Option<(usize, Reason)>,
    /// With [`Follow::All`]: the failed calls that nobody is known to have coped with.
    pub failures: Failures,
    /// With [`Follow::Names`]: the calls that programs made, by name.
    pub names: BTreeSet<String>,
    pub end: End,
}

/// Explains a failed call of a process, which is stopped at its return: so the facts are those that the kernel saw.
pub type Explain<'a> = &'a dyn Fn(&Call, Pid) -> Option<Reason>;

/// Asked now and then, with the time that the recording has taken: whether it is to be given up.
pub type GiveUp<'a> = &'a dyn Fn(Duration) -> bool;

/// How often that is asked, at least, where the caller has a timer that interrupts the wait.
const OFTEN: Duration = Duration::from_millis(100);
/// Processes that do not stop within this time when they are to be let go are left as they are.
const LETTING_GO: Duration = Duration::from_secs(2);

/// Which process, and how its wire is known among its calls.
#[derive(Clone, Copy)]
pub struct Tracee {
    pub pid: Pid,
    /// The number of the wire's descriptor in the process.
    pub wire: RawFd,
    pub follow: Follow,
}

/// What is recorded of the processes that the tracee makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// Nothing: they are agents.
    Nothing,
    /// Their calls up to a successful execve.
    ToExec,
    /// Their calls up to a successful execve; of the program from there on only the names.
    Names,
    /// All their calls, but only the failed ones are kept.
    All,
}

struct Recorder<'a> {
    proc: &'a Proc,
    explain: Explain<'a>,
    give_up: GiveUp<'a>,
    tracee: Tracee,
    calls: Vec<Call>,
    reason: Option<(usize, Reason)>,
    failures: Failures,
    sockets: Sockets,
    /// A call that a process is in and that will change nothing, though it succeeds: why.
    vain: BTreeMap<Pid, Reason>,
    names: BTreeSet<String>,
    /// The processes of which only names are kept.
    programs: BTreeSet<Pid>,
    /// The call that a process is in; its place in `calls`, if it is kept there; and its second argument.
    inside: BTreeMap<Pid, (Call, usize, u64)>,
    /// The processes that the tracee made and that are still traced.
    children: Vec<Pid>,
    /// Made, as its maker's stop says; its own first stop, which comes in any order, was not seen yet.
    awaited: BTreeSet<Pid>,
    /// Its first stop was seen.
    seen: BTreeSet<Pid>,
    /// The tracee is still traced.
    holds: bool,
    /// It has taken its task. What an init did until then is no part of the step.
    began: bool,
}

/// Seizes the process, sends it its task with `send`, and records until it answers, ends, or `give_up` says so.
/// Afterwards nobody is traced any more. Errors: ptrace(2) is refused; then nothing was sent.
pub fn record(
    proc: &Proc,
    tracee: Tracee,
    explain: Explain<'_>,
    give_up: GiveUp<'_>,
    send: impl FnOnce() -> nix::Result<()>,
) -> nix::Result<Recorded> {
    seize(tracee.pid)?;
    if let Err(errno) = send().and_then(|()| ptrace::syscall(tracee.pid, None)) {
        ptrace::detach(tracee.pid, None).ok();
        return Err(errno);
    }
    let mut recorder = Recorder {
        proc,
        explain,
        give_up,
        tracee,
        calls: Vec::with_capacity(32),
        reason: None,
        failures: Failures::default(),
        sockets: Sockets::default(),
        vain: BTreeMap::new(),
        names: BTreeSet::new(),
        programs: BTreeSet::new(),
        inside: BTreeMap::new(),
        children: Vec::new(),
        awaited: BTreeSet::new(),
        seen: BTreeSet::new(),
        holds: true,
        began: tracee.follow == Follow::All,
    };
    let end = recorder.run();
    recorder.let_go();
    let Recorder { calls, reason, failures, names, .. } = recorder;
    Ok(Recorded { calls, reason, failures, names, end })
}

impl Recorder<'_> {
    fn run(&mut self) -> End {
        let started = Instant::now();
        let (mut asked, mut end) = (started, None);
        loop {
            // A child that its parent does not wait for may still be in its execve: that is a part of the step.
            if let Some(end) = end.filter(|_| !self.executes()) {
                return end;
            }
            // The stage's timer interrupts this wait now and then (EINTR), so a step that hangs is seen.
            if asked.elapsed() >= OFTEN {
                asked = Instant::now();
                if (self.give_up)(started.elapsed()) {
                    return End::GivenUp;
                }
            }
            match waitpid(None, Some(WaitPidFlag::__WALL)) {
                Ok(status) => end = end.or(self.step(status)),
                Err(nix::errno::Errno::EINTR) => {}
                Err(_) => return end.unwrap_or(End::Gone),
            }
        }
    }

    fn executes(&self) -> bool {
        let inside = |child: &Pid| self.inside.get(child).is_some_and(|(call, ..)| call.name == "execve");
        self.tracee.follow == Follow::ToExec && self.children.iter().any(inside)
    }

    /// Takes one stop or end.
    fn step(&mut self, status: WaitStatus) -> Option<End> {
        match status {
            WaitStatus::PtraceSyscall(pid) => return self.syscall_stop(pid).then_some(End::Answered),
            WaitStatus::PtraceEvent(pid, signal, event) => self.event(pid, signal, event),
            WaitStatus::Stopped(pid, signal) => self.resume(pid, Some(signal)),
            WaitStatus::Exited(pid, status) => return self.ended(pid, status),
            WaitStatus::Signaled(pid, signal, _) => return self.ended(pid, 128 + signal as i32),
            _ => {}
        }
        None
    }

    fn ended(&mut self, pid: Pid, status: i32) -> Option<End> {
        self.inside.remove(&pid);
        self.failures.ended(pid, status);
        self.children.retain(|child| *child != pid);
        self.awaited.remove(&pid);
        if pid == self.tracee.pid {
            self.holds = false;
            return Some(End::Gone);
        }
        None
    }

    fn resume(&self, pid: Pid, signal: Option<Signal>) {
        // It may have been killed meanwhile; then the next wait says so.
        ptrace::syscall(pid, signal).ok();
    }

    fn detach(&mut self, pid: Pid) {
        ptrace::detach(pid, None).ok();
        self.children.retain(|child| *child != pid);
    }

    fn event(&mut self, pid: Pid, signal: Signal, event: i32) {
        let makes = [libc::PTRACE_EVENT_FORK, libc::PTRACE_EVENT_VFORK, libc::PTRACE_EVENT_CLONE].contains(&event);
        if makes && let Ok(made) = ptrace::getevent(pid) {
            let made = Pid::from_raw(made as i32);
            if !self.seen.contains(&made) {
                self.awaited.insert(made);
            }
        }
        let is_new = pid != self.tracee.pid && self.seen.insert(pid);
        if is_new {
            // The first stop of a process that the tracee made.
            self.awaited.remove(&pid);
            self.children.push(pid);
            if !self.programs.is_empty() {
                self.programs.insert(pid);
            }
            if self.tracee.follow == Follow::Nothing {
                self.detach(pid);
                return;
            }
        } else if event == libc::PTRACE_EVENT_EXEC && matches!(self.tracee.follow, Follow::ToExec | Follow::Names) {
            // From here on it is another program, with calls of its own.
            if let Some((_, at, _)) = self.inside.remove(&pid) {
                self.calls[at].result = Some(Returned::Value(0));
            }
            if self.tracee.follow == Follow::ToExec {
                self.detach(pid);
                return;
            }
            self.programs.insert(pid);
        } else if event == libc::PTRACE_EVENT_STOP && signal != Signal::SIGTRAP {
            // Stopped by a signal, as by Ctrl-Z: it stays so until SIGCONT, which is another event.
            // SAFETY: the request takes a number and no memory.
            unsafe { libc::ptrace(libc::PTRACE_LISTEN, pid.as_raw(), 0, 0) };
            return;
        }
        self.resume(pid, None);
    }

    fn syscall_stop(&mut self, pid: Pid) -> bool {
        let Ok(info) = ptrace::syscall_info(pid) else {
            self.resume(pid, None);
            return false;
        };
        match info.op {
            libc::PTRACE_SYSCALL_INFO_ENTRY => {
                // SAFETY: `op` says which member of the union the kernel has filled.
                let entry = unsafe { info.u.entry };
                if self.is_wire(pid, entry.nr, entry.args[0]) {
                    let answers = entry.nr == libc::SYS_sendmsg.cast_unsigned();
                    if answers {
                        // Let go before the answer: the stage is about to read it.
                        ptrace::detach(pid, None).ok();
                        self.holds = false;
                    } else {
                        self.began = true;
                        self.resume(pid, None);
                    }
                    return answers;
                }
                if self.began {
                    self.entered(pid, entry.nr, entry.args);
                }
            }
            libc::PTRACE_SYSCALL_INFO_EXIT => {
                // SAFETY: as above.
                let exit = unsafe { info.u.exit };
                self.returned(pid, exit.sval, exit.is_error != 0);
            }
            _ => {}
        }
        self.resume(pid, None);
        false
    }

    fn entered(&mut self, pid: Pid, number: u64, args: [u64; 6]) {
        if self.programs.contains(&pid) {
            self.names.insert(call::name(number));
            return;
        }
        let keeps_all = self.tracee.follow != Follow::All;
        if !keeps_all {
            self.sockets.entered(pid, number, args);
        }
        if !keeps_all && !call::is_decoded(number) {
            return;
        }
        let mut made = call::read(self.proc, pid, number, args);
        made.child = pid != self.tracee.pid;
        let at = self.calls.len();
        if keeps_all {
            self.calls.push(made.clone());
        }
        // What a signal does depends on how the other process is before it comes.
        if !keeps_all && made.name == "kill" {
            self.vain.extend((self.explain)(&made, pid).map(|reason| (pid, reason)));
        }
        self.inside.insert(pid, (made, at, args[1]));
    }

    fn returned(&mut self, pid: Pid, value: i64, is_error: bool) {
        let vain = self.vain.remove(&pid);
        match self.sockets.returned(self.proc, pid, value) {
            Some(Meaning::Failed { shown, asked }) => {
                self.inside.remove(&pid);
                let mut reason = (self.explain)(&asked, pid);
                if let (Some(reason), Some(over)) = (&mut reason, super::sockets::is_over(&shown, &asked)) {
                    reason.seen.push(over);
                }
                return self.failures.failed(pid, shown, reason);
            }
            Some(Meaning::Succeeded(call)) => {
                self.inside.remove(&pid);
                return self.failures.succeeded(pid, &call);
            }
            None => {}
        }
        let Some((mut made, at, second)) = self.inside.remove(&pid) else { return };
        if is_error && is_repeated(value) {
            return self.forget(at);
        }
        made.result = Some(call::returned(&made.name, value, is_error));
        call::written(pid, &mut made, second, value);
        let asked = if self.tracee.follow == Follow::All { call::is_explained } else { call::is_taught };
        let explained = if is_error && asked(&made) { Some((self.explain)(&made, pid)) } else { None };
        if self.tracee.follow == Follow::All {
            match explained {
                Some(reason) => self.failures.failed(pid, made, reason),
                None if !is_error => {
                    self.failures.succeeded(pid, &made);
                    if let Some(reason) = vain {
                        self.failures.in_vain(pid, made, reason);
                    }
                }
                None => {}
            }
            return;
        }
        if let Some(Some(reason)) = explained {
            self.reason = Some((at, reason));
        }
        self.calls[at] = made;
    }

    /// Takes a call out of the list. What comes after it moves up.
    fn forget(&mut self, at: usize) {
        if self.tracee.follow != Follow::All {
            self.calls.remove(at);
            let later = self.inside.values_mut().map(|(_, place, _)| place);
            later.chain(self.reason.iter_mut().map(|(place, _)| place)).filter(|it| **it > at).for_each(|it| *it -= 1);
        }
    }

    fn is_wire(&self, pid: Pid, number: u64, descriptor: u64) -> bool {
        let talks =
            [libc::SYS_recvmsg, libc::SYS_sendmsg, libc::SYS_recvfrom].map(i64::cast_unsigned).contains(&number);
        pid == self.tracee.pid && talks && descriptor as RawFd == self.tracee.wire
    }

    /// Lets go whoever is still traced: a traced process that nobody waits for would stop for ever at its next call.
    fn let_go(&mut self) {
        let mut held: Vec<Pid> = std::mem::take(&mut self.children);
        held.extend(self.holds.then_some(self.tracee.pid));
        // Whoever cannot be interrupted has ended meanwhile.
        held.retain(|pid| ptrace::interrupt(*pid).is_ok());
        // These stop by themselves.
        held.extend(std::mem::take(&mut self.awaited));
        let started = Instant::now();
        while !held.is_empty() && started.elapsed() < LETTING_GO {
            match waitpid(None, Some(WaitPidFlag::__WALL)) {
                Ok(WaitStatus::Exited(pid, status)) => {
                    self.failures.ended(pid, status);
                    held.retain(|other| *other != pid);
                }
                Ok(WaitStatus::Signaled(pid, signal, _)) => {
                    self.failures.ended(pid, 128 + signal as i32);
                    held.retain(|other| *other != pid);
                }
                Ok(WaitStatus::Stopped(pid, signal)) => {
                    ptrace::detach(pid, signal).ok();
                    held.retain(|other| *other != pid);
                }
                // A child that it has just made comes by here too.
                Ok(WaitStatus::PtraceEvent(pid, ..) | WaitStatus::PtraceSyscall(pid)) => {
                    ptrace::detach(pid, None).ok();
                    held.retain(|other| *other != pid);
                }
                Ok(_) | Err(nix::errno::Errno::EINTR) => {}
                Err(_) => return,
            }
        }
    }
}
