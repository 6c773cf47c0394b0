//! Files that are no lessons: huge, cut off, binary, deep, behind links. Each is answered, none is read beyond its bound.

use crate::support::{Folder, GOOD};
use boxlab::lesson::diagnostic::{Diagnostic, Form, render};
use boxlab::lesson::load;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

/// The mistakes of the lesson with this content, quickly.
fn mistakes(text: impl AsRef<[u8]>) -> Vec<Diagnostic> {
    let folder = Folder::good();
    folder.put("02-hostname", text);
    quickly(&folder)
}

fn quickly(folder: &Folder) -> Vec<Diagnostic> {
    let start = Instant::now();
    let shelf = folder.shelf();
    let entry = shelf.find("2").expect("the lesson's folder");
    let found = load::read_one(entry).err().unwrap_or_default();
    render(&folder.lint(), Form::Plain);
    assert!(start.elapsed() < Duration::from_secs(20), "it took {:?}", start.elapsed());
    found
}

fn only(found: &[Diagnostic]) -> (&'static str, usize, usize) {
    assert_eq!(found.len(), 1, "{found:#?}");
    (found[0].code, found[0].line, found[0].column)
}

#[test]
fn a_huge_file_is_refused_by_its_size_alone() {
    let folder = Folder::good();
    let file = std::fs::File::create(folder.path().join("02-hostname/lesson.yaml")).expect("a file");
    file.set_len(100 * 1024 * 1024).expect("a sparse file");
    assert_eq!(only(&quickly(&folder)).0, "too-large");
}

#[test]
fn files_of_the_allowed_size_are_answered_in_time() {
    let size = 1024 * 1024 - 64;
    let fill = |piece: &str| piece.repeat(size / piece.len());
    for text in [
        fill("x"),
        fill(" "),
        fill("\n"),
        fill("- "),
        fill("["),
        fill("[a,"),
        fill("{a: "),
        fill("a: b\n"),
        fill("- a\n"),
        fill("? "),
        fill("\""),
        fill("'a' "),
        fill("&a "),
        fill("*a\n"),
        fill("#\n"),
        fill("!a "),
        fill("\t"),
        fill("a:\n "),
        fill("--- a\n"),
        format!("title: {}", fill("just ")),
        format!("title: |\n  {}", fill("just\n  ")),
        format!("steps:\n{}", fill("- as: a\n")),
        format!("docker: [{}]", fill("a, ")),
        GOOD.replace("[namespaces]", &format!("[{}]", fill("namespaces, "))),
    ] {
        let found = mistakes(&text);
        assert!(!found.is_empty() && found.len() <= 101, "{} mistakes of {}…", found.len(), &text[..20]);
    }
}

#[test]
fn cut_off_at_every_byte() {
    for end in 0..GOOD.len() {
        let folder = Folder::good();
        folder.put("02-hostname", &GOOD[..end]);
        let found = folder.lint();
        // The last line's end is no loss.
        assert!(!found.is_empty() || end + 2 >= GOOD.len(), "cut at {end}");
        if end % 32 == 0 {
            render(&found, Form::Plain);
        }
    }
}

#[test]
fn binary_and_other_encodings() {
    assert_eq!(only(&mistakes(b"\x7fELF\x02\x01\x01\x00\x00")), ("binary", 1, 8));
    assert_eq!(only(&mistakes(b"id: hostname\ntitle: caf\xe9\n")), ("not-utf8", 2, 11));
    let utf16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(only(&mistakes(utf16)), ("binary", 1, 2));
    let with_mark = format!("\u{feff}{GOOD}");
    assert!(mistakes(with_mark).is_empty(), "a byte order mark is allowed");
    assert!(mistakes(GOOD.replace('\n', "\r\n")).is_empty(), "the line ends of another system are allowed");
}

#[test]
fn bombs_of_aliases_and_depth() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in ('b'..='z').zip('a'..) {
        bomb += &format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", "));
    }
    let found = mistakes(bomb);
    assert!(found.iter().any(|one| one.code == "anchor") && found.len() <= 101);
    for deep in [
        "[".repeat(5000),
        "{a: ".repeat(5000),
        "- ".repeat(5000),
        (0..900).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
    ] {
        assert_eq!(only(&mistakes(deep)).0, "too-deep");
    }
    let many = format!("docker: [{}]", "a, ".repeat(30_000));
    assert_eq!(only(&mistakes(many)).0, "too-many-values");
}

#[test]
fn empty_files() {
    for text in ["", "\n\n", "# a comment\n", "---\n...\n", "~\n", "[]\n", "text\n"] {
        let found = mistakes(text);
        assert!(matches!(found[0].code, "empty-file" | "wrong-type"), "{text:?}: {found:#?}");
    }
}

#[test]
fn links_out_of_the_folder_are_refused_and_links_within_are_not() {
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("lesson.yaml"), GOOD).expect("a file");
    let folder = Folder::good();
    std::fs::remove_file(folder.path().join("02-hostname/lesson.yaml")).expect("the lesson");
    symlink(outside.path().join("lesson.yaml"), folder.path().join("02-hostname/lesson.yaml")).expect("a link");
    assert_eq!(only(&quickly(&folder)).0, "outside-folder");

    let folder = Folder::good();
    std::fs::remove_dir_all(folder.path().join("02-hostname")).expect("the lesson");
    symlink(outside.path(), folder.path().join("02-hostname")).expect("a link");
    assert_eq!(only(&quickly(&folder)).0, "outside-folder");

    let folder = Folder::good();
    std::fs::rename(folder.path().join("02-hostname"), folder.path().join(".kept")).expect("the lesson");
    symlink(".kept", folder.path().join("02-hostname")).expect("a link");
    assert!(quickly(&folder).is_empty());
}

#[test]
fn what_is_no_regular_file_is_not_waited_for() {
    let folder = Folder::good();
    let at = folder.path().join("02-hostname/lesson.yaml");
    std::fs::remove_file(&at).expect("the lesson");
    nix::unistd::mkfifo(&at, nix::sys::stat::Mode::S_IRUSR).expect("a FIFO");
    assert_eq!(only(&quickly(&folder)).0, "not-a-file");
    std::fs::remove_file(&at).expect("the FIFO");
    std::fs::create_dir(&at).expect("a folder");
    assert_eq!(only(&quickly(&folder)).0, "not-a-file");
    std::fs::remove_dir(&at).expect("the folder");
    symlink("/dev/zero", &at).expect("a link");
    assert_eq!(only(&quickly(&folder)).0, "outside-folder");
    std::fs::remove_file(&at).expect("the link");
    symlink("lesson.yaml", &at).expect("a link to itself");
    assert_eq!(only(&quickly(&folder)).0, "unreadable");
}
