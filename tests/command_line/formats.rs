//! What `boxlab verify` prints for programs: JUnit against its schema, TAP by perl's own parser, JSON, GitHub's annotations;
//! and that several lessons at once come to the same as one after the other.

use crate::support::boxlab::{Boxlab, Ran};
use crate::support::junit;
use crate::support::lesson::made;
use crate::support::skip;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Four lessons: one that passes, one whose claim is false, one with a step that does not end, one that no machine can run;
/// and in the first one a step of another record, and words that a careless writer of XML or TAP would stumble over.
fn course(home: &Path) -> PathBuf {
    let good = "- as: runtime\n  say: 'Ask & \"tell\" <all> # of it \\ é.'\n  do: { chdir: /tmp }\n  expect: { runtime.cwd: /tmp }\n  why: None.\n\
                - as: runtime\n  say: Never.\n  do: { chdir: / }\n  needs: [cgroup1, cgroup2]\n  expect: { runtime.cwd: / }\n  why: None.\n";
    let folder = made(home, "", good);
    let read = |name: &str| std::fs::read_to_string(folder.join(name).join("lesson.yaml")).expect("a lesson");
    let first = read("01-made");
    let put = |name: &str, id: &str, steps: &str| {
        made(home, "", steps);
        let text = read("01-made").replace("id: made", &format!("id: {id}"));
        std::fs::create_dir_all(folder.join(name)).expect("a folder");
        std::fs::write(folder.join(name).join("lesson.yaml"), text).expect("a file");
    };
    put(
        "02-false",
        "false",
        "- as: runtime\n  say: Go.\n  do: { chdir: /tmp }\n  expect: { runtime.cwd: /nowhere }\n  why: None.\n",
    );
    put(
        "03-endless",
        "endless",
        "- as: runtime\n  say: Go.\n  do: { chdir: /tmp }\n  expect: { runtime.cwd: /tmp }\n  why: None.\n\
         - as: runtime\n  say: Sleep.\n  do: { run: [/bin/sleep, '1000'] }\n  output: absent\n  why: None.\n",
    );
    std::fs::write(folder.join("01-made/lesson.yaml"), first).expect("a file");
    let text = std::fs::read_to_string(folder.join("02-false/lesson.yaml")).expect("a lesson");
    let text = text.replace("id: false", "id: nowhere").replace("steps:", "needs: [cgroup1, cgroup2]\nsteps:");
    std::fs::create_dir_all(folder.join("04-nowhere")).expect("a folder");
    std::fs::write(folder.join("04-nowhere/lesson.yaml"), text).expect("a file");
    let ran = verify(&folder, &["made", "--print"]);
    assert_eq!(ran.status, Some(0), "{ran:#?}");
    std::fs::write(folder.join("01-made/record.json"), ran.stdout).expect("a file");
    folder
}

fn verify(folder: &Path, more: &[&str]) -> Ran {
    let folder = folder.to_str().expect("text");
    Boxlab::new([&["--lessons", folder, "verify", "--step-limit", "1"], more].concat()).run()
}

#[test]
fn junit_keeps_to_its_schema() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = course(place.path());
    for more in [&["--format", "junit"][..], &["--format", "junit", "--no-skip"], &["--format", "junit", "--jobs", "3"]]
    {
        let ran = verify(&folder, more);
        assert_eq!(ran.status, Some(1), "{ran:#?}");
        let xml = &ran.stdout;
        // What is failed, what is an error and what was skipped is told apart, and counted so.
        assert!(xml.contains("claimed `/nowhere`, found `/tmp`"), "{xml}");
        assert!(xml.contains("did not end within a second"), "{xml}");
        let skips = xml.matches("<skipped").count();
        assert_eq!(skips, if more.contains(&"--no-skip") { 1 } else { 2 }, "{xml}");
        assert_eq!(xml.contains("skipped, which --no-skip forbids: "), more.contains(&"--no-skip"), "{xml}");
        let count = |word: &str| xml.matches(word).count();
        let suites: Vec<&str> = xml.lines().filter(|line| line.trim_start().starts_with("<testsuite ")).collect();
        let number = |line: &str, name: &str| -> usize {
            let (_, rest) = line.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name}: {line}"));
            rest.split('"').next().expect("a value").parse().expect("a number")
        };
        let sum = |name: &str| suites.iter().map(|line| number(line, name)).sum::<usize>();
        assert_eq!(suites.len(), 4, "{xml}");
        assert_eq!(sum("skipped"), skips, "{xml}");
        assert_eq!(sum("tests"), count("<testcase "), "{xml}");
        assert_eq!(sum("failures"), count("<failure"), "{xml}");
        assert_eq!(sum("errors"), count("<error"), "{xml}");
        junit::assert_fits(xml);
    }
}

