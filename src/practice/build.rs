//! Building an attempt: the learner's own command in his own folder, on the machine itself, with a time limit. Cargo is told
//! to build in a folder that all exercises share, so that only the first build takes long; what it leaves there is found
//! under the name that the attempt starts.

use super::capture::Capture;
use crate::state;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A first build takes most of it where the machine is slow.
const LIMIT: Duration = Duration::from_secs(300);

/// What came of it.
pub enum Built {
    /// The file that cargo left for the attempt's command, if that is one of cargo's.
    Done { file: Option<PathBuf>, _lock: Option<File> },
    /// It did not succeed: how it ended, and what it printed.
    Failed { ended: String, printed: String },
}

/// Below what the attempt's command names it: cargo's folder in the attempt's own.
const TARGET: &str = "target/";

/// Builds, and finds what was built. Errors: a sentence, where the machine could not do it.
pub fn build(folder: &Path, command: &[String], run: &[String]) -> Result<Built, String> {
    let cargos = run.first().and_then(|program| program.strip_prefix(TARGET)).map(str::to_owned);
    let Some((program, arguments)) = command.split_first() else {
        let file = cargos.map(|rest| folder.join(TARGET).join(rest)).filter(|path| path.is_file());
        return Ok(Built::Done { file, _lock: None });
    };
    let mut child = Command::new(program);
    child.args(arguments).current_dir(folder).stdin(Stdio::null()).process_group(0);
    let mut shared = None;
    if let Some(rest) = &cargos {
        let place =
            state::directory().ok_or("Neither HOME nor XDG_STATE_HOME is set, so there is no place to build.")?;
        let place = place.join("cargo");
        let lock = lock(&place).map_err(|error| format!("{}: {error}", place.display()))?;
        // What another attempt has left under this name is not ours. Cargo puts it there anew, even if nothing is built.
        found(&place, rest).into_iter().for_each(|old| drop(std::fs::remove_file(old)));
        forget_others(&place, folder, rest);
        child.env("CARGO_TARGET_DIR", &place);
        shared = Some((place, lock));
    }
    let (ended, printed) = run_to_end(&mut child).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("There is no program `{program}`, which `build:` names."),
        _ => format!("`{program}` cannot be started: {error}."),
    })?;
    if ended != "exit 0" {
        return Ok(Built::Failed { ended, printed });
    }
    let Some((place, lock)) = shared else { return Ok(Built::Done { file: None, _lock: None }) };
    let rest = cargos.unwrap_or_default();
    match found(&place, &rest).pop() {
        Some(file) => Ok(Built::Done { file: Some(file), _lock: Some(lock) }),
        None => {
            let printed = format!("{printed}The build has made no {TARGET}{rest}, which `run:` names.\n");
            Ok(Built::Failed { ended, printed })
        }
    }
}

/// The shared folder is one attempt's at a time, until what was built is copied.
fn lock(place: &Path) -> std::io::Result<File> {
    std::fs::create_dir_all(place)?;
    let file = File::options().create(true).truncate(false).write(true).open(place.join("lock"))?;
    file.lock()?;
    Ok(file)
}

/// Cargo knows a package by its name, not by its folder, and judges by times alone whether it is built. So it would take
/// what another attempt has built after this one's files were written.
fn forget_others(place: &Path, folder: &Path, rest: &str) {
    use std::os::unix::ffi::OsStrExt;
    let last = place.join("last");
    if std::fs::read(&last).is_ok_and(|text| text == folder.as_os_str().as_bytes()) {
        return;
    }
    let package = format!("{}-", Path::new(rest).file_name().unwrap_or_default().to_string_lossy());
    let targets = std::fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path());
    for target in targets.chain([place.to_owned()]) {
        let kept = target.join(rest).with_file_name(".fingerprint");
        let list = std::fs::read_dir(kept).into_iter().flatten().flatten();
        for entry in list.filter(|entry| entry.file_name().to_string_lossy().starts_with(&package)) {
            std::fs::remove_dir_all(entry.path()).ok();
        }
    }
    std::fs::write(last, folder.as_os_str().as_bytes()).ok();
}

/// `debug/NAME`, below the folder or, where cargo is told a target, below that one's.
fn found(place: &Path, rest: &str) -> Vec<PathBuf> {
    let targets = std::fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path());
    let all = targets.chain([place.to_owned()]).map(|folder| folder.join(rest));
    all.filter(|path| path.is_file()).collect()
}

/// Runs a command to its end, or to the end of its time: how it ended, and what it printed.
fn run_to_end(command: &mut Command) -> std::io::Result<(String, String)> {
    let (mut capture, other) = Capture::new()?;
    command.stdout(other.try_clone()?).stderr(other.try_clone()?);
    let mut child = command.spawn()?;
    drop(other);
    // The command holds copies of the ends to write to, and they would never be seen closed.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let pid = child.id().cast_signed();
    let process = crate::kernel::process::pidfd(pid).map_err(|failed| std::io::Error::from(failed.errno.0))?;
    let end = Instant::now() + LIMIT;
    let mut late;
    loop {
        let mut waits = vec![PollFd::new(process.as_fd(), PollFlags::POLLIN)];
        waits.extend(capture.ends().map(|end| PollFd::new(end, PollFlags::POLLIN)));
        let left = end.saturating_duration_since(Instant::now());
        let ready = poll(&mut waits, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX));
        let ended = waits[0].any().unwrap_or(false);
        drop(waits);
        // However much a compiler says, it is no reason to stop it.
        capture.read();
        late = ready == Ok(0);
        if ended || late {
            break;
        }
    }
    // What it has left running is no part of a build.
    killpg(Pid::from_raw(pid), Signal::SIGKILL).ok();
    let status = child.wait()?;
    capture.read();
    use std::os::unix::process::ExitStatusExt;
    let ended = match (late, status.code(), status.signal()) {
        (true, ..) => format!("not within {} seconds", LIMIT.as_secs()),
        (_, Some(code), _) => format!("exit {code}"),
        (_, _, signal) => {
            let name = signal.and_then(|it| Signal::try_from(it).ok()).map_or("?", crate::kernel::process::short);
            format!("signal {name}")
        }
    };
    Ok((ended, capture.text()))
}
