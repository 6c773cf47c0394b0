//! Lesson files that are not lessons, through the command line: a diagnostic with its place, status 2, little memory.

use crate::support::boxlab::{Boxlab, program};
use nix::sys::wait::{WaitStatus, waitpid};
use std::io::{Read, Write};
use std::path::Path;

/// A folder with one lesson file.
fn folder(bytes: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("01-made")).expect("a folder");
    std::fs::write(folder.path().join("01-made/lesson.yaml"), bytes).expect("a file");
    folder
}

/// Of the program itself, which is large: memory that this process takes would be counted as its children's.
fn beginning(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).expect("the program").take(4096).read_to_end(&mut bytes).expect("bytes");
    bytes
}

/// A thousand million copies of a letter, by reference.
fn bomb() -> Vec<u8> {
    let mut text = String::from("a0: &a0 [x]\n");
    for level in 1..10 {
        let ten = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{ten}]\n"));
    }
    text.push_str("id: *a9\n");
    text.into_bytes()
}

#[test]
fn what_is_no_lesson_is_refused_with_its_place() {
    let deep = vec![b'['; 100_000];
    let files: [(&str, Vec<u8>); 7] = [
        ("malformed", b"id: [unclosed\nsteps: }".to_vec()),
        ("truncated", b"id: made\ntitle: Made\nsteps:\n  - as: run".to_vec()),
        ("binary", beginning(&program())),
        ("not UTF-8", b"id: made\ntitle: \xff\xfe".to_vec()),
        ("empty", Vec::new()),
        ("deep", deep),
        ("a bomb of aliases", bomb()),
    ];
    for (kind, bytes) in files {
        let folder = folder(&bytes);
        let path = folder.path().to_str().expect("text");
        for command in [&["run", "made", "--auto"][..], &["list"], &["doctor"], &["verify"], &["shell", "made", "1"]] {
            let ran = Boxlab::new([&["--lessons", path], command].concat()).run();
            assert_eq!(ran.status, Some(2), "{kind}, {command:?}: {ran:#?}");
            assert!(ran.stderr.contains("01-made/lesson.yaml"), "{kind}, {command:?}: {}", ran.stderr);
            assert!(!ran.stderr.contains("panicked"), "{kind}: {}", ran.stderr);
            assert_eq!(ran.stdout, "", "{kind}");
        }
    }
}

/// Runs `list` with these lessons. Status, and the most memory that it had, in KiB (getrusage(2)).
#[allow(clippy::zombie_processes, reason = "wait4 takes its end, and its memory with it")]
fn memory_for(lessons: &Path) -> (i32, i64) {
    let mut boxlab = Boxlab::new(["--lessons", lessons.to_str().expect("text"), "list"]);
    // `wait` of the standard library would not give the memory.
    #[allow(clippy::zombie_processes)]
    let child = boxlab.spawn();
    let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
    // Its message fits into the pipe, so it does not wait for us. Asked for before it is reaped: VmHWM is gone then.
    let mut status = 0;
    // SAFETY: all zero is a value of this structure, and both pointers live across the call.
    let (ended, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(pid.as_raw(), &raw mut status, 0, &raw mut usage), usage)
    };
    assert_eq!(ended, pid.as_raw());
    assert_eq!(waitpid(pid, None), Err(nix::errno::Errno::ECHILD));
    let Ok(WaitStatus::Exited(_, status)) = WaitStatus::from_raw(pid, status) else { panic!("it was killed") };
    (status, usage.ru_maxrss)
}

#[test]
fn a_hundred_megabytes_are_not_read() {
    let small = folder(b"id: [");
    let (status, usual) = memory_for(small.path());
    assert_eq!(status, 2);
    let large = folder(b"");
    let mut file = std::fs::File::create(large.path().join("01-made/lesson.yaml")).expect("a file");
    // Real bytes, not a hole: a megabyte, a hundred times.
    for _ in 0..100 {
        file.write_all(&vec![b'#'; 1024 * 1024]).expect("space for 100 MB");
    }
    for folder in [&large, &folder(&bomb())] {
        let (status, most) = memory_for(folder.path());
        assert_eq!(status, 2);
        assert!(most < usual + 20 * 1024, "{most} KiB, where a small file takes {usual} KiB");
    }
}

#[test]
fn a_folder_that_is_none() {
    for path in ["/nowhere", "/dev/null", "/proc/self/mem", ""] {
        let ran = Boxlab::new(["--lessons", path, "list"]).run();
        assert_eq!(ran.status, Some(2), "{path:?}: {ran:#?}");
        assert!(!ran.stderr.is_empty() && !ran.stderr.contains("panicked"), "{path:?}: {ran:#?}");
    }
}
