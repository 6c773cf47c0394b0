//! A course that somebody else has written is a stranger's program: it sees the lab host, and nothing of the learner's; it is
//! limited in time, memory and processes; and whatever it does ends with it. These are lessons that try.

use crate::support::boxlab::{Boxlab, Ran, Who, everyone};
use crate::support::lesson::made;
use crate::support::skip;
use boxlab::stage::groups;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Runs a lesson of these steps, and gives what it said as one line.
fn runs(who: Who, steps: &str) -> Ran {
    let place = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).expect("mine");
    let folder = made(place.path(), "seconds: 120\n", steps);
    let boxlab = Boxlab::by(who, ["--lessons", folder.to_str().expect("text"), "run", "made", "--auto"]);
    let ran = boxlab.env("TOKEN", "a password").run();
    assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
    Ran { stdout: ran.stdout.split_whitespace().collect::<Vec<_>>().join(" "), ..ran }
}

fn shell(text: &str, output: &str) -> String {
    format!(
        "- as: runtime\n  say: Try it.\n  do: {{ run: [/bin/sh, -c, {text:?}] }}\n  output: {output}\n  why: None.\n"
    )
}

#[test]
fn it_does_not_see_the_learners_files() {
    // The home, by the name that it has outside, as somebody who could read it there.
    let home = tempfile::tempdir().expect("a home");
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).expect("mine");
    let secret = home.path().join("secret");
    std::fs::write(&secret, "a password").expect("a file");
    for who in everyone() {
        let words = "cat {0}; cat /proc/1/root{0}; cat /proc/1/cwd{0}; ls {1}; echo tried".to_owned();
        let words =
            words.replace("{0}", &secret.display().to_string()).replace("{1}", &home.path().display().to_string());
        let ran = runs(who, &shell(&words, "lacks a password"));
        assert_eq!(ran.status, Some(0), "{ran:#?}");
        assert!(ran.stdout.contains("tried") && !ran.stdout.contains("a password"), "{ran:#?}");
        // Nor what the learner's shell knows: the environment of the program, as any process of the lab has it.
        let ran = runs(who, &shell("cat /proc/*/environ /proc/self/environ; env", "lacks a password"));
        assert_eq!(ran.status, Some(0), "{ran:#?}");
    }
}

#[test]
fn it_does_not_reach_the_learners_network() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
    let port = listener.local_addr().expect("an address").port();
    listener.set_nonblocking(true).expect("a flag");
    for who in everyone() {
        let steps = format!(
            "- as: runtime\n  say: Call.\n  do: {{ connect: {{ to: '127.0.0.1:{port}' }} }}\n  fails: ECONNREFUSED\n  why: None.\n\
             - as: runtime\n  say: Ask.\n  do: {{ ping: 192.0.2.1 }}\n  fails: ENETUNREACH\n  why: None.\n"
        );
        let ran = runs(who, &steps);
        assert_eq!(ran.status, Some(0), "{ran:#?}");
        let nobody = listener.accept().expect_err("nobody has called");
        assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
    }
}

/// It forks without end: the limit stops it, and what it started ends with the lab.
#[test]
fn it_cannot_fork_without_end() {
    for who in everyone() {
        let words = "i=0; while [ $i -lt 300 ]; do sleep 1000 >/dev/null 2>&1 & i=$((i+1)); done; \
                     set -- /proc/[0-9]*; echo there are $#";
        let ran = runs(who, &shell(words, "contains there are"));
        assert_eq!(ran.status, Some(0), "{ran:#?}");
        let (_, rest) = ran.stdout.rsplit_once("output there are ").expect("a count");
        let count: usize = rest.split_whitespace().next().expect("a number").parse().expect("a number");
        assert!((100..=256).contains(&count), "{count} processes");
    }
}