#[test]
fn tap_is_read_by_a_parser() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = course(place.path());
    let ran = verify(&folder, &["--format", "tap"]);
    assert_eq!(ran.status, Some(1), "{ran:#?}");
    assert!(ran.stdout.starts_with("TAP version 13\n1.."), "{}", ran.stdout);
    if !junit::there("perl") {
        return skip("TAP by a parser: perl is not here");
    }
    let script = "use TAP::Parser; local $/; my $p = TAP::Parser->new({ tap => <STDIN> });\n\
        while (my $r = $p->next) {\n\
          print(($r->has_skip ? 'skip ' : $r->is_ok ? 'ok ' : 'not '), $r->number, $r->description, ' | ', $r->explanation, qq{\\n}) if $r->is_test;\n\
          print('yaml ', $r->data->{severity}, ' ', $r->data->{message}, ' ', scalar(split /\\n/, $r->data->{found}), qq{\\n}) if $r->is_yaml;\n\
          print('unknown ', $r->raw, qq{\\n}) if $r->is_unknown;\n\
        }\n\
        print('errors ', join('; ', $p->parse_errors), qq{\\n}) if $p->parse_errors;\n\
        print('version ', $p->version, ' planned ', $p->tests_planned, ' run ', $p->tests_run, qq{\\n});";
    let mut command = Command::new("perl");
    command.args(["-e", script]);
    let (ran_well, said) = junit::piped(command, &ran.stdout);
    if said.contains("Can't locate TAP/Parser.pm") {
        return skip("TAP by a parser: this perl has no TAP::Parser (Debian: perl)");
    }
    assert!(ran_well, "{said}");
    for line in said.lines() {
        assert!(!line.starts_with("unknown") && !line.starts_with("errors"), "{said}\n{}", ran.stdout);
    }
    // The name is whole, and the reason of a skip no part of it.
    assert!(said.contains("Ask & \"tell\" <all> "), "{said}");
    assert!(said.contains("skip "), "{said}");
    assert!(said.contains("yaml fail runtime.cwd: claimed `/nowhere`, found `/tmp` "), "{said}");
    assert!(said.contains("yaml error The step `run` of runtime did not end within a second."), "{said}");
    let (_, end) = said.rsplit_once("version 13 planned ").expect("a last line");
    let (planned, run) = end.trim().split_once(" run ").expect("two numbers");
    assert_eq!(planned, run, "{said}");
}

#[test]
fn json_says_it_in_words_for_programs() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = course(place.path());
    let ran = verify(&folder, &["--format", "json"]);
    let all: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let lesson = |at: usize| &all["lessons"][at];
    assert_eq!(lesson(1)["status"], "failed", "{all:#}");
    let finding = &lesson(1)["steps"][0]["findings"][0];
    assert_eq!(
        (&finding["kind"], &finding["about"], &finding["found"]),
        (&"claim".into(), &"runtime.cwd".into(), &"/tmp".into())
    );
    assert_eq!(lesson(2)["status"], "error", "{all:#}");
    // The step that did not end is named, and the one before it is not blamed.
    assert_eq!(
        (&lesson(2)["steps"][0]["status"], &lesson(2)["steps"][1]["status"]),
        (&"passed".into(), &"error".into())
    );
    assert_eq!(lesson(0)["steps"][1]["status"], "skipped", "{all:#}");
    assert_eq!((all["counts"]["errors"].as_u64(), all["counts"]["skipped"].as_u64()), (Some(1), Some(2)), "{all:#}");
}

#[test]
fn github_shows_it_beside_the_line() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = course(place.path());
    let text = folder.to_str().expect("text");
    let command = ["--lessons", text, "verify", "--step-limit", "1", "false", "endless", "--format", "json"];
    let ran = Boxlab::new(command).env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", place.path()).run();
    let source = std::fs::read_to_string(folder.join("03-endless/lesson.yaml")).expect("a lesson");
    let line = 1 + source.lines().position(|line| line.contains("say: Sleep.")).expect("the step") - 1;
    for wanted in [
        "::error file=lessons/02-false/lesson.yaml,line=".to_owned(),
        format!("::error file=lessons/03-endless/lesson.yaml,line={line},title=Lesson 03 endless%2C step 2::The step"),
    ] {
        assert!(ran.stderr.lines().any(|line| line.starts_with(&wanted)), "no {wanted} in: {}", ran.stderr);
    }
    // What a program reads on standard output is not disturbed, and elsewhere nothing of it is seen.
    serde_json::from_str::<serde_json::Value>(&ran.stdout).expect("JSON");
    assert!(!Boxlab::new(command).run().stderr.contains("::error"));
}

