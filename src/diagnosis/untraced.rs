//! The failed call of an operation that could not be recorded: the same form as a recorded one, made from what was
//! asked for. Where ptrace(2) is forbidden, the reason is computed after the fact; a failed call has changed nothing.

use crate::evidence::record::{Arg, Call, Returned};
use crate::kernel::Operation;
use crate::kernel::capability_sets::{List, Set};
use crate::kernel::error::Failed;
use crate::kernel::operation::{Enter, MountFlag, PropagationType};

fn text(text: &str) -> Arg {
    Arg::Text(text.to_owned())
}

fn socket() -> Arg {
    Arg::Descriptor("socket".to_owned())
}

/// An id as a call takes it; -1 leaves the owner as it is.
fn number(id: Option<u32>) -> Arg {
    Arg::Number(id.map_or(-1, i64::from))
}

fn flags(words: &[&str]) -> Arg {
    Arg::Flags(if words.is_empty() { "0".to_owned() } else { words.join(" | ") })
}

fn mount_flags(first: &[&'static str], list: &[MountFlag]) -> Arg {
    let rest = list.iter().map(|flag| match flag {
        MountFlag::Ro => "MS_RDONLY",
        MountFlag::Nosuid => "MS_NOSUID",
        MountFlag::Nodev => "MS_NODEV",
        MountFlag::Noexec => "MS_NOEXEC",
    });
    let words: Vec<&str> = first.iter().copied().chain(rest).collect();
    flags(&words)
}

fn recursive(yes: bool, first: &'static str) -> Vec<&'static str> {
    if yes { vec![first, "MS_REC"] } else { vec![first] }
}

fn kinds(kinds: &[crate::kernel::Namespace]) -> Arg {
    let words: Vec<&str> = kinds
        .iter()
        .map(|kind| match kind {
            crate::kernel::Namespace::Cgroup => "CLONE_NEWCGROUP",
            crate::kernel::Namespace::Ipc => "CLONE_NEWIPC",
            crate::kernel::Namespace::Mount => "CLONE_NEWNS",
            crate::kernel::Namespace::Net => "CLONE_NEWNET",
            crate::kernel::Namespace::Pid => "CLONE_NEWPID",
            crate::kernel::Namespace::Time => "CLONE_NEWTIME",
            crate::kernel::Namespace::User => "CLONE_NEWUSER",
            crate::kernel::Namespace::Uts => "CLONE_NEWUTS",
        })
        .collect();
    flags(&words)
}

/// The call that the failed operation ended in; none where it says too little of it.
pub fn call_of(operation: &Operation, failed: &Failed) -> Option<Call> {
    let on = || text(failed.on.as_deref().unwrap_or_default());
    let args = match (operation, failed.call.as_str()) {
        (Operation::Unshare(list), _) => vec![kinds(list)],
        (Operation::Setns(Enter { kinds: list, of: Some(_), .. }), "setns") => {
            vec![Arg::Descriptor("pidfd".to_owned()), kinds(list)]
        }
        (Operation::Fork(_), _) | (Operation::Run(_) | Operation::Log(_) | Operation::Start(_), "fork") => {
            vec![flags(&["SIGCHLD"])]
        }
        (Operation::Run(_) | Operation::Log(_) | Operation::Start(_), "execve") => vec![on()],
        (Operation::Attach(_), "setns") => vec![Arg::Descriptor("pidfd".to_owned()), flags(&["CLONE_NEWNS"])],
        (Operation::Attach(_), "open_tree") => vec![on(), flags(&["OPEN_TREE_CLONE"])],
        (Operation::Attach(_), "move_mount") => {
            vec![Arg::Descriptor("/".to_owned()), text(""), on(), flags(&["MOVE_MOUNT_F_EMPTY_PATH"])]
        }
        (Operation::Kill(kill), "kill") => {
            let pid = failed.on.as_deref().and_then(|pid| pid.parse().ok()).unwrap_or(0);
            vec![Arg::Number(pid), flags(&[&kill.signal])]
        }
        (Operation::Wait(_), "wait4") => {
            vec![Arg::Number(failed.on.as_deref().and_then(|pid| pid.parse().ok()).unwrap_or(0))]
        }
        (Operation::SetClock(_), _) => vec![flags(&["CLOCK_REALTIME"])],
        (Operation::Sethostname(name), _) => vec![text(name), Arg::Number(i64::try_from(name.len()).unwrap_or(0))],
        (Operation::Mount(new), _) => {
            let options = new.options.as_deref().map_or(Arg::Null, text);
            let source = new.source.as_deref().unwrap_or(&new.kind);
            vec![text(source), text(&new.at), text(&new.kind), mount_flags(&[], &new.flags), options]
        }
        (Operation::Bind(bind), _) => {
            let words = mount_flags(&recursive(bind.recursive, "MS_BIND"), &bind.flags);
            // Of several the one that failed.
            let pairs = bind.pairs();
            let failed = pairs.iter().find(|(_, to)| failed.on.as_ref() == Some(to)).or(pairs.first());
            let (from, to) = failed.map_or((&bind.from, &bind.to), |(from, to)| (from, to));
            vec![text(from), text(to), Arg::Null, words, Arg::Null]
        }
        (Operation::Remount(it), _) => {
            let first: &[&'static str] = if it.bind { &["MS_REMOUNT", "MS_BIND"] } else { &["MS_REMOUNT"] };
            vec![Arg::Null, text(&it.at), Arg::Null, mount_flags(first, &it.flags), Arg::Null]
        }
        (Operation::Propagation(change), _) => {
            let kind = match change.to {
                PropagationType::Private => "MS_PRIVATE",
                PropagationType::Shared => "MS_SHARED",
                PropagationType::Slave => "MS_SLAVE",
                PropagationType::Unbindable => "MS_UNBINDABLE",
            };
            vec![Arg::Null, text(&change.at), Arg::Null, flags(&recursive(change.recursive, kind)), Arg::Null]
        }
        (Operation::Umount(it), _) => vec![text(&it.at), flags(if it.detach { &["MNT_DETACH"] } else { &[] })],
        (Operation::PivotRoot(it), _) => vec![text(&it.new_root), text(&it.put_old)],
        (Operation::Chroot(_) | Operation::Chdir(_) | Operation::Mkdir(_) | Operation::Remove(_), _) => vec![on()],
        (Operation::Msgget(queue), _) => {
            vec![Arg::Number(i64::from(queue.key)), flags(if queue.create { &["IPC_CREAT"] } else { &[] })]
        }
        (Operation::Mknod(node), _) => vec![text(&node.at), flags(&["S_IFCHR", "0666"]), flags(&[&node.device])],
        (Operation::Chmod(it), _) => vec![text(&it.at), flags(&[&it.mode])],
        (Operation::Rename(it), _) => vec![text(&it.from), text(&it.to)],
        (Operation::Symlink(link), _) => vec![text(&link.to), text(&link.at)],
        (Operation::Ping(_), "socket") => vec![flags(&["AF_INET"]), flags(&["SOCK_RAW"]), flags(&["IPPROTO_ICMP"])],
        (Operation::Ping(it), "sendto" | "recvfrom" | "connect") => {
            let size = it.size.map(|size| Arg::Number(i64::from(size)));
            [socket(), flags(&[&it.to])].into_iter().chain(size).collect()
        }
        (Operation::Connect(it), "connect") => vec![socket(), flags(&[&it.to])],
        (Operation::Connect(_) | Operation::Listen(_), "bind") => {
            vec![socket(), flags(&[failed.on.as_deref().unwrap_or_default()])]
        }
        (_, "ioctl") => vec![socket(), flags(&["SIOCGIFINDEX"]), on()],
        (Operation::LinkAdd(new), _) => {
            [Some(&new.name), new.peer.as_ref()].into_iter().flatten().map(|it| text(it)).collect()
        }
        (Operation::LinkSet(it), _) => {
            [Some(&it.name), it.rename.as_ref()].into_iter().flatten().map(|it| text(it)).collect()
        }
        (Operation::Capture(_), "socket" | "bind") => vec![socket()],
        (Operation::Nft(it), _) => vec![text(&it.table)],
        (Operation::NftDelete(table), _) => vec![text(table)],
        (Operation::LinkDelete(name), _) => vec![text(name)],
        (Operation::AddressAdd(new), _) => vec![text(&new.address), text(&new.link)],
        (Operation::RouteAdd(new), _) => {
            [Some(&new.to), new.via.as_ref()].into_iter().flatten().map(|it| text(it)).collect()
        }
        (Operation::Write(_) | Operation::Place(_), "openat") => vec![on(), flags(&["O_WRONLY", "O_CREAT", "O_TRUNC"])],
        (Operation::Read(_) | Operation::Open(_) | Operation::Setns(_), "openat") => vec![on(), flags(&[])],
        (Operation::Seccomp(_), "seccomp") => vec![flags(&["SECCOMP_SET_MODE_FILTER"])],
        (Operation::NoNewPrivs(on), _) => vec![flags(&["PR_SET_NO_NEW_PRIVS"]), flags(&[if *on { "1" } else { "0" }])],
        (Operation::Securebits(_), _) => vec![flags(&["PR_SET_SECUREBITS"])],
        (Operation::Setcap(_), _) => vec![on()],
        (Operation::Drop(_) | Operation::Raise(_) | Operation::Capabilities(_), "capset") => vec![Arg::Hidden],
        (Operation::Capabilities(it), "prctl") if it.sets.contains(&Set::Bounding) => vec![flags(&["PR_CAPBSET_DROP"])],
        (Operation::Capabilities(it), "prctl") => {
            let names = it.raise.iter().flat_map(List::capabilities).map(String::from);
            let names = names.map(|name| flags(&[&format!("CAP_{}", name.to_uppercase())]));
            [flags(&["PR_CAP_AMBIENT"]), flags(&["PR_CAP_AMBIENT_RAISE"])].into_iter().chain(names.take(1)).collect()
        }
        (Operation::Map(map), "write") => {
            let path = failed.on.clone().unwrap_or_default();
            let written = match path.rsplit('/').next() {
                Some("gid_map") => map.gid.join("\n"),
                Some("uid_map") => map.uid.join("\n"),
                _ => map.setgroups.map(|word| word.text().to_owned()).unwrap_or_default(),
            };
            vec![Arg::Descriptor(path), text(&written)]
        }
        (Operation::Map(_), "openat") => vec![on(), flags(&["O_WRONLY"])],
        (Operation::Setuid(id) | Operation::Setgid(id), _) => vec![number(Some(*id))],
        (Operation::Setgroups(groups), _) => vec![Arg::Number(i64::try_from(groups.len()).unwrap_or(0))],
        (Operation::Chown(it), _) => vec![text(&it.at), number(it.uid), number(it.gid)],
        // What was written is not kept; a group's files say the rest.
        (Operation::GroupEnable(it), "write") => {
            let words: Vec<String> = it.controllers.iter().map(|name| format!("+{name}")).collect();
            vec![Arg::Descriptor(failed.on.clone()?), text(&words.join(" "))]
        }
        (Operation::GroupSet(_) | Operation::GroupJoin(_) | Operation::GroupKill(_), "write") => {
            vec![Arg::Descriptor(failed.on.clone()?)]
        }
        (Operation::GroupSet(_) | Operation::GroupJoin(_) | Operation::GroupEnable(_), "openat") => {
            vec![on(), flags(&["O_WRONLY"])]
        }
        (Operation::GroupMake(_) | Operation::GroupRemove(_), _) => vec![on()],
        (Operation::Write(file), "write") => vec![Arg::Descriptor(file.at.clone()), text(&file.text)],
        _ => return None,
    };
    let result = Some(Returned::Failed(failed.errno));
    Some(Call { name: failed.call.clone(), args, result, child: false })
}
