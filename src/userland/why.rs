//! `why COMMAND`: runs the command and says why it failed. The lab's first process watches the command's system calls
//! (ptrace(2)) and explains the failing one from the facts of that moment; this tool asks it over the wire that every
//! shell of a lab inherits. See stage/why.rs. Nothing is guessed here.

use std::ffi::{CString, OsString};
use std::io::Write as _;
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::os::unix::ffi::OsStrExt;

use clap::Parser;
use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

use super::report::{self, Failure, Outcome};
use super::width;
use crate::stage::shell::WHY;
use crate::stage::why::{Answer, Ask, Done, Reply};
use crate::stage::wire::Wire;

/// Run a command, and if it fails say which system call failed, and why
#[derive(Parser)]
#[command(name = "why", after_help = "Example:\n  why umount /proc")]
struct Arguments {
    /// Also name a call that failed and that the command coped with
    #[arg(short, long)]
    verbose: bool,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    if arguments.command.is_empty() {
        let text =
            "why: it runs a command and says why it fails. Give it one, as in\n  why umount /proc\n  why kill -9 1";
        writeln!(std::io::stderr(), "{text}")?;
        return Ok(2);
    }
    let wire = ask()?;
    match wire.receive::<Reply>().map(|it| it.message) {
        Ok(Reply::Go) => {}
        Ok(Reply::Refused(sentence)) => return Err(Failure::new(format!("the command was not run. {sentence}"))),
        Ok(Reply::Answer(_)) | Err(_) => return Err(silent()),
    }
    let status = watched(&arguments.command)?;
    wire.send(&Done { status }, &[]).map_err(|_| silent())?;
    match wire.receive::<Reply>().map(|it| it.message) {
        Ok(Reply::Answer(answer)) => tell(&answer, status, arguments.verbose)?,
        _ => return Err(silent()),
    }
    Ok(status)
}

fn silent() -> Failure {
    Failure::new("the lab does not answer")
}

/// Asks over the shell's wire, and gives an own one for the answers.
fn ask() -> Result<Wire, Failure> {
    let outside = || {
        Failure::new("there is no lab to ask").hint(format!(
            "it works in the shell of a lab only (`boxlab shell LESSON STEP`), and with {WHY} in the environment"
        ))
    };
    let number: RawFd = std::env::var(WHY).ok().and_then(|it| it.parse().ok()).ok_or_else(outside)?;
    // SAFETY: asking for the flags of a number that may not be open gives EBADF and touches nothing.
    if number <= 2 || unsafe { nix::libc::fcntl(number, nix::libc::F_GETFD) } < 0 {
        return Err(outside());
    }
    // SAFETY: it is open, as was just seen, and nothing in this tool closes it.
    let shells = unsafe { BorrowedFd::borrow_raw(number) };
    let shared = Wire::from_descriptor(shells.try_clone_to_owned().map_err(|_| outside())?);
    let (own, other) = Wire::pair().map_err(|errno| Failure::errno("cannot make a socket", errno))?;
    // A message of the lab is no terminal's or file's business: whatever else is open there refuses this.
    let sent = shared.send(&Ask { wire: own.number() }, &[other.as_fd()]);
    sent.map_err(|errno| if errno == Errno::ENOTSOCK { outside() } else { silent() })?;
    Ok(own)
}

/// Runs the command as a child, and gives its exit status as shells do.
fn watched(command: &[OsString]) -> Result<i32, Failure> {
    let words: Result<Vec<CString>, _> = command.iter().map(|word| CString::new(word.as_bytes())).collect();
    let words = words.map_err(|_| Failure::new("a word of the command has a zero byte in it"))?;
    // The keys are for the command: this tool waits for its end, to explain it.
    set(SigHandler::SigIgn);
    // SAFETY: the tool has one thread.
    let forked = unsafe { fork() };
    match forked {
        Ok(ForkResult::Child) => become_it(&words),
        Ok(ForkResult::Parent { child }) => wait(child),
        // The answer will say why.
        Err(errno) => {
            let _ = writeln!(std::io::stderr(), "why: cannot fork: {}", report::name(errno));
            Ok(126)
        }
    }
}

fn set(handler: SigHandler) {
    for key in [Signal::SIGINT, Signal::SIGQUIT] {
        // SAFETY: ignoring a signal, or its default action, installs no code.
        let _ = unsafe { signal(key, handler) };
    }
}

fn become_it(words: &[CString]) -> ! {
    set(SigHandler::SigDfl);
    // SAFETY: as in `set`. The Rust runtime ignores this one.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    let errno = match nix::unistd::execvp(&words[0], words) {
        Err(errno) => errno,
        Ok(never) => match never {},
    };
    let name = words[0].to_string_lossy();
    let _ = writeln!(std::io::stderr(), "why: cannot run {name}: {}", report::name(errno));
    // SAFETY: the child ends without running what belongs to its parent.
    unsafe { nix::libc::_exit(if errno == Errno::ENOENT { 127 } else { 126 }) }
}

fn wait(child: Pid) -> Result<i32, Failure> {
    loop {
        match waitpid(child, None) {
            Ok(WaitStatus::Exited(_, status)) => return Ok(status),
            Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(128 + signal as i32),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Failure::errno("cannot wait for the command", errno)),
        }
    }
}

fn tell(answer: &Answer, status: i32, verbose: bool) -> std::io::Result<()> {
    let width = width::of_errors();
    let mut text = String::new();
    let mut line = |head: &str, words: &str| text.push_str(&width::hung(head, words, width));
    match (&answer.call, status) {
        (Some(call), _) => line("why: ", call),
        (None, 0) => line("why: ", "it did not fail"),
        (None, 129..) => {
            let name = Signal::try_from(status - 128).map_or_else(|_| (status - 128).to_string(), |it| it.to_string());
            line("why: ", &format!("it was ended by {name}; no system call that Boxlab explains had failed"));
            if status == 128 + Signal::SIGSYS as i32 {
                line(INDENT, "a seccomp filter answers a call with this signal: seccomp(2)");
            }
        }
        (None, _) => {
            let sentence = format!(
                "it ended with status {status}, but no system call that Boxlab explains failed: the program decided so itself"
            );
            line("why: ", &sentence);
        }
    }
    if let Some(reason) = &answer.reason {
        line(INDENT, &reason.cause);
        for fact in &reason.seen {
            line(&format!("{INDENT}· "), fact);
        }
        if let Some(remedy) = &reason.remedy {
            line(&format!("{INDENT}try: "), remedy);
        }
    } else if answer.call.is_some() {
        line(INDENT, "Boxlab knows no causes of this one");
    }
    if verbose && let Some(coped) = &answer.coped {
        line(INDENT, &format!("failed on the way, and was coped with: {coped}"));
    }
    std::io::stderr().write_all(text.as_bytes())
}

/// As wide as `why: `.
const INDENT: &str = "     ";
