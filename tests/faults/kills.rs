//! SIGKILL while progress is written: afterwards the file is whole, and holds the old state or the new one.

use super::STEPPING;
use crate::support::boxlab::Boxlab;
use crate::support::pty::Terminal;
use nix::sys::signal::Signal;
use std::path::Path;

/// The step that is noted, of a file that must be whole; 0 without a file.
fn step(home: &Path) -> u64 {
    let Ok(text) = std::fs::read_to_string(home.join(".local/state/boxlab/progress.json")) else { return 0 };
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text:?}"));
    value["lessons"]["steps"]["step"].as_u64().unwrap_or(0)
}

/// The kills come right when a step's first words appear, and at the texts behind them: that spreads them over the
/// moments before, in and after the write, without a clock.
#[test]
fn progress_is_the_old_or_the_new_one() {
    let moments = ["> b", "syscall", "✔", "copied", "q quit"];
    for round in 0..30 {
        let boxlab = Boxlab::new(["--lessons", STEPPING, "run", "steps"]);
        let mut terminal = Terminal::start(boxlab, 40, 120);
        terminal.wait_for("q quit");
        terminal.send("b");
        if round % 6 != 5 {
            terminal.wait_for(moments[round % 6]);
        }
        // Two more keys, typed ahead, so that it is writing all the time.
        terminal.send(&"\r".repeat(round % 3));
        terminal.signal(Signal::SIGKILL);
        terminal.child.wait().expect("it is dead");
        let home = terminal.boxlab.home.path().to_owned();
        terminal.boxlab.mark.assert_nothing_left();
        let reached = step(&home);
        assert!(reached <= 3, "{reached}");
        // It goes on there, and what the killed one was writing is cleaned away.
        Boxlab::new(["clean"]).at_home_of(&home).expect(0);
        let state = home.join(".local/state/boxlab");
        let left: Vec<_> = crate::support::host::files(&state).into_iter().collect();
        assert!(left.iter().all(|path| path.ends_with("/progress.json")), "{left:?}");
        assert_eq!(step(&home), reached);
    }
}
