//! What a lab may not do to the machine, nor to Boxlab: places that a lesson names, the program itself, the learner's
//! environment, agents that are stopped, kernels that are older.

mod support;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use support::boxlab::{Boxlab, Ran, Who, everyone, program};
use support::host::{Fingerprint, Mark, files};
use support::lesson::{STEPPING, made};

const LOOK: &str = "- as: runtime\n  say: Look.\n  do: look\n  why: None.\n";

/// A folder that everybody may read.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("mine");
    folder
}

fn with_rootfs(who: Who, lessons: &Path, rootfs: &Path, text: &[&str]) -> Ran {
    let words = ["--lessons".as_ref(), lessons.as_os_str(), "shell".as_ref(), "made".as_ref(), "--rootfs".as_ref()];
    let mut boxlab = Boxlab::by(who, words);
    boxlab.command.arg(rootfs).args(["--host", "--"]).args(text);
    boxlab.run()
}

/// A little root: a directory, and the same as a tar file.
fn roots(folder: &Path) -> [std::path::PathBuf; 2] {
    let (root, path) = (folder.join("root"), folder.join("root.tar"));
    std::fs::create_dir(&root).expect("a folder");
    std::fs::write(root.join("brought"), "brought\n").expect("a file");
    let mut tar = tar::Builder::new(std::fs::File::create(&path).expect("a file"));
    tar.append_dir_all(".", &root).expect("a tar file");
    tar.into_inner().expect("a tar file");
    [root, path]
}

#[test]
fn a_lesson_cannot_name_a_place_outside_of_the_lab() {
    let folder = folder();
    let marker = folder.path().join("marker");
    std::fs::create_dir(&marker).expect("a folder");
    std::fs::set_permissions(&marker, std::fs::Permissions::from_mode(0o777)).expect("mine");
    let roots = roots(folder.path());
    let up = format!("/..{}/escaped", marker.display());
    let more = format!("/srv/../..{}/escaped", marker.display());
    let links = ["/proc/self/cwd/x", "/proc/self/fd/5/x", "/proc/1/root/x", "/dev/ptmx/x", "/", "srv/box"];
    for at in [up.as_str(), more.as_str()].into_iter().chain(links) {
        let home = self::folder();
        let lessons = made(home.path(), &format!("rootfs: {at}\n"), LOOK);
        for (root, who) in roots.iter().flat_map(|root| everyone().into_iter().map(move |who| (root, who))) {
            let (before, held) = (Fingerprint::take(), files(folder.path()));
            let ran = with_rootfs(who, &lessons, root, &["true"]);
            assert_eq!(ran.status, Some(2), "{at}: {ran:#?}");
            assert!(ran.stderr.contains("mkdir"), "{at}: {ran:#?}");
            assert_eq!(std::fs::read_dir(&marker).expect("a folder").count(), 0, "{at}");
            assert_eq!(files(folder.path()), held, "{at}");
            assert_eq!(std::fs::read_dir(folder.path().join("root")).expect("a folder").count(), 1, "{at}");
            assert_eq!(Fingerprint::take(), before, "{at}");
        }
    }
}

#[test]
fn a_root_that_is_brought_gets_what_lessons_need_and_may_be_roots_own() {
    let folder = folder();
    let lessons = made(folder.path(), "rootfs: /srv/deep/box\n", LOOK);
    let roots = roots(folder.path());
    for who in everyone() {
        for root in &roots {
            let ran = with_rootfs(who, &lessons, root, &["ls", "/srv/deep/box"]);
            assert_eq!(ran.status, Some(0), "{who:?} {}: {ran:#?}", root.display());
            let own = who == Who::Me && !nix::unistd::geteuid().is_root();
            // A directory of somebody else's is not written to, not even above it.
            if own || root.extension().is_some() {
                assert_eq!(ran.stdout, "brought\nproc\ntmp\n", "{who:?} {}", root.display());
            }
            assert!(ran.stdout.starts_with("brought\n"), "{who:?} {}: {ran:#?}", root.display());
        }
    }
    // Behind a folder that only its owner may enter.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).expect("mine");
    for root in &roots {
        let ran = with_rootfs(Who::Me, &lessons, root, &["cat", "/srv/deep/box/brought"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), "brought\n"), "{}: {}", root.display(), ran.stderr);
    }
}

fn shell(who: Who, arguments: &[&str]) -> Boxlab {
    Boxlab::by(who, [&["--lessons", STEPPING, "shell", "steps"], arguments].concat())
}

#[test]
fn the_program_cannot_be_changed_from_the_lab() {
    let state = || {
        let about = program().metadata().expect("a file");
        (about.mode(), about.ctime(), about.ctime_nsec())
    };
    let before = state();
    for who in everyone() {
        for path in ["/bin/boxlab", "/proc/self/fd/3", "/proc/1/fd/3"] {
            let ran = shell(who, &["--host", "--", "chmod", "700", path]).run();
            assert!(ran.status != Some(0), "{who:?} {path}: {ran:#?}");
            assert!(path != "/bin/boxlab" || ran.stderr.contains("Read-only file system"), "{who:?}: {ran:#?}");
        }
        assert_eq!(state(), before, "{who:?}");
    }
}

