//! `boxlab vm`: with QEMU and a distribution's kernel, and without.
//! A machine takes seconds to come up, so each of these tests looks at several things.

mod support;

use nix::sys::signal::Signal;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use support::boxlab::{Boxlab, Who, everyone};
use support::machine::{machine, says, vm, with_kernel};
use support::pty::Terminal;
use support::skip;

#[test]
fn a_machine_without_qemu_is_told_what_to_install() {
    let ran = Boxlab::new(["vm", "hostname"]).env("PATH", "/nowhere").expect(3);
    says(&ran.stderr, &["qemu-system-x86_64 is not installed", "qemu-system-x86", "Ubuntu", "Fedora", "Arch"]);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
}

#[test]
fn a_kernel_that_is_none_is_told_apart_from_one_that_cannot_be_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("vmlinuz");
    let name = path.to_str().expect("a path").to_owned();
    for (bytes, words) in [(&b"x"[..], "is not a Linux kernel"), (&[0; 70_000], "is not a Linux kernel")] {
        std::fs::write(&path, bytes).expect("written");
        let ran = Boxlab::new(["vm", "--kernel", &name, "hostname"]).expect(2);
        says(&ran.stderr, &[&name, words, "vmlinuz-VERSION"]);
    }
    let ran = Boxlab::new(["vm", "--kernel", "/nowhere/vmlinuz", "hostname"]).expect(2);
    says(&ran.stderr, &["/nowhere/vmlinuz cannot be read", "No such file"]);
    if !everyone().contains(&Who::Nobody) {
        return skip("the kernel that only root may read: the tests are not run by root");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("permissions");
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let ran = Boxlab::by(Who::Nobody, ["vm", "--kernel", &name, "hostname"]).expect(2);
    says(&ran.stderr, &["cannot be read", "Permission denied", &format!("sudo chmod a+r {name}")]);
}

#[test]
fn a_misspelt_lesson_starts_no_machine() {
    let ran = Boxlab::new(["vm", "hostnome"]).expect(2);
    says(&ran.stderr, &["hostnome", "boxlab run hostname"]);
    let ran = Boxlab::new(["vm", "hostname", "pids"]).expect(2);
    says(&ran.stderr, &["boxlab vm --verify hostname pids"]);
}

#[test]
fn modules_of_another_kernel_are_refused() {
    let Some(kernel) = machine() else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let options = ["--modules", directory.path().to_str().expect("a path"), "hostname"];
    let without: Vec<String> = kernel.iter().take(2).cloned().collect();
    let ran = vm(Who::Me, &without, &options).expect(2);
    says(&ran.stderr, &["There are no kernel modules in"]);
    std::fs::write(directory.path().join("overlay.ko"), "\x7fELF\0depends=\0vermagic=1.2.3 SMP\0").expect("written");
    let ran = vm(Who::Me, &without, &options).expect(2);
    says(&ran.stderr, &["are another kernel's", "1.2.3"]);
}

/// What `boxlab verify` says here it says of a machine too, for programs and with the lessons' own places.
#[test]
fn lessons_are_verified_in_a_machine() {
    let Some(kernel) = machine() else { return };
    let words = ["verify", "hostname", "pids", "--in", "vm", "--jobs", "2", "--format", "json"];
    let ran = with_kernel(Boxlab::new(words), &kernel).expect(0);
    let all: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((all["counts"]["passed"].as_u64(), all["counts"]["failed"].as_u64()), (Some(2), Some(0)), "{all:#}");

    let place = tempfile::tempdir().expect("a folder");
    let step = "- as: runtime\n  say: Go.\n  do: { chdir: /tmp }\n  expect: { runtime.cwd: /nowhere }\n  why: None.\n";
    let folder = support::lesson::made(place.path(), "", step);
    let folder = folder.to_str().expect("text");
    let words = ["--lessons", folder, "verify", "--in", "vm", "--no-skip"];
    let ran = with_kernel(Boxlab::new(words), &kernel).env("GITHUB_ACTIONS", "true").expect(1);
    says(&ran.stdout, &["failed   01 made", "step 1: runtime.cwd: claimed `/nowhere`, found `/tmp`"]);
    says(&ran.stderr, &[&format!("::error file={folder}/01-made/lesson.yaml,line=")]);
    let ran = Boxlab::new(["--lessons", folder, "verify", "--in", "vm", "--update"]).expect(2);
    says(&ran.stderr, &["A record that is written in a machine is gone with it.", "vm --verify"]);
}

