//! A small container runtime: `mybox ROOT COMMAND…` starts the command with a host name, a process tree, a mount table and a
//! root file system of its own, as a root that is nobody outside; it has message queues of its own, runs for ten days
//! already, and has a network of its own, with a cable to the host.

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, chdir, fork, getegid, geteuid, pivot_root, sethostname};
use std::error::Error;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

/// CLONE_NEWTIME, which nix has no name for.
const TIME: CloneFlags = CloneFlags::from_bits_retain(libc::CLONE_NEWTIME);

/// What the container keeps: CAP_CHOWN, CAP_KILL, CAP_NET_BIND_SERVICE. Their numbers are in linux/capability.h.
const KEPT: [u32; 3] = [0, 5, 10];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let root = PathBuf::from(arguments.next().ok_or("which root?")?);
    let command: Vec<OsString> = arguments.collect();
    // By this line each of the two can wait for the other's word.
    let (own, other) = UnixStream::pair()?;
    // Whoever is in the user namespace has no power outside any more. The child goes, and this process stays.
    // SAFETY: there is one thread, so nothing that a child would need is held by another.
    match call("fork", unsafe { fork() })? {
        ForkResult::Child => {
            drop(own);
            namespaces(&root, &command, other)
        }
        ForkResult::Parent { child } => {
            drop(other);
            outside(child, own)?;
            exit(status_of(child)?)
        }
    }
}

/// What is done for the container by whom has power outside of it.
fn outside(child: Pid, mut line: UnixStream) -> Result<()> {
    // Before it has unshared, the cable would end in the host's network. If it has failed there will be no word.
    if heard(&mut line) {
        network(child)?;
        line.write_all(b"1")?;
    }
    Ok(())
}

/// A cable: one end is the host's, the other one goes to a process, where it is eth0.
fn network(pid: Pid) -> Result<()> {
    tool("ip link add veth0 type veth peer name ceth0")?;
    tool(&format!("ip link set ceth0 netns {pid} name eth0"))?;
    tool("ip addr add 10.88.0.1/24 dev veth0")?;
    tool("ip link set veth0 up")?;
    // Only the network namespace is entered: the tools are the host's, and the container's root need not have any.
    let inside = |line: &str| tool(&format!("nsenter --target {pid} --net {line}"));
    inside("ip link set lo up")?;
    inside("ip addr add 10.88.0.2/24 dev eth0")?;
    inside("ip link set eth0 up")
}

/// Waits for a word. False: whoever was to say it has ended.
fn heard(line: &mut UnixStream) -> bool {
    line.read_exact(&mut [0]).is_ok()
}

/// Takes all namespaces, and starts PID 1.
fn namespaces(root: &Path, command: &[OsString], mut line: UnixStream) -> Result<()> {
    user_namespace()?;
    // They belong to the user namespace that their maker is in, and its user 0 has power over them.
    let kinds = CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNS;
    call("unshare", unshare(kinds | CloneFlags::CLONE_NEWNET | TIME))?;
    line.write_all(b"1")?;
    if !heard(&mut line) {
        return Err("there is no network".into());
    }
    // Before the first process is in the new time namespace: afterwards its clocks stay as they are.
    write("/proc/self/timens_offsets", "boottime 864000 0")?;
    // The call has moved this process for all kinds but two: the PID and the time namespace are for the child.
    // SAFETY: as in `main`.
    match call("fork", unsafe { fork() })? {
        ForkResult::Child => container(root, command),
        ForkResult::Parent { child } => exit(status_of(child)?),
    }
}

/// A user namespace in which the caller is user 0, and nobody else is there.
fn user_namespace() -> Result<()> {
    // Afterwards both are 65534, since no map is there yet.
    let (user, group) = (geteuid(), getegid());
    call("unshare the user namespace", unshare(CloneFlags::CLONE_NEWUSER))?;
    // A group may be there to keep its members out of something. So the map of groups is taken only if nobody can leave one.
    write("/proc/self/setgroups", "deny")?;
    write("/proc/self/gid_map", &format!("0 {group} 1"))?;
    write("/proc/self/uid_map", &format!("0 {user} 1"))
}

