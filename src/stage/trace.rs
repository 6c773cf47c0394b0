//! Recording the system calls of a step: ptrace(2) with PTRACE_SEIZE and PTRACE_GET_SYSCALL_INFO (Linux 5.3).
//! The agent is seized before the step, stops at the entry and the exit of every call, and is let go when it sends its
//! answer; so between steps nobody is traced. Programs that the step starts are followed to their execve(2).
//! Where the machine forbids this, the step runs unrecorded, and the record says why.

use super::call;
use crate::evidence::record::{Call, Reason, Returned};
use crate::kernel::error::Errno;
use crate::probe::outside::Proc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::RawFd;

/// How the recording came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The agent has answered, or is about to.
    Answered,
    /// The agent ended during the step.
    Gone,
    /// It did not come to an end in time.
    TooLong,
}

/// What was recorded.
pub struct Recorded {
    pub calls: Vec<Call>,
    /// The last failed call that could be explained: its place in `calls`, and why, as of the moment it failed.
    pub reason: Option<(usize, Reason)>,
    pub end: End,
}

/// Explains a failed call of a process, which is stopped at its return: so the facts are those that the kernel saw.
pub type Explain<'a> = &'a dyn Fn(&Call, Pid) -> Option<Reason>;

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
    /// All their calls.
    All,
}

struct Recorder<'a> {
    proc: &'a Proc,
    explain: Explain<'a>,
    tracee: Tracee,
    calls: Vec<Call>,
    reason: Option<(usize, Reason)>,
    /// The place in `calls` of the call that a process is in.
    inside: BTreeMap<Pid, usize>,
    /// Processes that the tracee and its children made and that are traced: whether the first stop was seen.
    children: BTreeMap<Pid, bool>,
    /// Those of them that are traced no more.
    left: BTreeSet<Pid>,
}

/// Seizes the process, sends it its task with `send`, and records until it answers.
/// Errors: ptrace(2) is refused; then nothing was sent.
pub fn record(
    proc: &Proc,
    tracee: Tracee,
    explain: Explain<'_>,
    send: impl FnOnce() -> nix::Result<()>,
) -> nix::Result<Recorded> {
    seize(tracee.pid)?;
    if let Err(errno) = send().and_then(|()| ptrace::syscall(tracee.pid, None)) {
        ptrace::detach(tracee.pid, None).ok();
        return Err(errno);
    }
    let calls = Vec::with_capacity(32);
    let mut recorder = Recorder {
        proc,
        explain,
        tracee,
        calls,
        reason: None,
        inside: BTreeMap::new(),
        children: BTreeMap::new(),
        left: BTreeSet::new(),
    };
    let end = recorder.run();
    recorder.leave_all();
    Ok(Recorded { calls: recorder.calls, reason: recorder.reason, end })
}

fn seize(pid: Pid) -> nix::Result<()> {
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXEC;
    ptrace::seize(pid, options)?;
    ptrace::interrupt(pid)?;
    loop {
        match waitpid(pid, Some(WaitPidFlag::__WALL)) {
            Err(nix::errno::Errno::EINTR) => {}
            Err(errno) => return Err(errno),
            Ok(WaitStatus::PtraceEvent(..)) => return Ok(()),
            Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) => return Err(nix::errno::Errno::ESRCH),
            Ok(_) => ptrace::cont(pid, None)?,
        }
    }
}

