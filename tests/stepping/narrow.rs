//! A terminal of 20 columns, and one that changes its size.

use super::{Terminal, prompt, quit, run, stepping};

/// Lines that are wider than the terminal. Left to the terminal's own wrapping are code, which has no words to wrap at;
/// the picture, which is not narrower than what stands in it; and what a row of evidence is about.
fn too_wide(text: &str, width: usize) -> Vec<String> {
    let drawn = |line: &str| line.starts_with(['┌', '│', '└']);
    let row = |line: &str| ["changed ", "unchanged ", "seen "].iter().any(|mark| line.starts_with(mark));
    let code = |line: &str| line.starts_with("    ");
    let wide = |line: &&str| line.chars().count() > width && !code(line) && !drawn(line) && !row(line);
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
