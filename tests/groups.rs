//! Control groups of labs: they are made where this user may, they are gone afterwards whoever was killed, labs do not
//! get into each other's way, and where there are none the reason is the true one.

mod support;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Gid, Pid, Uid};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Mutex, MutexGuard};
use support::boxlab::{Boxlab, Who};
use support::host::{Fingerprint, files, is_foreign};
use support::lesson::made;
use support::skip;

/// Groups are the machine's: what is counted in one test must not be another test's.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
/// The step of lesson `cgroups` after which everything in its group is frozen.
const FROZEN: &str = "9";
const NOBODY: u32 = 65534;

/// Whether this machine has control groups for us.
fn possible() -> Option<MutexGuard<'static, ()>> {
    let guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let ran = Boxlab::new(["run", "cgroups", "--auto", "--to", "1"]).run();
    if ran.status == Some(3) {
        skip(&format!("control groups: {}", ran.stderr.lines().next().unwrap_or_default()));
        return None;
    }
    assert_eq!(ran.status, Some(0), "{ran:#?}");
    Some(guard)
}

/// A lab that stands after a step, until its standard input ends.
fn standing(step: &str) -> (Boxlab, Child) {
    let mut boxlab = Boxlab::new(["shell", "cgroups", step, "--as", "runtime", "--", "cat"]);
    boxlab.command.stdin(Stdio::piped());
    let mut child = boxlab.spawn();
    child.stdin.as_mut().expect("a pipe").write_all(b"here\n").expect("it reads");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("it answers");
    assert_eq!(line, "here\n", "the lab stands");
    (boxlab, child)
}

/// All groups of labs on this machine, but for those of a Boxlab that somebody else runs.
fn groups() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut below = vec![PathBuf::from("/sys/fs/cgroup")];
    while let Some(path) = below.pop() {
        for entry in std::fs::read_dir(&path).into_iter().flatten().flatten() {
            let is_group = entry.file_name().to_string_lossy().starts_with("boxlab-");
            match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                true if is_group && is_foreign(&entry.path().display().to_string()) => {}
                true if is_group => found.push(entry.path()),
                true => below.push(entry.path()),
                false => {}
            }
        }
    }
    found
}

fn processes_named(boxlab: &Boxlab, name: &str) -> Vec<i32> {
    boxlab.mark.processes().into_iter().filter(|(_, it)| it == name).map(|(pid, _)| pid).collect()
}

fn end(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it is alive");
}

fn clean(boxlab: &Boxlab) -> String {
    Boxlab::new(["clean"]).at_home_of(boxlab.home.path()).expect(0).stdout
}

#[test]
fn groups_are_gone_whoever_is_killed_also_while_a_group_is_frozen() {
    let Some(_one) = possible() else { return };
    let before = Fingerprint::take();
    for step in [FROZEN, "14"] {
        for victim in ["controller", "keeper", "launcher", "lab", "runtime"] {
            let (boxlab, mut child) = standing(step);
            assert!(!groups().is_empty(), "a lab has groups");
            let own = i32::try_from(child.id()).expect("a number");
            let launcher = || processes_named(&boxlab, "boxlab").into_iter().find(|pid| *pid != own);
            let pid = match victim {
                "controller" => own,
                "launcher" => launcher().expect("a launcher"),
                name => processes_named(&boxlab, name)[0],
            };
            end(pid);
            drop(child.stdin.take());
            child.wait_with_output().expect("it ends");
            // The keeper is among those that are waited for.
            boxlab.mark.assert_nothing_left();
            assert_eq!(groups(), Vec::<PathBuf>::new(), "after step {step}, {victim} killed");
            // The entry of the lab itself is what `clean` strikes out.
            clean(&boxlab);
            assert!(files(boxlab.home.path()).is_empty(), "after step {step}, {victim} killed");
        }
    }
    assert_eq!(Fingerprint::take(), before);
}

#[test]
fn what_controller_and_keeper_left_is_removed_by_clean_and_by_the_next_lab() {
    let Some(_one) = possible() else { return };
    let before = Fingerprint::take();
    for by_clean in [true, false] {
        let (boxlab, mut child) = standing(FROZEN);
        let own = groups();
        end(processes_named(&boxlab, "keeper")[0]);
        child.kill().expect("it is alive");
        child.wait().expect("it ends");
        assert_eq!(groups(), own, "nobody is there to remove them");
        if by_clean {
            let said = clean(&boxlab);
            assert!(
                own.iter().all(|group| said.contains(&format!("Removed the control group {}", group.display()))),
                "{said}"
            );
        } else {
            let again = Boxlab::new(["run", "cgroups", "--auto", "--to", "1"]).at_home_of(boxlab.home.path());
            again.expect(0);
        }
        boxlab.mark.assert_nothing_left();
        assert_eq!(groups(), Vec::<PathBuf>::new());
        clean(&boxlab);
    }
    assert_eq!(Fingerprint::take(), before);
}

