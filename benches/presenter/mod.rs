//! The notes of a lesson that is presented: how long after a key they are at the next step. script(1) is the terminal.

use super::{PROGRAM, Table, boxlab, generate, state};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Of a lesson of a hundred steps that ask nothing.
pub fn rows(table: &mut Table) {
    let folder = state().join("presented");
    generate(&folder, 100);
    let what = "notes, from the key to the next step (ms)";
    let line = format!("exec {PROGRAM} --lessons {} run many --present", folder.display());
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("XDG_STATE_HOME", state());
    script.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut screen = match script.spawn() {
        Ok(child) => child,
        Err(error) => return table.value(what, "none".to_owned(), &format!("no script(1): {error}")),
    };
    let mut keys = screen.stdin.take().expect("a pipe");
    let (mut notes, mut lines) = followed();
    let mut times = Vec::new();
    let mut press = |text: &str| {
        let began = Instant::now();
        keys.write_all(text.as_bytes()).and_then(|()| keys.flush()).expect("the terminal takes keys");
        lines().expect("the notes go on");
        began.elapsed()
    };
    press("\r");
    for _ in 0..50 {
        // It does a step, and goes to the next one.
        times.push(press("\r\r"));
    }
    keys.write_all(b"q").ok();
    screen.wait().ok();
    notes.wait().ok();
    table.row(what, &mut times, "at most 50, with the step that is done meanwhile");
}

/// The notes, as soon as there is somebody to follow, and their lines.
fn followed() -> (Child, impl FnMut() -> Option<String>) {
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        let mut command = boxlab(&["notes", "many"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        if lines.next().is_some() {
            return (child, move || lines.next());
        }
        child.wait().ok();
    }
    panic!("nobody presents");
}
