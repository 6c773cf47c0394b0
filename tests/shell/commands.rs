//! One command: its exit status, its input and output, who runs it and at which step.

use super::{shell, shell_by};
use crate::support::boxlab::everyone;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

#[test]
fn its_exit_status_is_passed_on() {
    for who in everyone() {
        for (command, status) in [
            (&["true"][..], 0),
            (&["sh", "-c", "exit 3"], 3),
            (&["/bin/false"], 1),
            (&["no-such-command"], 127),
            (&["/etc/passwd"], 126),
            (&["sh", "-c", "kill -TERM $$"], 128 + 15),
            (&["sh", "-c", "kill -KILL $$"], 128 + 9),
        ] {
            let ran = shell_by(who, &[&["1", "--"], command].concat()).run();
            assert_eq!(ran.status, Some(status), "{command:?}: {ran:#?}");
        }
    }
}

#[test]
fn input_and_output_pass_through_as_they_are() {
    let mut boxlab = shell(&["1", "--", "cat"]);
    boxlab.command.stdin(Stdio::piped());
    let mut child = boxlab.spawn();
    let (mut input, mut output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    // More than any pipe holds, and bytes that are no text.
    let bytes: Vec<u8> = (0..300_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut back = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            input.write_all(&bytes).expect("it reads");
            drop(input);
        });
        output.read_to_end(&mut back).expect("it writes");
    });
    assert!(child.wait().expect("it ends").success());
    boxlab.mark.assert_nothing_left();
    assert!(back == bytes, "{} bytes went in, {} came out, and they differ", bytes.len(), back.len());
}

#[test]
fn the_two_outputs_are_two() {
    let ran = shell(&["1", "--", "sh", "-c", "echo out; echo err >&2"]).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("out\n", "err\n"));
}

/// `boxlab shell … -- yes | head -1`
#[test]
fn a_reader_that_has_had_enough_ends_the_command() {
    let mut boxlab = shell(&["1", "--", "sh", "-c", "while :; do echo yes; done"]);
    let mut child = boxlab.spawn();
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    assert_eq!(line, "yes\n");
    // This wait has a bound, the other one has none.
    boxlab.mark.assert_nothing_left();
    assert_eq!(child.wait().expect("it ends").code(), Some(128 + 13));
}

#[test]
fn words_are_not_split_or_expanded_on_the_way() {
    let ran = shell(&["1", "--", "printf", "%s\\n", "two words", "*", "$HOME", "it's", ""]).expect(0);
    assert_eq!(ran.stdout, "two words\n*\n$HOME\nit's\n\n");
}

#[test]
fn each_step_and_each_actor_has_its_own_state() {
    let hostname = |arguments: &[&str]| shell(&[arguments, &["--", "hostname"]].concat()).expect(0).stdout;
    // 0 is the beginning; without a number it is the end.
    assert_eq!(hostname(&["0"]), "labhost\n");
    assert_eq!(hostname(&["1"]), "labhost\n");
    assert_eq!(hostname(&["2"]), "box\n");
    assert_eq!(hostname(&[]), "box\n");
    assert_eq!(hostname(&["2", "--host"]), "labhost\n");
    assert_eq!(hostname(&["2", "--as", "host"]), "labhost\n");
    assert_eq!(hostname(&["2", "--as", "runtime"]), "box\n");
    // Nothing of the learner's environment or folder reaches it.
    let ran = shell(&["0", "--", "sh", "-c", "env; pwd; ls -a /root"]).env("SECRET", "4711").expect(0);
    assert!(!ran.stdout.contains("4711") && ran.stdout.contains("PATH=/bin"), "{}", ran.stdout);
}

#[test]
fn who_and_where_must_be_there() {
    for (arguments, words) in [
        (&["2", "--as", "container"][..], "There is no actor `container` in the lab at this point."),
        (&["2", "--as", "nobody"], "There is no actor `nobody`"),
        (&["9"], "has no step 9"),
        (&["2", "--host", "--as", "host"], "cannot be used with"),
    ] {
        let ran = shell(&[arguments, &["--", "true"]].concat()).run();
        assert_eq!(ran.status, Some(2), "{arguments:?}: {ran:#?}");
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
    }
}
