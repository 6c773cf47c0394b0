//! What a process is allowed to do, given away and filtered: capability sets, no_new_privs, seccomp filters and Docker's
//! own list and profile. Each test is a lesson of a few steps, run by the program; the kernel is the judge.

mod support;

use serde_json::Value;
use std::os::unix::process::CommandExt;
use support::boxlab::{Boxlab, Who, everyone, program};
use support::lesson;

/// Runs these steps (actor `runtime`; `NAME: OPERATION` for another), and gives the record. A step that starts with an
/// errno and `!` must fail so. None: no lab can be made here.
fn run(who: Who, operations: &[&str]) -> Option<Value> {
    let powers = |actor: &str| {
        let facts = ["caps.effective", "caps.permitted", "caps.bounding", "no_new_privs", "seccomp.filters"];
        facts.map(|fact| format!("{actor}.{fact}")).join(", ")
    };
    let steps: String = operations.iter().map(|operation| lesson::step(operation, powers)).collect();
    lesson::recorded(Boxlab::of(who, &program()), "needs: [namespaces, seccomp]\n", &steps, "filters")
}

/// What a step (from 1) shows of a fact.
fn seen<'a>(record: &'a Value, step: usize, key: &str) -> &'a str {
    let looked = record["steps"][step - 1]["evidence"]["looked"].as_array().expect("looked");
    let fact = looked.iter().find(|fact| fact["key"] == key).unwrap_or_else(|| panic!("no {key} in {looked:?}"));
    fact["text"].as_str().expect("text")
}

fn output(record: &Value, step: usize) -> &str {
    record["steps"][step - 1]["evidence"]["output"].as_str().unwrap_or_default()
}

/// What was recorded of the calls of a step that tries calls: each name and error.
fn answers(record: &Value, step: usize) -> Vec<(&str, &str)> {
    let calls = record["steps"][step - 1]["evidence"]["calls"].as_array().expect("calls");
    assert!(calls.iter().all(|call| call["result"]["failed"].is_string()), "{calls:#?}");
    calls.iter().filter_map(|call| Some((call["name"].as_str()?, call["result"]["failed"].as_str()?))).collect()
}

fn cause(record: &Value, step: usize) -> &str {
    record["steps"][step - 1]["evidence"]["reason"]["cause"].as_str().unwrap_or_default()
}

const DOCKER: &str = "chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, net_raw, \
                      sys_chroot, mknod, audit_write, setfcap";

const CLOSE: &str = "{ capabilities: { keep: docker, sets: [effective, permitted, inheritable, bounding, ambient] } }";

#[test]
fn a_container_that_closes_itself_stays_so_and_goes_on_working() {
    for who in everyone() {
        let steps = [
            "{ place: { program: tools, at: /bin/box, names: [] } }",
            "{ symlink: { to: box, at: /tmp/caps } }",
            CLOSE,
            "{ no_new_privs: true }",
            "{ seccomp: { profile: docker } }",
            "{ calls: [unshare, mount, setns, keyctl, add_key, userfaultfd, clone3, chroot, openat] }",
            // It forks, runs programs, and all its facts are read: the filter lets it live.
            "{ fork: app }",
            "app: { mkdir: [/tmp/made] }",
            "app: { run: [/bin/sh, -c, 'caps; ls /tmp'] }",
            "EPERM!app: { unshare: [uts] }",
            "EPERM!app: { mount: { type: tmpfs, at: /tmp } }",
            "EINVAL!app: { no_new_privs: false }",
        ];
        let Some(record) = run(who, &steps) else { return };
        for key in ["caps.effective", "caps.permitted", "caps.bounding"] {
            assert_eq!(seen(&record, 3, key), DOCKER);
            assert_eq!(seen(&record, 12, key), DOCKER);
        }
        assert_eq!((seen(&record, 5, "no_new_privs"), seen(&record, 5, "seccomp.filters")), ("yes", "1"));
        let answers = answers(&record, 6);
        let refused = ["unshare", "mount", "setns", "keyctl", "add_key", "userfaultfd"].map(|name| (name, "EPERM"));
        assert_eq!(answers[..6], refused);
        assert_eq!(answers[6..], [("clone3", "ENOSYS"), ("chroot", "EFAULT"), ("openat", "EFAULT")]);
        let list = format!("effective    {}", DOCKER.replace(',', ""));
        assert!(output(&record, 9).contains(&list) && output(&record, 9).contains("made"), "{}", output(&record, 9));
        assert!(cause(&record, 10).contains("lacks CAP_SYS_ADMIN"), "{}", cause(&record, 10));
        let facts = &record["steps"][9]["evidence"]["reason"]["seen"];
        assert!(facts.to_string().contains("Seccomp: 2, a filter is asked first"), "{facts}");
        assert!(cause(&record, 12).contains("nothing takes it back"), "{}", cause(&record, 12));
    }
}