#[test]
fn a_lab_that_lives_keeps_its_groups_while_others_come_go_and_clean() {
    let Some(_one) = possible() else { return };
    let before = Fingerprint::take();
    let (first, mut child) = standing("14");
    let own = groups();
    let (_second, mut other) = standing("14");
    assert_eq!(groups().len(), own.len() * 2, "each has its own");
    let said = clean(&first);
    assert!(!said.contains("control group"), "{said}");
    drop(other.stdin.take());
    other.wait_with_output().expect("it ends");
    assert_eq!(groups(), own);
    drop(child.stdin.take());
    child.wait_with_output().expect("it ends");
    assert_eq!(Fingerprint::take(), before);
}

#[test]
fn a_group_with_a_stranger_in_it_is_removed_all_the_same() {
    let Some(_one) = possible() else { return };
    let before = Fingerprint::take();
    let (_boxlab, mut child) = standing("14");
    let mut stranger =
        std::process::Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("cat");
    for group in groups() {
        std::fs::write(group.join("box/cgroup.procs"), stranger.id().to_string()).expect("it may be moved");
    }
    drop(child.stdin.take());
    child.wait_with_output().expect("it ends");
    assert!(!stranger.wait().expect("it ends").success(), "it was ended with the group");
    assert_eq!(Fingerprint::take(), before);
}

#[test]
fn without_a_ledger_no_group_is_made() {
    let Some(_one) = possible() else { return };
    let ran = Boxlab::new(["run", "cgroups", "--auto"]).env("XDG_STATE_HOME", "/proc/nowhere").run();
    assert_eq!(ran.status, Some(3), "{ran:#?}");
    assert!(ran.stderr.contains("ledger"), "{ran:#?}");
    assert_eq!(groups(), Vec::<PathBuf>::new());
}

/// The program with something mounted over the groups. Root only.
fn covered(place: &'static str, arguments: &[&str]) -> Boxlab {
    Boxlab::new(arguments).before(move || {
        unshare(CloneFlags::CLONE_NEWNS)?;
        mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
        mount(Some("none"), place, Some("tmpfs"), MsFlags::empty(), None::<&str>)
    })
}

#[test]
fn a_machine_without_groups_or_a_controller_says_which_and_the_way_out() {
    let Some(_one) = possible() else { return };
    if !nix::unistd::geteuid().is_root() {
        return skip("control groups: only root may cover them");
    }
    let mut cases = vec![("/sys/fs/cgroup", "No cgroup file system is mounted here")];
    if Path::new("/sys/fs/cgroup/freezer/cgroup.procs").exists() {
        cases.push(("/sys/fs/cgroup/freezer", "No control group here has freezer"));
    }
    for (place, why) in cases {
        let ran = covered(place, &["run", "cgroups", "--auto"]).expect(3);
        assert!(ran.stderr.contains(why) && ran.stderr.contains("boxlab vm"), "{place}: {}", ran.stderr);
        let ran = covered(place, &["verify", "cgroups"]).expect(3);
        assert!(ran.stdout.contains(why), "{place}: {}", ran.stdout);
    }
}

/// A group that belongs to nobody, with a process of nobody in it. Removed in the end.
struct Given(Vec<PathBuf>);

impl Given {
    fn new() -> Option<Given> {
        let name = format!("given-{}", std::process::id());
        let root = Path::new("/sys/fs/cgroup");
        let trees: Vec<PathBuf> = if root.join("cgroup.procs").exists() {
            vec![root.to_owned()]
        } else {
            ["freezer", "pids"].iter().map(|tree| root.join(tree)).collect()
        };
        let given = Given(trees.iter().map(|tree| tree.join(&name)).collect());
        for group in &given.0 {
            std::fs::create_dir(group).ok()?;
            let mut of_nobody = vec![group.clone(), group.join("cgroup.procs")];
            if group.join("cgroup.subtree_control").exists() {
                std::fs::write(group.join("cgroup.subtree_control"), "+pids").ok()?;
                of_nobody.push(group.join("cgroup.subtree_control"));
            }
            std::fs::create_dir(group.join("own")).ok()?;
            of_nobody.extend([group.join("own"), group.join("own/cgroup.procs")]);
            for path in of_nobody {
                std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).ok()?;
            }
        }
        Some(given)
    }

    fn run(&self, arguments: &[&str]) -> Boxlab {
        let boxlab = Boxlab::new(arguments);
        std::os::unix::fs::chown(boxlab.home.path(), Some(NOBODY), Some(NOBODY)).expect("root may give a folder away");
        let files: Vec<PathBuf> = self.0.iter().map(|group| group.join("own/cgroup.procs")).collect();
        boxlab.before(move || {
            for file in &files {
                let file = nix::fcntl::open(file, nix::fcntl::OFlag::O_WRONLY, nix::sys::stat::Mode::empty())?;
                nix::unistd::write(file, b"0")?;
            }
            nix::unistd::setgroups(&[])?;
            nix::unistd::setgid(Gid::from_raw(NOBODY))?;
            nix::unistd::setuid(Uid::from_raw(NOBODY))
        })
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        for group in &self.0 {
            std::fs::remove_dir(group.join("own")).ok();
            std::fs::remove_dir(group).ok();
        }
    }
}

