//! From a tracee's registers to a call as strace(1) would write it: which arguments are paths, flags or descriptors.
//! Only the calls that lessons are about are decoded in full; the names of the flags are those of the manual pages.
//! Calls that are the same under two names by processor (`mkdir`, `mkdirat`) are shown under the older one.

use super::flag_names::{
    BESIDE, CLOCKS, FAMILIES, LOOK, MASK, MOUNT, MOUNT_ATTR, MOVE_MOUNT, NAMESPACES, OPEN, OPEN_TREE, PROTOCOLS, QUEUE,
    REMOVE, SECCOMP, UMOUNT,
};
use super::memory::{memory, string, word, words};
use super::network_call;
use crate::evidence::record::{Arg, Call, Returned};
use crate::kernel::error::Errno;
use crate::probe::outside::Proc;
use nix::unistd::Pid;
use std::io::Read;
use std::os::fd::BorrowedFd;

/// How an argument is to be read.
#[derive(Clone, Copy)]
enum Kind {
    Path,
    /// Text of the length that the next argument gives, which is not shown.
    Sized,
    Fd,
    /// A descriptor of a directory; not shown where it is the working directory.
    At,
    Int,
    Octal,
    Signal,
    /// A pointer to a set of signals.
    SignalSet,
    /// A number that has a name.
    OneOf(&'static [(u64, &'static str)]),
    Flags(&'static [(u64, &'static str)]),
    /// Flags that are all namespaces; others are shown by number.
    Namespaces,
    /// The flags of clone(2), whose lowest byte is a signal.
    Clone,
    /// The structure of clone3(2), of which the same is shown.
    Clone3,
    /// An array of strings.
    Words,
    Pointer,
    /// The type and the permission bits of mknod(2).
    Node,
    /// A message of the length that the next argument gives: what it asks of the kernel.
    Message,
    /// An Internet address and a port.
    Address,
    /// The type of a socket(2), without the flags beside it.
    SocketType,
    /// What an ioctl(2) asks for.
    Request,
    /// The structure of mount_setattr(2).
    MountAttr,
    /// A device number, `major:minor`.
    Device,
    /// Not shown.
    Skip,
}
use Kind::{
    Address, At, Clone as CloneFlags, Clone3, Device, Fd, Flags, Int, Message, MountAttr, Namespaces, Node, Octal,
    Path, Pointer, Request,
};
use Kind::{OneOf, Signal, SignalSet, Sized, Skip, SocketType, Words};

