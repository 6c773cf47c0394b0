//! `nsenter`: runs a command in the namespaces of another process.
//!
//! The user namespace gives the rights for those that it owns, and takes away the rights for those above it; so whatever
//! can be entered without it is, then comes the user namespace, then the rest, as util-linux has it. The files are all
//! opened before the first is entered, because afterwards /proc may be another one. The PID namespace is for children,
//! so a fork follows. Manual: setns(2), namespaces(7).

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;

use clap::Parser;
use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};

use super::namespaces::KINDS;
use super::program::become_command;
use super::report::{self, Failure, Outcome};
use super::unshare::parent_of_fork;

/// Run a command in the namespaces of another process
#[derive(Parser)]
#[command(name = "nsenter")]
struct Arguments {
    /// The process whose namespaces are meant
    #[arg(short, long)]
    target: Option<i32>,
    /// All namespaces of the target that differ from ours
    #[arg(short, long)]
    all: bool,
    #[arg(short, long, num_args = 0..=1, require_equals = true, value_name = "FILE")]
    mount: Option<Option<PathBuf>>,
    #[arg(short, long, num_args = 0..=1, require_equals = true, value_name = "FILE")]
    uts: Option<Option<PathBuf>>,
    #[arg(short, long, num_args = 0..=1, require_equals = true, value_name = "FILE")]
    ipc: Option<Option<PathBuf>>,
    #[arg(short, long, num_args = 0..=1, require_equals = true, value_name = "FILE")]
    net: Option<Option<PathBuf>>,
    #[arg(short, long, num_args = 0..=1, require_equals = true, value_name = "FILE")]
    pid: Option<Option<PathBuf>>,
    #[arg(short = 'U', long, num_args = 0..=1, require_equals = true, value_name = "FILE")]
    user: Option<Option<PathBuf>>,
    #[arg(short = 'C', long, num_args = 0..=1, require_equals = true, value_name = "FILE")]
    cgroup: Option<Option<PathBuf>>,
    #[arg(short = 'T', long, num_args = 0..=1, require_equals = true, value_name = "FILE")]
    time: Option<Option<PathBuf>>,
    /// Stay in this process, also after a PID namespace
    #[arg(short = 'F', long)]
    no_fork: bool,
    /// A shell, if none is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

impl Arguments {
    fn asked(&self, kind: &str) -> Option<&Option<PathBuf>> {
        match kind {
            "mnt" => self.mount.as_ref(),
            "uts" => self.uts.as_ref(),
            "ipc" => self.ipc.as_ref(),
            "net" => self.net.as_ref(),
            "pid" => self.pid.as_ref(),
            "user" => self.user.as_ref(),
            "cgroup" => self.cgroup.as_ref(),
            _ => self.time.as_ref(),
        }
    }
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    let mut files = vec![];
    for kind in &KINDS {
        let path = match (arguments.asked(kind.file), arguments.target) {
            (Some(Some(path)), _) => path.clone(),
            (Some(None), Some(target)) => PathBuf::from(format!("/proc/{target}/ns/{}", kind.file)),
            (None, Some(target)) if arguments.all => {
                let path = PathBuf::from(format!("/proc/{target}/ns/{}", kind.file));
                // Entering one's own user namespace is an error, and the others a waste.
                let own = std::fs::read_link(format!("/proc/self/ns/{}", kind.file));
                if own.is_ok() && own.ok() == std::fs::read_link(&path).ok() {
                    continue;
                }
                path
            }
            (Some(None), None) => return Err(Failure::new("whose namespaces? (--target PID, or =FILE)")),
            (None, _) => continue,
        };
        let file = File::open(&path).map_err(|error| {
            let failure = Failure::io(format!("cannot open {}", path.display()), &error);
            match std::path::Path::new("/proc/self").exists() {
                true => failure,
                false => failure.hint("nothing is mounted at /proc (mount -t proc proc /proc)"),
            }
        })?;
        files.push((kind, file));
    }
    let into_pid = files.iter().any(|(kind, _)| kind.flag == CloneFlags::CLONE_NEWPID);
    let mut later = vec![];
    for (kind, file) in files {
        if kind.flag == CloneFlags::CLONE_NEWUSER || setns(&file, kind.flag).is_err() {
            later.push((kind, file));
        }
    }
    for (kind, file) in &later {
        setns(file, kind.flag).map_err(|errno| {
            let failure = Failure::errno(format!("cannot enter the {} namespace", kind.file), errno);
            match errno {
                Errno::EPERM => {
                    failure.hint("it needs CAP_SYS_ADMIN in the user namespace that owns it; -U enters that too")
                }
                Errno::EINVAL => failure.hint("another kind of namespace, or the caller's own user namespace"),
                _ => failure,
            }
        })?;
    }
    // Closed before the command runs, so that they do not keep namespaces alive.
    drop(later);
    if into_pid
        && !arguments.no_fork
        && let Some(status) = parent_of_fork()?
    {
        return Ok(status);
    }
    let shell = [OsString::from("sh")];
    Ok(become_command("nsenter", if arguments.command.is_empty() { &shell } else { &arguments.command }))
}