/// The same lessons, the same verdicts in the same order, the same records.
#[test]
fn several_at_once_are_as_one_after_the_other() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = course(place.path());
    let plain = verify(&folder, &[]);
    let several = verify(&folder, &["--jobs", "3"]);
    assert_eq!(plain.stdout, several.stdout);
    assert_eq!(plain.status, several.status);
    // Of the course in another language too: what each of them is told is what they all were told.
    let said = |more: &[&str]| {
        let words = ["--language", "de", "verify", "hostname", "pids"].iter().chain(more);
        Boxlab::new(words).expect(0).stdout
    };
    let of_two = said(&["--jobs", "2", "--format", "json"]);
    assert!(of_two.contains("Ein eigener Name"), "{of_two}");
    let records = |jobs: &str| {
        let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
        let copy = tempfile::tempdir().expect("a folder");
        let names = ["01-process", "02-hostname", "03-pids", "04-mounts"];
        for name in names {
            std::fs::create_dir(copy.path().join(name)).expect("a folder");
            std::fs::copy(course.join(name).join("lesson.yaml"), copy.path().join(name).join("lesson.yaml"))
                .expect("a lesson");
        }
        let path = copy.path().to_str().expect("text");
        let ran = Boxlab::new(["--lessons", path, "verify", "--update", "--jobs", jobs]).run();
        if ran.status == Some(3) {
            return None;
        }
        assert_eq!(ran.status, Some(0), "{ran:#?}");
        let read = |name: &&str| std::fs::read_to_string(copy.path().join(name).join("record.json")).expect("a record");
        Some(names.iter().map(read).collect::<Vec<_>>())
    };
    match (records("1"), records("4")) {
        (Some(one), Some(several)) => assert!(one == several, "records differ"),
        _ => skip("records of several lessons at once: no lab can be made here"),
    }
}

/// Whoever started them is killed: they end too, and their labs.
#[test]
fn several_at_once_end_with_whoever_started_them() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = course(place.path());
    let folder = folder.to_str().expect("text");
    let mut boxlab =
        Boxlab::new(["--lessons", folder, "verify", "--jobs", "2", "false", "endless", "--step-limit", "600"]);
    let mut child = boxlab.spawn();
    // Once the first one is told, the other one, which was started with it, is in its endless step, or soon will be.
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("it tells");
    assert!(line.contains("02 false"), "{line}");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    boxlab.mark.assert_nothing_left();
}

#[test]
fn a_record_of_another_version() {
    let place = tempfile::tempdir().expect("a folder");
    let step = "- as: runtime\n  say: Go.\n  do: { chdir: /tmp }\n  expect: { runtime.cwd: /tmp }\n  why: None.\n";
    let folder = made(place.path(), "", step);
    assert_eq!(verify(&folder, &["--update"]).status, Some(0));
    let path = folder.join("01-made/record.json");
    let text = std::fs::read_to_string(&path).expect("a record");
    let own = format!("\"boxlab\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let other = text.replace(&own, "\"boxlab\": \"0.0.1\"");
    assert_ne!(text, other);
    // The same evidence is the same, whoever has recorded it.
    std::fs::write(&path, &other).expect("a file");
    assert_eq!(verify(&folder, &[]).status, Some(0));
    std::fs::write(&path, other.replace("/tmp", "/srv")).expect("a file");
    let differs = verify(&folder, &[]);
    assert_eq!(differs.status, Some(1));
    assert!(differs.stdout.contains("the record was made by Boxlab 0.0.1, and this is"), "{}", differs.stdout);
    assert!(differs.stdout.contains("recorded  / → /srv\n           now       / → /tmp\n"), "{}", differs.stdout);
    // A record of something else that was done is none of this step.
    std::fs::write(&path, text.replace("\"chdir\": \"/tmp\"", "\"chdir\": \"/srv\"")).expect("a file");
    let another = verify(&folder, &[]);
    assert_eq!(another.status, Some(1), "{another:#?}");
    assert!(another.stdout.contains("step 1: what is done"), "{}", another.stdout);
    // Of a later version it may have words that this one does not know.
    std::fs::write(&path, text.replace(&own, "\"boxlab\": \"99.0.0\"").replace("\"initial\"", "\"first\""))
        .expect("a file");
    let unread = verify(&folder, &[]);
    assert_eq!(unread.status, Some(1));
    assert!(
        unread.stdout.contains("the record cannot be read: the record was made by Boxlab 99.0.0"),
        "{}",
        unread.stdout
    );
    assert!(unread.stdout.contains("0 passed, 0 failed, 1 error, 0 skipped"), "{}", unread.stdout);
}
