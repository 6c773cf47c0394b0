//! Why a call on a control group failed (cgroups(7)): a write to one of its files, an openat(2) of one that is not there,
//! mkdir(2), rmdir(2). The group's own files are asked, through the caller's root, since the path is the caller's.

use super::findings::{Findings, reason};
use super::scene::{Scene, texts};
use crate::evidence::record::{Arg, Call, Reason};
use nix::errno::Errno;

/// Where groups are shown.
const ROOT: &str = "/sys/fs/cgroup";

/// The directory of a group, its path as the caller names it.
struct Group<'s, 'a> {
    scene: &'s Scene<'a>,
    at: &'s str,
}

impl Group<'_, '_> {
    /// A file of it, as words.
    fn words(&self, file: &str) -> Option<Vec<String>> {
        let text = self.scene.text(&format!("{}/root{}/{file}", self.scene.pid, self.at))?;
        Some(text.split_whitespace().map(str::to_owned).collect())
    }

    /// How many processes are in it, and in how many groups below it.
    fn processes(&self) -> Option<usize> {
        self.words("cgroup.procs").map(|list| list.len()).filter(|count| *count > 0)
    }
}

/// None where the call is about something else.
pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let path = match call.args.first()? {
        Arg::Descriptor(path) => path.as_str(),
        _ => texts(call).first().copied()?,
    };
    if !path.starts_with(ROOT) {
        return None;
    }
    let mut findings = Findings::default();
    let (at, file) = path.rsplit_once('/')?;
    let group = Group { scene, at };
    match call.name.as_str() {
        "write" => write(&group, file, texts(call).first().copied().unwrap_or_default(), errno, &mut findings),
        "openat" if errno == Errno::ENOENT => {
            findings.ask("the group has no such file", no_file(&group, file));
        }
        "rmdir" if errno == Errno::EBUSY => {
            let group = Group { scene, at: path };
            findings.ask("processes are in it", inhabited(&group));
            findings.ask("there are groups below it", with_children(&group));
        }
        _ => return None,
    }
    findings.found().then(|| findings.verdict(scene))
}

fn number(count: usize, what: &str, more: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {more}") }
}

fn write(group: &Group<'_, '_>, file: &str, text: &str, errno: Errno, findings: &mut Findings) {
    match (file, errno) {
        ("cgroup.subtree_control", Errno::EBUSY) => {
            findings.ask("processes are in the group", processes_inside(group, text));
        }
        ("cgroup.subtree_control", Errno::ENOENT) => {
            findings.ask("the group does not have the controller", not_handed(group, text));
        }
        ("cgroup.subtree_control", Errno::EINVAL) => {
            let cause = format!("{text:?} names no controller of version 2, with a + or a - before it");
            findings.ask(
                "",
                Some(reason(cause, &[format!("written: {text:?}")], "cat cgroup.controllers, and + before one")),
            );
        }
        ("cgroup.procs", Errno::EBUSY) => {
            findings.ask("the group hands controllers down", hands_down(group));
        }
        ("cgroup.procs" | "cgroup.subtree_control", Errno::EOPNOTSUPP) => {
            findings.ask("the group's domain is invalid", invalid(group));
        }
        ("cgroup.procs", Errno::ESRCH) => {
            let cause = format!("no process has the number {text} where it was written");
            findings.ask(
                "",
                Some(reason(cause, &[format!("written: {text:?}")], "a number as the writer's PID namespace has it")),
            );
        }
        (_, Errno::EPERM | Errno::EACCES) => {
            findings.ask("it is the root of the cgroup namespace", own_root(group, file));
            findings.ask("the group was not delegated", not_delegated(group, file));
        }
        ("memory.limit_in_bytes" | "memory.memsw.limit_in_bytes", Errno::EBUSY) => {
            let used = group.words("memory.usage_in_bytes").and_then(|words| words.first().cloned());
            findings.ask(
                "more is in use than that",
                used.map(|used| {
                    let cause = "the group uses more than that, and it could not be made less";
                    reason(
                        cause,
                        &[format!("memory.usage_in_bytes: {used}, written: {text}")],
                        "a larger limit, or end something in it",
                    )
                }),
            );
        }
        (_, Errno::EINVAL | Errno::ERANGE) => {
            let takes = takes(file).map(|takes| {
                let cause = format!("{file} takes {takes}, and {text:?} is none of these");
                reason(cause, &[format!("written: {text:?}")], takes)
            });
            findings.ask("the value is none that the file takes", takes);
        }
        _ => {}
    }
}

/// What a file takes, in words of the kernel's own documentation.
fn takes(file: &str) -> Option<&'static str> {
    Some(match file {
        "pids.max" => "a number of processes from 0, or max",
        "memory.max" | "memory.high" | "memory.low" | "memory.min" | "memory.swap.max" | "memory.limit_in_bytes" => {
            "a size in bytes, with K, M or G, or what stands for none"
        }
        "cpu.max" => "a quota of at least 1000 µs or max, and a period of 1000 to 1000000 µs",
        "cpu.cfs_quota_us" => "a quota of at least 1000 µs, or -1",
        "cpu.cfs_period_us" => "a period of 1000 to 1000000 µs",
        "cpu.weight" => "a weight of 1 to 10000",
        "cpu.shares" => "a number of shares",
        "cgroup.freeze" | "memory.oom.group" => "0 or 1",
        "cgroup.kill" => "1",
        "freezer.state" => "FROZEN or THAWED",
        _ => return None,
    })
}

