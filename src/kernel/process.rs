//! Processes: fork(2) copies the caller, execve(2) replaces its program, wait4(2) collects how it ended.
//! A child inherits nearly everything: namespaces, root and working directory, user, capabilities, descriptors.
//! So whatever a runtime does to itself before it forks, its container has too. Signals: signal(7), kill(2).

use super::error::Failed;
use super::operation::Kill;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::{ForkResult, Pid};
use std::ffi::CString;
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// At most so much of a program's output is kept, in bytes.
pub const OUTPUT_LIMIT: u64 = 64 * 1024;

// ANCHOR: fork
/// Makes a child that is a copy of the caller: fork(2).
///
/// # Safety
/// As for fork(2) in a program with threads. An agent has one thread, so its child may do what it likes.
pub unsafe fn fork() -> Result<ForkResult, Failed> {
    // SAFETY: passed on to the caller.
    unsafe { nix::unistd::fork() }.map_err(|errno| Failed::new("fork", errno))
}
// ANCHOR_END: fork

// ANCHOR: wait
/// Waits for a child and says how it ended: `exit 0`, `signal KILL`. wait4(2).
pub fn wait(child: Pid) -> Result<String, Failed> {
    loop {
        match nix::sys::wait::waitpid(child, None) {
            Ok(WaitStatus::Exited(_, status)) => return Ok(format!("exit {status}")),
            Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(format!("signal {}", short(signal))),
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(errno) => return Err(Failed::new("wait4", errno).on(child.to_string())),
        }
    }
}
// ANCHOR_END: wait

/// `KILL` for SIGKILL.
pub fn short(signal: Signal) -> &'static str {
    signal.as_str().trim_start_matches("SIG")
}

// ANCHOR: kill
/// Sends a signal to a process, by its number in the caller's PID namespace: kill(2).
pub fn kill(kill: &Kill, pid_of: Option<i32>) -> Result<(), Failed> {
    let pid = kill.pid.or(pid_of).ok_or_else(|| Failed::new("kill", nix::errno::Errno::ESRCH))?;
    let signal = Signal::from_str(&format!("SIG{}", kill.signal))
        .map_err(|errno| Failed::new("kill", errno).on(&kill.signal))?;
    nix::sys::signal::kill(Pid::from_raw(pid), signal).map_err(|errno| Failed::new("kill", errno).on(pid.to_string()))
}
// ANCHOR_END: kill

/// What a program left: its output and how it ended.
pub struct Ran {
    pub text: String,
    pub ended: String,
}

// ANCHOR: run
/// Runs a program in a child and waits for it: fork(2), execve(2), wait4(2).
/// A failed execve is the error; a program that ran and ended with another status than 0 is none.
pub fn run(command: &[String]) -> Result<Ran, Failed> {
    let pipes = Pipes::new()?;
    // SAFETY: the caller has one thread.
    match unsafe { fork() }? {
        ForkResult::Child => pipes.execve(command),
        ForkResult::Parent { child } => pipes.read_and_wait(child, command),
    }
}
// ANCHOR_END: run

/// The child's output, and a way to say that its execve failed: that pipe is closed by one that succeeds.
struct Pipes {
    output: (OwnedFd, OwnedFd),
    report: (OwnedFd, OwnedFd),
}

impl Pipes {
    fn new() -> Result<Pipes, Failed> {
        Ok(Pipes { output: pipe()?, report: pipe()? })
    }

    fn execve(&self, command: &[String]) -> ! {
        let errno = replace(command, Some(&self.output.1));
        nix::unistd::write(&self.report.1, &(errno as i32).to_ne_bytes()).ok();
        // SAFETY: _exit(2) ends the child without running what belongs to its parent.
        unsafe { libc::_exit(127) }
    }

    fn read_and_wait(self, child: Pid, command: &[String]) -> Result<Ran, Failed> {
        let ((output, write_output), (report, write_report)) = (self.output, self.report);
        drop((write_output, write_report));
        let mut text = Vec::new();
        // More than the limit is cut off: the reading end closes, and the program gets SIGPIPE.
        std::fs::File::from(output).take(OUTPUT_LIMIT).read_to_end(&mut text).ok();
        let mut number = [0; 4];
        let failed = std::fs::File::from(report).read_exact(&mut number).is_ok();
        let ended = wait(child)?;
        if failed {
            let errno = nix::errno::Errno::from_raw(i32::from_ne_bytes(number));
            return Err(Failed::new("execve", errno).on(command.first().cloned().unwrap_or_default()));
        }
        Ok(Ran { text: String::from_utf8_lossy(&text).into_owned(), ended })
    }
}

/// Programs of this lab are the first that the kernel ends where a group has no memory left.
static EXPENDABLE: AtomicBool = AtomicBool::new(false);

/// From here on, also in forks: a limit of memory ends the program that a step has started, and not the agent that has
/// started it, which is in the same group (proc_pid_oom_score_adj(5)).
pub fn programs_are_expendable() {
    EXPENDABLE.store(true, Ordering::Relaxed);
}

/// In the child: the new program, its output to the pipe or to nowhere. Returns only if that failed.
pub(super) fn replace(command: &[String], output: Option<&OwnedFd>) -> nix::errno::Errno {
    let words: Result<Vec<CString>, _> = command.iter().map(|word| CString::new(word.as_str())).collect();
    let (Ok(words), Ok(path)) = (words, CString::new("PATH=/bin:/usr/bin")) else {
        return nix::errno::Errno::EINVAL;
    };
    let Some(program) = words.first() else { return nix::errno::Errno::ENOENT };
    super::init::leave();
    if EXPENDABLE.load(Ordering::Relaxed) {
        // Where there is no /proc the kernel takes the largest, which is that program as a rule.
        std::fs::write("/proc/self/oom_score_adj", "1000").ok();
    }
    // Rust programs ignore SIGPIPE, and an ignored signal stays so across execve.
    // SAFETY: no handler is installed; the default action is.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    for target in output.map_or(&[][..], |_| &[1, 2]) {
        let output = output.map_or(-1, AsRawFd::as_raw_fd);
        // SAFETY: both descriptors are open, and 1 and 2 belong to this child alone.
        if unsafe { libc::dup2(output, *target) } < 0 {
            return nix::errno::Errno::last();
        }
    }
    match nix::unistd::execve(program, &words, &[path, c"HOME=/root".to_owned()]) {
        Ok(never) => match never {},
        Err(errno) => errno,
    }
}

pub(super) fn pipe() -> Result<(OwnedFd, OwnedFd), Failed> {
    nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).map_err(|errno| Failed::new("pipe2", errno))
}

/// A descriptor that stands for a process and cannot come to mean another one: pidfd_open(2).
pub fn pidfd(pid: i32) -> Result<OwnedFd, Failed> {
    use std::os::fd::FromRawFd;
    // SAFETY: the call takes two numbers and gives a new descriptor, which is owned from here on.
    let result = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    let file =
        nix::errno::Errno::result(result).map_err(|errno| Failed::new("pidfd_open", errno).on(pid.to_string()))?;
    let file = RawFd::try_from(file).map_err(|_| Failed::new("pidfd_open", nix::errno::Errno::EBADF))?;
    // SAFETY: the kernel has just given it to us.
    Ok(unsafe { OwnedFd::from_raw_fd(file) })
}
