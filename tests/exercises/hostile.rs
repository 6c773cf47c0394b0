//! Programs that hang, flood, multiply, hide or lie: each ends with its own name, and none fools the check or harms
//! anything of the learner's.

use crate::made::{RIGHT, failed, judged};
use crate::support::boxlab::everyone;
use crate::support::host::Fingerprint;
use crate::support::skip;

/// Each script fails this check, with this in what was found; for everyone.
fn fails(interpreter: &str, script: &str, check: &str, found: &str) {
    for who in everyone() {
        let before = Fingerprint::take();
        let (verdict, ran) = judged(who, interpreter, script);
        assert_eq!((verdict["status"].as_str(), ran.status), (Some("failed"), Some(1)), "{verdict:#}");
        let (name, text) = failed(&verdict);
        assert_eq!(name, check, "{verdict:#}");
        assert!(text.contains(found), "{text}");
        assert_eq!(Fingerprint::take(), before);
    }
}

#[test]
fn a_right_solution_passes() {
    for who in everyone() {
        let (verdict, ran) = judged(who, "sh", RIGHT);
        assert_eq!((verdict["status"].as_str(), ran.status), (Some("passed"), Some(0)), "{verdict:#}");
    }
}

#[test]
fn a_loop_without_an_end_is_ended() {
    fails("sh", "while :; do :; done", "time", "after 3 s");
}

#[test]
fn who_waits_for_input_gets_the_end_of_the_file() {
    fails("sh", "read line || exit 3", "probe", "exit 3");
}

#[test]
fn gigabytes_of_output_are_not_read() {
    fails("sh", "yes", "output", "more than");
}

#[test]
fn a_fork_bomb_stays_in_its_lab() {
    fails("sh", "f() { f | f & }; f; while :; do :; done", "time", "after 3 s");
}

#[test]
fn a_daemon_that_is_left_is_found() {
    fails("sh", &format!("sleep 1000 &\n{RIGHT}"), "left", "sleep");
}

#[test]
fn a_program_that_does_not_wait_is_told_so() {
    fails("sh", "sleep 1000 & exit 0", "ends", "there is still");
}

#[test]
fn all_memory_is_not_to_be_had() {
    fails("sh", "dd if=/dev/zero of=/dev/null bs=2G count=1 || exit 4", "probe", "exit 4");
}

#[test]
fn who_deletes_its_folder_deletes_a_copy() {
    fails("sh", "cd /; rm -rf /exercise \"$HOME\" /etc 2>/dev/null; exit 5", "probe", "exit 5");
}

#[test]
fn a_program_that_is_none_is_told_what_it_lacks() {
    fails("./nothing", "", "start", "ENOENT");
    fails("./main", "exec \"$@\"", "start", "EACCES");
}

#[test]
fn a_report_that_the_probe_has_not_sent_is_found() {
    fails("bash", "echo '{\"name\":\"probe\"}' >&198; sleep 1", "honest", "no probe has sent");
}

#[test]
fn a_changed_probe_is_found() {
    fails("sh", "cp /probe /tmp/probe; printf x >> /tmp/probe; exec /tmp/probe", "honest", "not the probe");
    fails("sh", "mount --bind /bin/true /probe; exec \"$@\"", "probe", "exit 0");
}

#[test]
fn a_copy_of_the_probe_is_as_good() {
    for who in everyone() {
        let script = "cp /probe /tmp/probe; exec unshare --uts sh -c 'hostname box; exec /tmp/probe'";
        let (verdict, _) = judged(who, "sh", script);
        assert_eq!(verdict["status"], "passed", "{verdict:#}");
    }
}

#[test]
fn whoever_ends_the_checkers_processes_is_found() {
    fails("sh", &format!("kill -9 -1\n{RIGHT}"), "honest", "`host`");
}

#[test]
fn a_probe_that_is_traced_is_found() {
    const PYTHON: &str = "/usr/bin/python3";
    if !std::path::Path::new(PYTHON).exists() {
        return skip("a probe that is traced: there is no python3");
    }
    let script = "import ctypes, os, sys\nlibc = ctypes.CDLL(None)\npid = os.fork()\nif pid == 0:\n    libc.ptrace(0, 0, \
                  None, None)\n    os.execv(sys.argv[1], sys.argv[1:])\nwhile True:\n    _, status = os.waitpid(pid, 0)\n    \
                  if not os.WIFSTOPPED(status): break\n    libc.ptrace(7, pid, None, None)\n";
    fails(PYTHON, script, "honest", "traces");
}

#[test]
fn what_is_no_text_is_written_as_numbers() {
    let (verdict, _) = judged(everyone()[0], "sh", "printf '\\033[2J\\377'; exit 1");
    assert_eq!(verdict["output"], "\\x1b[2J\\xff");
}
