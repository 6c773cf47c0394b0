//! Runs a command in a control group with 20M of memory, and says how it ended.

use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A command that joins a group before it is one: 0 stands for whoever writes it.
fn in_group(group: &Path, program: &str) -> Command {
    let procs = group.join("cgroup.procs");
    let mut command = Command::new(program);
    // SAFETY: between fork and exec this opens and writes one file, in a program with one thread.
    unsafe { command.pre_exec(move || fs::write(&procs, "0")) };
    command
}

/// As a shell says it: 128 and the number, if it was a signal.
fn said(status: ExitStatus) -> i32 {
    status.code().unwrap_or(128 + status.signal().unwrap_or(0))
}

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let groups = arguments.next().ok_or("no directory")?;
    let limit = arguments.next().ok_or("no name of a file")?;
    let swap = arguments.next().ok_or("no name of a second file")?;
    let program = arguments.next().ok_or("which command?")?;

    let group = PathBuf::from(groups).join("box");
    fs::create_dir(&group)?;
    fs::write(group.join(limit), "20M")?;
    // A kernel that does not count swap has no file for it.
    let swap = group.join(swap);
    if swap.exists() {
        fs::write(swap, "0")?;
    }
    let status = in_group(&group, &program).args(arguments).status()?;
    fs::remove_dir(&group)?;
    std::process::exit(said(status))
}