/// The kernel's own numbers differ from run to run.
fn without_raw(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.remove("raw");
            fields.values_mut().for_each(without_raw);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_raw),
        _ => {}
    }
}

#[test]
fn the_record_of_a_lesson_comes_back_and_is_the_same_as_here() {
    let Some(kernel) = machine() else { return };
    let record = |text: &str| {
        let mut record: serde_json::Value =
            serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {text:.80}"));
        record.as_object_mut().expect("a record").remove("kernel");
        without_raw(&mut record);
        format!("{record:#}")
    };
    let here = Boxlab::new(["run", "hostname", "--auto", "--format", "json"]).expect(0);
    for (who, user) in everyone().into_iter().zip(["nobody", "root"]) {
        let ran = vm(who, &kernel, &["hostname", "--auto", "--format", "json", "--user", user]).expect(0);
        let (there, here) = (record(&ran.stdout), record(&here.stdout));
        let other = there.lines().zip(here.lines()).find(|(there, here)| there != here);
        assert!(other.is_none() && there.len() == here.len(), "{other:?}");
        says(&ran.stderr, &["micro-VM: kernel", "up after"]);
    }
}

#[test]
fn own_lessons_go_along_and_the_exit_status_comes_back() {
    let Some(kernel) = machine() else { return };
    let lessons = concat!(env!("CARGO_MANIFEST_DIR"), "/lessons");
    let more = ["--lessons", lessons, "--", "run", "hostname", "--auto", "--from", "99"];
    let ran = vm(Who::Me, &kernel, &more).expect(2);
    says(&ran.stderr, &["Lesson hostname has no step 99"]);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
}

#[test]
fn a_lesson_is_stepped_in_the_machine_and_progress_is_kept() {
    let Some(kernel) = machine() else { return };
    let home = tempfile::tempdir().expect("a home");
    let boxlab = vm(Who::Me, &kernel, &["hostname"]).at_home_of(home.path());
    let mut terminal = Terminal::start(boxlab, 24, 80);
    terminal.wait_long_for("up after");
    terminal.wait_for("1/16");
    terminal.wait_for("enter next");
    terminal.resize(40, 100);
    terminal.send("\r");
    terminal.wait_for("2/16");
    terminal.wait_for("abc answer");
    terminal.send("s");
    terminal.wait_for("# ");
    terminal.send("stty size\r");
    terminal.wait_for("40 100");
    terminal.send("exit\r");
    terminal.wait_for("abc answer");
    // Somebody goes on outside meanwhile.
    let progress = home.path().join(".local/state/boxlab/progress.json");
    std::fs::create_dir_all(progress.parent().expect("a folder")).expect("a folder");
    std::fs::write(&progress, r#"{ "lessons": { "pids": { "step": 7 } } }"#).expect("a file");
    terminal.send("\x03");
    terminal.wait_for("nothing is left");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(0), "{text}");
    let kept = std::fs::read_to_string(progress).expect("progress");
    says(&kept, &["hostname", "\"step\": 1", "pids", "\"step\": 7"]);
}

#[test]
fn ctrl_c_ends_a_machine_that_is_starting() {
    let Some(kernel) = machine() else { return };
    let mut terminal = Terminal::start(vm(Who::Me, &kernel, &["hostname"]), 24, 80);
    terminal.wait_for("starting a machine");
    terminal.send("\x03");
    let (status, text) = terminal.end();
    assert_eq!(status.signal(), Some(Signal::SIGINT as i32), "{text}");
}

#[test]
fn a_closed_terminal_ends_the_machine() {
    let Some(kernel) = machine() else { return };
    let mut terminal = Terminal::start(vm(Who::Me, &kernel, &["hostname"]), 24, 80);
    terminal.wait_long_for("enter next");
    terminal.close();
}

