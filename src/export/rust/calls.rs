//! An operation as a line of Rust: the function that the lesson shows, with the lesson's arguments.

use crate::kernel::Namespace;
use crate::kernel::capability_sets::{ChangeSets, List};
use crate::kernel::operation::{MountFlag, Operation, Program};
use crate::kernel::shell_words::shell_words;

/// The line, or in a comment why there is none.
pub fn call(actor: &str, operation: &Operation) -> Result<String, &'static str> {
    let step = |text: String| Ok(format!("lab.step({actor:?}, |_| {text});"));
    match operation {
        Operation::Look => Err("It only looks."),
        Operation::Fork(child) => Ok(format!("lab.fork({actor:?}, {child:?});")),
        Operation::Exit(status) => Ok(format!("lab.exit({actor:?}, {status});")),
        Operation::Wait(whom) => {
            Ok(format!("lab.step({actor:?}, |lab| process::wait(Pid::from_raw(lab.pid({whom:?}))).map(drop));"))
        }
        Operation::Init(it) if it.main.is_none() => Ok(format!("lab.step({actor:?}, Lab::become_init);")),
        Operation::Unshare(kinds) => step(format!("namespaces::unshare(&{})", namespaces(kinds))),
        Operation::Sethostname(name) => step(format!("uts::sethostname({name:?})")),
        Operation::Mount(it) => step(format!(
            "mounts::mount(&NewMount {{ kind: {}, at: {}, source: {}, flags: {}, options: {} }})",
            text(&it.kind),
            text(&it.at),
            maybe(it.source.as_ref()),
            flags(&it.flags),
            maybe(it.options.as_ref())
        )),
        Operation::Bind(it) => step(format!(
            "mounts::bind(&Bind {{ from: {}, to: {}, names: {}, recursive: {}, flags: {} }})",
            text(&it.from),
            text(&it.to),
            texts(&it.names),
            it.recursive,
            flags(&it.flags)
        )),
        Operation::Remount(it) => step(format!(
            "mounts::remount(&Remount {{ at: {}, flags: {}, bind: {} }})",
            text(&it.at),
            flags(&it.flags),
            it.bind
        )),
        Operation::Propagation(it) => step(format!(
            "mounts::propagation(&Propagation {{ at: {}, to: PropagationType::{:?}, recursive: {} }})",
            text(&it.at),
            it.to,
            it.recursive
        )),
        Operation::Umount(it) => {
            step(format!("mounts::umount(&Umount {{ at: {}, detach: {} }})", text(&it.at), it.detach))
        }
        Operation::Attach(it) => Ok(format!(
            "lab.step({actor:?}, |lab| attach::attach(&Attach {{ from: {}, into: {}, at: {}, names: {}, recursive: {}, flags: {} }}, lab.pid({:?})));",
            text(&it.from),
            text(&it.into),
            text(&it.at),
            texts(&it.names),
            it.recursive,
            flags(&it.flags),
            it.into
        )),
        Operation::Chroot(path) => step(format!("rootfs::chroot({path:?})")),
        Operation::Chdir(path) => step(format!("rootfs::chdir({path:?})")),
        Operation::PivotRoot(it) => step(format!(
            "rootfs::pivot_root(&PivotRoot {{ new_root: {}, put_old: {} }})",
            text(&it.new_root),
            text(&it.put_old)
        )),
        Operation::Mkdir(paths) => step(format!("files::mkdir(&{})", texts(paths))),
        Operation::Write(it) => step(format!(
            "files::write(&WriteFile {{ at: {}, text: {}, executable: {} }})",
            text(&it.at),
            text(&it.text),
            it.executable
        )),
        Operation::Symlink(it) => {
            step(format!("files::symlink(&Symlink {{ to: {}, at: {} }})", text(&it.to), text(&it.at)))
        }
        Operation::Rename(it) => {
            step(format!("files::rename(&Rename {{ from: {}, to: {} }})", text(&it.from), text(&it.to)))
        }
        Operation::Remove(path) => step(format!("files::remove({path:?})")),
        Operation::Chmod(it) => {
            step(format!("files::chmod(&Chmod {{ at: {}, mode: {} }})", text(&it.at), text(&it.mode)))
        }
        Operation::Mknod(it) => {
            step(format!("files::mknod(&Mknod {{ at: {}, device: {} }})", text(&it.at), text(&it.device)))
        }
        Operation::Place(it) if it.program == Program::Tools => {
            let root = it.at.rsplit_once("/bin/").map_or("", |(root, _)| root);
            step(format!("place::programs({root:?}, &{:?})", it.names))
        }
        Operation::Map(it) => {
            let pid = it.of.as_ref().map_or("None".to_owned(), |of| format!("Some(lab.pid({of:?}))"));
            let setgroups = it.setgroups.map_or("None".to_owned(), |it| format!("Some(Setgroups::{it:?})"));
            Ok(format!(
                "lab.step({actor:?}, |lab| idmaps::map(&IdMap {{ of: None, setgroups: {setgroups}, gid: {}, uid: {} }}, {pid}));",
                texts(&it.gid),
                texts(&it.uid)
            ))
        }
        Operation::Msgget(it) => step(format!("queues::msgget(&Queue {{ key: {}, create: {} }})", it.key, it.create)),
        Operation::Capabilities(it) => sets(it).map_or(Err("(Capabilities by name: see capability_sets.rs.)"), |it| {
            step(format!("capability_sets::change(&{it})"))
        }),
        Operation::NoNewPrivs(on) => step(format!("privileges::no_new_privs({on})")),
        Operation::Setuid(id) => step(format!("idmaps::setuid({id})")),
        Operation::Setgid(id) => step(format!("idmaps::setgid({id})")),
        Operation::LinkAdd(_)
        | Operation::LinkSet(_)
        | Operation::LinkDelete(_)
        | Operation::AddressAdd(_)
        | Operation::RouteAdd(_)
        | Operation::Nft(_)
        | Operation::NftDelete(_) => Ok(network(actor, operation)),
        Operation::Seccomp(_) => Err("(Boxlab compiles filters by the crate seccompiler. `--as oci` has this step.)"),
        Operation::Listen(_) | Operation::Serve(_) => Err("(A server, which the container does not need to stand.)"),
        Operation::Connect(_) | Operation::Ping(_) => Err("(It tries what was built, and builds nothing.)"),
        Operation::GroupMake(_)
        | Operation::GroupRemove(_)
        | Operation::GroupSet(_)
        | Operation::GroupJoin(_)
        | Operation::GroupEnable(_)
        | Operation::GroupKill(_) => {
            Err("(Control groups are the machine's, and would outlive the program. `--as oci` has this step.)")
        }
        _ => Err("(This form has not got it.)"),
    }
}