#[test]
fn nobody_can_where_a_group_was_given_to_him_and_is_told_why_not_elsewhere() {
    let Some(_one) = possible() else { return };
    if !support::boxlab::everyone().contains(&Who::Nobody) {
        return skip("control groups as nobody: only root can become nobody");
    }
    let ran = Boxlab::by(Who::Nobody, ["run", "cgroups", "--auto"]).expect(3);
    assert!(ran.stderr.contains("W_OK) answered EACCES") && ran.stderr.contains("boxlab vm"), "{}", ran.stderr);
    let Some(given) = Given::new() else { return skip("control groups as nobody: no group can be given to him here") };
    let before = groups();
    let ran = given.run(&["verify", "cgroups"]).expect(0);
    assert!(ran.stdout.contains("1 passed, 0 failed"), "{}", ran.stdout);
    assert_eq!(groups(), before);
}

#[test]
fn what_a_group_refuses_has_its_reason() {
    let Some(_one) = possible() else { return };
    let two = Path::new("/sys/fs/cgroup/cgroup.procs").exists();
    let enable = if two {
        "- as: runtime\n  say: Enable.\n  do: { group_enable: { group: /, controllers: [pids] } }\n  why: None.\n"
    } else {
        ""
    };
    let cases = [
        (
            "{ group_set: { group: box, pids.max: three } }",
            "EINVAL",
            "pids.max takes a number of processes from 0, or max",
        ),
        ("{ group_remove: above }", "EBUSY", "has groups below it, and the last goes first: below"),
        ("{ group_remove: box }", "EBUSY", "has processes in it"),
        ("{ group_remove: none }", "ENOENT", "there is no"),
        ("{ group_make: box }", "EEXIST", "already"),
    ];
    for (operation, errno, why) in cases {
        let home = tempfile::tempdir().expect("a folder");
        let mut steps = enable.to_owned();
        for made in [
            "{ group_make: box }",
            "{ group_make: above }",
            "{ group_make: above/below }",
            "{ group_join: { group: box, of: host } }",
        ] {
            steps += &format!("- as: runtime\n  say: Make.\n  do: {made}\n  why: None.\n");
        }
        steps += &format!("- as: runtime\n  say: Try.\n  do: {operation}\n  fails: {errno}\n  why: None.\n");
        let lessons = made(home.path(), "needs: [namespaces, cgroup]\n", &steps);
        let mut boxlab = Boxlab::new(["--lessons"]).env("COLUMNS", "300");
        boxlab.command.arg(&lessons).args(["run", "made", "--auto"]);
        let ran = boxlab.expect(0);
        assert!(ran.stdout.contains(why), "{operation}: {}", ran.stdout);
    }
}

/// Two groups below the lab's own that have the memory controller, and what they need in this version.
const WITH_MEMORY: [&str; 2] = ["{ group_make: box }", "{ group_set: { group: box, memory.max: 20M } }"];

/// A lesson of these steps by `host`, each of operation and further lines; in version 2 memory is handed down first.
fn of_steps(home: &Path, steps: &[(&str, &str)]) -> PathBuf {
    let two = Path::new("/sys/fs/cgroup/cgroup.procs").exists();
    let enable = ("{ group_enable: { group: /, controllers: [memory] } }", "");
    let all = two.then_some(enable).into_iter().chain(steps.iter().copied());
    let text: String = all
        .map(|(operation, more)| format!("- as: host\n  say: Do.\n  do: {operation}\n  why: None.\n{more}"))
        .collect();
    made(home, "needs: [namespaces, cgroup, memory]\n", &text)
}