/// PID 1: takes what is the container's own, and becomes the command.
fn container(root: &Path, command: &[OsString]) -> Result<()> {
    call("sethostname", sethostname("box"))?;
    mounts(root)?;
    enter(root)?;
    keep_few_capabilities()?;
    become_command(command)
}

/// What is mounted in the container. All of it before the old root is gone: a user namespace may mount a proc only while
/// another one is in sight.
fn mounts(root: &Path) -> Result<()> {
    // The mount table is a copy whose mounts are still connected with the host's.
    change(Path::new("/"), MsFlags::MS_PRIVATE | MsFlags::MS_REC)?;
    // pivot_root exchanges mounts, and the root is only a directory. Bound onto itself it is a mount.
    bind(root, root)?;
    let safe = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    // proc shows the PID namespace of whoever mounts it, so this is for the child to do.
    new("proc", &root.join("proc"), safe | MsFlags::MS_NOEXEC, None)?;
    new("tmpfs", &root.join("tmp"), safe, Some("mode=1777"))?;
    devices(&root.join("dev"))?;
    hide(root)
}

/// /dev: an empty file system, in which is what every program expects, and nothing else of the host's.
fn devices(dev: &Path) -> Result<()> {
    let safe = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    // Not for everybody to write: in a directory with mode 1777 the kernel refuses `> /dev/null`.
    new("tmpfs", dev, MsFlags::MS_NOSUID, Some("mode=755"))?;
    // A user namespace may not make device files. The host's are shown instead, each bound onto an empty file.
    for name in ["null", "zero", "full", "random", "urandom", "tty"] {
        std::fs::write(dev.join(name), "")?;
        bind(&Path::new("/dev").join(name), &dev.join(name))?;
    }
    // Terminals of its own, numbered from 0. Everybody may open a new one.
    std::fs::create_dir(dev.join("pts"))?;
    new("devpts", &dev.join("pts"), safe, Some("newinstance,ptmxmode=0666,mode=0620"))?;
    symlink("pts/ptmx", dev.join("ptmx"))?;
    std::fs::create_dir(dev.join("shm"))?;
    new("tmpfs", &dev.join("shm"), safe | MsFlags::MS_NODEV, Some("mode=1777"))?;
    // What bash calls <(…), and scripts /dev/stderr.
    for (to, name) in [("/proc/self/fd", "fd"), ("fd/0", "stdin"), ("fd/1", "stdout"), ("fd/2", "stderr")] {
        symlink(to, dev.join(name))?;
    }
    Ok(())
}

/// What proc shows of the whole machine: settings may be read, and the rest is covered. Not every kernel has all of it.
fn hide(root: &Path) -> Result<()> {
    let safe = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_RDONLY;
    let (proc, null) = (root.join("proc"), root.join("dev/null"));
    let there = |names: &[&str]| names.iter().map(|name| proc.join(name)).filter(|it| it.exists()).collect::<Vec<_>>();
    for path in there(&["bus", "fs", "irq", "sys", "sysrq-trigger"]) {
        // A bind mount takes its flags only by a second call.
        bind(&path, &path)?;
        change(&path, MsFlags::MS_REMOUNT | MsFlags::MS_BIND | safe)?;
    }
    for path in there(&["interrupts", "kcore", "keys", "sched_debug", "timer_list"]) {
        bind(&null, &path)?;
    }
    for path in there(&["acpi", "scsi"]) {
        new("tmpfs", &path, safe, None)?;
    }
    Ok(())
}

/// Makes the mount at `root` the root of the mount namespace, and takes the old one away.
fn enter(root: &Path) -> Result<()> {
    call("chdir to the root", chdir(root))?;
    // The old root comes to lie on the new one, so no directory is needed for it.
    call("pivot_root", pivot_root(".", "."))?;
    // Other mounts are below it and keep it busy, so it is detached with all of them.
    call("umount2 of the old root", umount2(".", MntFlags::MNT_DETACH))?;
    call("chdir to /", chdir("/"))
}

