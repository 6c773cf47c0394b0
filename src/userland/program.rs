//! Starting ourselves again when there is no path to start from.
//!
//! In an empty root file system nothing can be executed by name. But this program is still open as a file descriptor,
//! and execveat(2) with AT_EMPTY_PATH executes an open file. So the descriptor is taken early, before any chroot, kept
//! close-on-exec, and handed on across each execution of ourselves.
//!
//! Everything that executes a program by name — the shell, `env`, `chroot`, `unshare` — ends in execvp(3). This file
//! defines that function for the whole program: first as the C library does it, along PATH; and when PATH has no such
//! program but we have a tool of that name, by descriptor. That is why a real /bin/ls wins over ours, and why `chroot
//! /empty sh` needs no special case. It is also the only way: the shell library starts its commands through
//! `std::process::Command`, which has no other place for a descriptor, and doing it here keeps process groups, pipes
//! and job control as they are for any program.
//!
//! Manual: execveat(2), execvp(3), getauxval(3).

use std::ffi::{CStr, CString, OsString};
use std::fs::File;
use std::os::fd::{AsFd, FromRawFd, IntoRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc::{self, c_char, c_int};

use super::report::{self, Failure};
use super::table;

/// High enough to stay clear of the numbers that scripts use in redirections.
const LOWEST: RawFd = 60;

/// Before a tool's name: our tool, whatever PATH has. The path cannot exist, because /dev/null is no directory.
const OURS: &str = "/dev/null/boxlab/";

static PROGRAM: AtomicI32 = AtomicI32::new(-1);

/// Opens this program's own file and keeps it, so that tools can be started from an empty root. Call it while the
/// program can still be found; calling it again does nothing. Gives the descriptor, or `None` if there is no way.
pub fn remember_program() -> Option<RawFd> {
    // Refers to the execvp below. Without that, the linker could take the C library's and nobody would notice.
    std::hint::black_box(execvp as unsafe extern "C" fn(*const c_char, *const *const c_char) -> c_int);
    let known = PROGRAM.load(Ordering::Relaxed);
    if known >= 0 {
        return Some(known);
    }
    let file = handed_on().or_else(|| File::open("/proc/self/exe").ok()).or_else(|| File::open(executed_as()?).ok())?;
    use_program(&file)
}

/// The same with a descriptor that is open already: in a lab, whose root holds no path to it, or for a program that links
/// this library and is not Boxlab itself.
pub fn use_program(file: impl AsFd) -> Option<RawFd> {
    let fd = fcntl(file, FcntlArg::F_DUPFD_CLOEXEC(LOWEST)).ok()?;
    PROGRAM.store(fd, Ordering::Relaxed);
    Some(fd)
}

/// The kernel's name for what it executed: a path, or `/dev/fd/N` after execveat.
fn executed_as() -> Option<&'static str> {
    // SAFETY: getauxval only reads what the kernel put above the stack; AT_EXECFN is a string that lives as long as the
    // process, or 0.
    unsafe {
        let name = libc::getauxval(libc::AT_EXECFN) as *const c_char;
        if name.is_null() { None } else { CStr::from_ptr(name).to_str().ok() }
    }
}

/// The descriptor that an earlier copy of ourselves left open for us when it executed us through it.
fn handed_on() -> Option<File> {
    let fd: RawFd = executed_as()?.strip_prefix("/dev/fd/")?.parse().ok()?;
    if fd <= 2 {
        return None;
    }
    // SAFETY: fcntl on a number that may not be open gives EBADF and touches nothing.
    if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
        return None;
    }
    // SAFETY: the descriptor is open, and at program start nothing else in this process owns it.
    let file = unsafe { File::from_raw_fd(fd) };
    match file.metadata() {
        Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 != 0 => Some(file),
        _ => {
            // Not ours after all: leave it open for whoever was meant to have it.
            let _ = file.into_raw_fd();
            None
        }
    }
}

/// Makes the kernel call this process by the tool's name: after execveat it is called by a descriptor's number.
pub fn take_name(name: &str) {
    let mut buffer = [0u8; 16];
    let length = name.len().min(15);
    buffer[..length].copy_from_slice(&name.as_bytes()[..length]);
    if let Ok(name) = CStr::from_bytes_until_nul(&buffer) {
        let _ = nix::sys::prctl::set_name(name);
    }
}

/// The name under which execvp(3) takes our own tool and no other.
pub fn always_ours(tool: &str) -> String {
    format!("{OURS}{tool}")
}

/// execvp(3) for the whole program; see the head of this file.
///
/// # Safety
/// As execvp(3): a C string, and a null-terminated array of C strings. It runs between fork and exec, so it allocates
/// nothing and takes no lock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execvp(file: *const c_char, argv: *const *const c_char) -> c_int {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: the caller's promises are execvpe's; `environ` is the process's environment, which nobody changes here.
    unsafe {
        // The shell ignores this one for itself; a program it starts should have the default.
        libc::signal(libc::SIGTTOU, libc::SIG_DFL);
        let result = libc::execvpe(file, argv, environ);
        let errno = Errno::last();
        let name = CStr::from_ptr(file).to_bytes();
        let name = name.strip_prefix(OURS.as_bytes()).unwrap_or(name);
        let fd = PROGRAM.load(Ordering::Relaxed);
        // EACCES and ENOTDIR: what PATH names is not a directory we may search, so no program either.
        if fd < 0 || !matches!(errno, Errno::ENOENT | Errno::EACCES | Errno::ENOTDIR) || !table::is_tool(name) {
            return result;
        }
        // The next copy finds the descriptor by its number, so it must survive this one execution.
        libc::fcntl(fd, libc::F_SETFD, 0);
        libc::syscall(libc::SYS_execveat, fd, c"".as_ptr(), argv, environ, libc::AT_EMPTY_PATH);
        let failed = Errno::last();
        libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
        failed.set();
        -1
    }
}

/// Becomes a program, looked for along PATH and then among the tools. It comes back only when there is none.
pub fn become_program(words: &[String]) {
    let strings: Result<Vec<CString>, _> = words.iter().map(|word| CString::new(word.as_str())).collect();
    if let Ok(strings) = strings
        && let Some(name) = strings.first()
    {
        nix::unistd::execvp(name, &strings).ok();
    }
}

/// Becomes another command, for tools that end so. It comes back only when that failed: with the exit status that shells
/// use, 127 for a command that is not there and 126 for one that cannot be run.
pub fn become_command(tool: &str, argv: &[OsString]) -> i32 {
    let Some(name) = argv.first() else { return 127 };
    let strings: Result<Vec<CString>, _> = argv.iter().map(|word| CString::new(word.as_bytes())).collect();
    let Ok(strings) = strings else { return 126 };
    // The Rust runtime ignores it at start, and a program that we become should not inherit that.
    // SAFETY: setting a signal to its default installs no code of ours.
    let _ =
        unsafe { nix::sys::signal::signal(nix::sys::signal::Signal::SIGPIPE, nix::sys::signal::SigHandler::SigDfl) };
    let errno = match nix::unistd::execvp(&strings[0], &strings) {
        Err(errno) => errno,
        Ok(never) => match never {},
    };
    let failure = Failure::errno(format!("cannot run {}", name.display()), errno);
    let failure = match errno {
        Errno::ENOENT if Path::new(name).exists() => {
            failure.hint("the file is there; its loader or interpreter is not, in this root file system")
        }
        Errno::ENOEXEC => failure.hint("not a program for this kernel: no ELF header of this architecture, no #! line"),
        _ => failure,
    };
    report::end(tool, Err(failure));
    if errno == Errno::ENOENT { 127 } else { 126 }
}