/// The calls that are shown, by name; with the name to show and how to read the arguments.
/// Everything else is housekeeping: memory, signals masks, the reading of what the program itself made.
const TAUGHT: &[(&str, &str, &[Kind])] = &[
    ("unshare", "unshare", &[Namespaces]),
    ("setns", "setns", &[Fd, Flags(NAMESPACES)]),
    ("clone", "clone", &[CloneFlags]),
    ("clone3", "clone3", &[Clone3]),
    ("fork", "fork", &[]),
    ("vfork", "vfork", &[]),
    ("execve", "execve", &[Path, Words, Skip]),
    ("execveat", "execveat", &[Fd, Path, Words, Skip, Skip]),
    ("exit_group", "exit_group", &[Int]),
    ("wait4", "wait4", &[Int, Skip, Skip, Skip]),
    ("kill", "kill", &[Int, Signal]),
    ("pidfd_open", "pidfd_open", &[Int, Skip]),
    ("rt_sigprocmask", "sigprocmask", &[OneOf(MASK), SignalSet, Skip, Skip]),
    ("signalfd4", "signalfd", &[Int, SignalSet, Skip, Skip]),
    ("sethostname", "sethostname", &[Sized, Int]),
    ("clock_settime", "clock_settime", &[OneOf(CLOCKS), Pointer]),
    ("mount", "mount", &[Path, Path, Path, Flags(MOUNT), Path]),
    ("open_tree", "open_tree", &[At, Path, Flags(OPEN_TREE)]),
    ("mount_setattr", "mount_setattr", &[Fd, Path, Flags(OPEN_TREE), MountAttr, Skip]),
    ("move_mount", "move_mount", &[Fd, Path, At, Path, Flags(MOVE_MOUNT)]),
    ("umount2", "umount2", &[Path, Flags(UMOUNT)]),
    ("chroot", "chroot", &[Path]),
    ("pivot_root", "pivot_root", &[Path, Path]),
    ("chdir", "chdir", &[Path]),
    ("fchdir", "fchdir", &[Fd]),
    ("mkdir", "mkdir", &[Path, Octal]),
    ("mkdirat", "mkdir", &[At, Path, Octal]),
    ("rename", "rename", &[Path, Path]),
    ("renameat", "rename", &[At, Path, At, Path]),
    ("renameat2", "rename", &[At, Path, At, Path, Skip]),
    ("rmdir", "rmdir", &[Path]),
    ("unlink", "unlink", &[Path]),
    ("unlinkat", "unlink", &[At, Path, Flags(REMOVE)]),
    ("symlink", "symlink", &[Path, Path]),
    ("symlinkat", "symlink", &[Path, At, Path]),
    ("mknod", "mknod", &[Path, Node, Device]),
    ("mknodat", "mknod", &[At, Path, Node, Device]),
    ("chmod", "chmod", &[Path, Octal]),
    ("fchmodat", "chmod", &[At, Path, Octal]),
    ("openat", "openat", &[At, Path, Flags(OPEN), Skip]),
    ("write", "write", &[Fd, Sized, Skip]),
    ("sendfile", "sendfile", &[Fd, Fd, Skip, Skip]),
    ("msgget", "msgget", &[Int, Flags(QUEUE)]),
    ("capset", "capset", &[Pointer, Pointer]),
    ("socket", "socket", &[OneOf(FAMILIES), SocketType, OneOf(PROTOCOLS)]),
    ("bind", "bind", &[Fd, Address, Skip]),
    ("listen", "listen", &[Fd, Skip]),
    ("connect", "connect", &[Fd, Address, Skip]),
    ("accept4", "accept4", &[Fd, Skip, Skip, Skip]),
    ("sendto", "sendto", &[Fd, Message, Skip, Skip, Address, Skip]),
    ("ioctl", "ioctl", &[Fd, Request, Path]),
    ("recvfrom", "recvfrom", &[Fd, Skip, Skip, Skip, Skip, Skip]),
    // Its arguments depend on the first: see `prctl`.
    ("prctl", "prctl", &[]),
    ("seccomp", "seccomp", &[Flags(SECCOMP), Int, Pointer]),
    ("lsetxattr", "setxattr", &[Path, Path, Pointer, Int, Skip]),
    ("chown", "chown", &[Path, Int, Int]),
    ("lchown", "chown", &[Path, Int, Int]),
    ("fchownat", "chown", &[At, Path, Int, Int, Flags(LOOK)]),
    ("setuid", "setuid", &[Int]),
    ("setgid", "setgid", &[Int]),
    ("setresuid", "setresuid", &[Int, Int, Int]),
    ("setresgid", "setresgid", &[Int, Int, Int]),
    ("setgroups", "setgroups", &[Int, Skip]),
];

/// The calls that are explained besides, where a command of the learner's own is watched.
const MORE: &[(&str, &str, &[Kind])] = &[
    ("open", "open", &[Path, Flags(OPEN)]),
    ("stat", "stat", &[Path]),
    ("lstat", "lstat", &[Path]),
    ("newfstatat", "fstatat", &[At, Path, Skip, Flags(LOOK)]),
    ("statx", "statx", &[At, Path, Flags(LOOK)]),
    ("access", "access", &[Path, Int]),
    ("faccessat", "faccessat", &[At, Path, Int]),
    ("faccessat2", "faccessat", &[At, Path, Int, Skip]),
    ("readlink", "readlink", &[Path]),
    ("readlinkat", "readlink", &[At, Path]),
];

/// Text longer than this is cut, in bytes.
pub(super) const LONGEST: usize = 4096;