/// A file that needs a capability from the start is not even executed where the bounding set lacks it.
#[test]
fn a_file_that_brings_more_than_the_bounding_set_is_refused() {
    for who in everyone() {
        let steps = [
            "{ unshare: [mount] }",
            "{ propagation: { at: /, to: private, recursive: true } }",
            "{ mount: { type: tmpfs, at: /mnt } }",
            "{ place: { program: static, at: /mnt/hello } }",
            "{ setcap: { at: /mnt/hello, capabilities: [net_raw] } }",
            "{ run: [/mnt/hello] }",
            "{ capabilities: { drop: [net_raw], sets: [bounding] } }",
            "EPERM!{ run: [/mnt/hello] }",
        ];
        let Some(record) = run(who, &steps) else { return };
        assert!(
            cause(&record, 8).contains("brings capabilities that are not in the caller's bounding set"),
            "{record:#}"
        );
    }
}

#[test]
fn the_profile_depends_on_the_capabilities() {
    let all = "{ calls: [unshare, mount, setns, clone3, add_key] }";
    let Some(record) = run(
        Who::Me,
        &[
            "{ fork: app }",
            // With everything in the bounding set, the entries for CAP_SYS_ADMIN count.
            "app: { seccomp: { profile: docker } }",
            &format!("app: {all}"),
            "{ seccomp: { profile: docker, capabilities: [sys_chroot] } }",
            all,
        ],
    ) else {
        return;
    };
    let answers = |step| answers(&record, step).into_iter().map(|(_, errno)| errno).collect::<Vec<_>>();
    assert_eq!(answers(3), ["EINVAL", "EFAULT", "EBADF", "E2BIG", "EPERM"]);
    assert_eq!(answers(5), ["EPERM", "EPERM", "EPERM", "ENOSYS", "EPERM"]);
}

#[test]
fn rules_refuse_pretend_and_kill() {
    let Some(record) = run(
        Who::Me,
        &[
            "{ place: { program: tools, at: /bin/box } }",
            "{ symlink: { to: /bin/box, at: /tmp/hostname } }",
            "{ seccomp: { deny: { mkdir: 0, mkdirat: 0, chroot: ENOSYS }, kill: [sethostname] } }",
            "{ mkdir: [/tmp/nothing] }",
            "ENOENT!{ chdir: /tmp/nothing }",
            "ENOSYS!{ chroot: /tmp }",
            "{ run: [/tmp/hostname, mine] }",
            // The first rule that names a call decides, and a later filter counts if it is stricter.
            "{ seccomp: { default: EPERM, allow: [chdir, sendmsg, recvmsg, recvfrom, exit_group] } }",
            "EPERM!{ unshare: [uts] }",
        ],
    ) else {
        return;
    };
    assert_eq!(record["steps"][6]["evidence"]["ended"], "signal SYS");
    assert!(cause(&record, 6).contains("seccomp filter of the caller"), "{}", cause(&record, 6));
    assert!(cause(&record, 9).contains("seccomp filter of the caller"), "{}", cause(&record, 9));
}

#[test]
fn where_filters_are_refused_the_lesson_is_left_out_and_says_why() {
    let mut boxlab = Boxlab::new(["run", "seccomp", "--auto"]);
    // SAFETY: between fork and exec, system calls only.
    unsafe { boxlab.command.pre_exec(|| support::filter(libc::SYS_seccomp, support::EPERM).map_err(Into::into)) };
    let ran = boxlab.run();
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.status, Some(3), "{said}");
    assert!(said.contains("seccomp") && said.contains("refuses a further one"), "{said}");
}

#[test]
fn where_execve_adds_nothing_the_lessons_about_it_are_left_out_and_say_why() {
    for lesson in ["caps", "seccomp"] {
        let mut boxlab = Boxlab::new(["run", lesson, "--auto"]);
        // SAFETY: between fork and exec, one system call.
        unsafe { boxlab.command.pre_exec(|| nix::sys::prctl::set_no_new_privs().map_err(Into::into)) };
        let ran = boxlab.run();
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.status, Some(3), "{said}");
        assert!(said.contains("no_new_privs is set for this program"), "{said}");
    }
}

