//! The life of a container's PID 1, and of those who enter: an init that passes signals on and collects whoever ends, and
//! the waiting for what others do after a step. Each test is a lesson of its own, and its claims are asked of the kernel.

mod support;

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use support::boxlab::{Boxlab, Ran, everyone};
use support::lesson::made;

/// A PID namespace with `service` in it, which has a child `web`.
const SERVICE: &str = "\
- { as: host, say: x, do: { unshare: [pid] }, why: x }
- { as: host, say: x, do: { fork: service }, expect: { service.pid: \"1\" }, why: x }
- { as: service, say: x, do: { fork: web }, expect: { web.ppid: \"1\" }, why: x }
";

/// A step, as short as it may be.
fn step(actor: &str, operation: &str, more: &str) -> String {
    format!("- {{ as: {actor}, say: x, do: {operation}{more}, why: x }}\n")
}

/// Takes a lesson of these steps, as everyone, and expects that all of its claims hold.
fn holds(steps: &str) -> Ran {
    let mut last = None;
    for who in everyone() {
        let folder = tempfile::tempdir().expect("a folder");
        let lessons = made(folder.path(), "", steps);
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("mine");
        let words = ["--lessons".as_ref(), lessons.as_os_str(), "run".as_ref(), "made".as_ref(), "--auto".as_ref()];
        let ran = Boxlab::by(who, words).run();
        assert!(!ran.stdout.contains('✘') && ran.status == Some(0), "{who:?}\n{}\n{}", ran.stdout, ran.stderr);
        // As one line: the screen is narrower than the sentences.
        last = Some(Ran { stdout: ran.stdout.split_whitespace().collect::<Vec<_>>().join(" "), ..ran });
    }
    last.expect("somebody")
}

/// A shell command as `service`, after these steps.
fn shell(steps: &str, text: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let lessons = made(folder.path(), "", steps);
    let count = steps.lines().count().to_string();
    let words = ["--lessons".as_ref(), lessons.as_os_str(), "shell".as_ref(), "made".as_ref(), count.as_ref()];
    let mut boxlab = Boxlab::new(words);
    boxlab.command.args(["--as", "service", "--", "sh", "-c", text]);
    boxlab.run()
}

#[test]
fn an_init_passes_sigterm_on_and_ends_as_its_program_did() {
    let init = step("service", "{ init: { main: web } }", "");
    let wait = |ended: &str| step("host", "{ wait: service }", ", expect: { service.state: ended }") + ended;
    let kill = step(
        "host",
        "{ kill: { of: service, signal: TERM } }",
        ", expect: { service.state: zombie, web.state: ended }",
    );
    let ran = holds(&(SERVICE.to_owned() + &init + &kill + &wait("")));
    assert!(ran.stdout.contains("exit 143"), "{}", ran.stdout);
    let exit = step("web", "{ exit: 7 }", ", expect: { service.state: zombie, web.state: ended }");
    let ran = holds(&(SERVICE.to_owned() + &init + &exit + &wait("")));
    assert!(ran.stdout.contains("exit 7"), "{}", ran.stdout);
    // Without a program it ends itself; and without an init nobody does.
    let alone = step("service", "{ init: {} }", "");
    let ran = holds(&(SERVICE.to_owned() + &alone + &kill + &wait("")));
    assert!(ran.stdout.contains("exit 143"), "{}", ran.stdout);
    let nothing = step(
        "host",
        "{ kill: { of: service, signal: TERM } }",
        ", expect: { service.state: running, web.state: running }",
    );
    holds(&(SERVICE.to_owned() + &nothing));
}

#[test]
fn a_signal_from_inside_reaches_an_init() {
    let init = step("service", "{ init: {} }", "");
    let kill =
        step("web", "{ kill: { of: service, signal: TERM } }", ", expect: { service.state: zombie, web.state: ended }");
    // web ends in the middle of its own step: with PID 1 the kernel takes everybody.
    let ran = holds(&(SERVICE.to_owned() + &init + &kill));
    assert!(ran.stdout.contains("kill(1, SIGTERM)"), "{}", ran.stdout);
}

#[test]
fn orphans_are_collected_by_an_init_and_by_nobody_else() {
    for (init, state) in [(true, "ended"), (false, "zombie")] {
        let mut steps = SERVICE.to_owned();
        if init {
            steps += &step("service", "{ init: {} }", "");
        }
        for at in 0..10 {
            let worker = format!("w{at}");
            write!(steps, "{}", step("service", &format!("{{ fork: {worker} }}"), "")).expect("text");
            write!(steps, "{}", step(&worker, &format!("{{ fork: j{at} }}"), "")).expect("text");
            let ended = format!(", expect: {{ {worker}.state: {state}, j{at}.ppid: \"1\" }}");
            write!(steps, "{}", step(&worker, "{ exit: 0 }", &ended)).expect("text");
            let ended = format!(", expect: {{ j{at}.state: {state} }}");
            write!(steps, "{}", step(&format!("j{at}"), "{ exit: 1 }", &ended)).expect("text");
        }
        holds(&steps);
    }
}

/// It goes on with its duties while a shell is its child.
#[test]
fn a_hundred_orphans_of_a_shell_are_collected_meanwhile() {
    let steps = SERVICE.to_owned() + &step("service", "{ init: {} }", "");
    // The bound is for a test that fails: whoever is collected is gone within a few turns.
    let orphans = |until: &str| {
        format!(
            "i=0; while [ $i -lt 50 ]; do sh -c '/bin/ls >/dev/null & /bin/ls >/dev/null &'; i=$((i+1)); done; \
             while [ $i -lt 200 ] && {until} ps | grep -q '[d]efunct'; do i=$((i+1)); done; \
             ps | grep -c '[d]efunct'; exit 3"
        )
    };
    let ran = shell(&steps, &orphans(""));
    assert_eq!((ran.stdout.as_str(), ran.status), ("0\n", Some(3)), "{}", ran.stderr);
    let ran = shell(SERVICE, &orphans("!"));
    assert!(ran.stdout != "0\n" && ran.status == Some(3), "{ran:#?}");
}

#[test]
fn what_an_init_starts_obeys_signals() {
    let init = step("service", "{ init: {} }", ", expect: { service.signals.blocked: contains TERM }");
    let blocked = "{ run: [/bin/grep, SigBlk, /proc/self/status] }";
    let child = step("service", "{ fork: more }", ", expect: { more.signals.blocked: none }");
    let killed = step("host", "{ kill: { of: more, signal: TERM } }", ", expect: { more.state: ended }");
    let run = step("service", blocked, ", output: contains 0000000000000000");
    holds(&(SERVICE.to_owned() + &init + &run + &child + &killed));
}

#[test]
fn an_exit_status_is_handed_out_once() {
    let init = step("service", "{ init: {} }", "");
    let exit = step("web", "{ exit: 0 }", ", expect: { web.state: ended }");
    let wait = step("service", "{ wait: web }", ", fails: ECHILD");
    let ran = holds(&(SERVICE.to_owned() + &init + &exit + &wait));
    assert!(ran.stdout.contains("reads SIGCHLD from a descriptor"), "{}", ran.stdout);
    // Nor can anybody but the parent have it.
    let exit = step("web", "{ exit: 0 }", ", expect: { web.state: zombie }");
    let wait = step("host", "{ wait: web }", ", fails: ECHILD");
    let ran = holds(&(SERVICE.to_owned() + &exit + &wait));
    assert!(ran.stdout.contains("web is a child of service"), "{}", ran.stdout);
}

#[test]
fn an_actor_is_named_by_the_number_that_the_sender_knows() {
    let kill = step("service", "{ kill: { of: web, signal: KILL } }", ", expect: { web.state: zombie }");
    let ran = holds(&(SERVICE.to_owned() + &kill));
    assert!(ran.stdout.contains("kill(2, SIGKILL)"), "{}", ran.stdout);
    let up = step("web", "{ kill: { of: host, signal: TERM } }", "");
    let folder = tempfile::tempdir().expect("a folder");
    let lessons = made(folder.path(), "", &(SERVICE.to_owned() + &up));
    let words = ["--lessons".as_ref(), lessons.as_os_str(), "run".as_ref(), "made".as_ref(), "--auto".as_ref()];
    let ran = Boxlab::new(words).run();
    assert!(ran.stderr.contains("`host` has no number in the PID namespace of `web`"), "{ran:#?}");
}

/// The kernel gives the number of a freed namespace to the next; two that followed each other have two names.
#[test]
fn a_namespace_that_is_gone_does_not_come_back_under_its_name() {
    let mut steps = String::new();
    for at in 0..10 {
        let born = format!(", expect: {{ p{at}.ns.pid: new }}");
        steps += &step("host", "{ unshare: [pid] }", "");
        steps += &step("host", &format!("{{ fork: p{at} }}"), &born);
        steps += &step(&format!("p{at}"), "{ exit: 0 }", "");
        steps += &step("host", &format!("{{ wait: p{at} }}"), "");
        steps += &step("host", "{ setns: { file: /proc/self/ns/pid, kinds: [pid] } }", "");
    }
    holds(&steps);
}

/// A container whose user namespace owns one part of its namespaces, and the lab host's the other.
const MIXED: &str = "\
- { as: host, say: x, do: { unshare: [pid, uts] }, why: x }
- { as: host, say: x, do: { fork: service }, why: x }
- { as: service, say: x, do: { sethostname: mixed }, why: x }
- { as: service, say: x, do: { unshare: [user, mount, net, ipc] }, why: x }
- { as: runtime, say: x, do: { fork: visitor }, why: x }
";

#[test]
fn who_enters_needs_the_rights_of_the_owner() {
    let enter =
        |kinds: &str, more: &str| step("visitor", &format!("{{ setns: {{ of: service, kinds: [{kinds}] }} }}"), more);
    let after_user = MIXED.to_owned() + &enter("user", "") + &enter("net", "") + &enter("uts", ", fails: EPERM");
    let ran = holds(&after_user);
    assert!(ran.stdout.contains("before the user namespace, or all in one call"), "{}", ran.stdout);
    holds(&(MIXED.to_owned() + &enter("user", "") + &enter("user", ", fails: EINVAL")));
    let poor = step("visitor", "{ drop: [sys_admin] }", "");
    let ran =
        holds(&(MIXED.to_owned() + &poor + &enter("net", ", fails: EPERM") + &enter("user", "") + &enter("net", "")));
    assert!(ran.stdout.contains("which the caller's user has made"), "{}", ran.stdout);
    let all = enter("user, mount, pid, uts, net, ipc", ", expect: { visitor.hostname: mixed, visitor.pid: same }");
    let child = step("visitor", "{ fork: tool }", ", expect: { tool.ppid: \"0\", tool.ns.pid: as service }");
    let ended = step("tool", "{ exit: 0 }", ", expect: { tool.state: zombie }");
    let dead = step("runtime", "{ setns: { of: tool, kinds: [uts] } }", ", fails: ESRCH");
    let ran = holds(&(MIXED.to_owned() + &all + &child + &ended + &dead));
    assert!(ran.stdout.contains("the process behind the pidfd has ended"), "{}", ran.stdout);
}

#[test]
fn nsenter_enters_a_container_of_two_owners() {
    let run = step("runtime", "{ run: [/bin/nsenter, --target, \"4\", --all, /bin/hostname] }", ", output: mixed");
    holds(&(MIXED.to_owned() + &run));
}
