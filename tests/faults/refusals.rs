//! What the machine refuses: namespaces, ptrace, /proc, processes.

use super::{assert_told, run};
use crate::support::boxlab::{Boxlab, Who, everyone};
use crate::support::{EPERM, Maps, filter, skip, tmpfs_on, write_file};
use nix::mount::MsFlags;
use nix::sched::CloneFlags;
use nix::sys::resource::{Resource, setrlimit};

/// Whether this machine lets a test do that to a child; if not, the test is skipped with the reason.
fn possible(boxlab: Boxlab) -> Option<crate::support::boxlab::Ran> {
    let mut boxlab = boxlab;
    match boxlab.command.spawn() {
        Ok(mut child) => {
            child.kill().and_then(|()| child.wait().map(drop)).expect("an end");
            Some(boxlab.run())
        }
        Err(error) => {
            skip(&format!("the machine of this test cannot be made here: {error}"));
            None
        }
    }
}

#[test]
fn no_user_namespaces() {
    let maps = Maps::same();
    let boxlab = run(Who::Me).before(move || {
        maps.enter(CloneFlags::empty())?;
        write_file(c"/proc/sys/user/max_user_namespaces", c"0")
    });
    let Some(ran) = possible(boxlab) else { return };
    assert_told(&ran, 3, "No lesson can run here", "max_user_namespaces is 0", "sysctl -w user.max_user_namespaces");
    assert!(ran.stderr.contains("boxlab doctor"), "{}", ran.stderr);
}

/// The filter forbids ptrace to the whole lab; everything but the recording goes on.
#[test]
fn no_ptrace() {
    for who in everyone() {
        let ran = run(who).before(|| filter(libc::SYS_ptrace, EPERM)).expect(0);
        assert!(ran.stdout.contains("No system calls recorded: ptrace(PTRACE_SEIZE) answered EPERM"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("syscall "), "{}", ran.stdout);
        // The evidence that needs no ptrace is there, and the claims are judged by it.
        assert!(ran.stdout.contains("labhost → box"), "{}", ran.stdout);
        assert!(ran.stdout.contains("9 of 9 claims held"), "{}", ran.stdout);
    }
}

#[test]
fn no_proc_at_all() {
    let maps = Maps::same();
    let boxlab = run(Who::Me).before(move || {
        maps.enter(CloneFlags::CLONE_NEWNS)?;
        tmpfs_on(c"/proc", MsFlags::empty())
    });
    let Some(ran) = possible(boxlab) else { return };
    assert_told(&ran, 3, "No lesson can run here", "/proc is not mounted", "mount -t proc proc /proc");
}

/// As in a container of Docker: something lies over a part of /proc, so no fresh one may be mounted.
#[test]
fn a_masked_proc() {
    let maps = Maps::same();
    let boxlab = run(Who::Me).before(move || {
        maps.enter(CloneFlags::CLONE_NEWNS)?;
        tmpfs_on(c"/proc/sys", MsFlags::empty())
    });
    let Some(ran) = possible(boxlab) else { return };
    assert_told(&ran, 3, "No lesson can run here", "A part of /proc is covered", "boxlab doctor");
}

/// What needs no lab works all the same.
#[test]
fn commands_that_need_nothing_work_where_nothing_is_allowed() {
    for arguments in [&["list"][..], &["--help"], &["completions", "bash"], &["lesson", "lint"], &["clean"], &[]] {
        let ran = Boxlab::new(arguments).before(|| filter(libc::SYS_unshare, EPERM)).run();
        let expected = if arguments.first() == Some(&"lesson") { ran.status } else { Some(0) };
        assert_eq!(ran.status, expected, "{arguments:?}: {ran:#?}");
        assert!(!ran.stdout.is_empty(), "{arguments:?}: {ran:#?}");
    }
}

/// A user who may have no more processes: however far it comes, that is said, and nothing is left.
#[test]
fn no_more_processes() {
    if !everyone().contains(&Who::Nobody) {
        return skip(
            "a limit of processes: it holds for ordinary users, and only root can be sure that one has no others",
        );
    }
    let mut statuses = Vec::new();
    for limit in 1..8 {
        let ran = run(Who::Nobody).before(move || setrlimit(Resource::RLIMIT_NPROC, limit, limit)).run();
        assert!(!ran.stderr.contains("panicked"), "{limit}: {ran:#?}");
        match ran.status {
            // The lab stood, and a step was refused a process: then a claim does not hold.
            Some(0 | 1) => {}
            Some(3) => assert!(ran.stderr.contains("EAGAIN") && ran.stderr.contains("Next: "), "{limit}: {ran:#?}"),
            _ => panic!("{limit}: {ran:#?}"),
        }
        statuses.push(ran.status);
    }
    assert_eq!(statuses[0], Some(3), "one process is not enough: {statuses:?}");
}
