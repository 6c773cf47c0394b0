//! The rules of ARCHITECTURE.md that the compiler does not hold: every file says what it is for, none is long, rooms
//! know only the rooms that they may know, `unsafe` stays where it is, and nobody waits by sleeping.
//! It reads the sources as text, without comments; that is enough for rules as simple as these.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A source file: its path below the repository, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    /// The lines without those that are comments, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let comment = |line: &str| line.trim_start().starts_with("//");
        let lines = self.text.lines().enumerate().filter(move |(_, line)| !comment(line));
        lines.map(|(at, line)| (at + 1, line.split(" // ").next().unwrap_or(line)))
    }

    /// `src/show/screen.rs` is in the room `show`, `src/problem.rs` is one of its own.
    fn room(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
    }
}

/// All Rust files below a folder of the repository.
fn files(folder: &str) -> Vec<File> {
    fn gather(path: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(path).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                gather(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    gather(&root.join(folder), &mut paths);
    paths.sort();
    let file = |path: PathBuf| File {
        path: path.strip_prefix(root).expect("below it").to_string_lossy().into_owned(),
        text: std::fs::read_to_string(&path).expect("text"),
    };
    let found: Vec<File> = paths.into_iter().map(file).collect();
    assert!(found.len() > 3, "{folder} has hardly any file: the test looks at the wrong place");
    found
}

/// `path:line: text` of the lines of code that one of these words is in.
fn lines_with(files: &[File], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let with = file.code().filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        found.extend(with.map(|(at, line)| format!("{}:{at}: {}", file.path, line.trim())));
    }
    found
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let without = |file: &File| !file.text.starts_with("//! ");
    let all = files("src").into_iter().chain(files("tests"));
    let bare: Vec<String> = all.filter(without).map(|file| file.path).collect();
    assert!(bare.is_empty(), "these files do not start with `//!`: {bare:#?}");
}

#[test]
fn no_file_is_long() {
    let long = |file: &File| file.text.lines().count() > 400;
    let found: Vec<String> = files("src").into_iter().filter(long).map(|file| file.path).collect();
    assert!(found.is_empty(), "these files have more than 400 lines: {found:#?}");
}

/// Which rooms a room may know. `probe::namespaces` is a part of a room: only that part.
/// A new arrow is a decision: it belongs here and into ARCHITECTURE.md, or it is a mistake.
const MAY_KNOW: [(&str, &[&str]); 21] = [
    ("kernel", &[]),
    // Its one parser: what the link of a namespace file says.
    ("evidence", &["kernel", "probe::namespaces"]),
    ("probe", &["kernel", "evidence"]),
    ("diagnosis", &["kernel", "evidence", "probe"]),
    ("state", &[]),
    ("stage", &["kernel", "evidence", "probe", "diagnosis", "state::ledger", "state::groups", "userland"]),
    (
        "userland",
        &[
            "kernel::capabilities",
            "kernel::capability_sets",
            "kernel::error::Failed",
            "kernel::idmaps",
            "kernel::network::capture",
            "kernel::network::form::Capture",
            "kernel::network::netlink",
            "kernel::nftables",
            "kernel::privileges",
            "kernel::seccomp",
            "probe::ruleset",
            "stage::message",
            "stage::wire",
            "stage::why",
            "stage::shell",
        ],
    ),
    ("lesson", &["kernel", "evidence", "stage"]),
    // It examines before there is any lab, so it has its own calls; of lessons it knows what they need. Whose ids a lab
    // has, how a wider map is written, and where its control groups can be, is the lab's.
    (
        "machine",
        &[
            "kernel",
            "lesson::model",
            "stage::groups",
            "stage::ids::lab_user",
            "stage::subids",
            "vm::image",
            "vm::packages",
            "vm::qemu",
        ],
    ),
    // The guest's first process sets up links and windows; all else that it starts is a command of its own.
    ("vm", &["kernel::network", "problem", "state::directory", "state::replace", "stepper::terminal"]),
    // An exercise speaks the language of lessons and is read as they are; what it looks at is a lab.
    (
        "practice",
        &[
            "evidence",
            "kernel::Operation",
            "kernel::cgroups",
            "kernel::error",
            "kernel::process",
            "lesson::decode",
            "lesson::diagnostic",
            "lesson::mistake",
            "lesson::model",
            "lesson::tree",
            "machine",
            "show::table",
            "stage",
            "state",
        ],
    ),
    ("show", &["evidence", "kernel", "lesson::model"]),
    // It executes nothing: of the kernel's room it has the source, the names and the forms of operations.
    (
        "book",
        &[
            "evidence",
            "kernel::Namespace",
            "kernel::Operation",
            "kernel::capabilities",
            "kernel::code",
            "kernel::shell_words",
            "lesson",
            "practice::attempt",
            "practice::capture::shown",
            "practice::load",
            "practice::model",
            "practice::readme",
            "practice::shelf",
            "problem",
            "show",
        ],
    ),
    // It writes what operations say, and does none of them.
    (
        "export",
        &[
            "kernel::Namespace",
            "kernel::Operation",
            "kernel::capabilities",
            "kernel::capability_sets",
            "kernel::cgroups::Layout",
            "kernel::code",
            "kernel::operation",
            "kernel::programs",
            "kernel::seccomp",
            "kernel::seccomp_profile",
            "kernel::shell_words",
            "lesson::load::Numbered",
            "lesson::model",
            "lesson::plan",
        ],
    ),
    ("letters", &[]),
    ("problem", &["letters"]),
    ("crash", &["problem", "stepper::terminal"]),
    ("stepper", &["evidence", "lesson", "letters", "problem", "show", "stage", "state::progress"]),
    // Another face of the stepper: its engine does what is done, `show` says what is said.
    (
        "screen",
        &[
            "evidence",
            "lesson::model",
            "lesson::pace",
            "lesson::walk",
            "letters",
            "problem",
            "show",
            "stage::descriptors",
            "stage::lab::Lab",
            "stage::message::ShellOrder",
            "stage::title",
            "state::presenting",
            "stepper",
        ],
    ),
    (
        "cli",
        &[
            "book", "crash", "evidence", "export", "kernel", "lesson", "letters", "machine", "practice", "problem",
            "screen", "show", "stage", "state", "stepper", "vm",
        ],
    ),
    // The map of the rooms, and the program.
    ("lib", &[]),
];

#[test]
fn rooms_know_only_what_they_may() {
    let may: BTreeMap<_, _> = MAY_KNOW.into_iter().collect();
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    let sources = files("src");
    for file in sources.iter().filter(|file| file.room() != "main") {
        let room = file.room();
        let Some(known) = may.get(room) else { panic!("{}: the room `{room}` is not in this test's list", file.path) };
        for (at, line) in file.code() {
            assert!(!line.contains("crate::{"), "{}:{at}: one room a line, so that this test can read it", file.path);
            for (start, _) in line.match_indices("crate::") {
                let path = &line[start + "crate::".len()..];
                let end = path.find(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != ':');
                let path = path[..end.unwrap_or(path.len())].trim_end_matches(':');
                let to = path.split("::").next().unwrap_or(path);
                let allowed = |it: &&&str| path == **it || path.starts_with(&format!("{it}::"));
                match known.iter().find(allowed) {
                    Some(arrow) => drop(used.insert((room, *arrow))),
                    None if to == room => {}
                    None => wrong.push(format!("{}:{at}: {room} may not know {path}", file.path)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        used.contains(&("stage", "kernel")) && used.contains(&("cli", "lesson")),
        "the test reads nothing: {used:?}"
    );
}

/// The files that may have `unsafe`: system calls that no safe wrapper has, forks, signals, memory of another process.
const UNSAFE: &[&str] = &[
    "src/crash.rs",
    "src/diagnosis/access.rs",
    "src/kernel/attach.rs",
    "src/kernel/capabilities.rs",
    "src/kernel/capability_sets.rs",
    "src/kernel/init.rs",
    "src/kernel/network/capture.rs",
    "src/kernel/network/socket.rs",
    "src/kernel/process.rs",
    "src/kernel/programs.rs",
    "src/kernel/raw_calls.rs",
    "src/kernel/seccomp.rs",
    "src/kernel/start.rs",
    "src/kernel/queues.rs",
    "src/machine/child.rs",
    "src/machine/mod.rs",
    "src/machine/surroundings.rs",
    "src/machine/tracing.rs",
    "src/machine/trials.rs",
    "src/probe/inside.rs",
    "src/probe/namespaces.rs",
    "src/screen/guard.rs",
    "src/stage/agent.rs",
    "src/stage/births.rs",
    "src/stage/broken.rs",
    "src/stage/call.rs",
    "src/stage/descriptors.rs",
    "src/stage/elsewhere.rs",
    "src/stage/groups/keeper.rs",
    "src/stage/guest.rs",
    "src/stage/host.rs",
    "src/stage/machine_root.rs",
    "src/stage/patience.rs",
    "src/stage/program.rs",
    "src/stage/serve.rs",
    "src/stage/shell.rs",
    "src/stage/title.rs",
    "src/stage/trace.rs",
    "src/stage/wire.rs",
    "src/stage/witness.rs",
    "src/stepper/keys.rs",
    "src/stepper/terminal.rs",
    "src/userland/background.rs",
    "src/userland/caps.rs",
    "src/userland/ping.rs",
    "src/userland/program.rs",
    "src/userland/shell/session.rs",
    "src/userland/speed.rs",
    "src/userland/unshare.rs",
    "src/userland/why.rs",
    "src/vm/guest.rs",
    "src/vm/qemu.rs",
];

#[test]
fn unsafe_stays_where_it_is_and_says_why() {
    let mut wrong = Vec::new();
    for file in files("src").iter().chain(&files("tests")) {
        let blocks: Vec<usize> = file.code().filter(|(_, line)| is_unsafe(line)).map(|(at, _)| at).collect();
        if file.path.starts_with("src/") && !blocks.is_empty() && !UNSAFE.contains(&file.path.as_str()) {
            wrong.push(format!("{}: `unsafe` is new here: is there no safe function for it?", file.path));
        }
        let lines: Vec<&str> = file.text.lines().collect();
        for at in blocks {
            // The reason stands right before, or a few lines before where one reason is for several calls.
            let before = &lines[at.saturating_sub(9)..at];
            if !before.iter().any(|line| line.contains("SAFETY:") || line.contains("# Safety")) {
                wrong.push(format!("{}:{at}: `unsafe` without `// SAFETY:` before it", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn is_unsafe(line: &str) -> bool {
    ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"].iter().any(|form| line.contains(form))
        && !line.contains('"')
}

/// A wait is for an event, never for a time. ping(8) sends once a second, as everybody expects of it.
#[test]
fn nobody_waits_by_sleeping() {
    let all: Vec<File> = files("src").into_iter().chain(files("tests")).collect();
    let (own, ping) = (concat!("thread::sle", "ep("), "src/userland/ping.rs:");
    let found: Vec<_> = lines_with(&all, &[own, concat!("time::sle", "ep(")]);
    let found: Vec<_> = found.into_iter().filter(|line| !line.starts_with(ping)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// Whoever ends the program in the middle leaves out what others do at its end: the terminal, the lab, the ledger.
#[test]
fn nobody_ends_the_program_but_main() {
    let files: Vec<File> = files("src").into_iter().filter(|it| !["main", "userland"].contains(&it.room())).collect();
    let found = lines_with(&files, &["process::exit(", "process::abort("]);
    assert!(found.is_empty(), "{found:#?}");
}

/// `println!` panics where standard output is closed or full. `problem::print` tells, and `problem::complain` is quiet.
#[test]
fn nobody_prints_but_commands_and_tools() {
    let files: Vec<File> = files("src").into_iter().filter(|it| !["cli", "userland"].contains(&it.room())).collect();
    let found = lines_with(&files, &["println!(", " print!(", "(print!(", "eprint!(", "dbg!("]);
    assert!(found.is_empty(), "{found:#?}");
}