/// Each row: what is done before, the operation that must fail, and words of the cause.
#[test]
fn a_refused_change_of_powers_has_its_reason() {
    let rows: [(&[&str], &str, &str); 6] = [
        (&["{ drop: [sys_admin] }"], "EACCES!{ seccomp: { kill: [reboot] } }", "nor has given up new privileges"),
        (&["{ no_new_privs: true }"], "EINVAL!{ no_new_privs: false }", "nothing takes it back"),
        (&["{ drop: [setpcap] }"], "EPERM!{ capabilities: { drop: [kill], sets: [bounding] } }", "lacks CAP_SETPCAP"),
        (&["{ drop: [setpcap] }"], "EPERM!{ securebits: [noroot] }", "lacks CAP_SETPCAP"),
        (&[], "EPERM!{ capabilities: { raise: [kill], sets: [ambient] } }", "both permitted and inheritable"),
        (
            &["{ write: { at: /tmp/f, text: x } }", "{ drop: [setfcap] }"],
            "EPERM!{ setcap: { at: /tmp/f, capabilities: [kill] } }",
            "lacks CAP_SETFCAP",
        ),
    ];
    for (before, operation, words) in rows {
        let steps: Vec<&str> = before.iter().copied().chain([operation]).collect();
        let Some(record) = run(Who::Me, &steps) else { return };
        assert!(cause(&record, steps.len()).contains(words), "{operation}: {}", cause(&record, steps.len()));
    }
}

#[test]
fn a_log_lists_the_calls_of_a_program_and_not_its_output() {
    let steps = ["{ place: { program: static, at: /tmp/hello } }", "{ log: [/tmp/hello] }", "{ run: [/tmp/hello] }"];
    let Some(record) = run(Who::Me, &steps) else { return };
    let untraced = record["steps"][1]["evidence"]["untraced"].is_string();
    let calls: Vec<&str> = output(&record, 2).split_whitespace().collect();
    assert_eq!(calls, if untraced { vec![] } else { vec!["exit", "write"] });
    assert!(output(&record, 3).contains("hello"), "{}", output(&record, 3));
}

/// The entries with arguments: clone without namespaces, and five values of personality(2).
#[test]
fn the_profile_looks_at_registers() {
    use boxlab::kernel::capability_sets::List;
    use boxlab::kernel::seccomp::{self, Filter, Profile};
    let filter =
        Filter { profile: Some(Profile::Docker), capabilities: Some(List::Named(Vec::new())), ..Filter::default() };
    let flags = |more: i32| i64::from(more | libc::SIGCHLD);
    let rows = [
        (libc::SYS_clone, flags(libc::CLONE_NEWUTS), Some(libc::EPERM)),
        (libc::SYS_clone, flags(libc::CLONE_NEWUSER | libc::CLONE_NEWNET), Some(libc::EPERM)),
        (libc::SYS_clone, flags(0), None),
        (libc::SYS_personality, 0xffff_ffff, None),
        (libc::SYS_personality, 0x0002_0000, None),
        (libc::SYS_personality, 0x0004_0000, Some(libc::EPERM)),
    ];
    // SAFETY: the child makes system calls and ends with _exit; what it allocates is its own copy.
    match unsafe { nix::unistd::fork() }.expect("a child") {
        nix::unistd::ForkResult::Child => {
            let ready = nix::sys::prctl::set_no_new_privs().is_ok() && seccomp::filter(&filter).is_ok();
            let wrong = rows.iter().position(|(call, first, errno)| {
                // SAFETY: clone without CLONE_VM is a fork, and its child ends at once; personality takes a number.
                let result = unsafe { libc::syscall(*call, *first, 0, 0, 0, 0) };
                if *call == libc::SYS_clone && result == 0 {
                    // SAFETY: as above.
                    unsafe { libc::_exit(0) };
                }
                (result < 0).then(nix::errno::Errno::last_raw) != *errno
            });
            let status = if ready { wrong.map_or(0, |at| at as i32 + 1) } else { 100 };
            // SAFETY: nothing of the parent's is to be run.
            unsafe { libc::_exit(status) }
        }
        nix::unistd::ForkResult::Parent { child } => {
            let ended = nix::sys::wait::waitpid(child, None).expect("its end");
            if ended == nix::sys::wait::WaitStatus::Exited(child, 100) {
                return support::skip("no filter of system calls can be loaded here");
            }
            assert_eq!(ended, nix::sys::wait::WaitStatus::Exited(child, 0), "the row that was answered otherwise");
        }
    }
}
