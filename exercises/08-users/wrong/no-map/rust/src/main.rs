//! A small container runtime: `mybox ROOT COMMAND…` starts the command with a host name, a process tree, a mount table and a
//! root file system of its own, as a root that is nobody outside.

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, chdir, fork, pivot_root, sethostname};
use std::error::Error;
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let root = PathBuf::from(arguments.next().ok_or("which root?")?);
    let command: Vec<OsString> = arguments.collect();
    // Whoever is in the user namespace has no power outside any more. The child goes, and this process stays.
    // SAFETY: there is one thread, so nothing that a child would need is held by another.
    match call("fork", unsafe { fork() })? {
        ForkResult::Child => namespaces(&root, &command),
        ForkResult::Parent { child } => exit(status_of(child)?),
    }
}

/// Takes all namespaces, and starts PID 1.
fn namespaces(root: &Path, command: &[OsString]) -> Result<()> {
    user_namespace()?;
    // They belong to the user namespace that their maker is in, and its user 0 has power over them.
    let kinds = CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNS;
    call("unshare", unshare(kinds))?;
    // The call has moved this process for all kinds but one: the PID namespace is for the child.
    // SAFETY: as in `main`.
    match call("fork", unsafe { fork() })? {
        ForkResult::Child => container(root, command),
        ForkResult::Parent { child } => exit(status_of(child)?),
    }
}

/// A user namespace in which the caller is user 0, and nobody else is there.
fn user_namespace() -> Result<()> {
    call("unshare the user namespace", unshare(CloneFlags::CLONE_NEWUSER))?;
    Ok(())
}

/// PID 1: takes what is the container's own, and becomes the command.
fn container(root: &Path, command: &[OsString]) -> Result<()> {
    call("sethostname", sethostname("box"))?;
    mounts(root)?;
    enter(root)?;
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

/// An errno alone does not say which call it was.
fn call<T>(name: &str, result: nix::Result<T>) -> Result<T> {
    result.map_err(|errno| format!("{name}: {errno}").into())
}
