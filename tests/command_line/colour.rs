//! Colour and width: both follow the terminal, and the variables that users set for all their programs.

use super::on_fixture;
use crate::support::boxlab::Boxlab;
use crate::support::pty::Terminal;

fn has_colour(text: &[u8]) -> bool {
    text.windows(2).any(|it| it == b"\x1b[")
}

fn on_terminal(boxlab: Boxlab) -> Vec<u8> {
    let mut terminal = Terminal::start(boxlab, 40, 100);
    terminal.wait_for("Its own view");
    terminal.wait_for("goes on where you are.");
    let written = terminal.written.clone();
    assert_eq!(terminal.end().0.code(), Some(0));
    written
}

#[test]
fn colour_is_for_terminals() {
    assert!(has_colour(&on_terminal(on_fixture(&["list"]))));
    assert!(!has_colour(&on_terminal(on_fixture(&["list"]).env("NO_COLOR", "1"))));
    for command in [&["list"][..], &["run", "steps", "--auto"], &["verify"], &["doctor"]] {
        let ran = on_fixture(command).run();
        assert!(!has_colour(ran.stdout.as_bytes()) && !has_colour(ran.stderr.as_bytes()), "{command:?}: {ran:#?}");
    }
    let forced = on_fixture(&["run", "steps", "--auto"]).env("CLICOLOR_FORCE", "1").expect(0);
    assert!(has_colour(forced.stdout.as_bytes()), "{}", forced.stdout);
    // A machine reads this one.
    let json = on_fixture(&["list", "--json"]).env("CLICOLOR_FORCE", "1").expect(0);
    assert!(!has_colour(json.stdout.as_bytes()), "{}", json.stdout);
    // A message too.
    let wrong = on_fixture(&["run", "stepz"]).run();
    assert!(!has_colour(wrong.stderr.as_bytes()), "{}", wrong.stderr);
}

#[test]
fn the_width_is_that_of_columns() {
    for columns in [60, 72, 132] {
        let ran = on_fixture(&["run", "steps", "--auto"]).env("COLUMNS", columns.to_string()).expect(0);
        let rule = ran.stdout.lines().find(|line| line.starts_with("── 1/4")).expect("a step's head");
        assert_eq!(rule.chars().count(), columns, "{rule}");
        // Code is shown as it is.
        let wide = ran.stdout.lines().filter(|line| line.chars().count() > columns && !line.starts_with("    "));
        assert_eq!(wide.collect::<Vec<_>>(), [""; 0], "{columns} columns");
    }
    // What is no width is not taken for one.
    for columns in ["", "wide", "0", "-1", "99999999999999999999"] {
        let ran = on_fixture(&["run", "steps", "--auto"]).env("COLUMNS", columns).expect(0);
        let rule = ran.stdout.lines().find(|line| line.starts_with("── 1/4")).expect("a step's head");
        assert_eq!(rule.chars().count(), 80, "{columns:?}");
    }
}
