//! What lies around the lab: /proc, the state directory, the terminal, the kernel, who we are, signs of a container, and
//! the programs that some features borrow. proc(5), capabilities(7), subuid(5), tty_ioctl(4).
//! Looks only: the one file that is opened for writing has no name (O_TMPFILE, open(2)) and is gone when it is closed.

use super::facts::Facts;
use super::report::{Finding, Group, Status};
use crate::kernel::capabilities::NAMES;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, eaccess};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

const HERE: Group = Group::Surroundings;
/// Progress and the ledger are a few kilobytes; a recording can be a few megabytes.
const SPACE: u64 = 16 * 1024 * 1024;

pub fn findings(facts: &Facts) -> Vec<Finding> {
    vec![
        proc(facts),
        kernel(facts),
        user(facts),
        place(facts),
        state(),
        terminal(),
        super::subids::finding(facts),
        super::micro_vm::finding(),
    ]
}

fn proc(facts: &Facts) -> Finding {
    if facts.proc {
        return Finding::ok("proc-here", HERE, "/proc", "/proc/self/status can be read");
    }
    Finding::ok("proc-here", HERE, "/proc", "/proc/self/status cannot be read").status(Status::Blocked).because(
        "No proc file system is mounted on /proc: the maps of a user namespace are written through it, and the evidence is read from it.",
        "every lesson",
        Some(format!("$ {}mount -t proc proc /proc", facts.sudo())),
    )
}

fn kernel(facts: &Facts) -> Finding {
    Finding::ok("kernel", HERE, "Kernel", format!("uname says Linux {} on {}", facts.release, facts.architecture))
}

fn user(facts: &Facts) -> Finding {
    let title = "User";
    let who = format!("{} (user id {})", facts.user, facts.uid);
    let Some(effective) = facts.effective else { return Finding::ok("user", HERE, title, who) };
    if facts.uid != 0 {
        let held = if effective == 0 { "without capabilities, as it should be" } else { "with some capabilities" };
        return Finding::ok("user", HERE, title, format!("{who}, {held}: lessons run rootless"));
    }
    let missing: Vec<_> =
        NAMES.iter().enumerate().filter(|(number, _)| effective & (1 << number) == 0).map(|(_, name)| *name).collect();
    let inner = if facts.in_user_namespace() { ", root of a user namespace" } else { "" };
    let lacking = match missing.len() {
        0 => "with every capability".to_owned(),
        1..=12 => format!("with every capability but {}", missing.join(", ")),
        count => format!("without {count} of {} capabilities", NAMES.len()),
    };
    Finding::ok("user", HERE, title, format!("{who}{inner}, {lacking} (CapEff in /proc/self/status)"))
}

fn place(facts: &Facts) -> Finding {
    let signs: Vec<_> = facts.hints.iter().map(|hint| hint.sign.as_str()).collect();
    let found = match signs.is_empty() {
        true => "no sign of a container, of WSL or of gVisor".to_owned(),
        false if facts.confined() => format!("in {}: {}", facts.place.name(), signs.join("; ")),
        false => format!("{}, a sign of {}, but none of its usual walls is here", signs.join("; "), facts.place.name()),
    };
    Finding::ok("place", HERE, "Where this runs", found)
}

/// The directory of progress and ledger.
pub fn state_directory() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("boxlab"))
}

fn state() -> Finding {
    let (need, title, blocks) =
        ("state-directory", "State directory", "progress, and the ledger that cleans up after a killed run");
    let remedy =
        Some("Name another directory, that you can write to:\n$ export XDG_STATE_HOME=$(mktemp -d)".to_owned());
    let Some(wanted) = state_directory() else {
        return Finding::ok(need, HERE, title, "neither XDG_STATE_HOME nor HOME is an absolute path")
            .status(Status::Blocked)
            .because("Boxlab has no place to write to.", blocks, remedy);
    };
    // It is made when it is first needed, so what counts is the nearest directory that is there.
    let there = wanted.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let named = format!("{}{}", wanted.display(), if there == wanted { "" } else { " (not yet made)" });
    if let Err(errno) = writable(there) {
        let why = match errno {
            Errno::EROFS => format!("{} is on a file system that is mounted read-only.", there.display()),
            Errno::ENOTDIR => format!("{} is a file, not a directory.", there.display()),
            _ => format!("This user may not write to {}.", there.display()),
        };
        return Finding::ok(
            need,
            HERE,
            title,
            format!("{named}: opening a file in {} answered {errno:?}", there.display()),
        )
        .status(Status::Blocked)
        .because(why, blocks, remedy);
    }
    let free = statvfs(there).map_or(0, |file_system| file_system.blocks_available() * file_system.fragment_size());
    let found = format!("{named}: writable, {} MB free", free / 1_000_000);
    match free < SPACE {
        true => Finding::ok(need, HERE, title, found).status(Status::Limited).because(
            "There is little space left.",
            blocks,
            remedy,
        ),
        false => Finding::ok(need, HERE, title, found),
    }
}

/// Opens a file without a name. Some file systems have no such files; there, access(2) is asked.
fn writable(directory: &Path) -> Result<(), Errno> {
    match open(directory, OFlag::O_TMPFILE | OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::S_IRUSR | Mode::S_IWUSR) {
        Ok(_) => Ok(()),
        Err(Errno::EOPNOTSUPP | Errno::EISDIR | Errno::ENOENT) => {
            eaccess(directory, AccessFlags::W_OK | AccessFlags::X_OK)
        }
        Err(errno) => Err(errno),
    }
}

fn terminal() -> Finding {
    let (need, title, blocks) = ("terminal", "Terminal", "stepping through a lesson by hand; --auto works");
    let kind = std::env::var("TERM").unwrap_or_default();
    let both = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if !both {
        return Finding::ok(need, HERE, title, "standard input or output is no terminal")
            .status(Status::NotNeeded)
            .because("Questions cannot be asked without one.", blocks, None);
    }
    let (columns, rows) = size();
    let found =
        format!("{columns} columns and {rows} rows, TERM is {}", if kind.is_empty() { "not set" } else { &kind });
    if kind.is_empty() || kind == "dumb" {
        let remedy = Some("$ export TERM=xterm-256color".to_owned());
        return Finding::ok(need, HERE, title, found).status(Status::Limited).because(
            "Programs cannot know how to move the cursor.",
            "the full-screen view",
            remedy,
        );
    }
    match columns != 0 && columns < 60 {
        true => Finding::ok(need, HERE, title, found).status(Status::Limited).because(
            "Pictures are drawn for 60 columns or more.",
            "pictures, which will be cut",
            Some("Make the window wider.".to_owned()),
        ),
        false => Finding::ok(need, HERE, title, found),
    }
}

fn size() -> (u16, u16) {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ fills the one struct that it is given, which lives across the call.
    let answer = unsafe { libc::ioctl(1, libc::TIOCGWINSZ, &raw mut size) };
    if answer == 0 { (size.ws_col, size.ws_row) } else { (0, 0) }
}

pub(super) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .map(|directory| directory.join(program))
        .find(|file| eaccess(file, AccessFlags::X_OK).is_ok())
}