/// Whether a lesson's reader is shown this call, by the name it is shown under.
pub fn is_taught(call: &Call) -> bool {
    let known = TAUGHT.iter().any(|(_, shown, _)| *shown == call.name);
    // What a program writes into a pipe or a terminal is its output, and shown as such.
    let into_file =
        call.name != "write" || matches!(call.args.first(), Some(Arg::Descriptor(to)) if to.starts_with('/'));
    // The lab's own care for its agents: `process::programs_are_expendable`.
    let of_lab = |arg: &Arg| matches!(arg, Arg::Text(to) | Arg::Descriptor(to) if to.ends_with("/oom_score_adj"));
    let known = known && into_file && !call.args.iter().any(of_lab) && !network_call::is_housekeeping(call);
    known && (call.name != "prctl" || super::prctl::is_shown(&call.args))
}

/// Whether a call, by its number, is one that may be shown.
pub fn is_decoded(number: u64) -> bool {
    let name = usize::try_from(number).ok().and_then(syscalls::Sysno::new);
    name.is_some_and(|name| TAUGHT.iter().chain(MORE).any(|(known, ..)| *known == name.name()))
}

/// Whether its failure can be explained to somebody who asks why.
pub fn is_explained(call: &Call) -> bool {
    let known = is_taught(call) || MORE.iter().any(|(_, shown, _)| *shown == call.name);
    known && !network_call::is_not_yet(call)
}

/// Whether it only looks: a program asks so about many a thing that it can do without.
pub fn only_looks(call: &Call) -> bool {
    matches!(call.name.as_str(), "stat" | "lstat" | "fstatat" | "statx" | "access" | "faccessat" | "readlink")
}

/// Takes in what the call wrote into the tracee's memory: `at` is its second argument, `length` its result, which is negative
/// where it failed.
pub fn written(pid: Pid, call: &mut Call, at: u64, length: i64) {
    if call.name == "recvfrom" {
        network_call::answered(call, &memory(pid, at, usize::try_from(length).unwrap_or(0).min(LONGEST)));
    }
}

/// Whether its result is a new descriptor.
fn gives_descriptor(name: &str) -> bool {
    matches!(
        name,
        "openat"
            | "pidfd_open"
            | "signalfd"
            | "dup"
            | "dup2"
            | "dup3"
            | "socket"
            | "accept4"
            | "open_tree"
            | "fsopen"
            | "fsmount"
    )
}

/// Whether its result is a size, which differs with the program's own size.
fn gives_size(name: &str) -> bool {
    matches!(name, "sendfile" | "sendto" | "recvfrom")
}

/// The kernel's name of a call.
pub fn name(number: u64) -> String {
    let known = usize::try_from(number).ok().and_then(syscalls::Sysno::new);
    known.map_or_else(|| format!("syscall_{number}"), |known| known.name().to_owned())
}

/// Reads a call at its entry. `number` and `args` are the tracee's registers.
pub fn read(proc: &Proc, pid: Pid, number: u64, args: [u64; 6]) -> Call {
    let kernel_name = name(number);
    let Some((_, name, kinds)) = TAUGHT.iter().chain(MORE).find(|(name, _, _)| *name == kernel_name) else {
        // How many of the registers are arguments is not known of these, nor what they mean.
        return Call { name: kernel_name, args: vec![Arg::Hidden], result: None, child: false };
    };
    // All of them -1: somebody asks who answers, and nothing of it means anything.
    let shown = match *name {
        _ if args == [u64::MAX; 6] => vec![Arg::Number(-1)],
        "prctl" => super::prctl::arguments(args),
        _ => arguments(proc, pid, kinds, args),
    };
    Call { name: (*name).to_owned(), args: shown, result: None, child: false }
}

