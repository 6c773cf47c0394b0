//! A walk through four exercises, as a learner takes it: start, a check that fails, a hint, a mistake, another check, a
//! solution, and what there is to read then. Each command stands on a terminal of 24 lines by 80; the transcript is a
//! snapshot, and is the same for root and for nobody.

use crate::made;
use crate::support::boxlab::{Boxlab, Who, everyone};
use crate::support::pty::Terminal;
use crate::support::skip;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// A learner with a folder to work in.
struct Walk {
    who: Who,
    home: tempfile::TempDir,
    here: PathBuf,
    transcript: String,
}

/// Files of an exercise, as its author has them.
fn files(exercise: &str, of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("exercises").join(exercise).join(of).join("shell")
}

impl Walk {
    fn new(who: Who) -> Walk {
        let home = tempfile::tempdir().expect("a folder");
        if who == Who::Nobody {
            std::os::unix::fs::chown(home.path(), Some(65534), Some(65534)).expect("root may give a folder away");
        }
        let here = home.path().to_owned();
        Walk { who, home, here, transcript: String::new() }
    }

    fn terminal(&self, line: &str) -> Terminal {
        let words = line.split(' ').skip(1);
        let mut boxlab = Boxlab::by(self.who, words).at_home_of(self.home.path());
        boxlab.command.current_dir(&self.here);
        Terminal::start(boxlab, 24, 80)
    }

    fn note(&mut self, line: &str, text: &str) {
        let text = text.replace(&self.home.path().display().to_string(), "~");
        let _ = write!(self.transcript, "$ {line}\n{text}\n");
    }

    /// A command, and its exit status.
    fn types(&mut self, line: &str, status: i32) {
        let terminal = self.terminal(line);
        let (ended, text) = terminal.end();
        assert_eq!(ended.code(), Some(status), "{:?}: {line}\n{text}", self.who);
        self.note(line, &text);
    }

    /// Into the folder that was started, to read what the task is.
    fn enters(&mut self, folder: &str) {
        self.here = self.here.join(folder);
        self.note(&format!("cd {folder}"), "");
        let text = std::fs::read_to_string(self.here.join("README.md")).expect("the task");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "too wide for the terminal: {text}");
        self.note("cat README.md", &text);
    }

    /// The learner's editor, with a mistake of the author's or with the solution.
    fn edits(&mut self, exercise: &str, of: &str) {
        made::copy(&files(exercise, of), &self.here);
        let text = std::fs::read_to_string(self.here.join("main.sh")).expect("a script");
        self.note("vi main.sh", &text);
    }
}

/// Where the exercise can be checked at all: else the reason why it is left out.
fn can_be_checked(name: &str) -> bool {
    let home = tempfile::tempdir().expect("a folder");
    let mut start = Boxlab::new(["exercise", "start", name, "--lang", "shell", "it"]).at_home_of(home.path());
    start.command.current_dir(home.path());
    start.expect(0);
    let mut check = Boxlab::new(["exercise", "check", "it"]).at_home_of(home.path());
    check.command.current_dir(home.path());
    let ran = check.run();
    if ran.status == Some(3) {
        skip(&format!("the walk through {name}: {}", ran.stdout));
    }
    ran.status != Some(3)
}

/// The same for everyone.
fn walk(name: &str, take: impl Fn(&mut Walk)) {
    if !can_be_checked(name) {
        return;
    }
    let transcripts: Vec<String> = everyone()
        .into_iter()
        .map(|who| {
            let mut walk = Walk::new(who);
            take(&mut walk);
            walk.transcript
        })
        .collect();
    for other in &transcripts[1..] {
        assert_eq!(*other, transcripts[0], "root and nobody are told the same");
    }
    insta::assert_snapshot!(format!("walk through {name}"), transcripts[0]);
}

#[test]
fn a_name_of_its_own() {
    walk("hostname", |learner| {
        learner.types("boxlab exercise start hostname --lang shell", 0);
        learner.enters("hostname");
        learner.types("boxlab exercise check", 1);
        learner.types("boxlab exercise hint", 0);
        learner.edits("02-hostname", "wrong/name-first");
        learner.types("boxlab exercise check", 1);
        learner.types("boxlab exercise solution", 1);
        learner.types("boxlab exercise hint", 0);
        learner.edits("02-hostname", "solution");
        learner.types("boxlab exercise check", 0);
        std::fs::write(learner.here.join("main.sh"), made::RIGHT).expect("a file");
        learner.types("boxlab exercise diff", 0);
        learner.types("boxlab exercise solution", 0);
    });
}

#[test]
fn a_process_tree_of_its_own() {
    walk("pids", |learner| {
        learner.types("boxlab exercise start pids --lang shell", 0);
        learner.enters("pids");
        learner.types("boxlab exercise check", 1);
        learner.types("boxlab exercise hint", 0);
        learner.edits("03-pids", "wrong/without-fork");
        learner.types("boxlab exercise check", 1);
        learner.types("boxlab exercise hint", 0);
        learner.edits("03-pids", "wrong/not-first");
        learner.types("boxlab exercise check", 1);
        learner.types("boxlab exercise hint", 0);
        learner.edits("03-pids", "solution");
        learner.types("boxlab exercise check", 0);
        learner.types("boxlab exercise diff", 0);
        learner.types("boxlab exercise solution", 0);
    });
}

#[test]
fn a_script_to_be_mended() {
    walk("pivot-repair-1", |learner| {
        learner.types("boxlab exercise start pivot-repair-1", 0);
        learner.enters("pivot-repair-1");
        learner.types("boxlab exercise check", 1);
        learner.types("boxlab exercise hint", 0);
        learner.edits("06-pivot-repair-1", "wrong/chroot-instead");
        learner.types("boxlab exercise check", 1);
        learner.types("boxlab exercise hint", 0);
        learner.edits("06-pivot-repair-1", "solution");
        learner.types("boxlab exercise check", 0);
        learner.types("boxlab exercise solution", 0);
    });
}

/// The last one beside an editor: `watch` checks whenever something is saved, and hears keys.
#[test]
fn a_network_to_be_mended() {
    walk("net-repair-1", |learner| {
        learner.types("boxlab exercise start net-repair-1 --lang shell", 0);
        learner.enters("net-repair-1");
        let mut terminal = learner.terminal("boxlab exercise watch");
        let keys = "q quit";
        let saves = |of: &str| {
            // Written beside and renamed, as most editors do.
            std::fs::copy(files("11-net-repair-1", of).join("main.sh"), learner.here.join("main.sh~")).expect("a copy");
            std::fs::rename(learner.here.join("main.sh~"), learner.here.join("main.sh")).expect("a rename");
        };
        terminal.wait_long_for(keys);
        terminal.send("h");
        terminal.wait_for("hint 1 of 3");
        saves("wrong/accept-rule");
        terminal.wait_for("main.sh was saved");
        terminal.wait_long_for(keys);
        terminal.send("h");
        terminal.wait_for("hint 2 of 3");
        saves("solution");
        terminal.wait_for("main.sh was saved");
        terminal.wait_long_for("n next");
        terminal.wait_for(keys);
        terminal.send("s");
        terminal.wait_for("common reason for containers that reach nothing.");
        terminal.send("q");
        let (status, text) = terminal.end();
        assert_eq!(status.code(), Some(0), "{text}");
        learner.note("boxlab exercise watch", &text);
    });
}