#[test]
fn a_program_that_the_limit_kills_leaves_no_group_and_its_actor_tells_of_it() {
    let Some(_one) = possible() else { return };
    let before = Fingerprint::take();
    let home = tempfile::tempdir().expect("a folder");
    let mut steps: Vec<(&str, &str)> = WITH_MEMORY.iter().map(|it| (*it, "")).collect();
    steps.push(("{ start: { program: [/bin/eat, --every, \"0\", 40M], as: greedy, group: box } }", ""));
    steps.push(("{ wait: greedy }", "  expect: { greedy.state: ended, host.group.box.memory.oom_kill: \"1\" }\n"));
    let lessons = of_steps(home.path(), &steps);
    let mut boxlab = Boxlab::new(["--lessons"]);
    boxlab.command.arg(&lessons).args(["run", "made", "--auto"]);
    let ran = boxlab.expect(0);
    assert!(ran.stdout.contains("ended     signal KILL"), "{}", ran.stdout);
    assert_eq!(groups(), Vec::<PathBuf>::new());
    assert_eq!(Fingerprint::take(), before);
}

#[test]
fn a_limit_that_would_end_an_agent_is_refused_and_says_the_way_out() {
    let Some(_one) = possible() else { return };
    let join = "{ group_join: { group: box } }";
    let cases: [&[&str]; 3] = [
        &["{ group_make: box }", join, "{ group_set: { group: box, memory.max: 1M } }"],
        &["{ group_make: box }", "{ group_set: { group: box, memory.max: 1M } }", join],
        &["{ group_make: box }", join, "{ group_set: { group: box, memory.oom.group: \"1\" } }"],
    ];
    for steps in cases {
        let home = tempfile::tempdir().expect("a folder");
        let steps: Vec<(&str, &str)> = steps.iter().map(|it| (*it, "")).collect();
        let lessons = of_steps(home.path(), &steps);
        let mut boxlab = Boxlab::new(["--lessons"]).env("COLUMNS", "300");
        boxlab.command.arg(&lessons).args(["run", "made", "--auto"]);
        let ran = boxlab.run();
        assert!(ran.status != Some(0) && ran.stderr.contains("a group of its own"), "{steps:?}: {ran:#?}");
        assert!(ran.stderr.contains("host"), "{steps:?}: {ran:#?}");
    }
}

#[test]
fn the_program_is_killed_and_not_the_agent_that_runs_it_in_the_same_group() {
    let Some(_one) = possible() else { return };
    for size in ["8M", "9M", "12M"] {
        let home = tempfile::tempdir().expect("a folder");
        let set = format!("{{ group_set: {{ group: box, memory.max: {size} }} }}");
        let claim = "  varies: true\n  expect: { host.state: running }\n";
        let lessons = of_steps(
            home.path(),
            &[
                ("{ group_make: box }", ""),
                (set.as_str(), ""),
                ("{ group_join: { group: box } }", ""),
                ("{ run: [/bin/eat, --every, \"0\", --step, 64K, 64M] }", claim),
                ("{ run: [/bin/eat, --every, \"0\", 64M] }", claim),
            ],
        );
        let mut boxlab = Boxlab::new(["--lessons"]);
        boxlab.command.arg(&lessons).args(["run", "made", "--auto"]);
        let ran = boxlab.expect(0);
        assert_eq!(ran.stdout.matches("ended     signal KILL").count(), 2, "{size}: {}", ran.stdout);
    }
}

#[test]
fn a_drawing_is_text_and_data_and_in_no_record() {
    let Some(_one) = possible() else { return };
    for (lesson, kinds) in [("memory", &["memory"][..]), ("cpu", &["periods", "share"])] {
        let ran = Boxlab::new(["run", lesson, "--auto"]).expect(0);
        assert!(ran.stdout.contains("   ┆ ") && ran.stdout.contains('█'), "{}", ran.stdout);
        assert!(!ran.stdout.contains('\x1b'), "without a terminal nothing is drawn again");
        assert!(ran.stdout.lines().filter(|line| line.contains('┆')).all(|line| line.chars().count() <= 80));
        let json = Boxlab::new(["run", lesson, "--auto", "--format", "json"]).expect(0).stdout;
        let record: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let steps = record["steps"].as_array().expect("steps");
        for kind in kinds {
            let drawing = |step: &serde_json::Value| step["evidence"]["measured"]["drawing"][kind].is_object();
            assert!(steps.iter().any(drawing), "{lesson} has no drawing of {kind}");
        }
        for record in ["record.json", "record.v1.json"] {
            let shelf = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
            let folder = std::fs::read_dir(shelf).expect("lessons").flatten().map(|it| it.path());
            let folder = folder.into_iter().find(|it| it.to_string_lossy().ends_with(&format!("-{lesson}")));
            let text = std::fs::read_to_string(folder.expect("a folder").join(record)).expect("a record");
            assert!(!text.contains("samples") && !text.contains("\"measured\""), "{lesson}: {record}");
        }
    }
}
