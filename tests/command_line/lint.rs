//! `boxlab lesson lint` as an author types it: which course was judged, and what to type where none was meant.

use crate::assert_wrong;
use crate::support::boxlab::Boxlab;

const GOOD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/lessons");

#[test]
fn the_closing_line_names_the_course() {
    let built_in = Boxlab::new(["lesson", "lint"]).expect(0);
    assert!(built_in.stdout.starts_with("The built-in course: "), "{}", built_in.stdout);
    for arguments in [&["lesson", "lint", GOOD][..], &["--lessons", GOOD, "lesson", "lint"]] {
        let ran = Boxlab::new(arguments).expect(0);
        assert_eq!(ran.stdout, format!("{GOOD}: 2 lessons, no mistakes.\n"));
    }
}

#[test]
fn one_lesson_alone_is_answered_with_the_folder_around_it() {
    let lesson = format!("{GOOD}/02-hostname");
    let file = format!("{lesson}/lesson.yaml");
    let next = format!("boxlab lesson lint {GOOD}\n");
    for (path, what) in [(&lesson, "is the folder of one lesson"), (&file, "is a file")] {
        assert_wrong(&Boxlab::new(["lesson", "lint", path]).run(), &[what, &next]);
        assert_wrong(&Boxlab::new(["--lessons", path, "lesson", "lint"]).run(), &[what, &next]);
    }
    for (inside, path, parent) in [(GOOD, "02-hostname", "."), (&lesson, ".", GOOD), (&lesson, "lesson.yaml", GOOD)] {
        let mut boxlab = Boxlab::new(["lesson", "lint", path]);
        boxlab.command.current_dir(inside);
        assert_wrong(&boxlab.run(), &[&format!("boxlab lesson lint {parent}\n")]);
    }
}

#[test]
fn a_folder_without_lessons() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().to_str().expect("text");
    assert_wrong(&Boxlab::new(["lesson", "lint", path]).run(), &["There is no lesson in", "boxlab lesson lint FOLDER"]);
    std::fs::create_dir_all(place.path().join("lessons")).expect("a folder");
    let next = format!("boxlab lesson lint {path}/lessons\n");
    assert_wrong(&Boxlab::new(["lesson", "lint", path]).run(), &[&next]);
    assert_wrong(&Boxlab::new(["--lessons", path, "lesson", "lint"]).run(), &[&next]);
}
