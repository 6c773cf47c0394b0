//! Checking a stranger's work: it is built in the lab as well, since a build runs whatever its author likes, and nobody's
//! home is shown there but the toolchain of cargo. What cargo has built of the crates that all starters have is copied in,
//! so that a build takes no longer than anybody's.

use super::capture::{Capture, MOST};
use super::verdict::Failure;
use crate::stage::groups::Bounds;
use crate::stage::lab::{Lab, LabError};
use crate::stage::machine_root::{FOLDER, MORE, TOOLS};
use crate::stage::message::{Happened, ProgramOrder};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A build takes this long at most.
const LIMIT: Duration = Duration::from_secs(120);
/// A compiler needs more than a program.
const MEMORY: u64 = 4 << 30;
const PROCESSES: u64 = 512;
/// And all of them together.
pub const BOUNDS: Bounds = Bounds { processes: 2 * PROCESSES, memory: 4 << 30 };

/// What a stranger's work gets of the machine.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Directories of the root that are not shown.
    pub hidden: Vec<String>,
    /// Directories that are shown all the same.
    pub shown: Vec<PathBuf>,
    /// Directories in whose place there is nothing: the work of others.
    pub covered: Vec<PathBuf>,
    /// What cargo has built already.
    warm: Option<PathBuf>,
    environment: Vec<(String, String)>,
}

impl Sealed {
    /// By what this machine has.
    pub fn here(covered: Vec<PathBuf>) -> Sealed {
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let of = |name: &str, folder: &str| std::env::var_os(name).map_or_else(|| home.join(folder), PathBuf::from);
        let (cargo, rustup) = (of("CARGO_HOME", ".cargo"), of("RUSTUP_HOME", ".rustup"));
        let warm = crate::state::directory().map(|place| place.join("cargo/debug")).filter(|place| place.is_dir());
        // Not all of cargo's: it keeps passwords there too.
        let mut shown = vec![cargo.join("bin"), cargo.join("registry"), rustup.clone()];
        shown.extend(warm.clone());
        shown.retain(|path| path.is_dir());
        let text = |path: &PathBuf| path.display().to_string();
        let mut environment = vec![
            ("CARGO_HOME".to_owned(), text(&cargo)),
            ("RUSTUP_HOME".to_owned(), text(&rustup)),
            ("CARGO_TARGET_DIR".to_owned(), format!("{FOLDER}/target")),
            ("HOME".to_owned(), "/tmp".to_owned()),
            ("GOCACHE".to_owned(), "/tmp/go".to_owned()),
            ("GOFLAGS".to_owned(), "-mod=mod".to_owned()),
        ];
        let path =
            format!("{}:{}:/usr/sbin:/sbin:/{TOOLS}:/{MORE}", text(&cargo.join("bin")), super::order::search_path());
        environment.push(("PATH".to_owned(), path));
        let hidden = ["home", "root"].map(str::to_owned).to_vec();
        Sealed { hidden, shown, covered, warm, environment }
    }

    /// Builds in the lab. Gives how that failed, and what was printed.
    pub fn build(&self, lab: &Lab, command: &[String]) -> Result<Option<(Failure, String)>, LabError> {
        let warm = self.warm.as_ref().map_or_else(String::new, |warm| warm.display().to_string());
        let script =
            "if [ -n \"$0\" ]; then mkdir -p target && cp -Rp \"$0\" target/debug 2>/dev/null; fi; exec \"$@\"";
        let mut words = ["sh", "-c", script, &warm].map(str::to_owned).to_vec();
        words.extend(command.iter().cloned());
        let order = ProgramOrder {
            command: words,
            chroot: None,
            ptrace: false,
            directory: FOLDER.to_owned(),
            environment: self.environment.clone(),
            probes: Vec::new(),
            processes: PROCESSES,
            memory: MEMORY,
        };
        let (mut capture, output) = Capture::new().map_err(LabError::Fork)?;
        let started = lab.program(order, &[output.as_fd(), output.as_fd()])?;
        drop(output);
        let found = match started {
            Err(failed) => failed.to_string(),
            Ok(()) => match next(lab, &mut capture, LIMIT)? {
                Some(Happened::Ended(ended)) if ended == "exit 0" => return Ok(None),
                Some(Happened::Ended(ended)) => ended,
                Some(Happened::Nothing) => format!("not within {} seconds", LIMIT.as_secs()),
                Some(_) => "it has spoken to the checker".to_owned(),
                None => format!("more than {} KiB of output", MOST >> 10),
            },
        };
        let expected = format!("`{}` succeeds", command.join(" "));
        let means = Some("The compiler's own words are below.".to_owned());
        Ok(Some((Failure { expected, found, means }, capture.text())))
    }
}

/// What happens next in a lab; what is printed meanwhile is taken. None: that was more than is allowed.
pub fn next(lab: &Lab, capture: &mut Capture, within: Duration) -> Result<Option<Happened>, LabError> {
    lab.ask(within)?;
    let end = Instant::now() + within + lab.silence();
    loop {
        let wire = lab.wire_for_poll().ok_or(LabError::Gone(nix::errno::Errno::EPIPE))?;
        let mut waits = vec![PollFd::new(wire.as_fd(), PollFlags::POLLIN)];
        waits.extend(capture.ends().map(|end| PollFd::new(end, PollFlags::POLLIN)));
        let left = end.saturating_duration_since(Instant::now());
        match poll(&mut waits, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
            Ok(0) if left.is_zero() => return Err(LabError::Silent),
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(errno) => return Err(LabError::Gone(errno)),
        }
        let said = waits[0].any().unwrap_or(false);
        drop(waits);
        if !capture.read() {
            return Ok(None);
        }
        if said {
            return lab.happened().map(Some);
        }
    }
}