/// It takes more memory than one process may have. The kernel refuses, and nobody else is disturbed.
#[test]
fn it_cannot_take_all_memory() {
    for who in everyone() {
        let ran = runs(who, &shell("eat 3000M --step 500M --every 0", "contains malloc refused"));
        assert_eq!(ran.status, Some(0), "{ran:#?}");
    }
}

/// What it keeps in a tmpfs is no process's memory: the lab's control group has the limit, where there can be one.
#[test]
fn it_cannot_fill_all_memory_with_files() {
    if let Err(why) = groups::find::find(&["memory", "pids"].into()) {
        return skip(&format!("a stranger's lesson that fills a tmpfs: no control group for its lab: {why:?}"));
    }
    let words = "mount -t tmpfs -o size=8g none /mnt; head -c 3000000000 /dev/zero >/mnt/full; echo it ended with $?";
    let ran = runs(Who::Me, &shell(words, "absent"));
    assert!(ran.stdout.contains("signal KILL"), "{ran:#?}");
    assert_eq!(ran.status, Some(0), "{ran:#?}");
}

#[test]
fn it_cannot_run_without_end() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = made(place.path(), "seconds: 1\n", &shell("while :; do :; done", "absent"));
    let folder = folder.to_str().expect("text");
    let ran = Boxlab::new(["--lessons", folder, "run", "made", "--auto"]).expect(1);
    assert!(ran.stderr.contains("The step `run` of runtime did not end within a second."), "{}", ran.stderr);
    assert!(ran.stderr.contains("It is step 1: Try it."), "{}", ran.stderr);
    let ran = Boxlab::new(["--lessons", folder, "verify"]).expect(1);
    assert!(
        ran.stdout.contains("error    01 made\n         step 1: The step `run` of runtime did not end"),
        "{}",
        ran.stdout
    );
    // The learner may have more patience than the author.
    let ran = Boxlab::new(["--lessons", folder, "run", "made", "--auto", "--step-limit", "2"]).expect(1);
    assert!(ran.stderr.contains("within 2 seconds"), "{}", ran.stderr);
}

/// What it prints or says cannot steer the learner's terminal.
#[test]
fn it_cannot_write_to_the_terminal() {
    let place = tempfile::tempdir().expect("a folder");
    let step = "- as: runtime\n  say: \"Look \\e]0;stolen\\a at it.\"\n  do: { run: [/bin/printf, '\\033[2Jcleared'] }\n  output: contains cleared\n  why: None.\n";
    let folder = made(place.path(), "", step);
    let ran = Boxlab::new(["--lessons", folder.to_str().expect("text"), "run", "made", "--auto"]).run();
    let steers = |text: &str| text.chars().any(|it| it.is_control() && it != '\n' && it != '\t');
    assert!(!steers(&ran.stdout) && !steers(&ran.stderr), "{ran:#?}");
}

/// No lesson gets root of the machine, whatever it asks for.
#[test]
fn it_gets_no_root() {
    let place = tempfile::tempdir().expect("a folder");
    let look = "- as: host\n  say: Look.\n  do: look\n  look: [host.uid]\n  why: None.\n";
    let folder = made(place.path(), "needs: [root]\n", look);
    let ran = Boxlab::new(["--lessons", folder.to_str().expect("text"), "run", "made", "--auto"]).expect(2);
    assert!(ran.stderr.contains("No lesson gets root of the machine"), "{}", ran.stderr);
}

/// Links out of its folder are not followed.
#[test]
fn its_files_are_its_own() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("lessons");
    std::fs::create_dir_all(folder.join("01-made")).expect("a folder");
    std::os::unix::fs::symlink("/etc/passwd", folder.join("01-made/lesson.yaml")).expect("a link");
    std::os::unix::fs::symlink(Path::new("/etc/passwd"), folder.join("course.yaml")).expect("a link");
    let ran = Boxlab::new(["--lessons", folder.to_str().expect("text"), "list"]).expect(2);
    assert!(ran.stderr.contains("leads out of the lessons' folder") && !ran.stderr.contains("root:"), "{}", ran.stderr);
}
