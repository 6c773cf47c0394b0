//! `unshare`: runs a command in new namespaces.
//!
//! The order matters. The user namespace is made in the same call as the others, and its maps are written before
//! anything that needs rights. A new PID namespace is for children, so `--fork`; and proc can be mounted only by such a
//! child. Manual: unshare(2), user_namespaces(7), pid_namespaces(7).

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::CloneFlags;
use nix::sys::wait::WaitStatus;
use nix::unistd::{ForkResult, Gid, Uid, fork};

use super::namespaces;
use super::program::become_command;
use super::report::{self, Failure, Outcome};

/// Run a command in new namespaces
#[derive(Parser)]
#[command(name = "unshare")]
struct Arguments {
    /// Mounts
    #[arg(short, long)]
    mount: bool,
    /// Host name
    #[arg(short, long)]
    uts: bool,
    /// System V IPC, POSIX message queues
    #[arg(short, long)]
    ipc: bool,
    /// Network
    #[arg(short, long)]
    net: bool,
    /// Process ids, for the children
    #[arg(short, long)]
    pid: bool,
    /// Users and capabilities
    #[arg(short = 'U', long)]
    user: bool,
    /// Control group root
    #[arg(short = 'C', long)]
    cgroup: bool,
    /// Boot and monotonic clocks, for the children
    #[arg(short = 'T', long)]
    time: bool,
    /// With -T: the time since boot is so many seconds more
    #[arg(long, value_name = "SECONDS", requires = "time", allow_hyphen_values = true)]
    boottime: Option<i64>,
    /// With -T: the monotonic clock is so many seconds on
    #[arg(long, value_name = "SECONDS", requires = "time", allow_hyphen_values = true)]
    monotonic: Option<i64>,
    /// Run the command as a child
    #[arg(short, long)]
    fork: bool,
    /// Map the caller to root in a new user namespace
    #[arg(short = 'r', long)]
    map_root_user: bool,
    /// Mount a new proc, before the command runs (implies -m)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "/proc")]
    mount_proc: Option<PathBuf>,
    /// Of all mounts in a new mount namespace
    #[arg(long, default_value = "private", value_parser = ["private", "shared", "slave", "unchanged"])]
    propagation: String,
    /// A shell, if none is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    let mut flags = CloneFlags::empty();
    for (asked, flag) in [
        (arguments.mount || arguments.mount_proc.is_some(), CloneFlags::CLONE_NEWNS),
        (arguments.uts, CloneFlags::CLONE_NEWUTS),
        (arguments.ipc, CloneFlags::CLONE_NEWIPC),
        (arguments.net, CloneFlags::CLONE_NEWNET),
        (arguments.pid, CloneFlags::CLONE_NEWPID),
        (arguments.user || arguments.map_root_user, CloneFlags::CLONE_NEWUSER),
        (arguments.cgroup, CloneFlags::CLONE_NEWCGROUP),
        (arguments.time, namespaces::TIME),
    ] {
        flags.set(flag, asked);
    }
    let (user, group) = (Uid::effective(), Gid::effective());
    nix::sched::unshare(flags).map_err(|errno| {
        let failure = Failure::errno("cannot make the namespaces", errno);
        match errno {
            Errno::EPERM if !flags.contains(CloneFlags::CLONE_NEWUSER) => {
                failure.hint("all but a user namespace need CAP_SYS_ADMIN; with -r it comes from a new user namespace")
            }
            Errno::EPERM => {
                failure.hint("inside a chroot, or where the system forbids it, no user namespace can be made")
            }
            Errno::ENOSPC => failure.hint("a limit in /proc/sys/user is reached"),
            _ => failure,
        }
    })?;
    if arguments.map_root_user {
        map_root(user, group)?;
    }
    for (clock, seconds) in [("boottime", arguments.boottime), ("monotonic", arguments.monotonic)] {
        if let Some(seconds) = seconds {
            set_clock(clock, seconds)?;
        }
    }
    if flags.contains(CloneFlags::CLONE_NEWNS) && arguments.propagation != "unchanged" {
        let kind = match arguments.propagation.as_str() {
            "shared" => MsFlags::MS_SHARED,
            "slave" => MsFlags::MS_SLAVE,
            _ => MsFlags::MS_PRIVATE,
        };
        mount(Some("none"), "/", None::<&str>, kind | MsFlags::MS_REC, None::<&str>).map_err(|errno| {
            let failure = Failure::errno(format!("cannot make all mounts {}", arguments.propagation), errno);
            match errno {
                Errno::EINVAL => failure.hint("/ is not a mount point here (a chroot): --propagation unchanged"),
                _ => failure,
            }
        })?;
    }
    if arguments.fork
        && let Some(status) = parent_of_fork()?
    {
        return Ok(status);
    }
    if let Some(directory) = &arguments.mount_proc {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        mount(Some("proc"), directory, Some("proc"), flags, None::<&str>).map_err(|errno| {
            Failure::errno(format!("cannot mount proc on {}", directory.display()), errno)
                .hint("it needs a new PID namespace and a child in it (-p -f), and the directory")
        })?;
    }
    let shell = [OsString::from("sh")];
    Ok(become_command("unshare", if arguments.command.is_empty() { &shell } else { &arguments.command }))
}

/// One line each, which anybody may write for himself.
fn map_root(user: Uid, group: Gid) -> Result<(), Failure> {
    for (file, text) in [
        // Without this, a group that denies access could be dropped; so the kernel wants it first.
        ("setgroups", "deny".to_string()),
        ("uid_map", format!("0 {user} 1")),
        ("gid_map", format!("0 {group} 1")),
    ] {
        let path = format!("/proc/self/{file}");
        std::fs::write(&path, text).map_err(|error| Failure::io(format!("cannot write {path}"), &error))?;
    }
    Ok(())
}

/// Before the first process is in the new time namespace: afterwards its clocks stay as they are.
fn set_clock(clock: &str, seconds: i64) -> Result<(), Failure> {
    std::fs::write("/proc/self/timens_offsets", format!("{clock} {seconds} 0"))
        .map_err(|error| Failure::io(format!("cannot set the {clock} clock {seconds} s on"), &error))
}

/// Forks. The parent waits, and gets the child's exit status; the child gets `None`.
pub fn parent_of_fork() -> Result<Option<i32>, Failure> {
    use nix::sys::signal::{SigHandler, Signal, signal};
    // SAFETY: the tool has a single thread, so the child may go on as if nothing had happened.
    match unsafe { fork() } {
        Ok(ForkResult::Child) => Ok(None),
        Ok(ForkResult::Parent { child }) => {
            // The keys are for the command; the parent only reports how it ended.
            for key in [Signal::SIGINT, Signal::SIGQUIT] {
                // SAFETY: ignoring a signal installs no code.
                let _ = unsafe { signal(key, SigHandler::SigIgn) };
            }
            loop {
                match nix::sys::wait::waitpid(child, None) {
                    Ok(WaitStatus::Exited(_, status)) => return Ok(Some(status)),
                    Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(Some(128 + signal as i32)),
                    Ok(_) | Err(Errno::EINTR) => {}
                    Err(errno) => return Err(Failure::errno("cannot wait for the child", errno)),
                }
            }
        }
        Err(errno) => {
            let failure = Failure::errno("cannot fork", errno);
            Err(match errno {
                Errno::ENOMEM => {
                    failure.hint("the PID namespace for children has lost its first process; it takes no more")
                }
                _ => failure,
            })
        }
    }
}
