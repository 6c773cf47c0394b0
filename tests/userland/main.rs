//! The tools of the box: every test starts the program under a tool's name, as a link in /bin would.

mod limits;
mod network;
mod printed;
#[path = "../support/mod.rs"]
mod support;
mod terminal;

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use terminal::Terminal;

/// The program as a tool. PATH leads nowhere, so that no tool of this machine is taken for ours.
fn tool(name: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boxlab"));
    command.arg0(name).env_clear().env("PATH", "/nowhere").env("TERM", "dumb");
    command
}

fn sh(text: &str) -> Output {
    tool("sh").args(["-c", text]).output().expect("the shell starts")
}

/// Runs a text in a root file system that has nothing in it, as root of fresh namespaces.
fn in_empty_root(root: &Path, text: &str) -> Output {
    tool("unshare")
        .args(["-rmunpf", "--", "chroot"])
        .arg(root)
        .args(["sh", "-c", text])
        .output()
        .expect("the tool starts")
}

#[track_caller]
fn assert_prints(output: &Output, expected: &str) {
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(out, expected, "standard error: {error}");
}

#[track_caller]
fn assert_says(output: &Output, expected: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains(expected), "no {expected:?} in: {text}");
}

#[test]
fn pipes_and_redirections() {
    let directory = tempfile::tempdir().expect("a directory");
    let text = format!(
        "cd {}; seq 5 > numbers; tail -n 2 < numbers | sort -r; ls nothing 2> errors; wc -l < errors; cat <<END\nhere\nEND",
        directory.path().display()
    );
    assert_prints(&sh(&text), "5\n4\n1\nhere\n");
}

#[test]
fn a_shell_without_being_executed() {
    let root = tempfile::tempdir().expect("a directory");
    let program = std::fs::File::open(env!("CARGO_BIN_EXE_boxlab")).expect("the program is there");
    boxlab::userland::use_program(&program).expect("a descriptor");
    let mut command = Command::new("/never");
    let path = root.path().to_path_buf();
    let text = "ls / | wc -l; unset PATH; seq 2 | tail -n 1; exit 9";
    let options = boxlab::userland::ShellOptions { command: Some(text.into()), ..Default::default() };
    // SAFETY: the child never comes back; it becomes a shell without exec, as an agent of a lesson does.
    unsafe {
        command.pre_exec(move || {
            use nix::sched::CloneFlags;
            nix::sched::unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)?;
            nix::unistd::chroot(&path)?;
            nix::unistd::chdir("/")?;
            std::process::exit(boxlab::userland::shell(options.clone()));
        });
    }
    // The standard library waits for the exec that never comes, so it sees the pipe close and then the exit status.
    let output = command.output().expect("it starts");
    assert_prints(&output, "0\n2\n");
    assert_eq!(output.status.code(), Some(9));
}

#[test]
fn exit_statuses() {
    for (text, status) in [("exit 3", 3), ("false", 1), ("no-such-program", 127), ("true && false || exit 7", 7)] {
        assert_eq!(sh(text).status.code(), Some(status), "{text}");
    }
    assert_eq!(tool("sh").arg("/nothing").status().expect("it starts").code(), Some(127));
}

#[test]
fn a_job_is_waited_for_by_its_number() {
    let all = [
        ("sh -c 'exit 3' & wait $!; echo $?", "3\n"),
        // To be started stopped is no failure; and functions and cases have jobs too.
        ("set -eu; f() { sh -c 'exit 4' & s=0; wait $! || s=$?; echo $s; }; f", "4\n"),
        ("set -e; case a in a) true & wait $!; echo here ;; esac", "here\n"),
        ("wait 1; echo $?", "127\n"),
    ];
    for (text, said) in all {
        assert_prints(&sh(text), said);
    }
}