fn arguments(proc: &Proc, pid: Pid, kinds: &[Kind], args: [u64; 6]) -> Vec<Arg> {
    let mut shown = Vec::with_capacity(kinds.len());
    for (at, kind) in kinds.iter().enumerate() {
        let value = args[at];
        let next = args.get(at + 1).copied().unwrap_or(0);
        // What follows a request that is not known may be anything.
        if matches!(kind, Request) && !matches!(network_call::request(value), Arg::Flags(_)) {
            shown.push(Arg::Hidden);
            break;
        }
        shown.extend(argument(proc, pid, *kind, value, next));
    }
    shown
}

fn argument(proc: &Proc, pid: Pid, kind: Kind, value: u64, next: u64) -> Option<Arg> {
    // Registers hold 64 bits, `int` arguments are the lower 32.
    let int = (value & 0xffff_ffff) as u32 as i32;
    Some(match kind {
        Skip => return None,
        Address if value == 0 => return None,
        At if int == libc::AT_FDCWD => return None,
        At | Fd => descriptor(proc, pid, int),
        Path | Words | Pointer | Sized | SignalSet if value == 0 => Arg::Null,
        Path => Arg::Text(string(pid, value)),
        Sized => {
            let length = usize::try_from(next).unwrap_or(0).min(LONGEST);
            // What is no text says nothing to a reader.
            String::from_utf8(memory(pid, value, length)).map_or(Arg::Hidden, Arg::Text)
        }
        Pointer => Arg::Hidden,
        Message => network_call::message(&memory(pid, value, usize::try_from(next).unwrap_or(0).min(LONGEST)), next),
        Request => network_call::request(value),
        SocketType => network_call::socket_type(value),
        Address => network_call::address(&memory(pid, value, 16)),
        Int => Arg::Number(i64::from(int)),
        Octal => Arg::Flags(format!("0{:o}", value & 0o7777)),
        Signal => Arg::Flags(signal(int)),
        SignalSet => word(pid, value).map_or(Arg::Hidden, |set| Arg::Flags(signals(set))),
        Node => {
            let kind = match (value & u64::from(libc::S_IFMT)) as u32 {
                libc::S_IFCHR => "S_IFCHR",
                libc::S_IFBLK => "S_IFBLK",
                libc::S_IFIFO => "S_IFIFO",
                libc::S_IFSOCK => "S_IFSOCK",
                _ => "S_IFREG",
            };
            Arg::Flags(format!("{kind} | 0{:o}", value & 0o7777))
        }
        Device => Arg::Flags(format!("{}:{}", libc::major(value), libc::minor(value))),
        OneOf(names) => match names.iter().find(|(number, _)| *number == value) {
            Some((_, name)) => Arg::Flags((*name).to_owned()),
            None => Arg::Number(i64::from(int)),
        },
        Flags(names) => Arg::Flags(flags(value, names)),
        Namespaces => {
            let other = value & !all(NAMESPACES);
            let mut words = if value == other && other != 0 { Vec::new() } else { vec![flags(value, NAMESPACES)] };
            words.extend((other != 0).then(|| format!("{other:#x}")));
            Arg::Flags(words.join(" | "))
        }
        CloneFlags => cloned(value & !0xff, value & 0xff),
        // struct clone_args: the flags come first, the signal is the fifth number.
        Clone3 => match (word(pid, value), word(pid, value.wrapping_add(32))) {
            (Some(flags), Some(signal)) => cloned(flags, signal),
            _ => Arg::Hidden,
        },
        // struct mount_attr: flags to set and to clear, then the propagation.
        MountAttr => {
            let (set, propagation) = (word(pid, value).unwrap_or(0), word(pid, value.wrapping_add(16)).unwrap_or(0));
            let both = [(set, MOUNT_ATTR), (propagation, MOUNT)].map(|(value, names)| flags(value, names));
            let words: Vec<&str> = both.iter().map(String::as_str).filter(|it| *it != "0").collect();
            Arg::Flags(format!("{{{}}}", words.join(" | ")))
        }
        Words => Arg::Flags(words(pid, value)),
    })
}

fn all(names: &[(u64, &str)]) -> u64 {
    names.iter().fold(0, |all, (bit, _)| all | bit)
}

