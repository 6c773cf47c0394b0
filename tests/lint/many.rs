//! Several mistakes in one file, and several lessons: one run names them all.

use crate::support::{Folder, GOOD, NEXT, edited};
use boxlab::lesson::load;

fn codes(folder: &Folder) -> Vec<(String, usize, &'static str)> {
    let name = |file: &str| file.rsplit('/').nth(1).unwrap_or_default().to_owned();
    folder.lint().iter().map(|one| (name(&one.file), one.line, one.code)).collect()
}

#[test]
fn all_the_mistakes_of_one_file_in_the_order_of_its_lines() {
    let mut text = edited(GOOD, "minutes: 3", "minutes: soon");
    for (old, new) in [
        ("part: view", "part: sight"),
        ("    say: Make the process that becomes the container.\n", "    sy: Make it.\n"),
        ("{ unshare: [uts] }", "{ unshare: [utc, nets] }"),
        ("      answer: b\n", ""),
        ("container.ns.uts: new, container.hostname: same", "container.ns.ut: new, container.hostnam: same"),
        ("    why: The call changes the namespace of its caller and no other.\n", ""),
        ("{ sethostname: other }", "{ mount: { typ: proc, at: [x], flags: [rw] } }"),
        ("fails: EPERM", "fails: EPRM"),
        ("Give up the capability", "Simply give up the capability"),
    ] {
        text = edited(&text, old, new);
    }
    let folder = Folder::good();
    folder.put("02-hostname", text);
    let have: Vec<_> = codes(&folder)
        .into_iter()
        .filter(|(file, ..)| file == "02-hostname")
        .map(|(_, line, code)| (line, code))
        .collect();
    let want = [
        (3, "unknown-part"),
        (4, "wrong-type"),
        (17, "missing-field"),
        (18, "unknown-field"),
        (26, "unknown-namespace"),
        (26, "unknown-namespace"),
        (28, "missing-field"),
        (37, "unknown-fact"),
        (37, "unknown-fact"),
        (40, "missing-field"),
        (45, "banned-word"),
        (52, "unknown-field"),
        (52, "missing-field"),
        (52, "wrong-type"),
        (52, "unknown-mount-flag"),
        (53, "unknown-errno"),
    ];
    let sorted = |mut list: Vec<(usize, &'static str)>| {
        list.sort_unstable();
        list
    };
    assert_eq!(sorted(have.clone()), sorted(want.to_vec()), "{have:#?}");
    assert!(have.is_sorted_by_key(|(line, _)| line));
}

#[test]
fn a_run_is_stopped_by_what_cannot_be_read_and_by_nothing_else() {
    let folder = Folder::good();
    folder.put("02-hostname", edited(GOOD, "Try the call anyway.", "Just try"));
    assert!(load::read(&folder.shelf()).is_ok(), "badly written, but it can be read");
    assert_eq!(codes(&folder).len(), 2);
    folder.put("02-hostname", edited(GOOD, "part: view", "part: sight"));
    folder.put("03-pids", edited(NEXT, "part: view", "prt: view"));
    let found = load::read(&folder.shelf()).expect_err("neither can be read");
    assert_eq!(
        found.iter().map(|one| one.code).collect::<Vec<_>>(),
        ["unknown-part", "missing-field", "unknown-field"]
    );
    let shelf = folder.shelf();
    let one = load::read_one(shelf.find("pids").expect("a lesson")).expect_err("it cannot be read");
    assert_eq!(one.len(), 2, "only its own: {one:#?}");
}

#[test]
fn a_broken_lesson_does_not_make_the_next_one_wrong() {
    let folder = Folder::good();
    folder.put("02-hostname", "steps: [");
    let have = codes(&folder);
    assert!(have.iter().all(|(file, ..)| file == "02-hostname"), "{have:?}");
}

#[test]
fn two_lessons_with_one_number_or_one_id() {
    let folder = Folder::good();
    folder.put("02-again", GOOD);
    let have: Vec<_> = codes(&folder).into_iter().map(|(file, _, code)| (file, code)).collect();
    let want = [("02-again", "id-not-folder"), ("02-hostname", "duplicate-number"), ("02-hostname", "duplicate-id")];
    for (file, code) in want {
        assert!(have.contains(&(file.to_owned(), code)), "{code}: {have:?}");
    }
}

#[test]
fn what_a_later_lesson_repeats_must_stand_without_its_detours() {
    let folder = Folder::good();
    let forks_in_a_detour = edited(GOOD, "{ fork: container }", "{ fork: container }\n    detour: true");
    folder.put("02-hostname", forks_in_a_detour);
    let found = folder.lint();
    let first = &found[0];
    assert_eq!((first.code, first.line), ("unknown-actor", 25), "{found:#?}");
    assert!(first.problem.contains("without detours"), "{first}");
}

#[test]
fn a_file_of_nothing_but_mistakes_is_cut_short() {
    let folder = Folder::good();
    let many: String = (0..3000).map(|number| format!("x{number}: 1\n")).collect();
    folder.put("02-hostname", many);
    let found: Vec<_> = folder.lint().into_iter().filter(|one| one.file.contains("02-hostname")).collect();
    assert_eq!(found.len(), 101);
    assert_eq!(found.last().map(|one| one.code), Some("more-mistakes"));
}

#[test]
fn a_lesson_without_a_question_or_a_second_view() {
    let predict = GOOD.find("    predict:").expect("a prediction")
        ..GOOD.find("    expect: { container.ns.uts: new").expect("a claim");
    let mut text = GOOD.to_owned();
    text.replace_range(predict, "");
    for (old, new) in [
        (
            "    look: [host.hostname, runtime.hostname]\n    expect: { runtime.hostname: as host }",
            "    look: [host.hostname]",
        ),
        ("      container.ns.uts: as host\n", ""),
        ("container.ns.uts: new, ", ""),
        ("container.hostname: box, host.hostname: same", "container.hostname: box"),
        ("minutes: 3", "minutes: 1"),
    ] {
        text = edited(&text, old, new);
    }
    let folder = Folder::good();
    folder.put("02-hostname", text);
    let have: Vec<_> = codes(&folder).into_iter().map(|(.., code)| code).collect();
    assert_eq!(have, ["no-comparison", "no-prediction"]);
}

#[test]
fn a_folder_of_a_thousand_names_is_no_folder_of_lessons() {
    let folder = Folder::good();
    for number in 0..1001 {
        std::fs::create_dir(folder.path().join(format!(".{number}"))).expect("a folder");
    }
    assert!(codes(&folder).iter().any(|(.., code)| *code == "not-lessons"));
}
