//! A terminal of 20 columns, and one that changes its size.

use super::{Terminal, prompt, quit, run, stepping};

/// Lines that are wider than the terminal. The shell draws its line anew with each key, without a line end.
fn too_wide(text: &str, width: usize) -> Vec<String> {
    let typed = |line: &str| line.contains("# ");
    let wide = |line: &&str| line.chars().count() > width && !typed(line);
    text.lines().filter(wide).map(str::to_owned).collect()
}

#[test]
fn twenty_columns() {
    let mut terminal = Terminal::start(run(&["--notes"]), 24, 20);
    terminal.wait_for("q quit");
    terminal.send("b");
    prompt(&mut terminal, "", "The kernel copied");
    for key in ["?", "g", "r"] {
        terminal.send(key);
        terminal.wait_for("q quit");
    }
    terminal.send("\r");
    prompt(&mut terminal, "2/4", "keeps");
    terminal.send("s");
    terminal.wait_for("runtime@steps/");
    terminal.send("exit\r");
    terminal.wait_for("q quit");
    terminal.send("d");
    terminal.wait_for("3/4");
    terminal.wait_for("try it anyway");
    terminal.send("\r");
    prompt(&mut terminal, "", "ENOENT");
    let text = quit(terminal);
    assert!(!text.contains("panicked"), "{text}");
    let wide = too_wide(&text, 20);
    assert!(wide.is_empty(), "wider than the terminal: {wide:#?}");
}

#[test]
fn another_size_is_another_layout() {
    let mut terminal = stepping(&[]);
    terminal.wait_for("q quit");
    terminal.resize(24, 60);
    terminal.wait_for(&format!("── 1/4 ─ runtime {}\n", "─".repeat(60 - 17)));
    terminal.wait_for("q quit");
    terminal.send("b");
    prompt(&mut terminal, "", "The kernel copied");
    // After the step too, with its evidence again.
    terminal.resize(24, 90);
    terminal.wait_for(&format!("── 1/4 ─ runtime {}\n", "─".repeat(90 - 17)));
    terminal.wait_for("unshare(CLONE_NEWUTS) = 0");
    terminal.wait_for("q quit");
    quit(terminal);
}
