//! Ids beside one's own: whether the lab host can have a wider map here, found out by writing one, for a child that has
//! a user namespace and then ends. subuid(5), newuidmap(1).

use super::child::{descend, wait};
use super::facts::{Facts, user_name};
use super::report::{Finding, Group, Reason, Status};
use super::surroundings::on_path;
use crate::stage::ids::lab_user;
use crate::stage::subids::{self, COUNT, NoLine, NotWritten, Subids};
use nix::sched::{CloneFlags, unshare};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::OnceLock;

/// The subordinate ids of the user whose lab it is, or why there are none. Tried once for a run of the program.
pub fn find() -> &'static Result<Subids, Reason> {
    static TRIED: OnceLock<Result<Subids, Reason>> = OnceLock::new();
    TRIED.get_or_init(|| {
        let own = lab_user();
        let read = |file: &'static str| std::fs::read_to_string(file).ok();
        let found = subids::lent(own.0, read).map_err(|no| no_line(&no, own.0))?;
        attempt(own, found).map_err(|not| not_written(&not))?;
        Ok(found)
    })
}

/// Writes the maps of a child in a user namespace of its own.
fn attempt(own: (u32, u32), subids: Subids) -> Result<(), NotWritten> {
    let pipe = || nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).map_err(NotWritten::Kernel);
    let ((ready, tell), (hold, release)) = (pipe()?, pipe()?);
    let ends = [std::os::fd::AsRawFd::as_raw_fd(&ready), std::os::fd::AsRawFd::as_raw_fd(&release)];
    let child = descend(|| {
        // Else neither side would see the other's end.
        for end in ends {
            nix::unistd::close(end).ok();
        }
        if unshare(CloneFlags::CLONE_NEWUSER).is_ok() {
            nix::unistd::write(&tell, &[1]).ok();
            nix::unistd::read(&hold, &mut [0]).ok();
        }
    })
    .map_err(NotWritten::Kernel)?;
    drop((tell, hold));
    let written = match nix::unistd::read(&ready, &mut [0]) {
        Ok(1) => subids::write(child, own, subids),
        _ => Err(NotWritten::Kernel(nix::errno::Errno::EPERM)),
    };
    drop(release);
    wait(child);
    written
}

fn reason(what: impl Into<String>, why: impl Into<String>, remedy: impl Into<String>) -> Reason {
    Reason { what: what.into(), why: why.into(), remedy: Some(remedy.into()) }
}

fn no_line(no: &NoLine, user: u32) -> Reason {
    let facts = Facts::read();
    let name = user_name(user);
    let why = match no {
        NoLine::Missing { file } => format!("{file} has no line for {name}."),
        NoLine::TooFew { file, most } => format!("{file} lends {name} {most} ids, and the lab takes {COUNT}."),
    };
    let sudo = facts.sudo();
    let add = format!("$ {sudo}usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {name}");
    reason("A wider id map needs ids that /etc/subuid and /etc/subgid lend.", why, add)
}

fn not_written(not: &NotWritten) -> Reason {
    let sudo = Facts::read().sudo();
    match not {
        NotWritten::NoProgram(program) => reason(
            format!("{program} is missing."),
            "The kernel lets a user map one id, his own; more of them are written by this helper.",
            format!(
                "$ {sudo}apt-get install uidmap\nOn Fedora, Arch and Alpine the package is shadow-utils, shadow, shadow-subids."
            ),
        ),
        NotWritten::Refused(program, said) => {
            let what = format!("{program} wrote no map.");
            match on_path(program) {
                _ if no_new_privs() => reason(
                    what,
                    "This process has no_new_privs, so a set-uid program gets no rights.",
                    "Start boxlab from a session without it: grep NoNewPrivs /proc/self/status",
                ),
                Some(path) if !set_uid(&path) => reason(
                    what,
                    format!("{} is not set-uid root, and said: {said}.", path.display()),
                    format!("$ {sudo}chmod u+s {}", path.display()),
                ),
                _ => reason(what, format!("It said: {said}."), "man newuidmap; cat /etc/subuid /etc/subgid"),
            }
        }
        NotWritten::Kernel(errno) => reason(
            format!("The wider map answered {errno:?}."),
            "The ids of /etc/subuid are not all there in the user namespace that this runs in.",
            "cat /proc/self/uid_map, which must have them; in a container, one that has a wider map itself",
        ),
    }
}

fn set_uid(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.permissions().mode() & 0o4000 != 0)
}

fn no_new_privs() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("NoNewPrivs:") && line.ends_with('1'))
}

/// The line of the report.
pub fn finding(facts: &Facts) -> Finding {
    let title = "Wider id maps";
    let (own, _) = lab_user();
    match find() {
        Ok(found) => {
            let by = if facts.uid == 0 { "root itself" } else { "newuidmap and newgidmap" };
            let said =
                format!("a map with {COUNT} ids from {} for {}, written by {by}, worked", found.uid, user_name(own));
            Finding::ok("wide-maps", Group::Surroundings, title, said)
        }
        Err(lacks) => Finding::ok("wide-maps", Group::Surroundings, title, lacks.what.trim_end_matches('.').to_owned())
            .status(Status::NotNeeded)
            .because(lacks.why.clone(), "the deeper steps of the lesson on users", lacks.remedy.clone()),
    }
}
