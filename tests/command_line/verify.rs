//! `boxlab verify`: its counts are true, and its exit status says what they mean.

use crate::support::boxlab::Boxlab;
use crate::support::lesson::{STEPPING, made};
use crate::support::{EPERM, filter};
use std::path::{Path, PathBuf};

/// A copy of the fixture's lesson, and a second one of the same steps whose name and number are others.
fn two_lessons(home: &Path) -> PathBuf {
    let folder = home.join("lessons");
    let text = std::fs::read_to_string(Path::new(STEPPING).join("01-steps/lesson.yaml")).expect("the fixture");
    for (name, text) in [("01-steps", text.clone()), ("02-more", text.replace("id: steps", "id: more"))] {
        std::fs::create_dir_all(folder.join(name)).expect("a folder");
        std::fs::write(folder.join(name).join("lesson.yaml"), text).expect("a file");
    }
    folder
}

#[test]
fn counts_and_statuses() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = two_lessons(place.path());
    let verify = |more: &[&str]| Boxlab::new([&["--lessons", folder.to_str().expect("text"), "verify"], more].concat());
    let none = verify(&[]).expect(1);
    assert!(none.stdout.contains("there is no record of it"), "{}", none.stdout);
    assert!(none.stdout.ends_with("0 passed, 2 failed, 0 skipped\n"), "{}", none.stdout);

    let wrote = verify(&["--update"]).expect(0);
    assert!(wrote.stdout.ends_with("2 passed, 0 failed, 0 skipped\n"), "{}", wrote.stdout);
    let path = format!("wrote {}\n", folder.join("02-more/record.json").display());
    assert!(wrote.stdout.contains(&path), "{}", wrote.stdout);
    let all = verify(&[]).expect(0);
    // The deeper step is judged too.
    assert!(all.stdout.contains("01 steps: 4 steps\n") && all.stdout.contains("02 more: 4 steps\n"), "{}", all.stdout);
    assert!(all.stdout.ends_with("2 passed, 0 failed, 0 skipped\n"), "{}", all.stdout);
    assert!(verify(&["more"]).expect(0).stdout.ends_with("1 passed, 0 failed, 0 skipped\n"));
    assert!(verify(&["1", "more"]).expect(0).stdout.ends_with("2 passed, 0 failed, 0 skipped\n"));

    let refuse = || filter(libc::SYS_unshare, EPERM);
    let skipped = verify(&[]).before(refuse).expect(3);
    assert!(skipped.stdout.ends_with("0 passed, 0 failed, 2 skipped\n"), "{}", skipped.stdout);
    assert!(skipped.stdout.contains("boxlab doctor steps"), "the reason and the way out: {}", skipped.stdout);
    verify(&["--no-skip"]).before(refuse).expect(1);

    // A claim that is false, in one of the two.
    let file = folder.join("02-more/lesson.yaml");
    let text = std::fs::read_to_string(&file).expect("a file");
    std::fs::write(&file, text.replace("host.hostname: same", "host.hostname: box")).expect("a file");
    let failed = verify(&[]).expect(1);
    assert!(failed.stdout.contains("step 2: host.hostname: claimed `box`, found `labhost`"), "{}", failed.stdout);
    assert!(failed.stdout.ends_with("1 passed, 1 failed, 0 skipped\n"), "{}", failed.stdout);

    // What a false claim leads to is not recorded.
    let record = folder.join("02-more/record.json");
    let before = std::fs::read_to_string(&record).expect("a record");
    let update = verify(&["--update"]).expect(1);
    assert!(update.stdout.contains("record not written: mend the claim first"), "{}", update.stdout);
    assert!(!update.stdout.contains("wrote") || !update.stdout.contains("02-more/record.json"), "{}", update.stdout);
    assert_eq!(before, std::fs::read_to_string(&record).expect("a record"));
}

