//! The report as text: the verdict, the width, and commands that can be copied.

use super::report::{Finding, Group, LessonLine, Reason, Report, Status};
use super::text::text;

fn report() -> Report {
    let facts = |status| {
        Finding::ok("user-namespace", Group::Namespaces, "User namespace", "unshare(CLONE_NEWUSER) answered EPERM")
            .status(status)
    };
    let remedy = format!("Either let everybody:\n$ sudo sysctl -w {}=1\nor start again.", "kernel.".repeat(12));
    let blocked = facts(Status::Blocked).because(
        "A setting forbids it, and a long sentence says so.",
        "every lesson",
        Some(remedy),
    );
    let findings = vec![blocked, facts(Status::Ok)];
    Report { kernel: "6.8".into(), architecture: "x86_64".into(), milliseconds: 9, findings }
}

#[test]
fn the_text_fits_its_width_and_leaves_commands_whole() {
    for width in [40, 60, 100] {
        let text = text(&report(), &[], width);
        assert!(text.starts_with("One thing that the lab host needs is"), "{text}");
        for line in text.lines().filter(|line| !line.starts_with("        ")) {
            assert!(line.chars().count() <= width, "{line:?} is wider than {width}");
        }
        let command = format!("\n        sudo sysctl -w {}=1\n", "kernel.".repeat(12));
        assert!(text.contains(&command), "{text}");
        assert!(text.contains("  ✘ ") && text.contains("  ✔ "), "{text}");
    }
}

#[test]
fn the_verdict_counts_lessons() {
    let reason = Reason { what: "mount answered EPERM.".into(), why: "A reason.".into(), remedy: None };
    let lesson = |lacks| LessonLine { id: "pids".into(), title: "A process tree of its own".into(), lacks };
    let (able, not) = (lesson(None), lesson(Some(reason)));
    let verdict =
        |lessons: &[LessonLine]| text(&report(), lessons, 80).lines().next().map(str::to_owned).unwrap_or_default();
    assert_eq!(verdict(&[able.clone(), able.clone()]), "This machine can run all lessons.");
    assert_eq!(verdict(&[able.clone(), not.clone(), able.clone()]), "This machine can run 2 of 3 lessons.");
    assert_eq!(verdict(&[not.clone(), not.clone()]), "This machine can run no lesson.");
    assert_eq!(verdict(std::slice::from_ref(&not)), "This machine cannot run this lesson.");
    assert!(text(&report(), &[not, able], 80).contains("✘ A process tree of its own: mount answered EPERM."));
}