/// A program that only root may reach is copied into root's lab, and that makes no difference.
#[test]
fn a_program_of_roots_own_folder_gives_the_same_records() {
    if !nix::unistd::geteuid().is_root() {
        return support::skip(
            "a program that its lab may not reach: only root's lab has other rights than its learner",
        );
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).expect("mine");
    let copy = folder.path().join("boxlab");
    std::fs::copy(program(), &copy).expect("a copy");
    for arguments in [["verify", "hostname"], ["verify", "mounts"]] {
        let mut boxlab = Boxlab::new(arguments);
        let mark = boxlab.mark.text().to_owned();
        boxlab.command = std::process::Command::new(&copy);
        boxlab.command.args(arguments).env(Mark::NAME, mark).env("HOME", boxlab.home.path());
        boxlab.command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        boxlab.expect(0);
    }
}

#[test]
fn nothing_of_the_learners_environment_is_in_the_lab() {
    let text = "for it in /proc/[0-9]*; do echo \"$it\"; cat $it/environ | tr '\\0' '\\n'; done; env";
    for who in everyone() {
        let ran = shell(who, &["--host", "--", "sh", "-c", text]).env("SECRET", "hush").expect(0);
        assert!(ran.stdout.contains("/proc/1\n") && ran.stdout.contains("/proc/3\n"), "{}", ran.stdout);
        assert!(ran.stdout.contains(Mark::NAME), "the test sees no environment at all: {}", ran.stdout);
        assert!(!ran.stdout.contains("SECRET") && !ran.stdout.contains("hush"), "{}", ran.stdout);
    }
}

/// A root that is brought may have a /proc that says anything.
#[test]
fn a_forged_proc_does_not_hurt_a_fork() {
    let folder = folder();
    let steps = "- as: runtime
  say: A root with a /proc of its own.
  do: { mkdir: [/srv/box, /srv/box/proc, /srv/box/proc/self] }
  why: None.
- as: runtime
  say: Forge it.
  do: { write: { at: /srv/box/proc/self/stat, text: FORGED } }
  why: None.
- as: runtime
  say: Enter.
  do: { chroot: /srv/box }
  why: None.
- as: runtime
  say: Fork.
  do: { fork: container }
  why: None.
";
    let forged = format!("\"1 (a) S {}\"", "4096 8192 ".repeat(30));
    let steps = steps.replace("FORGED", &forged);
    let lessons = made(folder.path(), "", &steps);
    for who in everyone() {
        let words = ["--lessons".as_ref(), lessons.as_os_str(), "run".as_ref(), "made".as_ref(), "--auto".as_ref()];
        let ran = Boxlab::by(who, words).expect(0);
        assert!(ran.stdout.contains("── 4/4"), "{}", ran.stdout);
    }
}

/// Linux 5.8 has no close_range(2).
#[test]
fn a_kernel_without_close_range_will_do() {
    let enosys = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
    let filtered = |words: &[&str]| {
        let text = "for it in /proc/[0-9]*; do ls $it/fd; done";
        let boxlab = shell(Who::Me, &["--host", "--", "sh", "-c", text]);
        if words.is_empty() { boxlab } else { boxlab.before(move || support::filter(libc::SYS_close_range, enosys)) }
    };
    let (with, without) = (filtered(&[]).expect(0), filtered(&["old"]).expect(0));
    assert_eq!(without.stdout, with.stdout);
}

/// Who stops the agent of his own shell gets its end all the same; and a lab with a stopped agent goes away.
#[test]
fn a_stopped_agent_keeps_nobody_waiting() {
    for command in [&["kill", "-STOP", "2"][..], &["sh", "-c", "kill -STOP 3; kill -STOP 2"]] {
        for who in everyone() {
            shell(who, &[&["--host", "--"], command].concat()).expect(0);
        }
    }
}

/// They are stopped from outside, so they cannot end with the stage: the launcher, and the keeper of a lab that has groups.
#[test]
fn a_stopped_launcher_or_keeper_is_not_waited_for() {
    if !stopped(|name| name != "keeper") {
        panic!("there is no launcher");
    }
    if !stopped(|name| name == "keeper") {
        support::skip("a keeper that is stopped: the lab has no control groups here");
    }
}

/// Stops the controller's child that is meant by its name, and ends the lab. Whether there is one.
fn stopped(is_meant: fn(&str) -> bool) -> bool {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    let mut boxlab = shell(Who::Me, &["--host", "--", "sh", "-c", "echo ready; cat"]);
    boxlab.command.stdin(Stdio::piped());
    let mut controller = boxlab.spawn();
    let mut line = String::new();
    BufReader::new(controller.stdout.take().expect("a pipe")).read_line(&mut line).expect("text");
    assert_eq!(line, "ready\n");
    let parent = |pid: i32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok())
    };
    let processes = boxlab.mark.processes();
    let meant = processes.iter().find(|(pid, name)| parent(*pid) == Some(controller.id()) && is_meant(name));
    if let Some((pid, _)) = meant {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(*pid), nix::sys::signal::Signal::SIGSTOP).expect("mine");
    }
    drop(controller.stdin.take());
    assert!(controller.wait().expect("it ends").success());
    boxlab.mark.assert_nothing_left();
    meant.is_some()
}
