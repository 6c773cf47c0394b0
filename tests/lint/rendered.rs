//! How a mistake looks: the line, the marker, what is wrong and what to write instead. Each snapshot was read by eye.

use crate::support::{Folder, GOOD, edited};
use boxlab::lesson::diagnostic::{Form, render};

/// What is shown for the good lesson after these edits.
fn shown(edits: &[(&str, &str)], form: Form) -> String {
    let text = edits.iter().fold(GOOD.to_owned(), |text, (old, new)| edited(&text, old, new));
    shown_text(text, form)
}

fn shown_text(text: impl AsRef<[u8]>, form: Form) -> String {
    let folder = Folder::good();
    folder.put("02-hostname", text);
    // The folder has another name in every run.
    render(&folder.lint(), form).replace(&folder.path().display().to_string(), "lessons")
}

#[test]
fn a_misspelled_field() {
    insta::assert_snapshot!(shown(&[("needs: [namespaces]", "neds: [namespaces]")], Form::Plain));
}

#[test]
fn an_unknown_operation() {
    insta::assert_snapshot!(shown(&[("{ unshare: [uts] }", "{ unshar: [uts] }")], Form::Plain));
}

#[test]
fn a_fact_that_nobody_reads() {
    insta::assert_snapshot!(shown(&[("container.hostname: same", "container.hostnam: same")], Form::Plain));
}

#[test]
fn a_step_without_a_reason() {
    let why = "    why: A child starts in the namespaces of its parent.\n";
    insta::assert_snapshot!(shown(&[(why, "")], Form::Plain));
}

#[test]
fn an_answer_that_is_given_away() {
    insta::assert_snapshot!(shown(
        &[("b: the host's name", "b: the name of the host, copied by the kernel")],
        Form::Plain
    ));
}

#[test]
fn a_word_that_explains_nothing() {
    insta::assert_snapshot!(shown(&[("The kernel copied the name", "The kernel just copied the name")], Form::Plain));
}

#[test]
fn an_actor_that_is_not_there() {
    let old = "  - as: container\n    say: Try";
    insta::assert_snapshot!(shown(&[(old, "  - as: contaner\n    say: Try")], Form::Plain));
}

#[test]
fn text_that_is_no_yaml() {
    insta::assert_snapshot!(shown(&[("why: The kernel copied", "why: Look: the kernel copied")], Form::Plain));
}

#[test]
fn a_file_that_is_no_text() {
    insta::assert_snapshot!(shown_text(b"id: hostname\ntitle: caf\xe9\n", Form::Plain));
}

#[test]
fn an_empty_file() {
    insta::assert_snapshot!(shown_text("", Form::Plain));
}

#[test]
fn a_long_line_is_cut_around_the_marker() {
    let before = "A sentence of the usual length goes before. ".repeat(9);
    let title = format!("title: {before}Just look. {before}");
    insta::assert_snapshot!(shown(&[("title: A name of its own", &title)], Form::Plain));
}

#[test]
fn characters_that_would_steer_the_terminal() {
    let title = "title: \u{202e}[2J and \u{9b}31m just";
    insta::assert_snapshot!(shown(&[("title: A name of its own", title)], Form::Plain));
}

#[test]
fn in_colour_on_a_terminal() {
    insta::assert_snapshot!(shown(&[("fails: EPERM", "fails: EPREM")], Form::Colour));
}

#[test]
fn one_line_each_for_machines() {
    let edits =
        [("part: view", "part: sight"), ("minutes: 3", "minutes: 30"), ("{ unshare: [uts] }", "{ unshare: [utc] }")];
    insta::assert_snapshot!(shown(&edits, Form::Line));
}