#[test]
fn a_killed_boxlab_leaves_no_qemu() {
    let Some(kernel) = machine() else { return };
    let mut terminal = Terminal::start(vm(Who::Me, &kernel, &["hostname"]), 24, 80);
    terminal.wait_long_for("enter next");
    let qemu = |it: &(i32, String)| it.1.starts_with("qemu");
    assert!(terminal.boxlab.mark.processes().iter().any(qemu), "the machine is not found");
    terminal.signal(Signal::SIGKILL);
    terminal.child.wait().expect("it ends");
    terminal.boxlab.mark.assert_nothing_left();
    let left = support::host::files(terminal.boxlab.home.path());
    assert!(left.iter().all(|path| path.ends_with("kvm.json")), "{left:?}");
}

#[test]
fn limits_end_a_machine_and_say_so() {
    let Some(kernel) = machine() else { return };
    let ran = vm(Who::Me, &kernel, &["hostname", "--auto", "--boot-limit", "1", "--accelerator", "tcg"]).expect(3);
    says(&ran.stderr, &["did not come up within 1 seconds", "--boot-limit 3"]);
    let ran = vm(Who::Me, &kernel, &["--all", "--time-limit", "1", "--accelerator", "tcg"]).expect(1);
    says(&ran.stderr, &["not done after 1 seconds", "--time-limit 3"]);
}

#[test]
fn a_machine_with_too_little_memory_says_so() {
    let Some(kernel) = machine() else { return };
    let ran = vm(Who::Me, &kernel, &["hostname", "--auto", "--memory", "64"]).expect(3);
    says(&ran.stderr, &["--memory 512"]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let Some(kernel) = machine() else { return };
    let mut boxlab = vm(Who::Me, &kernel, &["hostname", "--auto"]);
    boxlab.command.stderr(Stdio::null());
    let mut child = boxlab.spawn();
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    says(&first, &["Lesson 02"]);
    assert_eq!(child.wait().expect("an end").code(), Some(0));
    boxlab.mark.assert_nothing_left();
}

/// Lesson 00 starts a machine itself, and lays it beside its container.
#[test]
fn a_container_and_a_machine_are_laid_side_by_side() {
    let Some(options) = machine() else { return };
    let ran = with_kernel(Boxlab::new(["run", "not-a-vm", "--auto", "--format", "json"]), &options).expect(0);
    let record: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(record["skipped"], serde_json::json!([]), "{}", ran.stdout);
    let (own, other) = (&record["measured"]["container"], &record["measured"]["machine"]);
    assert!(own["ready"].is_u64() && other["ready"].is_u64() && other["memory"].is_u64(), "{own} {other}");
    let boot = record["final"].as_array().expect("facts").iter().find(|fact| fact["subject"] == "vm");
    assert_eq!(boot.map(|fact| &fact["text"]), Some(&serde_json::json!("boot:[vm]")));
}

/// A machine that forwards, as each with Docker on it does, hands that down to every new network namespace.
#[test]
fn a_machine_that_forwards_changes_no_lesson() {
    let Some(kernel) = machine() else { return };
    let mut ran = vm(Who::Me, &kernel, &["--verify", "bridge"]);
    let real = which("qemu-system-x86_64");
    let between = tempfile::tempdir().expect("a folder");
    let script = between.path().join("qemu-system-x86_64");
    // The kernel takes settings on its command line, after what Boxlab says there.
    let text = format!(
        "#!/bin/bash\nfor word; do case $word in console=*) word+=' sysctl.net.ipv4.ip_forward=1';; esac; words+=(\"$word\"); done\nexec {} \"${{words[@]}}\"\n",
        real.display()
    );
    std::fs::write(&script, text).expect("written");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let path = format!("{}:{}", between.path().display(), std::env::var("PATH").expect("a path"));
    ran.command.env("PATH", path);
    says(&ran.expect(0).stdout, &["passed   11 bridge"]);
}

/// A program's file.
fn which(name: &str) -> std::path::PathBuf {
    let path = std::env::var_os("PATH").expect("a path");
    std::env::split_paths(&path).map(|it| it.join(name)).find(|it| it.is_file()).expect("it is installed")
}