/// Controllers that share a resource among processes want them in leaves only; cpu and pids do not.
fn processes_inside(group: &Group<'_, '_>, text: &str) -> Option<Reason> {
    let count = group.processes()?;
    let cause = format!(
        "{} has processes of its own, and {} is handed down only by a group that has none",
        group.at,
        text.split_whitespace().map(|word| word.trim_start_matches('+')).collect::<Vec<_>>().join(", ")
    );
    let seen = [format!("cgroup.procs: {}", number(count, "process", "processes"))];
    Some(reason(cause, &seen, "move them into a group below it first"))
}

fn hands_down(group: &Group<'_, '_>) -> Option<Reason> {
    let enabled = group.words("cgroup.subtree_control").filter(|words| !words.is_empty())?;
    let cause =
        format!("{} hands controllers down to the groups below it, so it may have no processes itself", group.at);
    let seen = [format!("cgroup.subtree_control: {}", enabled.join(" "))];
    Some(reason(cause, &seen, "a group below it, which is a leaf"))
}

fn invalid(group: &Group<'_, '_>) -> Option<Reason> {
    let kind = group.words("cgroup.type")?.join(" ");
    (kind == "domain invalid").then(|| {
        let cause = format!("{} is below a group that has processes and hands controllers down", group.at);
        reason(cause, &[format!("cgroup.type: {kind}")], "move the processes of the group above into a leaf")
    })
}

fn not_handed(group: &Group<'_, '_>, text: &str) -> Option<Reason> {
    let has = group.words("cgroup.controllers")?;
    let asked = text.split_whitespace().map(|word| word.trim_start_matches(['+', '-']));
    let missing: Vec<&str> = asked.filter(|name| !has.iter().any(|it| it == name)).collect();
    let first = missing.first()?;
    let cause = format!("{} does not have {first} itself: the group above it does not hand it down", group.at);
    let has = if has.is_empty() { "(none)".to_owned() } else { has.join(" ") };
    Some(reason(
        cause,
        &[format!("cgroup.controllers: {has}")],
        format!("+{first} in cgroup.subtree_control of the group above"),
    ))
}

/// The file of a controller that the group has not got.
fn no_file(group: &Group<'_, '_>, file: &str) -> Option<Reason> {
    let (controller, _) = file.split_once('.')?;
    group.words("cgroup.procs")?;
    let Some(has) = group.words("cgroup.controllers") else {
        let cause = format!("{file} is a file of version 2, and these groups are of version 1");
        return Some(reason(
            cause,
            &[format!("{}: no cgroup.controllers", group.at)],
            "the file that version 1 has for it, if any",
        ));
    };
    if controller == "cgroup" || has.iter().any(|it| it == controller) {
        return None;
    }
    let cause = format!("{} does not have the controller {controller}, and so has none of its files", group.at);
    let has = if has.is_empty() { "(none)".to_owned() } else { has.join(" ") };
    let seen = [format!("cgroup.controllers: {has}")];
    Some(reason(cause, &seen, format!("+{controller} in cgroup.subtree_control of the group above")))
}

fn inhabited(group: &Group<'_, '_>) -> Option<Reason> {
    let count = group.processes()?;
    let cause = format!("{} has processes in it, and a group is removed only when it is empty", group.at);
    let seen = [format!("cgroup.procs: {}", number(count, "process", "processes"))];
    Some(reason(cause, &seen, "end them, or move them into another group"))
}

fn with_children(group: &Group<'_, '_>) -> Option<Reason> {
    let flags = nix::fcntl::OFlag::O_RDONLY | nix::fcntl::OFlag::O_DIRECTORY;
    let path = format!("{}/root{}", group.scene.pid, group.at);
    let directory = nix::dir::Dir::from_fd(group.scene.proc.open_with(&path, flags).ok()?).ok()?;
    let below = directory.into_iter().flatten().filter(|entry| {
        entry.file_type() == Some(nix::dir::Type::Directory) && !matches!(entry.file_name().to_bytes(), b"." | b"..")
    });
    let mut names: Vec<String> = below.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let first = names.first()?;
    let cause = format!("{} has groups below it, and the last goes first: {first}", group.at);
    Some(reason(cause, &[format!("{}: {}", group.at, names.join(" "))], format!("rmdir {}/{first}", group.at)))
}

/// The limits of a namespace's root group belong to whoever made it (mount option nsdelegate).
fn own_root(group: &Group<'_, '_>, file: &str) -> Option<Reason> {
    let is_root = group.at == ROOT && !file.starts_with("cgroup.");
    is_root.then(|| {
        let cause = format!("{} is the root of the cgroup namespace, whose limits are set from outside", group.at);
        reason(cause, &[format!("path: {}/{file}", group.at)], "a group below it")
    })
}

fn not_delegated(group: &Group<'_, '_>, file: &str) -> Option<Reason> {
    use nix::sys::stat::stat;
    let path = format!("/proc/{}/root{}/{file}", group.scene.pid, group.at);
    let about = stat(path.as_str()).ok()?;
    let own = group.scene.status()?.fuid;
    (about.st_uid != own).then(|| {
        let cause =
            format!("{file} of {} belongs to another user: the group was not delegated to the caller", group.at);
        let seen = [format!("{file}: of user {}", about.st_uid), super::paths::who(group.scene)];
        reason(cause, &seen, "chown of the directory and of cgroup.procs, by whoever owns them")
    })
}
