//! Bad luck with a micro-VM, with a real one: whoever is killed, QEMU too; a machine that stands still; memory that is
//! not there, in the machine and around it; a module that is missing. Nothing is left, and what happened is said.

mod support;

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::process::Child;
use support::boxlab::{Boxlab, Who, everyone};
use support::host::{Fingerprint, Mark, files};
use support::machine::{machine, says, vm, with_kernel};
use support::pty::Terminal;

/// The machine itself, and not the one that only tries whether kvm answers.
const QEMU: &str = "tsc=reliable";

/// Of the processes of a run the one with this text in its command line, as soon as there is one.
fn found(mark: &Mark, child: &mut Child, text: &str) -> i32 {
    loop {
        for (pid, _) in mark.processes() {
            let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&command).replace('\0', " ").contains(text) {
                return pid;
            }
        }
        if let Some(status) = child.try_wait().expect("a child") {
            panic!("it has ended ({status}) before `{text}` was there");
        }
        std::thread::yield_now();
    }
}

/// The machine behind a terminal that shows what runs in it.
fn machine_of(terminal: &Terminal) -> i32 {
    let qemu = |it: &(i32, String)| it.1.starts_with("qemu");
    terminal.boxlab.mark.processes().into_iter().find(qemu).expect("the machine").0
}

fn end(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it is alive");
}

/// Lesson 00 stands at the step that starts its machine: the controller, the program that measures and QEMU are there.
#[test]
fn nothing_is_left_whoever_of_a_lesson_and_its_machine_is_killed() {
    let Some(kernel) = machine() else { return };
    let before = Fingerprint::take();
    for who in everyone() {
        for victim in [QEMU, "vm --measure", "run not-a-vm"] {
            let mut boxlab = with_kernel(Boxlab::by(who, ["run", "not-a-vm", "--auto"]), &kernel);
            let mut child = boxlab.spawn();
            let machine = found(&boxlab.mark, &mut child, QEMU);
            let pid = found(&boxlab.mark, &mut child, victim);
            assert!(victim != QEMU || pid == machine);
            end(pid);
            let output = child.wait_with_output().expect("it ends");
            boxlab.mark.assert_nothing_left();
            let (text, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(!said.contains("panicked"), "{said}");
            if victim != "run not-a-vm" {
                // The lesson goes on to say what it could not do, and has failed.
                assert_eq!(output.status.code(), Some(1), "{victim} of {who:?}: {text}\n{said}");
            }
            let left: Vec<_> =
                files(boxlab.home.path()).into_iter().filter(|path| !path.contains("/ledger/")).collect();
            assert!(left.iter().all(|path| path.ends_with("kvm.json")), "{victim} of {who:?}: {left:?}");
            Boxlab::by(who, ["clean"]).at_home_of(boxlab.home.path()).expect(0);
        }
    }
    assert_eq!(before, Fingerprint::take());
}

#[test]
fn a_machine_that_is_killed_is_told_and_the_terminal_is_put_back() {
    let Some(kernel) = machine() else { return };
    let mut terminal = Terminal::start(vm(Who::Me, &kernel, &["hostname"]), 24, 80);
    terminal.wait_long_for("enter next");
    end(machine_of(&terminal));
    terminal.wait_for("QEMU ended before the lesson did");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(3), "{text}");
}

#[test]
fn a_machine_that_stands_still_is_ended_with_a_message() {
    let Some(kernel) = machine() else { return };
    let mut terminal = Terminal::start(vm(Who::Me, &kernel, &["hostname"]), 24, 80);
    terminal.wait_long_for("enter next");
    kill(Pid::from_raw(machine_of(&terminal)), Signal::SIGSTOP).expect("it is alive");
    terminal.wait_long_for("gave no sign of life");
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(3), "{text}");
}

#[test]
fn a_host_without_room_for_the_machine_says_so() {
    let Some(kernel) = machine() else { return };
    let small = || setrlimit(Resource::RLIMIT_AS, 256 << 20, 256 << 20);
    let ran = vm(Who::Me, &kernel, &["hostname", "--auto"]).before(small).expect(3);
    says(&ran.stderr, &["allocate memory", "--memory 256"]);
}

/// A folder of modules in which one that lessons need is missing.
#[test]
fn a_module_that_is_missing_is_named_and_what_needs_it_is_skipped() {
    let Some(kernel) = machine() else { return };
    let Some(modules) = modules(&kernel) else {
        return support::skip("the module that is missing: the kernel's modules are not beside it");
    };
    let folder = tempfile::tempdir().expect("a folder");
    copy(&modules, folder.path(), &|name| !name.starts_with("overlay.ko"));
    let options = ["--modules", folder.path().to_str().expect("a path"), "overlay", "--auto"];
    let ran = vm(Who::Me, &kernel[..2], &options).expect(3);
    says(&ran.stderr, &["overlay"]);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
}

/// The folder lib/modules/RELEASE of a kernel that was unpacked from its package.
fn modules(kernel: &[String]) -> Option<PathBuf> {
    let image = Path::new(kernel.get(1)?);
    let release = image.file_name()?.to_str()?.strip_prefix("vmlinuz-")?.to_owned();
    let folder = image.parent()?.parent()?.join("lib/modules").join(release);
    folder.is_dir().then_some(folder)
}

fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let name = entry.file_name();
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            copy(&entry.path(), &to.join(&name), wanted);
        } else if kind.is_file() && wanted(&name.to_string_lossy()) {
            std::fs::hard_link(entry.path(), to.join(&name))
                .or_else(|_| std::fs::copy(entry.path(), to.join(&name)).map(drop))
                .expect("a copy");
        }
    }
}
