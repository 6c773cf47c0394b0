//! Programs that hang, flood, multiply, hide or lie: each ends with its own name, and none fools the check or harms
//! anything of the learner's.

use crate::made::{RIGHT, failed, judged, judged_by};
use crate::support::boxlab::{everyone, program};
use crate::support::host::Fingerprint;
use crate::support::skip;

/// Each script fails this check, with this in what was found; for everyone.
fn fails(interpreter: &str, script: &str, check: &str, found: &str) {
    for who in everyone() {
        let before = Fingerprint::take();
        // Only who is to come to the end of the time gets little of it: the machine may be busy.
        let seconds = if check == "time" { 3 } else { 60 };
        let (verdict, ran) = judged(who, interpreter, script, seconds);
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
        let (verdict, ran) = judged(who, "sh", RIGHT, 60);
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

/// In a shell of its own, since one that can fork no more ends.
#[test]
fn a_fork_bomb_stays_in_its_lab() {
    fails("sh", "(f() { f | f & }; f); while :; do :; done", "time", "after 3 s");
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

/// By files of a file system in memory, which no limit of a process counts.
#[test]
fn what_all_processes_take_together_is_held_in_by_a_group() {
    for who in everyone() {
        let (verdict, _) = judged(who, "sh", &format!("cat /proc/self/cgroup\n{RIGHT}"), 60);
        let groups = verdict["output"].as_str().unwrap_or_default();
        if groups.matches("/boxlab-").count() == 0 {
            skip(&format!("{who:?}: a group around a checked program, since none can be made here"));
            continue;
        }
        if available() < 4 << 20 {
            skip("a program that takes more memory than it may: this machine has less than 4 GiB free");
            continue;
        }
        // Whoever wrote to it is ended, and with its mount namespace the file system is gone.
        let hog = "unshare --mount sh -c 'mount -t tmpfs -o size=3g tmpfs /mnt && \
                   dd if=/dev/zero of=/mnt/all bs=1M count=2500 2>/dev/null && echo all of it'; exit 8";
        let (verdict, ran) = judged(who, "sh", hog, 60);
        assert_eq!((verdict["status"].as_str(), ran.status), (Some("failed"), Some(1)), "{verdict:#}");
        assert_eq!(failed(&verdict).0, "probe", "{verdict:#}");
        assert!(!verdict["output"].to_string().contains("all of it"), "{verdict:#}");
    }
}

/// KiB of memory that nobody has.
fn available() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
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
        let (verdict, _) = judged(who, "sh", script, 60);
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

/// Neither ptrace(2) nor their memory in /proc.
#[test]
fn the_checkers_own_processes_cannot_be_traced() {
    const PYTHON: &str = "/usr/bin/python3";
    if !std::path::Path::new(PYTHON).exists() {
        return skip("the checker's processes, traced: there is no python3");
    }
    let script = "import ctypes, os, sys\nlibc = ctypes.CDLL(None)\nfor pid in (1, 2, 3):\n    if libc.ptrace(16, pid, None, \
                  None) != -1: sys.exit(7)\n    try: open(f'/proc/{pid}/mem', 'r+b')\n    except PermissionError: \
                  continue\n    sys.exit(8)\nlibc.unshare(0x04000000)\nlibc.sethostname(b'box', \
                  3)\nos.execv(sys.argv[1], sys.argv[1:])\n";
    for who in everyone() {
        let (verdict, _) = judged(who, PYTHON, script, 60);
        assert_eq!(verdict["status"], "passed", "{verdict:#}");
    }
}

/// Where an exercise allows that all the same, the checker outside does not wait for ever.
#[test]
fn who_stops_the_checker_is_found() {
    const PYTHON: &str = "/usr/bin/python3";
    if !std::path::Path::new(PYTHON).exists() {
        return skip("the checker, stopped: there is no python3");
    }
    let script = "import ctypes, time\nctypes.CDLL(None).ptrace(16, 1, None, None)\ntime.sleep(1000)\n";
    for who in everyone() {
        let before = Fingerprint::take();
        let (verdict, ran) = judged_by(who, PYTHON, script, 3, "ptrace: true\n");
        assert_eq!((verdict["status"].as_str(), ran.status), (Some("failed"), Some(1)), "{verdict:#}");
        let (name, text) = failed(&verdict);
        assert!(name == "honest" && text.contains("do not answer"), "{verdict:#}");
        assert_eq!(Fingerprint::take(), before);
    }
}

#[test]
fn what_is_no_text_is_written_as_numbers() {
    let (verdict, _) = judged(everyone()[0], "sh", "printf '\\033[2J\\377'; exit 1", 60);
    assert_eq!(verdict["output"], "\\x1b[2J\\xff");
}

/// The probe's own code is changed before it runs, by a tracer that has let it go when it speaks: it says `box` whatever
/// the kernel says. What counts is what the checker reads itself.
#[test]
fn a_probe_whose_code_was_changed_convinces_nobody() {
    const PYTHON: &str = "/usr/bin/python3";
    let names = std::process::Command::new("nm").arg(program()).output();
    let (Ok(names), true) = (names, std::path::Path::new(PYTHON).exists()) else {
        return skip("a probe whose code was changed: there is no python3, or no nm");
    };
    let names = String::from_utf8_lossy(&names.stdout);
    let uname = names.lines().find_map(|line| line.strip_suffix(" W uname").or(line.strip_suffix(" T uname")));
    let (Some(uname), true) = (uname, cfg!(target_arch = "x86_64")) else {
        return skip("a probe whose code was changed: uname is not found in it, or another processor's");
    };
    // mov dword [rdi+65], "box"; xor eax, eax; ret
    let script = format!(
        "import ctypes, os, sys\nlibc = ctypes.CDLL(None)\nlibc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, \
         ctypes.c_void_p, ctypes.c_void_p]\npid = os.fork()\nif pid == 0:\n    libc.unshare(0x04000000)\n    \
         libc.ptrace(0, 0, None, None)\n    os.execv(sys.argv[1], sys.argv[1:])\nos.waitpid(pid, 0)\nbase = \
         int(open(f'/proc/{{pid}}/maps').readline().split('-')[0], 16)\ncode = \
         bytes.fromhex('c7474162 6f7800 31c0c3 909090909090')\nfor at in (0, 8):\n    assert libc.ptrace(5, pid, base + \
         0x{uname} + at, int.from_bytes(code[at:at + 8], 'little')) == 0\nlibc.ptrace(17, pid, None, None)\n_, status = \
         os.waitpid(pid, 0)\nsys.exit(os.waitstatus_to_exitcode(status))\n"
    );
    fails(PYTHON, &script, "name", "labhost");
}