#[test]
fn a_script_from_a_pipe_leaves_its_rest_to_its_commands() {
    let output =
        tool("sh").args(["-c", "printf 'read line\\nthe rest\\necho got $line\\n' | sh"]).output().expect("it starts");
    assert_prints(&output, "got the rest\n");
}

#[test]
fn messages_are_sentences() {
    assert_says(
        &tool("ls").arg("/nothing").output().expect("it starts"),
        "cannot access '/nothing': No such file or directory",
    );
}

#[test]
fn tools_in_an_empty_root() {
    let root = tempfile::tempdir().expect("a directory");
    let output = in_empty_root(
        root.path(),
        "echo *; pwd; seq 9 | grep -v 5 | wc -l; mkdir a; ls; sh -c 'ls -l --color=always | wc -l'; id -u",
    );
    assert_prints(&output, "*\n/\n8\na\n2\n0\n");
}

#[test]
fn ps_says_what_is_missing() {
    let root = tempfile::tempdir().expect("a directory");
    assert_says(&in_empty_root(root.path(), "ps"), "nothing is mounted there (mount -t proc proc /proc)");
    let output = in_empty_root(root.path(), "mkdir /proc; mount -t proc proc /proc; ps -p 1 | wc -l; mount -t proc");
    assert_prints(&output, "2\nproc on /proc type proc private (rw,relatime)\n");
}

#[test]
fn namespaces_have_their_own_names() {
    let root = tempfile::tempdir().expect("a directory");
    assert_prints(&in_empty_root(root.path(), "hostname box && hostname"), "box\n");
    assert_says(&tool("unshare").args(["-U", "--", "hostname", "box"]).output().expect("it starts"), "EPERM");
}

#[test]
fn a_time_namespace_begins_with_its_clock_set() {
    let (fresh, host) = (["-rmpfT", "--mount-proc", "--boottime", "864000"], std::fs::read_to_string("/proc/uptime"));
    let output = tool("unshare").args(fresh).args(["--", "cat", "/proc/uptime"]).output().expect("it starts");
    let seconds = |text: &str| text.split('.').next().and_then(|it| it.parse::<u64>().ok()).unwrap_or_default();
    let (inside, outside) = (seconds(&String::from_utf8_lossy(&output.stdout)), seconds(&host.expect("an uptime")));
    // How long the program took to start does not matter.
    assert!((864_000..864_600).contains(&inside.saturating_sub(outside)), "{inside}, {outside}: {output:?}");
    assert_says(&tool("unshare").args(["-r", "--boottime", "1", "ls"]).output().expect("it starts"), "--time");
}

#[test]
fn a_seccomp_filter_comes_from_a_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("filter");
    let under = |filter: &[u8]| {
        std::fs::write(&file, filter).expect("a file");
        let words = ["--no-new-privs", "--seccomp-filter"];
        let program = ["grep", "Seccomp:", "/proc/self/status"];
        tool("setpriv").args(words).arg(&file).args(program).output().expect("it starts")
    };
    // One instruction: all is allowed.
    let allow = [0x06_u32.to_ne_bytes(), libc::SECCOMP_RET_ALLOW.to_ne_bytes()].concat();
    assert_prints(&under(&allow), "Seccomp:\t2\n");
    assert_says(&under(&allow[..7]), "EINVAL");
    assert_says(&under(&[]), "an instruction has eight");
}

#[test]
fn the_network_starts_empty() {
    let root = tempfile::tempdir().expect("a directory");
    assert_says(&in_empty_root(root.path(), "ping -c 1 127.0.0.1"), "is lo up?");
    let text = "ip link set lo up; ip link add veth0 type veth peer name veth1; ip addr add 10.0.0.1/24 dev veth0; \
                ip link set veth0 up; ip link set veth1 up; ip route; ip -br addr show lo; ping -c 1 10.0.0.1 | grep -c ttl";
    let output = in_empty_root(root.path(), text);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.starts_with("10.0.0.0/24 dev veth0 proto kernel scope link src 10.0.0.1"), "{text}");
    assert!(text.contains("127.0.0.1/8"), "{text}");
}