/// ip(8) and nft(8), with the words of the lesson's screen. The host says them for all: the container has no such programs,
/// and what the runtime starts after its unshare(CLONE_NEWPID) is born in the container.
fn network(actor: &str, operation: &Operation) -> String {
    let words = shell_words(operation, None).unwrap_or_default();
    let words: Vec<String> = shlex::split(&words)
        .unwrap_or_default()
        .iter()
        .map(|word| match word.strip_prefix("$PID_OF_") {
            Some(whom) => format!("&lab.pid({:?}).to_string()", whom.to_lowercase()),
            None => format!("{word:?}"),
        })
        .collect();
    let words = format!("&[{}]", words.join(", "));
    if actor == "host" {
        let lab = if words.contains("lab.pid(") { "lab" } else { "_" };
        format!("lab.step(\"host\", |{lab}| network::say({words}));")
    } else {
        format!("lab.step(\"host\", |lab| network::say_in(lab.pid({actor:?}), {words}));")
    }
}

fn text(text: &str) -> String {
    format!("{text:?}.to_owned()")
}

fn maybe(it: Option<&String>) -> String {
    it.map_or("None".to_owned(), |it| format!("Some({})", text(it)))
}

fn texts(list: &[String]) -> String {
    let all: Vec<String> = list.iter().map(|it| text(it)).collect();
    format!("vec![{}]", all.join(", "))
}

fn flags(list: &[MountFlag]) -> String {
    let all: Vec<String> = list.iter().map(|it| format!("MountFlag::{it:?}")).collect();
    format!("vec![{}]", all.join(", "))
}

fn namespaces(kinds: &[Namespace]) -> String {
    let all: Vec<String> = kinds.iter().map(|it| format!("Namespace::{it:?}")).collect();
    format!("[{}]", all.join(", "))
}

/// Docker's list; lists by name are for experiments.
fn sets(change: &ChangeSets) -> Option<String> {
    let docker = |list: &Option<List>| match list {
        None => Some("None"),
        Some(List::Docker) => Some("Some(List::Docker)"),
        Some(List::Named(_)) => None,
    };
    let sets: Vec<String> = change.sets.iter().map(|it| format!("Set::{it:?}")).collect();
    let (keep, drop, raise) = (docker(&change.keep)?, docker(&change.drop)?, docker(&change.raise)?);
    Some(format!("ChangeSets {{ keep: {keep}, drop: {drop}, raise: {raise}, sets: vec![{}] }}", sets.join(", ")))
}
