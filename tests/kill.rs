//! SIGKILL for processes of the lab, at each step of each lesson: afterwards the machine is as it was before.
//! At each step the controller, the launcher and the stage are killed, one in each run, and one of the actors: which of
//! them goes round from step to step, so that over a lesson each has its turn.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Mutex;
use support::boxlab::{Boxlab, Who, everyone, lessons};
use support::host::{Fingerprint, files};

/// Starts a lab that stands after a step, and stays there until its standard input ends. None where this user cannot.
fn standing(who: Who, lesson: &str, step: usize) -> Option<(Boxlab, std::process::Child)> {
    let mut boxlab = Boxlab::by(who, ["shell", lesson, &step.to_string(), "--", "cat"]);
    boxlab.command.stdin(Stdio::piped());
    let mut child = boxlab.spawn();
    let stdin = child.stdin.as_mut().expect("a pipe");
    stdin.write_all(b"here\n").expect("it reads");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("it answers");
    if line != "here\n" {
        let output = child.wait_with_output().expect("it ends");
        if output.status.code() == Some(3) {
            return None;
        }
        panic!("{lesson} step {step}: `{line}`\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Some((boxlab, child))
}

/// Kills a process of a lab that stands after a step: `choose` gets the number of processes and gives a place among
/// them. The answer is that number; none where this user cannot take the lesson here.
fn kill_one(who: Who, lesson: &str, step: usize, choose: impl Fn(usize) -> usize) -> Option<usize> {
    let (boxlab, mut child) = standing(who, lesson, step)?;
    let processes = boxlab.mark.processes();
    let victim = processes.get(choose(processes.len())).cloned();
    let (pid, _) = victim.as_ref().expect("a process");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(*pid), nix::sys::signal::Signal::SIGKILL).expect("it is alive");
    // What goes on now ends by itself.
    drop(child.stdin.take());
    let output = child.wait_with_output().expect("it ends");
    boxlab.mark.assert_nothing_left();
    let left: Vec<_> = files(boxlab.home.path()).into_iter().filter(|path| !path.contains("/ledger/")).collect();
    assert!(left.is_empty(), "{lesson} step {step}, {victim:?} killed: files are left: {left:?}");
    let panicked = String::from_utf8_lossy(&output.stderr).contains("panicked");
    assert!(!panicked, "{lesson} step {step}, {victim:?} killed: {}", String::from_utf8_lossy(&output.stderr));
    // The ledger's entry of a killed controller is what `clean` removes.
    let mut clean = Boxlab::by(who, ["clean"]);
    clean.command.env("HOME", boxlab.home.path());
    clean.expect(0);
    let left = files(boxlab.home.path());
    assert!(left.is_empty(), "{lesson} step {step}, {victim:?} killed: `clean` left {left:?}");
    Some(processes.len())
}

#[test]
fn nothing_is_left_whichever_process_is_killed_at_whichever_step() {
    let before = Fingerprint::take();
    let mut work = Vec::new();
    for who in everyone() {
        for (lesson, steps) in lessons() {
            work.extend((0..=steps).map(|step| (who, lesson.clone(), step)));
        }
    }
    let count = work.len();
    let work = Mutex::new(work);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((who, lesson, step)) = work.lock().expect("no panic").pop() else { break };
                    // Of a lab with control groups the fourth is the keeper, or the stage.
                    for place in 0..4 {
                        let Some(count) = kill_one(who, &lesson, step, |_| place) else {
                            if step == 0 && place == 0 {
                                support::skip(&format!("kill: {lesson} cannot run here as {who:?}"));
                            }
                            break;
                        };
                        // Controller, launcher, stage and two agents at least. The command has an environment of its own,
                        // without the mark; it ends with its namespace.
                        assert!(count >= 5, "{lesson} step {step}: only {count} processes were there to kill");
                    }
                    kill_one(who, &lesson, step, |count| 3 + step % (count - 3));
                }
            });
        }
    });
    assert_eq!(before, Fingerprint::take());
    println!("{count} places");
}
