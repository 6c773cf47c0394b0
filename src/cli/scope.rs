//! Control groups from systemd: where a user has none of his own and his session has a systemd, Boxlab starts itself anew
//! by systemd-run(1), in a scope that is delegated to him (systemd.resource-control(5), Delegate=). That asks the user's
//! systemd over D-Bus, which moves the process and has the controllers handed down; the scope ends with the program.

use crate::lesson::model::Need;
use crate::machine;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Set for the one that was started so: it does not try again.
const TRIED: &str = "BOXLAB_SCOPE";

/// Starts the program anew if that gives it the groups that lessons or exercises need. Returns where it does not.
pub fn enter_if_needed<'a>(needs: impl IntoIterator<Item = &'a Need>) {
    let mut needs = needs.into_iter();
    let lacks = |need: &Need| !need.controllers().is_empty() && machine::lacks(*need).is_some();
    if needs.any(lacks) && possible() {
        // Returns only if there is no such program; then the reason is told as it is.
        let _failed = again().exec();
    }
}

/// A user, in a session that systemd has begun, whose systemd-run has not been asked before.
fn possible() -> bool {
    let there = |path: &str| Path::new(path).exists();
    let bus = std::env::var("XDG_RUNTIME_DIR").is_ok_and(|path| Path::new(&path).join("systemd/private").exists());
    let asked = std::env::var_os(TRIED).is_some();
    !asked && !nix::unistd::geteuid().is_root() && bus && there("/run/systemd/system") && accepted()
}

/// Asked with a program that does nothing: what systemd refuses is not to end this one.
fn accepted() -> bool {
    let mut command = run();
    let quiet = || std::process::Stdio::null();
    command.arg("true").stdin(quiet()).stdout(quiet()).stderr(quiet());
    command.status().is_ok_and(|status| status.success())
}

fn run() -> Command {
    let mut command = Command::new("systemd-run");
    command.args(["--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes", "--"]);
    command
}

fn again() -> Command {
    let mut command = run();
    let program = std::env::current_exe().unwrap_or_else(|_| "boxlab".into());
    command.arg(program).args(std::env::args_os().skip(1)).env(TRIED, "1");
    command
}
