//! What `boxlab doctor` says on machines that lack something. Each machine is crippled by real means, before the program
//! starts: a limit of 0, a filter, a covered /proc, a chroot. The kernel refuses, and the report must know why.
//! The examination runs in a process of its own: this test binary again, with the ignored test `examine_here`.

mod support;

use boxlab::lesson::model::Need;
use boxlab::machine;
use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::poll::{PollFd, PollFlags, poll};
use nix::sched::{CloneFlags, unshare};
use std::ffi::{CStr, CString};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use support::examined::{Examined, MARK, examined, run};
use support::{EPERM, KILL, Maps, filter, skip, tmpfs_on, write_file};

/// Not a test: what the tests start, in the process that they have crippled.
#[test]
#[ignore = "started by the other tests"]
fn examine_here() {
    let state =
        || (std::fs::read_to_string("/proc/self/mountinfo").ok(), std::fs::read_link("/proc/self/ns/user").ok());
    let before = state();
    let report = machine::examine(None);
    assert_eq!(state(), before, "an examination changes neither mounts nor namespaces of its process");
    let left = nix::sys::wait::waitpid(None, Some(nix::sys::wait::WaitPidFlag::WNOHANG));
    assert_eq!(left, Err(Errno::ECHILD), "an examination leaves no child");
    let needs = [Need::Namespaces, Need::Userns, Need::Overlay].map(machine::lacks);
    println!("\n{MARK}{}", serde_json::json!({ "report": report, "lacks": needs }));
}

#[test]
fn an_examination_is_quick_and_knows_why_for_each_failure() {
    let Some(here) = examined(|_| {}, || Ok(())) else { return };
    let milliseconds = here.0["report"]["milliseconds"].as_u64().expect("a number");
    assert!(milliseconds < 1000, "{milliseconds} ms");
    for finding in here.0["report"]["findings"].as_array().expect("a list") {
        assert!(!finding["found"].as_str().expect("text").is_empty(), "{finding:#}");
        if finding["status"] == "blocked" {
            assert!(finding["why"].is_string() && finding["remedy"].is_string(), "{finding:#}");
        }
    }
}

#[test]
fn no_user_namespaces_allowed() {
    let maps = Maps::same();
    let cripple = move || {
        maps.enter(CloneFlags::empty())?;
        write_file(c"/proc/sys/user/max_user_namespaces", c"0")
    };
    let Some(there) = examined(|_| {}, cripple) else { return };
    let setting = "user.max_user_namespaces is 0";
    there.assert(
        "user-namespace",
        "blocked",
        "unshare(CLONE_NEWUSER) answered ENOSPC",
        setting,
        "sysctl -w user.max_user_namespaces=",
    );
    there.assert("overlay", "unknown", "not tried, since unshare(CLONE_NEWUSER) failed", "", "");
    assert!(there.lacks(0)["why"].as_str().expect("a reason").contains(setting));
}

#[test]
fn no_network_namespaces_allowed() {
    let maps = Maps::same();
    let cripple = move || {
        maps.enter(CloneFlags::empty())?;
        write_file(c"/proc/sys/user/max_net_namespaces", c"0")
    };
    let Some(there) = examined(|_| {}, cripple) else { return };
    there.assert(
        "net-namespace",
        "blocked",
        "answered ENOSPC",
        "user.max_net_namespaces is 0",
        "user.max_net_namespaces=",
    );
    there.assert("veth", "unknown", "unshare(CLONE_NEWNET) failed", "", "");
    there.assert("overlay", "ok", "worked", "", "");
    assert!(there.lacks(0)["what"].as_str().expect("a reason").starts_with("unshare(CLONE_NEWNET)"));
    assert!(there.lacks(2).is_null(), "overlay does not want a network");
}

#[test]
fn a_filter_refuses_unshare() {
    let Some(there) = examined(|_| {}, || filter(libc::SYS_unshare, EPERM)) else { return };
    there.assert("user-namespace", "blocked", "answered EPERM", "unshare(0), which changes nothing", "");
    assert!(there.text("user-namespace", "why").contains("Seccomp: 2"));
}

#[test]
fn a_filter_refuses_mount() {
    let Some(there) = examined(|_| {}, || filter(libc::SYS_mount, EPERM)) else { return };
    there.assert("user-namespace", "ok", "worked", "", "");
    there.assert("root", "blocked", "MS_PRIVATE) of / answered EPERM", "a seccomp filter (Seccomp: 2", "");
}

#[test]
fn a_filter_refuses_ptrace() {
    let Some(there) = examined(|_| {}, || filter(libc::SYS_ptrace, EPERM)) else { return };
    there.assert(
        "ptrace",
        "blocked",
        "ptrace(PTRACE_SEIZE) answered EPERM",
        "refuses ptrace whatever it is asked for",
        "",
    );
    assert!(there.lacks(0).is_null(), "the lab host can be made");
}

#[test]
fn a_filter_kills() {
    let Some(there) = examined(|_| {}, || filter(libc::SYS_pivot_root, KILL)) else { return };
    there.assert("root", "blocked", "pivot_root gave no answer: it was ended by SIGSYS", "a filter may kill", "");
    assert!(there.lacks(0)["what"].as_str().expect("a reason").contains("SIGSYS"));
}

