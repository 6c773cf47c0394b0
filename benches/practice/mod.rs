//! Exercises: a check beside the program's own run, the time from a save to a verdict, and grading many at once. The
//! program is the solution of exercise hostname in shell, for which nothing is built.

use super::{Table, boxlab, run, state};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SOLUTION: &str = include_str!("../../exercises/02-hostname/solution/shell/main.sh");
/// What is said last of an exercise that has passed.
const PASSED: &str = "It leaves nothing behind.";

pub fn rows(table: &mut Table) {
    let folder = state().join("hostname");
    run(boxlab(&["exercise", "start", "hostname", "--lang", "shell"]).arg(&folder));
    std::fs::write(folder.join("main.sh"), SOLUTION).expect("a file");
    if !checks(table, &folder) {
        return table.value("exercises", "none".to_owned(), "none can be checked here");
    }
    watch(table, &folder);
    grade(table, &folder);
}

/// Both in turns: the checker's part is what is between them.
fn checks(table: &mut Table, folder: &Path) -> bool {
    let tried = boxlab(&["exercise", "check"]).arg(folder).stdout(Stdio::null()).status();
    if !tried.is_ok_and(|status| status.success()) {
        return false;
    }
    let (mut own, mut check) = (Vec::new(), Vec::new());
    for _ in 0..30 {
        let mut alone = Command::new("unshare");
        alone.args(["-Ur", "sh", "main.sh", "true"]).current_dir(folder);
        own.push(run(&mut alone));
        check.push(run(boxlab(&["exercise", "check"]).arg(folder)));
    }
    table.row("an exercise's program alone, unshare(1) (ms)", &mut own, "");
    table.row("boxlab exercise check (ms)", &mut check, "at most 150 more");
    true
}

/// From a save to the verdict's last line, as a pipe shows it.
fn watch(table: &mut Table, folder: &Path) {
    let mut child = boxlab(&["exercise", "watch"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut until_passed = || lines.by_ref().map_while(Result::ok).any(|line| line.contains(PASSED));
    let mut times = Vec::new();
    until_passed();
    for round in 0..20 {
        let beside = folder.join("main.sh~");
        std::fs::write(&beside, format!("{SOLUTION}# {round}\n")).expect("a file");
        let began = Instant::now();
        std::fs::rename(&beside, folder.join("main.sh")).expect("a rename");
        assert!(until_passed(), "watch has ended");
        times.push(began.elapsed());
    }
    child.kill().ok();
    child.wait().ok();
    table.row("watch, from save to verdict (ms)", &mut times, "at most 300");
}

/// So many copies of a right solution.
fn submissions(folder: &Path, count: usize) -> PathBuf {
    let all = state().join(format!("submissions-{count}"));
    for number in 0..count {
        let one = all.join(format!("s{number:03}"));
        std::fs::create_dir_all(&one).expect("a folder");
        for name in ["main.sh", "boxlab.yaml"] {
            std::fs::copy(folder.join(name), one.join(name)).expect("a copy");
        }
    }
    all
}

/// Each once: they take long enough to say something.
fn grade(table: &mut Table, folder: &Path) {
    let (few, many) = (submissions(folder, 20), submissions(folder, 200));
    let (one, _) = graded(&many, "1");
    let (two, of_many) = graded(&many, "2");
    let (_, of_few) = graded(&few, "2");
    table.row("grade of 200, one at a time (ms)", &mut [one], "");
    table.row("grade of 200, two at a time (ms)", &mut [two], "");
    for (count, [own, together]) in [(20, of_few), (200, of_many)] {
        let note = format!("with all that it has started {together:.1}");
        table.value(&format!("memory of grade of {count}, its peak (MiB)"), format!("{own:.1}"), &note);
    }
}

/// How long it takes; its own peak of memory, and that of it and all that it has started (Pss), in MiB. Both are read
/// whenever a submission is done.
fn graded(all: &Path, jobs: &str) -> (Duration, [f64; 2]) {
    let began = Instant::now();
    let mut command = boxlab(&["grade", "--jobs", jobs, "--results"]);
    command.arg(state().join("results.json")).arg(all);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let (mut own, mut together, mut passed) = (0, 0, false);
    for (number, line) in lines.map_while(Result::ok).enumerate() {
        own = own.max(peak(&child));
        if number % 10 == 5 {
            together = together.max(super::descendants(child.id()).into_iter().map(super::pss).sum());
        }
        passed = line.contains(" passed, 0 failed, 0 error, 0 skipped");
    }
    let took = began.elapsed();
    assert!(child.wait().is_ok_and(|status| status.success()) && passed, "not all have passed");
    let mib = |kib: u64| kib as f64 / 1024.0;
    (took, [mib(own), mib(together)])
}

/// VmHWM of proc_pid_status(5), in KiB; 0 where it has ended.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0)
}