/// The flags of clone(2) and clone3(2): the signal alone, unless namespaces are asked for or it is a thread.
fn cloned(value: u64, sent: u64) -> Arg {
    let mut words = Vec::new();
    let namespaces = value & all(NAMESPACES);
    if namespaces != 0 || value & 0x1_0000 != 0 {
        words.extend(Some(flags(namespaces, NAMESPACES)).filter(|_| namespaces != 0));
        words.extend(Some(flags(value & all(BESIDE), BESIDE)).filter(|it| it != "0"));
    }
    if sent != 0 || words.is_empty() {
        words.push(signal(i32::try_from(sent).unwrap_or(0)));
    }
    Arg::Flags(words.join(" | "))
}

/// Device and inode of Boxlab's own binary.
fn own_binary() -> Option<(u64, u64)> {
    let number = crate::kernel::programs::own_binary()?;
    // SAFETY: it is open as long as the process lives.
    let about = nix::sys::stat::fstat(unsafe { BorrowedFd::borrow_raw(number) }).ok()?;
    Some((about.st_dev, about.st_ino))
}

fn signal(number: i32) -> String {
    nix::sys::signal::Signal::try_from(number).map_or_else(|_| number.to_string(), |it| it.as_str().to_owned())
}

/// `[SIGTERM SIGCHLD]`: bit 0 is signal 1.
fn signals(set: u64) -> String {
    let names: Vec<String> = (0..64).filter(|bit| set & (1 << bit) != 0).map(|bit| signal(bit + 1)).collect();
    format!("[{}]", names.join(" "))
}

fn flags(value: u64, names: &[(u64, &str)]) -> String {
    let known: Vec<&str> = names.iter().filter(|(bit, _)| value & bit != 0).map(|(_, name)| *name).collect();
    let none = || names.iter().find(|(bit, _)| *bit == 0).map_or("0", |(_, name)| name).to_owned();
    if known.is_empty() { none() } else { known.join(" | ") }
}

/// By what the descriptor is open on, as `/proc/PID/fd` says.
fn descriptor(proc: &Proc, pid: Pid, number: i32) -> Arg {
    let Ok(target) = proc.link(pid.as_raw(), &format!("fd/{number}")) else { return Arg::Number(i64::from(number)) };
    if let Some((kind, inode)) = crate::probe::namespaces::parse(&target) {
        return Arg::NamespaceFile(kind, inode);
    }
    if target.contains("pidfd") {
        return Arg::Descriptor("pidfd".to_owned());
    }
    // Only the binary itself is open from outside of the lab, and its path is the learner's.
    let own = proc.identity(pid.as_raw(), number).is_some_and(|it| own_binary() == Some(it));
    Arg::Descriptor(match target.split_once(":[") {
        Some((kind, _)) => kind.to_owned(),
        None if own => "boxlab".to_owned(),
        None if target == "/" && hangs_nowhere(proc, pid, number) => "tree".to_owned(),
        None => target,
    })
}

/// Whether a descriptor is open on a mount that is in no place of the process' mount table, as open_tree(2) makes it.
fn hangs_nowhere(proc: &Proc, pid: Pid, number: i32) -> bool {
    let mut text = String::new();
    let read = proc.file(pid.as_raw(), &format!("fdinfo/{number}")).map(|mut file| file.read_to_string(&mut text));
    let mount = text.lines().find_map(|line| line.strip_prefix("mnt_id:")?.trim().parse::<i32>().ok());
    let placed = |id: i32| proc.mounts(pid.as_raw()).is_ok_and(|rows| rows.iter().any(|row| row.mnt_id == id));
    matches!(read, Ok(Ok(_))) && mount.is_some_and(|id| !placed(id))
}

/// What a call gave.
pub fn returned(name: &str, value: i64, is_error: bool) -> Returned {
    if is_error {
        let number = i32::try_from(-value).unwrap_or(0);
        Returned::Failed(Errno(nix::errno::Errno::from_raw(number)))
    } else if gives_descriptor(name) {
        Returned::Descriptor
    } else if gives_size(name) {
        Returned::Size
    } else {
        Returned::Value(value)
    }
}