#[test]
fn a_pivot_moves_the_shell_too() {
    let root = tempfile::tempdir().expect("a directory");
    let text = "mkdir -p new; mount -t tmpfs tmpfs new; cd new; mkdir old; pivot_root . old && umount -l old; pwd; ls";
    let output =
        tool("unshare").args(["-rmpf", "--", "sh", "-c", text]).current_dir(root.path()).output().expect("it starts");
    assert_prints(&output, "/\nold\n");
}

#[test]
fn a_job_has_a_process_id() {
    assert_prints(&sh("sleep 100 & kill $! && echo killed; wait"), "killed\n");
    assert_prints(
        &sh("for n in 1 2; do echo $n | cat; done; echo late & wait; no-such-program & wait"),
        "1\n2\nlate\n",
    );
}

#[test]
fn a_session_on_a_terminal() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("said"), "spoken\n").expect("a file");
    let mut command = tool("sh");
    command.env("PS1", "box> ").current_dir(directory.path());
    let mut terminal = Terminal::start(command);
    terminal.until_line("box>");
    terminal.keys("echo hi | wc -c\r");
    terminal.until("3\r\n");
    terminal.until_line("box>");
    // Left twice, backspace: the x goes; then on to the end.
    terminal.keys("echo abxcd\x1b[D\x1b[D\x7f\r");
    terminal.until("abcd\r\n");
    terminal.until_line("box>");
    terminal.keys("echo never");
    terminal.until_line("box> echo never");
    terminal.keys("\x03");
    terminal.until_line("box>");
    // It says something once it runs, so the keys cannot come too early.
    terminal.keys("tail -f said\r");
    terminal.until("spoken\r\n");
    terminal.keys("\x1a");
    terminal.until("Stopped");
    terminal.until_line("box>");
    terminal.keys("jobs\r");
    terminal.until("Stopped\ttail -f said\r\n");
    terminal.until_line("box>");
    terminal.keys("fg\r");
    terminal.until("fg\r\n");
    terminal.until("tail -f said\r\n");
    terminal.keys("\x03");
    terminal.until_line("box>");
    terminal.keys("sleep 1000 | cat &\r");
    terminal.until("[1]+");
    terminal.until_line("box>");
    terminal.keys("while true; do tail -f said; done\r");
    terminal.until("spoken\r\n");
    terminal.keys("\x03");
    terminal.until_line("box>");
    terminal.keys("while true; do n=1; test $n; echo busy; done\r");
    terminal.until("busy\r\nbusy");
    terminal.keys("\x03");
    terminal.until_line("box>");
    terminal.keys("pivot\t --help\r");
    terminal.until("Make the mount at NEW the root");
    terminal.until_line("box>");
    terminal.keys("kill %1; exit 5\r");
    assert_eq!(terminal.end().code(), Some(5));
}

#[test]
fn sentences_are_wrapped_at_words_on_a_terminal() {
    let mut terminal = Terminal::start({
        let mut command = tool("nft");
        command.arg("insert");
        command
    });
    // Hung under its first word, and no word is cut.
    terminal.until("[fib daddr type local]\r\n    [iifname LINK]");
    assert_eq!(terminal.end().code(), Some(1));
    let mut narrow = tool("nc");
    narrow.args(["-l", "-k"]).env("COLUMNS", "40");
    let mut terminal = Terminal::start(narrow);
    terminal.until("nc: on which port? nc -l PORT, nc -l\r\n    ADDRESS PORT, or nc -l -p PORT\r\n");
    assert_eq!(terminal.end().code(), Some(1));
    // A line stays a line for a program that reads it.
    assert_says(&tool("nc").args(["-l", "-k"]).output().expect("it starts"), "nc -l ADDRESS PORT, or nc -l -p PORT\n");
}
