//! The beginning of a recording: ptrace(2) with PTRACE_SEIZE, which stops nobody by itself; and what is said where the
//! machine forbids it.

use crate::kernel::error::Errno;
use crate::probe::outside::Proc;
use nix::sys::ptrace::{self, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Takes hold of a process, which is stopped then. Errors: ptrace(2) is refused.
pub fn seize(pid: Pid) -> nix::Result<()> {
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
