//! `boxlab clean`: what a killed run left goes, what a living one needs stays.

use crate::support::boxlab::Boxlab;
use crate::support::host::files;
use crate::support::lesson::STEPPING;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

fn clean(home: &Path) -> String {
    Boxlab::new(["clean"]).at_home_of(home).expect(0).stdout
}

/// The PID of a process that has ended.
fn nobody() -> u32 {
    let mut child = Command::new("/bin/true").spawn().expect("a process");
    child.wait().expect("it ends");
    child.id()
}

#[test]
fn nothing_to_do() {
    let home = tempfile::tempdir().expect("a folder");
    assert_eq!(clean(home.path()), "Nothing was left: no lab, no temporary file.\n");
    assert!(files(home.path()).is_empty());
}

#[test]
fn what_is_stale_goes_and_what_lives_stays() {
    let mut lab = Boxlab::new(["--lessons", STEPPING, "shell", "steps", "1", "--", "cat"]);
    lab.command.stdin(Stdio::piped());
    let home = lab.home.path().to_owned();
    let mut child = lab.spawn();
    let mut keys = child.stdin.take().expect("a pipe");
    let mut shown = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    writeln!(keys, "one").and_then(|()| shown.read_line(&mut line)).expect("the lab stands");

    let state = home.join(".local/state/boxlab");
    let living = files(&state);
    // And its control groups, where it could have any.
    let entries = |kind: &str| living.iter().filter(|path| path.contains(&format!("/ledger/{kind}-"))).count();
    assert_eq!((entries("lab"), living.len() - entries("groups")), (1, 1), "the ledger has the lab: {living:?}");
    let gone = nobody();
    let process = serde_json::json!({ "pid": gone, "started": 1, "boot": "another" });
    let entry = serde_json::json!({ "controller": process, "lab": process }).to_string();
    let stale = [
        (format!("ledger/lab-{gone}.json"), entry.as_str()),
        ("ledger/lab-1.json".to_owned(), "{ \"contr"),
        (format!(".progress.json.{gone}"), "{ \"last\""),
    ];
    for (name, text) in &stale {
        std::fs::write(state.join(name), text).expect("a file");
    }
    // The temporary file of somebody who is writing now; this test, for example.
    let writing = state.join(format!(".progress.json.{}", std::process::id()));
    std::fs::write(&writing, "{}").expect("a file");

    let said = clean(&home);
    for (name, _) in &stale {
        assert!(!state.join(name).exists(), "{name} is still there");
        assert!(said.contains(Path::new(name).file_name().and_then(|it| it.to_str()).expect("text")), "{said}");
    }
    assert!(writing.exists());
    std::fs::remove_file(&writing).expect("it is there");
    assert_eq!(files(&state), living);

    // The lab is as alive as before.
    line.clear();
    writeln!(keys, "two").and_then(|()| shown.read_line(&mut line)).expect("the lab stands");
    assert_eq!(line, "two\n");
    drop(keys);
    assert!(child.wait().expect("it ends").success());
    lab.mark.assert_nothing_left();
    assert!(files(&state).is_empty(), "{:?}", files(&state));
}
