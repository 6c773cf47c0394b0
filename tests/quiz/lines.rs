//! Answers by lines of standard input, and what the other commands say of what is due.

use super::{ASK, DAY, Learner, assert_waits};
use crate::support::boxlab::{Boxlab, Ran, Who, everyone};
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;

/// With these lines on standard input.
fn answers(learner: &Learner, words: &[&str], lines: &[u8]) -> Ran {
    let mut boxlab = learner.types(words);
    boxlab.command.stdin(Stdio::piped());
    let mut child = boxlab.spawn();
    // Who has ended already reads no more.
    child.stdin.take().expect("a pipe").write_all(lines).ok();
    let output = child.wait_with_output().expect("it ends");
    boxlab.mark.assert_nothing_left();
    let ran = Ran {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code(),
    };
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{ran:#?}");
    ran
}

#[track_caller]
fn says(ran: &Ran, words: &[&str]) {
    for word in words {
        assert!(ran.stdout.contains(word), "no {word:?} in: {}", ran.stdout);
    }
}

#[test]
fn a_right_answer_lets_it_wait_longer_and_a_wrong_one_begins_anew() {
    for who in everyone() {
        let learner = Learner::new(who);
        says(
            &answers(&learner, &["quiz"], b"b\n"),
            &[
                "1 question is due.",
                "── 1/1 ─ steps, step 1 ─ runtime",
                &format!("? {ASK}"),
                "✔ b: right.",
                "comes again in 2 days",
                "boxlab run steps --from 1",
                "1 of 1 right.",
            ],
        );
        assert_waits(&learner.kept(), 2);
        assert_eq!(learner.kept()["box"], 2);
        learner.asked(4, -5);
        let ran = answers(&learner, &["quiz"], b"2\n");
        says(&ran, &["comes again tomorrow", "0 of 1 right."]);
        assert_waits(&learner.kept(), 1);
        assert_eq!(learner.kept()["box"], 1);
    }
}

/// Each time the options stand in another order, and the letter is that of the screen.
#[test]
fn it_is_the_answer_that_is_remembered_and_not_its_letter() {
    let learner = Learner::new(Who::Me);
    says(&answers(&learner, &["quiz"], b"2\n"), &["✔ b: right."]);
    let ran = answers(&learner, &["quiz", "--all"], b"A\n");
    says(&ran, &["> a", "✔ a: right."]);
    // Known before it was due, which changes nothing about when it comes.
    assert_waits(&learner.kept(), 2);
    assert_eq!(learner.kept()["asked"], 2);
}

#[test]
fn an_empty_line_shows_the_answer_and_other_lines_are_asked_again() {
    let learner = Learner::new(Who::Me);
    let mut lines = "d\n4\nperhaps b\n\u{1b}[2J\n".as_bytes().to_vec();
    lines.extend([0xff, b'\n']);
    lines.extend(vec![b'x'; 100_000]);
    lines.extend(b"\n\n");
    let ran = answers(&learner, &["quiz"], &lines);
    says(&ran, &["`d` is no answer: a to c, or 1 to 3; q quits.", "`perhaps b` is no answer", "0 of 1 right."]);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    assert_eq!(learner.kept()["box"], 1);
}

#[test]
fn who_quits_or_goes_away_loses_nothing() {
    for lines in [&b""[..], b"q\n", b"d\nq\n", b"\0"] {
        let learner = Learner::new(Who::Me);
        says(&answers(&learner, &["quiz"], lines), &["Nothing was answered, and all stays due."]);
        assert_eq!(learner.kept(), Value::Null);
        says(&answers(&learner, &["quiz"], b"b\n"), &["1 of 1 right."]);
    }
}

#[test]
fn nothing_finished_and_nothing_due() {
    for who in everyone() {
        let beginner = Learner::beginner(who);
        says(&answers(&beginner, &["quiz"], b""), &["There is nothing to ask yet", "`boxlab run steps`"]);
        let ran = beginner.types(&["quiz", "steps"]).expect(1);
        assert!(ran.stderr.contains("You have not finished the lesson steps yet."), "{}", ran.stderr);
        assert!(ran.stderr.contains("Next: boxlab run steps"), "{}", ran.stderr);
        let learner = Learner::new(who);
        learner.asked(3, 4 * DAY - 5);
        says(&answers(&learner, &["quiz"], b""), &["No question is due.", "in 4 days", "`boxlab quiz --all`"]);
        says(&answers(&learner, &["quiz", "1", "--all"], b"1\n"), &["1 of 1 right."]);
        says(&answers(&learner, &[], b""), &["You have finished every lesson."]);
        assert!(!answers(&learner, &[], b"").stdout.contains("quiz"));
    }
    let ran = Boxlab::new(["quiz", "pid"]).run();
    assert_eq!(ran.status, Some(1), "the beginning of a name is one: {ran:?}");
    assert_eq!(Boxlab::new(["quiz", "zebra"]).run().status, Some(2));
}

#[test]
fn what_is_due_for_a_script_and_in_the_other_commands() {
    let learner = Learner::new(Who::Me);
    let json = |words: &[&str]| -> Value { serde_json::from_str(&answers(&learner, words, b"").stdout).expect("JSON") };
    let quiz = json(&["quiz", "--format", "json"]);
    assert_eq!((&quiz["questions"], &quiz["next"]), (&1.into(), &Value::Null));
    let due = &quiz["due"][0];
    assert_eq!(
        (&due["lesson"], &due["step"], &due["ask"], &due["box"]),
        (&"steps".into(), &1.into(), &ASK.into(), &1.into())
    );
    assert_eq!((&due["due"], due["options"].as_object().map(serde_json::Map::len)), (&Value::Null, Some(3)));
    assert!(due.get("answer").is_none(), "the answer is not given away: {due}");
    says(&answers(&learner, &[], b""), &["1 question is due: `boxlab quiz`."]);
    says(&answers(&learner, &["progress"], b""), &["Quiz       1 of 1 questions due: boxlab quiz\n"]);
    assert_eq!(json(&["progress", "--format", "json"])["quiz"]["due"], 1);
    learner.asked(2, DAY);
    assert_eq!(json(&["quiz", "--format", "json"])["due"], serde_json::json!([]));
    let later = json(&["quiz", "--format", "json", "--all"]);
    assert_eq!((&later["due"][0]["box"], &later["next"]), (&2.into(), &later["due"][0]["due"]));
    says(&answers(&learner, &["progress"], b""), &["none of 1 questions due; the next one is, tomorrow"]);
    assert_eq!(json(&["progress", "--format", "json"])["quiz"]["due"], 0);
}

/// Every question of the course can be asked: it fits on the screen, and the right answer is found right.
#[test]
fn every_question_of_the_course() {
    let learner = Learner::beginner(Who::Me);
    let list: Value = serde_json::from_str(&Boxlab::new(["list", "--json"]).expect(0).stdout).expect("JSON");
    let ids = list.as_array().expect("a list").iter().map(|it| it["id"].as_str().expect("an id").to_owned());
    let lessons: serde_json::Map<String, Value> =
        ids.map(|id| (id, serde_json::json!({ "step": 0, "finished": 1 }))).collect();
    let count = lessons.len();
    learner.write("progress.json", &serde_json::json!({ "lessons": lessons }).to_string());
    let due = Boxlab::new(["quiz", "--format", "json"]).at_home_of(learner.home()).expect(0).stdout;
    let due: Value = serde_json::from_str(&due).expect("JSON");
    let questions = due["due"].as_array().expect("a list").len();
    assert!(questions > 2 * count, "{count} lessons, {questions} questions");
    let mut quiz = Boxlab::new(["quiz"]).at_home_of(learner.home());
    quiz.command.stdin(Stdio::piped());
    let mut child = quiz.spawn();
    child.stdin.take().expect("a pipe").write_all("b\n".repeat(questions).as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout);
    let right = text.matches(": right. ").count();
    assert!(text.contains(&format!("{right} of {questions} right.")), "{text}");
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    // What was answered wrongly has a reply of its own.
    assert_eq!(text.matches("   ✘ b: ").count(), questions - right, "{text}");
}
