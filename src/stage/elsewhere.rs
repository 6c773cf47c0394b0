//! A machine of its own beside the lab host: `boxlab vm`, which is asked what its kernel says of itself and is gone again.
//! The one step that no agent does. It is a child of the controller, and ends with it.

use crate::evidence::family::Family;
use crate::evidence::{Fact, Key, Value};
use crate::kernel::error::Failed;
use nix::errno::Errno;
use serde::{Deserialize, Serialize};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// The actor that its facts are about.
pub const NAME: &str = "vm";

/// What the machine itself took, as its host has measured it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Taken {
    /// From its start until its first program was about to run, in milliseconds.
    pub ready: u64,
    /// What the process that is the machine had in memory then, in KiB.
    pub memory: Option<u64>,
}

/// What was found out about it.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    pub taken: Taken,
    /// Its kernel's release.
    pub release: String,
    /// What a lesson may speak of: the boot id. The release may be the host's.
    pub facts: Vec<Fact>,
}

/// What the machine is asked: which kernel this is, from inside.
pub fn of_this_kernel() -> Vec<Fact> {
    let facts = crate::probe::inside::facts(NAME, &[], &[Family::Kernel]);
    facts.into_iter().filter(|fact| fact.key.family() == Some(Family::Kernel)).collect()
}

static LAST: Mutex<Option<Elsewhere>> = Mutex::new(None);

/// What was found out the last time, in this run of the program.
pub fn last() -> Option<Elsewhere> {
    LAST.lock().ok()?.clone()
}

/// Starts one, asks, and waits for its end. Errors: EIO, with the first line of what it said.
pub fn boot() -> Result<Elsewhere, Failed> {
    let failed = |what: String| Failed::new("boxlab vm", Errno::EIO).on(what);
    let mut command = Command::new("/proc/self/exe");
    command.args(["vm", "--measure"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let parent = nix::unistd::getpid();
    // SAFETY: two system calls; nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
            // Whoever was killed before that call has left us to another parent.
            if nix::unistd::getppid() == parent { Ok(()) } else { Err(Errno::ESRCH.into()) }
        });
    }
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let first = || said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned();
    if !output.status.success() {
        return Err(failed(first()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let facts = lines.next().and_then(|line| serde_json::from_str::<Vec<Fact>>(line).ok());
    let taken = lines.next().and_then(|line| serde_json::from_str(line).ok());
    let (Some(facts), Some(taken)) = (facts, taken) else { return Err(failed(first())) };
    let release = facts.iter().find_map(|fact| match (&fact.key, &fact.value) {
        (Key::KernelRelease, Value::Line(release)) => Some(release.clone()),
        _ => None,
    });
    let facts = facts.into_iter().filter(|fact| fact.key == Key::BootId).collect();
    let found = Elsewhere { taken, release: release.unwrap_or_default(), facts };
    if let Ok(mut last) = LAST.lock() {
        *last = Some(found.clone());
    }
    Ok(found)
}
