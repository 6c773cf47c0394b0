//! Finding a lesson on the shelf, and what stands in the folder that is no lesson.

use crate::support::{Folder, GOOD};
use boxlab::lesson::load;
use boxlab::lesson::shelf::{NotFound, Shelf};

#[test]
fn a_lesson_by_number_id_folder_or_beginning() {
    let folder = Folder::good();
    folder.put("10-hosts", GOOD);
    let shelf = folder.shelf();
    assert_eq!(shelf.lessons().iter().map(|entry| entry.number).collect::<Vec<_>>(), [2, 3, 10]);
    for (asked, found) in [
        ("2", "02-hostname"),
        ("02", "02-hostname"),
        ("hostname", "02-hostname"),
        ("03-pids", "03-pids"),
        ("pi", "03-pids"),
        ("10", "10-hosts"),
        ("hosts", "10-hosts"),
    ] {
        assert_eq!(shelf.find(asked).map(|entry| entry.folder.as_str()), Ok(found), "{asked}");
    }
}

#[test]
fn what_is_not_found_is_answered_with_what_is_near() {
    let folder = Folder::good();
    folder.put("10-hosts", GOOD);
    let shelf = folder.shelf();
    let message = |asked: &str| shelf.find(asked).expect_err("not found").to_string();
    assert_eq!(
        message("hostnmae"),
        "There is no lesson `hostnmae`: write `hostname`, if that is meant, or see `boxlab list`."
    );
    assert_eq!(message("7"), "There is no lesson `7`; `boxlab list` shows all.");
    assert_eq!(message("host"), "`host` is the beginning of several lessons: write one of 02-hostname, 10-hosts.");
    for asked in ["", "..", "../02-hostname", "/etc/passwd", "\u{1b}[31m", "999999999999", &"x".repeat(1_000_000)] {
        assert!(matches!(shelf.find(asked), Err(NotFound::Unknown { .. })), "{}", asked.len());
    }
    assert!(!message("\u{1b}[31m").contains('\u{1b}'), "a message never steers the terminal");
}

#[test]
fn folders_that_are_no_lessons() {
    let folder = Folder::good();
    folder.put("2-hostname", GOOD).put("04-Mounts", GOOD).put(".git", GOOD).put("notes", GOOD);
    std::fs::write(folder.path().join("README.md"), "text").expect("a file");
    std::fs::create_dir(folder.path().join("05-rootfs")).expect("a folder");
    let have: Vec<_> = folder.lint().iter().map(|one| one.code).collect();
    assert_eq!(have, ["folder-name", "folder-name", "folder-name", "no-lesson-file"]);
}

#[test]
fn the_lessons_in_the_program_can_all_be_read() {
    let shelf = Shelf::embedded();
    if let Err(found) = load::read(&shelf) {
        panic!("{}", found.iter().map(|one| format!("{one}\n")).collect::<String>());
    }
    assert!(shelf.strays().is_empty());
}

#[test]
fn a_lessons_folder_that_is_none() {
    let folder = Folder::good();
    let code = |path: &std::path::Path| Shelf::from_dir(path).map(|_| ()).map_err(|mistake| mistake.code);
    assert_eq!(code(&folder.path().join("nowhere")), Err("no-lessons-folder"));
    assert_eq!(code(&folder.path().join("02-hostname/lesson.yaml")), Err("no-lessons-folder"));
    assert_eq!(code(&folder.path().join("02-hostname/..")), Err("dots-in-path"));
}
