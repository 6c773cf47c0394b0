//! Why setns(2) failed: what the descriptor is, and who may enter what. A namespace is entered with CAP_SYS_ADMIN in
//! the user namespace that owns it and in the caller's own; a mount namespace takes CAP_SYS_CHROOT besides.

use super::findings::{Findings, reason};
use super::scene::{Scene, flags_at};
use super::{rights, unshare};
use crate::evidence::record::{Arg, Call, Reason};
use crate::kernel::Namespace;
use crate::probe::namespaces::{inode, owner, owner_uid, parent};
use nix::errno::Errno;
use std::fs::File;

/// The kind in words.
fn word(kind: Namespace) -> &'static str {
    match kind {
        Namespace::Cgroup => "cgroup",
        Namespace::Ipc => "IPC",
        Namespace::Mount => "mount",
        Namespace::Net => "network",
        Namespace::Pid => "PID",
        Namespace::Time => "time",
        Namespace::User => "user",
        Namespace::Uts => "UTS",
    }
}

/// What the descriptor stands for.
struct Target {
    /// The process behind a pidfd.
    pid: Option<i32>,
    /// What is to be entered, with the namespace files as far as they could be opened.
    files: Vec<(Namespace, Option<File>)>,
}

/// `of`: the process that a pidfd stood for, where it is closed already.
pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno, of: Option<i32>) -> Option<Reason> {
    let argument = call.args.first()?;
    let flags = flags_at(call, 1);
    let mut findings = Findings::default();
    if errno == Errno::EBADF {
        let cause = "the number is no open descriptor of the caller";
        findings
            .ask("", Some(reason(cause, &[format!("fd: {argument} is not open")], "open the namespace file first")));
        return Some(findings.verdict(scene));
    }
    let target = target(scene, argument, &flags, of);
    match errno {
        Errno::EINVAL => {
            findings.ask("the descriptor stands for no namespace", no_namespace(argument));
            findings.ask("the descriptor is of another kind than the flag says", other_kind(argument, &flags));
            findings.ask("a pidfd without a flag", no_flag(argument, &flags));
            findings.ask("it is the caller's own user namespace", own_user(scene, &target));
            findings.ask("the caller has several threads", threads(scene, &target));
            findings.ask("the PID namespace is above the caller's own", pid_above(scene, &target));
        }
        Errno::EPERM => {
            for (kind, file) in &target.files {
                findings.ask(
                    &format!("CAP_SYS_ADMIN does not count in the owner of the {} namespace", word(*kind)),
                    refused(scene, *kind, file.as_ref()),
                );
            }
            if target.files.iter().any(|(kind, _)| *kind == Namespace::Mount) {
                findings.ask("CAP_SYS_CHROOT is not effective", rights::not_effective(scene, "sys_chroot"));
            }
        }
        Errno::ESRCH => {
            let dead = target.pid.is_none_or(|pid| scene.of(pid).status().is_none_or(|it| it.state.starts_with('Z')));
            let gone = dead.then(|| {
                let cause = "the process behind the pidfd has ended, and its namespaces with it";
                reason(cause, &["fdinfo: the pidfd stands for no living process".to_owned()], "enter it while it lives")
            });
            findings.ask("the process has ended", gone);
        }
        Errno::EUSERS => {
            let many = scene.status().map_or(0, |it| it.threads);
            let threads = (many > 1).then(|| {
                let cause = format!("the caller has {many} threads, and a time namespace is entered with one");
                reason(cause, &[format!("status: Threads: {many}")], "enter it before any thread is made")
            });
            findings.ask("the caller has several threads", threads);
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}

fn target(scene: &Scene<'_>, argument: &Arg, flags: &[&str], of: Option<i32>) -> Target {
    let number = scene.descriptor_of(argument);
    if let Arg::NamespaceFile(kind, _) = argument {
        // The descriptor is a link to the namespace itself, so opening it opens the namespace.
        let file = number.and_then(|number| scene.proc.file(scene.pid, &format!("fd/{number}")).ok());
        return Target { pid: None, files: vec![(*kind, file)] };
    }
    let told = number.and_then(|number| {
        let info = scene.own_text(&format!("fdinfo/{number}"))?;
        info.lines().find_map(|line| line.strip_prefix("Pid:"))?.trim().parse::<i32>().ok()
    });
    let pid = of.or(told).filter(|pid| *pid > 0);
    let kinds = flags.iter().filter_map(|flag| unshare::kind_of(flag));
    let file = |kind: Namespace| pid.and_then(|pid| scene.of(pid).namespace(kind.file()));
    Target { pid, files: kinds.map(|kind| (kind, file(kind))).collect() }
}

fn no_namespace(argument: &Arg) -> Option<Reason> {
    match argument {
        Arg::Descriptor(what) if what != "pidfd" => {
            let cause = format!("the descriptor is open on {what}, which stands for no namespace");
            Some(reason(cause, &[format!("fd: {what}")], "open a file below /proc/PID/ns"))
        }
        _ => None,
    }
}

fn other_kind(argument: &Arg, flags: &[&str]) -> Option<Reason> {
    let Arg::NamespaceFile(kind, _) = argument else { return None };
    let asked: Vec<Namespace> = flags.iter().filter_map(|flag| unshare::kind_of(flag)).collect();
    if flags.is_empty() || asked == [*kind] {
        return None;
    }
    let cause = format!("the descriptor is a {} namespace, and the flag asks for another kind", word(*kind));
    let seen = [format!("fd: {}", kind.file()), format!("flags: {}", flags.join(" | "))];
    Some(reason(cause, &seen, "the flag of its own kind, or 0"))
}

fn no_flag(argument: &Arg, flags: &[&str]) -> Option<Reason> {
    let pidfd = matches!(argument, Arg::Descriptor(what) if what == "pidfd");
    (pidfd && flags.is_empty()).then(|| {
        let cause = "a pidfd stands for all namespaces of a process, so the flags must say which are meant";
        reason(cause, &["flags: 0".to_owned()], "add CLONE_NEW… flags")
    })
}

fn own_user(scene: &Scene<'_>, target: &Target) -> Option<Reason> {
    let own = scene.namespace_inode("user")?;
    let same = |(kind, file): &(Namespace, Option<File>)| {
        *kind == Namespace::User && file.as_ref().and_then(inode) == Some(own)
    };
    target.files.iter().any(same).then(|| {
        let cause =
            "the caller is in this user namespace already, and entering it again would give back dropped capabilities";
        reason(cause, &["ns/user: the same as that of the descriptor".to_owned()], "leave out CLONE_NEWUSER")
    })
}

fn threads(scene: &Scene<'_>, target: &Target) -> Option<Reason> {
    let threads = scene.status()?.threads;
    let kind =
        target.files.iter().map(|(kind, _)| *kind).find(|it| matches!(it, Namespace::User | Namespace::Mount))?;
    (threads > 1).then(|| {
        let cause = format!("the caller has {threads} threads, and a {} namespace is entered with one", word(kind));
        reason(cause, &[format!("status: Threads: {threads}")], "enter it before any thread is made")
    })
}

fn pid_above(scene: &Scene<'_>, target: &Target) -> Option<Reason> {
    let (_, file) = target.files.iter().find(|(kind, _)| *kind == Namespace::Pid)?;
    let own = scene.namespace_inode("pid")?;
    let mut at = file.as_ref().and_then(|file| file.try_clone().ok())?;
    for _ in 0..64 {
        if inode(&at) == Some(own) {
            return None;
        }
        match parent(&at) {
            Ok(above) => at = above,
            Err(_) => break,
        }
    }
    let cause = "that PID namespace is not the caller's own nor below it; children can only be put further down";
    let seen = ["ns/pid: not an ancestor of the namespace of the descriptor".to_owned()];
    Some(reason(cause, &seen, "enter it from a process of that namespace or one above"))
}

fn refused(scene: &Scene<'_>, kind: Namespace, file: Option<&File>) -> Option<Reason> {
    let owner = match kind {
        Namespace::User => file.and_then(|file| file.try_clone().ok()),
        _ => file.and_then(|file| owner(file).ok()),
    };
    let known = owner.as_ref().and_then(|file| file.try_clone().ok());
    // A namespace that could not be opened says nothing.
    file?;
    if rights::standing(scene, known) != rights::Standing::Outside {
        let lacks = rights::not_effective(scene, "sys_admin")?;
        return Some(by_its_owner(scene, kind, owner.as_ref()).unwrap_or(lacks));
    }
    let whose = rights::named(scene, owner.as_ref());
    let cause = match kind {
        Namespace::User => "that user namespace is not below the caller's own, so it may not be entered".to_owned(),
        _ => format!(
            "the {} namespace belongs to {whose}, and the caller's CAP_SYS_ADMIN does not count there",
            word(kind)
        ),
    };
    let mut seen = vec![format!("{} namespace: owned by {whose}, which is not the caller's nor below it", word(kind))];
    if owner.as_ref().and_then(inode).is_some_and(|above| is_above(scene, above)) {
        seen.push("the caller's user namespace is below that one, and there is no way back up".to_owned());
        let remedy = "enter it before the user namespace, or all in one call with a pidfd";
        return Some(reason(cause, &seen, remedy));
    }
    Some(reason(cause, &seen, "enter its user namespace first: nsenter --user"))
}

/// Without the capability: but whoever made the user namespace below that owns it has all of them in there.
fn by_its_owner(scene: &Scene<'_>, kind: Namespace, owner: Option<&File>) -> Option<Reason> {
    let owner = owner.filter(|_| kind != Namespace::User)?;
    let made_by_caller = owner_uid(owner).ok()? == scene.status()?.euid;
    let is_own = inode(owner) == scene.namespace_inode("user");
    (made_by_caller && !is_own).then(|| {
        let kind = word(kind);
        let cause = format!("the caller lacks CAP_SYS_ADMIN, which it takes to enter the {kind} namespace from here");
        let seen = [
            "status: CapEff lacks sys_admin".to_owned(),
            format!("{kind} namespace: owned by a user namespace below, which the caller's user has made"),
        ];
        reason(cause, &seen, "enter that user namespace first, in which its maker has all of them: nsenter --user")
    })
}

/// Whether a user namespace, by its inode, is above the caller's own.
fn is_above(scene: &Scene<'_>, above: u64) -> bool {
    let mut at = scene.namespace("user").and_then(|own| parent(&own).ok());
    for _ in 0..64 {
        let Some(file) = at else { return false };
        if inode(&file) == Some(above) {
            return true;
        }
        at = parent(&file).ok();
    }
    false
}
