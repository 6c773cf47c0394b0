//! Trials of ptrace(2), seccomp(2) and a user namespace inside another.
//! The observer of a lab traces processes that are in user namespaces below its own, so that is what is tried: a child
//! unshares another user namespace, is seized there, and one of its system calls is read.
//! Runs in forked children: nothing here may allocate (see `child`).

use super::child::{Teller, descend, wait};
use super::step::Step;
use super::trials::write_file;
use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::sys::ptrace;
use nix::unistd::{Pid, pipe, read, write};
use std::os::fd::{AsFd, OwnedFd};

/// Makes a child with a user namespace of its own and traces it. `mapped` says that our own maps were written: without
/// them, the kernel would refuse the nested namespace for that reason alone.
pub fn try_tracing(teller: Teller, mapped: bool) {
    let (Ok((told, tell)), Ok((held, hold))) = (pipe(), pipe()) else { return };
    let child = descend(|| {
        if mapped && teller.tell(Step::NestedUser, unshare(CloneFlags::CLONE_NEWUSER)).is_ok() {
            let _ = teller.tell(Step::NestedMap, write_file(c"/proc/self/uid_map", c"0 0 1\n"));
        }
        let _ = write(&tell, b"!");
        // Waits in a system call until it is ended: the other end is held open by the tracer.
        let _ = read(held.as_fd(), &mut [0]);
    });
    let Ok(child) = child else { return };
    // Only now is the child where it should be traced.
    let _ = read(told.as_fd(), &mut [0]);
    let _ = trace(child, teller);
    end(child, hold);
}

/// Seizes the child, runs it to the entry of its next system call, and asks which one that is.
fn trace(child: Pid, teller: Teller) -> Result<(), Errno> {
    let options = ptrace::Options::PTRACE_O_TRACESYSGOOD | ptrace::Options::PTRACE_O_EXITKILL;
    teller.tell(Step::Seize, ptrace::seize(child, options))?;
    let info = ptrace::interrupt(child).and_then(|()| {
        wait(child);
        ptrace::syscall(child, None)?;
        // The interrupted read is started again, and stops at its entry.
        wait(child);
        ptrace::syscall_info(child).map(drop)
    });
    teller.tell(Step::SyscallInfo, info)
}

fn end(child: Pid, hold: OwnedFd) {
    // Not yet waited for, so the number is still this child's.
    let _ = nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL);
    drop(hold);
    wait(child);
}

/// Installs a filter that allows everything. Irreversible for the process, so it is the last thing that a trial does.
pub fn filter() -> Result<(), Errno> {
    nix::sys::prctl::set_no_new_privs()?;
    let mut allow = libc::sock_filter { code: 0x06, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    let program = libc::sock_fprog { len: 1, filter: &mut allow };
    // SAFETY: the program points to one valid instruction, BPF_RET of SECCOMP_RET_ALLOW, and lives across the call.
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program) };
    Errno::result(answer).map(drop)
}