/// A lesson that cannot be walked to its end has failed, and those after it are run all the same.
#[test]
fn lessons_that_do_not_come_to_their_end() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = two_lessons(place.path());
    let path = folder.to_str().expect("text");
    for (steps, sentence) in [
        ("- as: nobody\n  say: Act.\n  do: { chdir: / }\n  expect: { nobody.cwd: / }\n  why: None.\n", "nobody"),
        (
            "- as: runtime\n  say: Run it.\n  do: { run: [/bin/sleep, '1000'] }\n  output: present\n  why: None.\n",
            "The step `run` of runtime did not end within a second. (more time: --step-limit 3)",
        ),
        (
            "- as: runtime\n  say: Kill it.\n  do: { run: [/bin/sh, -c, 'kill -KILL $PPID'] }\n  output: absent\n  why: None.\n",
            "ended unexpectedly",
        ),
    ] {
        made(place.path(), "", steps);
        let ran = Boxlab::new(["--lessons", path, "verify", "--update", "--step-limit", "1", "made", "more"]).expect(1);
        assert!(ran.stdout.contains("01 made\n         step 1: "), "{}", ran.stdout);
        assert!(ran.stdout.contains(sentence), "{}", ran.stdout);
        assert!(ran.stdout.ends_with("1 passed, 0 failed, 1 error, 0 skipped\n"), "{}", ran.stdout);
    }
}

#[test]
fn a_lesson_that_proves_nothing_has_failed() {
    let place = tempfile::tempdir().expect("a folder");
    let look = "- as: host\n  say: Look.\n  do: look\n  look: [host.pid]\n  why: None.\n";
    let folder = made(place.path(), "", look);
    let path = folder.to_str().expect("text");
    let verify = || Boxlab::new(["--lessons", path, "verify", "--update"]).expect(1).stdout;
    assert!(verify().contains("none of its steps claims anything"), "{}", verify());
    let file = folder.join("01-made/lesson.yaml");
    let text = std::fs::read_to_string(&file).expect("a file");
    let (before, after) = (text.find("steps:").expect("steps"), text.find("summary:").expect("a summary"));
    std::fs::write(&file, format!("{}steps: []\n{}", &text[..before], &text[after..])).expect("a file");
    assert!(verify().contains("it has no step that runs"), "{}", verify());
    assert!(!folder.join("01-made/record.json").exists());
}

/// A record that says something else than the kernel does is a failure, whichever of the two is wrong.
#[test]
fn a_record_that_differs() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = two_lessons(place.path());
    let path = folder.to_str().expect("text");
    Boxlab::new(["--lessons", path, "verify", "--update"]).expect(0);
    let records: Vec<_> = std::fs::read_dir(folder.join("01-steps"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name != "lesson.yaml"))
        .collect();
    assert_eq!(records.len(), 1, "{records:?}");
    let text = std::fs::read_to_string(&records[0]).expect("a record");
    assert!(text.contains("CLONE_NEWUTS"));
    std::fs::write(&records[0], text.replace("CLONE_NEWUTS", "CLONE_NEWNET")).expect("a file");
    let ran = Boxlab::new(["--lessons", path, "verify"]).expect(1);
    assert!(ran.stdout.contains("CLONE_NEWUTS"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("1 passed, 1 failed, 0 skipped\n"), "{}", ran.stdout);
    // A record that was cut off is no reason to panic.
    std::fs::write(&records[0], &text[..text.len() / 2]).expect("a file");
    let ran = Boxlab::new(["--lessons", path, "verify"]).expect(1);
    assert!(ran.stdout.contains("the record cannot be read"), "{}", ran.stdout);
}

#[test]
fn the_records_of_the_built_in_course_are_not_written() {
    let ran = Boxlab::new(["verify", "--update"]).expect(2);
    assert!(ran.stderr.contains("cannot be written") && ran.stderr.contains("--lessons FOLDER"), "{}", ran.stderr);
}
