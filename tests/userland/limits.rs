//! The tools that a limit is shown with: eat, burn, free, nproc.

use crate::{assert_prints, assert_says, in_empty_root, tool};

#[test]
fn eat_says_after_each_step_what_it_has() {
    let output = tool("eat").args(["10M", "--step", "4M", "--every", "0"]).output().expect("it starts");
    assert_prints(&output, "4M\n8M\n10M\n");
    let output = tool("eat").args(["--untouched", "64M"]).output().expect("it starts");
    assert_prints(&output, "asked for 64M, got it, touched none of it\n");
    // More than any process has addresses for: malloc says no, and so does the tool.
    let output = tool("eat").args(["--untouched", "4000000G"]).output().expect("it starts");
    assert_says(&output, "malloc refused 4000000G: ENOMEM");
    let output = tool("eat").args(["much"]).output().expect("it starts");
    assert_says(&output, "a number of bytes from 1 up");
}

#[test]
fn burn_ends_when_it_was_told_to() {
    let output = tool("burn").args(["--for", "0.01"]).output().expect("it starts");
    assert_prints(&output, "");
    let output = tool("burn").args(["--work", "0.01", "--pin", "--nice", "3"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.starts_with("10 ms of processor time, "), "{said}");
}

#[test]
fn free_and_nproc_say_what_the_kernel_does() {
    let meminfo = std::fs::read_to_string("/proc/meminfo").expect("a file");
    let total = meminfo.lines().next().and_then(|line| line.split_whitespace().nth(1)).expect("a number");
    let output = tool("free").output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let row = said.lines().nth(1).expect("a row");
    assert_eq!(row.split_whitespace().take(2).collect::<Vec<_>>(), ["Mem:", total], "{said}");
    let output = tool("nproc").output().expect("it starts");
    let count: usize = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    assert_eq!(count, std::thread::available_parallelism().expect("a number").get());
}

#[test]
fn free_without_proc_says_what_is_missing() {
    let root = tempfile::tempdir().expect("a directory");
    let output = in_empty_root(root.path(), "free");
    assert_says(&output, "cannot read /proc/meminfo: ENOENT");
    assert_says(&output, "mount -t proc proc /proc");
}