/// All five sets hold KEPT afterwards, and no program that is executed gets more.
fn keep_few_capabilities() -> Result<()> {
    // What is in the bounding set comes back whenever user 0 executes a program. It goes first, as that takes CAP_SETPCAP.
    for number in (0..=last_capability()).filter(|number| !KEPT.contains(number)) {
        call("PR_CAPBSET_DROP", control(libc::PR_CAPBSET_DROP, number, 0))?;
    }
    call("capset", set_capabilities(KEPT.iter().map(|number| 1 << number).sum()))?;
    // For a program that is executed by another user than 0. It takes what is permitted and inheritable.
    for number in KEPT {
        call("PR_CAP_AMBIENT_RAISE", control(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE as u32, number))?;
    }
    Ok(())
}

/// The highest number that this kernel knows.
fn last_capability() -> u32 {
    (0..63).take_while(|number| control(libc::PR_CAPBSET_READ, *number, 0).is_ok()).last().unwrap_or(0)
}

fn control(option: i32, first: u32, second: u32) -> nix::Result<()> {
    // SAFETY: these options take numbers only.
    let answer = unsafe { libc::prctl(option, libc::c_ulong::from(first), libc::c_ulong::from(second), 0, 0) };
    Errno::result(answer).map(drop)
}

/// The effective, permitted and inheritable set, by capset(2). All of KEPT is in the lower half.
fn set_capabilities(set: u32) -> nix::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    #[repr(C)]
    struct Half {
        effective: u32,
        permitted: u32,
        inheritable: u32,
    }
    // _LINUX_CAPABILITY_VERSION_3: two halves, for 64 capabilities.
    let header = Header { version: 0x2008_0522, pid: 0 };
    let halves = [
        Half { effective: set, permitted: set, inheritable: set },
        Half { effective: 0, permitted: 0, inheritable: 0 },
    ];
    // SAFETY: header and halves have the kernel's form, and live across the call.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &header, halves.as_ptr()) }).map(drop)
}

/// exec comes back only if it has failed.
fn become_command(command: &[OsString]) -> Result<()> {
    let (program, arguments) = command.split_first().ok_or("which command?")?;
    let error = Command::new(program).args(arguments).exec();
    Err(format!("exec {}: {error}", program.display()).into())
}

/// Waits for the container. Its exit status, as a shell would say it.
fn status_of(child: Pid) -> Result<i32> {
    match call("waitpid", waitpid(child, None))? {
        WaitStatus::Exited(_, status) => Ok(status),
        WaitStatus::Signaled(_, signal, _) => Ok(128 + signal as i32),
        other => Err(format!("the container has not ended: {other:?}").into()),
    }
}

/// Mounts a new file system.
fn new(kind: &str, at: &Path, flags: MsFlags, options: Option<&str>) -> Result<()> {
    call(&format!("mount {kind}"), mount(Some(kind), at, Some(kind), flags, options))
}

/// Shows a file, or a directory with all that is mounted below, in another place too.
fn bind(from: &Path, to: &Path) -> Result<()> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    call(&format!("bind {}", from.display()), mount(Some(from), to, none(), flags, none()))
}

/// Changes a mount that is there.
fn change(at: &Path, flags: MsFlags) -> Result<()> {
    call(&format!("change the mount {}", at.display()), mount(none(), at, none(), flags, none()))
}

/// Where mount(2) looks at an argument for some uses only.
fn none() -> Option<&'static str> {
    None
}

/// Runs a tool of the host's to its end.
fn tool(line: &str) -> Result<()> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let status = Command::new(words[0]).args(&words[1..]).status().map_err(|error| format!("{line}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{line}: {status}").into()) }
}

/// Writes to a file of the kernel's.
fn write(path: &str, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|error| format!("write {path}: {error}").into())
}

/// An errno alone does not say which call it was.
fn call<T>(name: &str, result: nix::Result<T>) -> Result<T> {
    result.map_err(|errno| format!("{name}: {errno}").into())
}