impl Recorder<'_> {
    fn run(&mut self) -> End {
        let started = std::time::Instant::now();
        loop {
            // The stage's timer interrupts this wait now and then (EINTR), so a step that hangs is seen.
            if started.elapsed() > super::serve::step_limit() {
                return End::TooLong;
            }
            match waitpid(None, Some(WaitPidFlag::__WALL)) {
                Ok(status) => {
                    if let Some(end) = self.step(status) {
                        return end;
                    }
                }
                Err(nix::errno::Errno::EINTR) => {}
                Err(_) => return End::Gone,
            }
        }
    }

    /// Takes one stop or end.
    fn step(&mut self, status: WaitStatus) -> Option<End> {
        match status {
            WaitStatus::PtraceSyscall(pid) => return self.syscall_stop(pid).then_some(End::Answered),
            WaitStatus::PtraceEvent(pid, _, event) => self.event(pid, event),
            WaitStatus::Stopped(pid, signal) => self.resume(pid, Some(signal)),
            WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..) if pid == self.tracee.pid => {
                return Some(End::Gone);
            }
            WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..) => {
                self.left.insert(pid);
            }
            _ => {}
        }
        None
    }

    fn resume(&self, pid: Pid, signal: Option<Signal>) {
        // It may have been killed meanwhile; then the next wait says so.
        ptrace::syscall(pid, signal).ok();
    }

    fn event(&mut self, pid: Pid, event: i32) {
        let makes = [libc::PTRACE_EVENT_FORK, libc::PTRACE_EVENT_VFORK, libc::PTRACE_EVENT_CLONE].contains(&event);
        if makes {
            // The parent's event and the child's first stop come in any order.
            if let Ok(child) = ptrace::getevent(pid) {
                self.children.entry(Pid::from_raw(child as i32)).or_insert(false);
            }
        } else if pid != self.tracee.pid && self.children.get(&pid) != Some(&true) {
            self.children.insert(pid, true);
            if self.tracee.follow == Follow::Nothing {
                self.leave(pid);
                return;
            }
        } else if event == libc::PTRACE_EVENT_EXEC && self.tracee.follow == Follow::ToExec {
            // From here on it is another program, with calls of its own.
            if let Some(at) = self.inside.remove(&pid) {
                self.calls[at].result = Some(Returned::Value(0));
            }
            self.leave(pid);
            return;
        }
        self.resume(pid, None);
    }

    /// Lets a stopped child go on unwatched. It stays in the list, as one whose first stop was seen.
    fn leave(&mut self, pid: Pid) {
        ptrace::detach(pid, None).ok();
        self.inside.remove(&pid);
        self.left.insert(pid);
    }

    /// At the end nobody may stay traced: a child whose stop nobody takes would stand still for ever.
    fn leave_all(&mut self) {
        let traced: Vec<(Pid, bool)> =
            self.children.iter().filter(|(pid, _)| !self.left.contains(pid)).map(|(pid, seen)| (*pid, *seen)).collect();
        for (pid, seen) in traced {
            // One that has not stopped for the first time will do so by itself.
            if seen && ptrace::interrupt(pid).is_err() {
                continue;
            }
            loop {
                match waitpid(pid, Some(WaitPidFlag::__WALL)) {
                    Err(nix::errno::Errno::EINTR) => {}
                    Ok(WaitStatus::Stopped(_, signal)) => {
                        ptrace::detach(pid, signal).ok();
                        break;
                    }
                    Ok(WaitStatus::PtraceEvent(..) | WaitStatus::PtraceSyscall(_)) => {
                        ptrace::detach(pid, None).ok();
                        break;
                    }
                    _ => break,
                }
            }
        }
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
                    } else {
                        self.resume(pid, None);
                    }
                    return answers;
                }
                let mut made = call::read(self.proc, pid, entry.nr, entry.args);
                made.child = pid != self.tracee.pid;
                self.inside.insert(pid, self.calls.len());
                self.calls.push(made);
            }
            libc::PTRACE_SYSCALL_INFO_EXIT => {
                // SAFETY: as above.
                let exit = unsafe { info.u.exit };
                if let Some(at) = self.inside.remove(&pid) {
                    let failed = exit.is_error != 0;
                    let made = &mut self.calls[at];
                    made.result = Some(returned(&made.name, exit.sval, failed));
                    if failed && call::is_taught(made) {
                        let reason = (self.explain)(&self.calls[at], pid);
                        self.reason = reason.map(|reason| (at, reason)).or(self.reason.take());
                    }
                }
            }
            _ => {}
        }
        self.resume(pid, None);
        false
    }

    fn is_wire(&self, pid: Pid, number: u64, descriptor: u64) -> bool {
        let talks =
            [libc::SYS_recvmsg, libc::SYS_sendmsg, libc::SYS_recvfrom].map(i64::cast_unsigned).contains(&number);
        pid == self.tracee.pid && talks && descriptor as RawFd == self.tracee.wire
    }
}

fn returned(name: &str, value: i64, is_error: bool) -> Returned {
    if is_error {
        let number = i32::try_from(-value).unwrap_or(0);
        Returned::Failed(Errno(nix::errno::Errno::from_raw(number)))
    } else if call::gives_descriptor(name) || call::gives_size(name) {
        Returned::Descriptor
    } else {
        Returned::Value(value)
    }
}

/// Why recording is not possible, as a sentence for the record.
pub fn why_forbidden(proc: &Proc, errno: nix::errno::Errno) -> String {
    use std::io::Read;
    let mut scope = String::new();
    let yama = proc.open_path("sys/kernel/yama/ptrace_scope").map(|mut file| file.read_to_string(&mut scope));
    let because = match (yama, scope.trim()) {
        (Ok(_), "3") => "kernel.yama.ptrace_scope is 3, which forbids it to everybody until the next boot".to_owned(),
        (Ok(_), "2") => "kernel.yama.ptrace_scope is 2, which keeps it for administrators".to_owned(),
        _ => "a security policy around this program refuses it".to_owned(),
    };
    format!(
        "No system calls recorded: ptrace(PTRACE_SEIZE) answered {}; {because}. `boxlab doctor` says more.",
        Errno(errno)
    )
}