#[test]
fn a_part_of_proc_is_covered() {
    let maps = Maps::same();
    let cripple = move || {
        maps.enter(CloneFlags::CLONE_NEWNS)?;
        mount(Some(c"/dev/null"), c"/proc/kcore", None::<&CStr>, MsFlags::MS_BIND, None::<&CStr>)
            .or_else(|_| tmpfs_on(c"/proc/irq", MsFlags::empty()))
    };
    let Some(there) = examined(|_| {}, cripple) else { return };
    there.assert("proc", "blocked", "mount of proc answered EPERM", "A part of /proc is covered here (/proc/", "");
    // A container has an option for it; elsewhere, what covers it has to be found.
    let remedy = there.text("proc", "remedy");
    let ways = ["systempaths=unconfined", "unmask=ALL", "grep ' /proc/'", "procMount", "security.nesting"];
    assert!(ways.iter().any(|way| remedy.contains(way)), "{remedy}");
    assert!(there.lacks(0)["why"].as_str().expect("a reason").contains("covered"));
}

#[test]
fn no_proc_at_all() {
    let maps = Maps::same();
    let cripple = move || {
        maps.enter(CloneFlags::CLONE_NEWNS)?;
        tmpfs_on(c"/proc", MsFlags::empty())
    };
    let Some(there) = examined(|_| {}, cripple) else { return };
    there.assert("proc-here", "blocked", "cannot be read", "No proc file system", "mount -t proc proc /proc");
    there.assert("user-namespace", "blocked", "answered ENOENT", "/proc is not mounted", "mount -t proc proc /proc");
}

#[test]
fn an_id_that_is_not_mapped() {
    let Some(there) = examined(|_| {}, || unshare(CloneFlags::CLONE_NEWUSER)) else { return };
    there.assert("user-namespace", "blocked", "answered EPERM", "has no mapping", "cat /proc/self/uid_map");
}

#[test]
fn a_home_on_a_read_only_file_system() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = CString::new(directory.path().as_os_str().as_encoded_bytes()).expect("a path");
    let maps = Maps::same();
    let cripple = move || {
        maps.enter(CloneFlags::CLONE_NEWNS)?;
        tmpfs_on(&path, MsFlags::MS_RDONLY)
    };
    let home = |command: &mut Command| {
        command.env("HOME", directory.path()).env_remove("XDG_STATE_HOME");
    };
    let Some(there) = examined(home, cripple) else { return };
    there.assert("state-directory", "blocked", "answered EROFS", "mounted read-only", "export XDG_STATE_HOME=");
}

#[test]
fn no_home() {
    let no_environment = |command: &mut Command| {
        command.env_clear();
    };
    let Some(there) = examined(no_environment, || Ok(())) else { return };
    there.assert(
        "state-directory",
        "blocked",
        "neither XDG_STATE_HOME nor HOME",
        "no place to write",
        "XDG_STATE_HOME",
    );
}

/// A root of one static program and a /proc, in a plain directory.
fn chroot(mount_point: bool) -> Option<Examined> {
    let directory = tempfile::tempdir().expect("a directory");
    for name in ["proc", "tmp"] {
        std::fs::create_dir(directory.path().join(name)).expect("a directory");
    }
    std::fs::copy(std::env::current_exe().expect("a program"), directory.path().join("test")).expect("a copy");
    let path = CString::new(directory.path().as_os_str().as_encoded_bytes()).expect("a path");
    let maps = Maps::same();
    let mut command = Command::new("/test");
    command.args(["--exact", "examine_here", "--ignored", "--nocapture", "--test-threads=1"]);
    run(command, move || {
        maps.enter(CloneFlags::CLONE_NEWNS)?;
        let none = None::<&CStr>;
        if mount_point {
            mount(Some(path.as_c_str()), path.as_c_str(), none, MsFlags::MS_BIND, none)?;
        }
        nix::unistd::chdir(path.as_c_str())?;
        mount(Some(c"/proc"), c"proc", none, MsFlags::MS_BIND | MsFlags::MS_REC, none)?;
        nix::unistd::chroot(c".")
    })
}

#[test]
fn a_chroot() {
    let Some(there) = chroot(false) else { return };
    there.assert("user-namespace", "blocked", "answered EPERM", "This process is in a chroot", "bwrap");
}

#[test]
fn a_chroot_onto_a_mount_point() {
    let Some(there) = chroot(true) else { return };
    there.assert("user-namespace", "blocked", "answered EPERM", "in a chroot", "bwrap");
}

/// All descendants hold the writing end of a pipe, so its end of file says that the last of them is gone.
#[test]
fn a_trial_dies_with_the_program() {
    let (read, write) = nix::unistd::pipe().expect("a pipe");
    let mut command = Command::new(std::env::current_exe().expect("a program"));
    command
        .args(["--exact", "examine_here", "--ignored", "--test-threads=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    // SAFETY: system calls only.
    unsafe { command.pre_exec(|| support::hang(libc::SYS_pivot_root).map_err(std::io::Error::from)) };
    let Ok(mut program) = command.spawn() else { return skip("this kernel has no seccomp notifications") };
    drop(write);
    let ended = |limit: u16| {
        let mut ends = [PollFd::new(read.as_fd(), PollFlags::POLLIN)];
        poll(&mut ends, limit).expect("a poll") == 1
    };
    // Long enough to come to the call that waits, and much shorter than the examination's own limit.
    assert!(!ended(500), "the trial should be waiting in pivot_root");
    program.kill().and_then(|()| program.wait().map(drop)).expect("an end");
    assert!(ended(4000), "a process of the trial outlived the program");
}

#[test]
fn a_failure_of_the_lab_host_is_explained_by_this_machine() {
    let reason = machine::explain_lab_failure("mount", Errno::ENODEV, "overlay");
    assert_eq!(reason.what, "mount overlay answered ENODEV.");
    assert!(reason.why.contains("overlay") && reason.remedy.is_some(), "{reason:#?}");
}
