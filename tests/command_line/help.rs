//! Help that teaches, completion scripts and the manual page: all made from one definition, and all usable.

use crate::support::boxlab::{Boxlab, Ran};
use crate::support::skip;
use std::io::Write;
use std::process::{Command, Stdio};

fn help(command: &[&str]) -> Ran {
    Boxlab::new([command, &["--help"]].concat()).expect(0)
}

#[test]
fn boxlab_help() {
    insta::assert_snapshot!(help(&[]).stdout);
}

#[test]
fn run_help() {
    insta::assert_snapshot!(help(&["run"]).stdout);
}

/// Every command says more than its options: an example, or what its exit status means.
#[test]
fn every_command_explains_itself() {
    let commands: [&[&str]; 29] = [
        &["list"],
        &["run"],
        &["shell"],
        &["exercise"],
        &["exercise", "start"],
        &["exercise", "check"],
        &["exercise", "watch"],
        &["exercise", "hint"],
        &["exercise", "solution"],
        &["exercise", "reset"],
        &["exercise", "verify"],
        &["grade"],
        &["progress"],
        &["doctor"],
        &["verify"],
        &["vm"],
        &["clean"],
        &["record"],
        &["book"],
        &["book", "build"],
        &["book", "serve"],
        &["book", "open"],
        &["lesson"],
        &["lesson", "new"],
        &["lesson", "lint"],
        &["lesson", "schema"],
        &["lesson", "preview"],
        &["completions"],
        &["man"],
    ];
    let all = help(&[]).stdout;
    for command in commands {
        assert!(all.contains(&format!("\n  {} ", command[0])), "{command:?} is not in the list of commands");
        let text = help(command).stdout;
        let more = ["Example", "Exit status"].iter().any(|word| text.contains(word));
        assert!(more, "{command:?} has no example and no explanation: {text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{command:?}: a line is too long: {text}");
        assert_eq!(text, Boxlab::new([&["help"], command].concat()).expect(0).stdout, "`help {command:?}`");
    }
    // A command that this list does not know: then it must be added above.
    let listed = all.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    assert_eq!(listed.filter(|line| !line.starts_with("   ")).count(), 16, "fifteen commands and `help`: {all}");
}

/// Feeds a program, and gives its exit status and what it said. None: it is not installed.
fn feed(program: &[&str], text: &str) -> Option<(bool, String)> {
    let (name, arguments) = program.split_first()?;
    let child =
        Command::new(name).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        skip(&format!("what `{name}` says of our output: it is not installed"));
        return None;
    };
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    Some((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

#[test]
fn completion_scripts() {
    for shell in ["bash", "zsh", "fish"] {
        let script = Boxlab::new(["completions", shell]).expect(0).stdout;
        for word in ["boxlab", "doctor", "completions", "step-limit"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
        if let Some((works, said)) = feed(&[shell, "-n", "/dev/stdin"], &script) {
            assert!(works && said.is_empty(), "{shell} -n: {said}");
        }
    }
    // Not only without mistakes, but of use: what bash offers behind `boxlab do`.
    let script = Boxlab::new(["completions", "bash"]).expect(0).stdout;
    let ask = "COMP_WORDS=(boxlab do) COMP_CWORD=1; _boxlab boxlab do boxlab; [ \"${COMPREPLY[*]}\" = doctor ]";
    if let Some((works, said)) = feed(&["bash", "/dev/stdin"], &format!("{script}\n{ask}\n")) {
        assert!(works, "bash does not complete `boxlab do` to `doctor`: {said}");
    }
}

#[test]
fn the_manual_page() {
    let page = Boxlab::new(["man"]).expect(0).stdout;
    assert!(page.lines().any(|line| line.starts_with(".TH boxlab 1")), "{page}");
    for section in [".SH NAME", ".SH \"BOXLAB RUN\"", ".SH \"BOXLAB SHELL\""] {
        assert!(page.lines().any(|line| line == section), "no {section} in: {page}");
    }
    if let Some((works, said)) = feed(&["mandoc", "-T", "lint", "-W", "error"], &page) {
        assert!(works, "mandoc: {said}");
    }
    if let Some((works, said)) = feed(&["man", "--warnings", "-l", "-"], &page) {
        assert!(works && said.is_empty(), "man: {said}");
    }
}
