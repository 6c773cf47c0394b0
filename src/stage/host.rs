//! Making the lab host: fresh user, mount, UTS, IPC, network and PID namespaces, and a root on a tmpfs.
//! Two forks: `launcher` takes the namespaces, and its child is PID 1 of the new PID namespace, the stage
//! (pid_namespaces(7): the caller of unshare keeps its own). Each dies with its parent (PR_SET_PDEATHSIG), so the lab
//! host dies with the controller, also by SIGKILL. Run by root, it gets a user namespace all the same, without root's id
//! in it (`ids`): a lesson started with sudo cannot hurt the machine, and its records are the same.

use super::descriptors;
use super::groups::{Bounds, Groups, Wanted, inside};
use super::ids::{self, Talk};
use super::limits::Limits;
use super::machine_root::{self, MachineRoot};
use super::message::{Answer, NoLab};
use super::skeleton;
use super::subids::Subids;
use super::wire::Wire;
use crate::kernel::cgroups::Layout;
use crate::kernel::error::{Errno, Failed};
use crate::kernel::network::{form::LinkChange, link};
use crate::kernel::operation::{Bind, MountFlag, NewMount, PivotRoot, Propagation, PropagationType, Umount};
use crate::kernel::{Namespace, mounts, namespaces, programs, rootfs, uts};
use nix::sys::signal::Signal;
use nix::unistd::{ForkResult, Pid};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// What the learner brings into the lab host.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    /// A root file system for the box: a directory or a tar file, and where it goes.
    pub rootfs: Option<(PathBuf, String)>,
    /// How long a step may take; `patience::STEP_LIMIT` if left out.
    pub patience: Option<Duration>,
    /// What its processes may use of the machine, if that is limited.
    pub limits: Option<Limits>,
    /// Ids beside the learner's own that the lab host has too.
    pub subids: Option<Subids>,
    /// Controllers of control groups that the lab needs; without any it has no groups.
    pub groups: Wanted,
    /// What all of the lab may take together, where there can be a group for it.
    pub bounds: Option<Bounds>,
    /// A root that shows the machine's files, in place of the small one.
    pub machine: Option<Rc<MachineRoot>>,
}

/// An act of making the lab host, and how it failed.
struct Act(NoLab);

fn act<T>(act: &str, result: Result<T, Failed>) -> Result<T, Act> {
    result.map_err(|failed| Act(NoLab { act: act.to_owned(), failed }))
}

fn io<T>(name: &str, on: impl AsRef<Path>, result: std::io::Result<T>) -> Result<T, Act> {
    let on = on.as_ref().display().to_string();
    result.map_err(|error| Act(NoLab { act: format!("{name} {on}"), failed: Failed::io(name, &error, on) }))
}

/// Starts the lab host. Gives the launcher's PID; the caller waits for it after the wire is closed.
/// The stage's first message on the other end of `wire` says whether the lab host stands.
///
/// # Errors
/// As fork(2).
pub fn start(wire: Wire, brought: &Brought, groups: Option<&Groups>) -> nix::Result<Pid> {
    let controller = nix::unistd::getpid();
    let none = nix::sys::signal::SigSet::empty();
    let talk = Talk::if_needed(brought.subids)?;
    // SAFETY: the child only makes system calls and writes into memory of its own. The controller forks while it has
    // one thread.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => {
            drop(wire);
            if let Some(talk) = talk {
                talk.map(child);
            }
            Ok(child)
        }
        ForkResult::Child => {
            // The controller reads some signals from a descriptor; in the lab they are obeyed.
            nix::sys::signal::sigprocmask(nix::sys::signal::SigmaskHow::SIG_SETMASK, Some(&none), None).ok();
            let ended = launch(&wire, brought, groups, (controller, talk));
            if let Err(Act(no)) = ended {
                wire.send(&Answer::NoLab(no), &[]).ok();
            }
            // SAFETY: what belongs to the controller is not to be run here.
            unsafe { libc::_exit(1) }
        }
    }
}

/// The controller has handlers for some signals, and ignores what whoever started it ignored. In the lab each has its
/// default action, so that what a lesson shows of signals is the same everywhere. Only SIGPIPE stays ignored: an agent
/// does not end with a pipe that it writes to.
fn obey_signals() {
    use nix::sys::signal::{SigHandler, signal};
    for each in Signal::iterator().filter(|it| !matches!(it, Signal::SIGPIPE | Signal::SIGKILL | Signal::SIGSTOP)) {
        // SAFETY: no handler is installed; the default action is.
        unsafe { signal(each, SigHandler::SigDfl) }.ok();
    }
}

/// Takes the namespaces, forks the stage, and stays until that ends.
fn launch(
    wire: &Wire,
    brought: &Brought,
    groups: Option<&Groups>,
    (controller, talk): (Pid, Option<Talk>),
) -> Result<(), Act> {
    let own = (nix::unistd::geteuid(), nix::unistd::getegid());
    let binary = io("open", "/proc/self/exe", std::fs::File::open("/proc/self/exe"))?;
    let binary_path = std::env::current_exe().unwrap_or_default();
    ids::forget_groups(talk.as_ref());
    let layout = groups.and_then(Groups::layout);
    // Groups that the lab does not show are only to hold it in: without them it is no other.
    let entering = groups.map(Groups::enter).transpose().or_else(|no| layout.as_ref().map_or(Ok(None), |_| Err(no)));
    let mut leaves = act("write cgroup.procs", entering)?;
    use Namespace::{Cgroup, Ipc, Mount, Net, Pid as PidNamespace, User, Uts};
    // The user namespace first: it gives the right to make the others.
    act("unshare(CLONE_NEWUSER)", namespaces::unshare(&[User]))?;
    act("unshare(CLONE_NEWNS)", namespaces::unshare(&[Mount]))?;
    // What is taken from the machine is opened while this is still the learner, also if that is root; and in this mount
    // namespace, as an overlay takes no directory of another one.
    let brought_root = match &brought.rootfs {
        Some((from, at)) => Some((act("open --rootfs", super::rootfs::Source::open(from))?, at.as_str())),
        None => None,
    };
    if let Some(machine) = &brought.machine {
        machine.open();
    }
    act("write /proc/self/uid_map", ids::become_root(talk, own))?;
    let others = [Uts, Ipc, Net, PidNamespace];
    act("unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID)", namespaces::unshare(&others))?;
    if let Some(leaves) = &mut leaves {
        crate::kernel::process::programs_are_expendable();
        if layout.is_some() {
            // Here the names of groups begin with the lab's own.
            act("unshare(CLONE_NEWCGROUP)", namespaces::unshare(&[Cgroup]))?;
        }
        let entered = leaves.enter();
        act("write cgroup.procs", entered.or_else(|no| layout.as_ref().map_or(Ok(()), |_| Err(no))))?;
    }
    drop(leaves);
    // As on a machine that has booted. Where it cannot be done, lessons about the network say so themselves.
    let lo = LinkChange { name: "lo".into(), up: Some(true), rename: None, into: None, master: None, mtu: None };
    link::set(&lo, None).ok();
    die_with(controller);
    // SAFETY: this process has one thread.
    match act("fork", unsafe { crate::kernel::process::fork() })? {
        ForkResult::Parent { child } => {
            // Else the controller would wait for an end of file that never comes.
            descriptors::close_from(0);
            crate::kernel::process::wait(child).ok();
            // SAFETY: as in `start`.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Child => {
            // The parent's PID is 0 from in here, so the check of `die_with` is left out: if the launcher is gone, this
            // process ends at the end of file on its wire.
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).ok();
            obey_signals();
            let lent =
                act("setsid", nix::unistd::setsid().map_err(|errno| Failed::new("setsid", errno))).and_then(|_| {
                    root((&binary, &binary_path), brought_root, brought.machine.as_deref(), layout.as_ref())
                })?;
            leave_bridges_to_themselves();
            super::level::own_namespace();
            // The one in the lab's root is read only, which the machine's own is not. (`/proc/PID/exe` of the lab's
            // processes, and their memory, still lead to that: it is what they run.)
            let path = Path::new("/").join(tools(brought.machine.as_deref())).join("boxlab");
            let binary = io("open", &path, std::fs::File::open(&path))?;
            let wire = act("dup3", descriptors::only_two(wire, &binary))?;
            programs::remember_own_binary(descriptors::OWN_BINARY);
            brought.limits.into_iter().for_each(Limits::take);
            super::serve::serve(wire, lent, brought.patience, layout)
        }
    }
}

/// Where the machine has br_netfilter loaded, each bridge passes its frames through the IP rules as well, and NAT between
/// its ports behaves otherwise than elsewhere. Off in the lab host, so that all machines show the same. Best effort.
fn leave_bridges_to_themselves() {
    std::fs::write("/proc/sys/net/bridge/bridge-nf-call-iptables", "0").ok();
}

/// Ends with the parent. If that has gone already, the signal would never come.
fn die_with(parent: Pid) {
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).ok();
    if nix::unistd::getppid() != parent {
        // SAFETY: as in `start`.
        unsafe { libc::_exit(1) }
    }
}

/// Builds the root on a tmpfs, enters it with pivot_root and leaves the old one behind.
/// Gives the device numbers of what the machine lends.
fn root(
    (binary, binary_path): (&std::fs::File, &Path),
    brought: Option<(super::rootfs::Source, &str)>,
    machine: Option<&MachineRoot>,
    groups: Option<&Layout>,
) -> Result<Vec<String>, Act> {
    // No mount of the lab may reach the machine, and none of the machine the lab.
    let private = Propagation { at: "/".into(), to: PropagationType::Private, recursive: true };
    act("mount(MS_PRIVATE) of /", mounts::propagation(&private))?;
    // Any directory will do as the place: the tmpfs covers it in this mount namespace only. It must not cover what is
    // still to be taken from the machine.
    let free = |it: &&str| Path::new(it).is_dir() && !binary_path.starts_with(it);
    let place = ["/tmp", "/run", "/mnt", "/var", "/usr"].into_iter().find(free).unwrap_or("/tmp");
    let new = NewMount {
        kind: "tmpfs".into(),
        at: place.into(),
        source: None,
        flags: vec![MountFlag::Nosuid],
        // A root file system that is brought may be large: then the kernel's own limit holds, half of the memory.
        options: Some(
            match (brought.is_some(), machine.is_some()) {
                (true, _) => "mode=755",
                (_, true) => "mode=755,size=1g",
                _ => "mode=755,size=256m",
            }
            .into(),
        ),
    };
    // In large pages the tools are copied in a fifth of the time. Not every kernel has them.
    let large = new.options.as_ref().map(|options| format!("{options},huge=within_size"));
    let in_large = mounts::mount(&NewMount { options: large, ..new.clone() });
    act("mount of a tmpfs", in_large.or_else(|_| mounts::mount(&new)))?;
    let at = Path::new(place);
    let mut lent = Vec::new();
    match machine {
        Some(machine) => act("show the machine's files", machine.lay(at))?,
        None => files(at)?,
    }
    // /proc of this PID namespace. Where the machine's own is covered in part, the kernel refuses (EPERM).
    mount_in(at, "proc", "proc", None)?;
    sysfs(at, &mut lent)?;
    act("mount of the control groups", groups.map_or(Ok(()), |layout| inside::show(at, layout)))?;
    mount_in(at, "devpts", "dev/pts", Some("newinstance,ptmxmode=0666,mode=0620"))?;
    io("symlink", "dev/ptmx", std::os::unix::fs::symlink("pts/ptmx", at.join("dev/ptmx")))?;
    for device in skeleton::DEVICES {
        let from = PathBuf::from("/dev").join(device);
        if from.exists() {
            lend(&from, &at.join("dev").join(device), &mut lent)?;
        }
    }
    own_binary(binary, binary_path, &at.join(tools(machine)), &mut lent)?;
    if machine.is_none() {
        links(at)?;
    } else {
        act("link the tools", MachineRoot::link(at))?;
        let (from, probe) = (at.join(machine_root::TOOLS).join("boxlab"), format!("{place}{}", machine_root::PROBE));
        lend(&from, Path::new(&probe), &mut lent)?;
        read_only(Path::new(&probe)).ok();
    }
    act("chdir", rootfs::chdir(place))?;
    // The old root goes onto the new one, and from there away: no directory is needed for it.
    act("pivot_root", rootfs::pivot_root(&PivotRoot { new_root: ".".into(), put_old: ".".into() }))?;
    // From here on no path leads to the machine. What is brought is put in its place only now: the place is a lesson's.
    let mut unpacked = act("unpack --rootfs", brought.map(|(source, to)| source.lay(to)).transpose())?;
    act("umount2", mounts::umount(&Umount { at: ".".into(), detach: true }))?;
    act("chdir /", rootfs::chdir("/"))?;
    act("unpack --rootfs", unpacked.take().map_or(Ok(()), super::rootfs::Laid::fill))?;
    act("unpack the folder", machine.map_or(Ok(()), MachineRoot::unpack))?;
    // As on a machine that systemd has started.
    let shared = Propagation { at: "/".into(), to: PropagationType::Shared, recursive: true };
    act("mount(MS_SHARED) of /", mounts::propagation(&shared))?;
    act("sethostname", uts::sethostname(skeleton::HOSTNAME))?;
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o022));
    Ok(lent)
}

fn files(at: &Path) -> Result<(), Act> {
    for directory in skeleton::DIRECTORIES {
        io("mkdir", directory, std::fs::DirBuilder::new().mode(0o755).create(at.join(directory)))?;
    }
    for (file, text) in skeleton::FILES {
        io("write", file, std::fs::write(at.join(file), text))?;
    }
    Ok(())
}

fn mount_in(root: &Path, kind: &str, at: &str, options: Option<&str>) -> Result<(), Act> {
    let new = NewMount {
        kind: kind.into(),
        at: root.join(at).display().to_string(),
        source: None,
        flags: vec![MountFlag::Nosuid, MountFlag::Noexec],
        options: options.map(Into::into),
    };
    act(&format!("mount of {kind}"), mounts::mount(&new))
}

/// /sys of this network namespace, read-only as in a container. It can be mounted only while the machine's is in sight,
/// and where that is hidden in part it is refused (EPERM): the lab has an empty directory then, and the steps that need
/// one are left out (`Need::Sysfs`). What it shows is the machine's, so it counts as lent, and records are the same.
fn sysfs(root: &Path, lent: &mut Vec<String>) -> Result<(), Act> {
    let at = root.join("sys");
    let new = |kind: &str, options: Option<&str>| NewMount {
        kind: kind.into(),
        at: at.display().to_string(),
        source: None,
        flags: vec![MountFlag::Ro, MountFlag::Nosuid, MountFlag::Nodev, MountFlag::Noexec],
        options: options.map(Into::into),
    };
    if mounts::mount(&new("sysfs", None)).is_err() {
        act("mount of a tmpfs", mounts::mount(&new("tmpfs", Some("mode=755,size=64k"))))?;
    }
    note(&at, lent)
}

/// Binds a file of the machine into the lab host, and notes its device.
fn lend(from: &Path, to: &Path, lent: &mut Vec<String>) -> Result<(), Act> {
    io("open", to, std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o644).open(to))?;
    bind(from, to)?;
    note(to, lent)
}

/// Notes the device of what is mounted there as the machine's.
fn note(at: &Path, lent: &mut Vec<String>) -> Result<(), Act> {
    let device = io("stat", at, std::fs::metadata(at))?.dev();
    let device = format!("{}:{}", libc::major(device), libc::minor(device));
    if !lent.contains(&device) {
        lent.push(device);
    }
    Ok(())
}

fn bind(from: &Path, to: &Path) -> Result<(), Act> {
    let bind = Bind {
        from: from.display().to_string(),
        to: to.display().to_string(),
        recursive: false,
        names: Vec::new(),
        flags: Vec::new(),
    };
    act(&format!("mount(MS_BIND) of {}", from.display()), mounts::bind(&bind))
}

/// What is lent of the learner's own files is not to be changed from the lab, nor are its mode and owner.
/// Flags that the machine's mount has may be locked (mount_namespaces(7)), so they are kept. Errors: as mount(2).
pub(super) fn read_only(at: &Path) -> nix::Result<()> {
    use nix::mount::MsFlags;
    use nix::sys::statvfs::{FsFlags, statvfs};
    let kept = [
        (FsFlags::ST_NODEV, MsFlags::MS_NODEV),
        (FsFlags::ST_NOEXEC, MsFlags::MS_NOEXEC),
        (FsFlags::ST_NOATIME, MsFlags::MS_NOATIME),
        (FsFlags::ST_NODIRATIME, MsFlags::MS_NODIRATIME),
        (FsFlags::ST_RELATIME, MsFlags::MS_RELATIME),
    ];
    let has = statvfs(at).map_or(FsFlags::empty(), |about| about.flags());
    let flags = kept.iter().filter(|(has_it, _)| has.contains(*has_it)).map(|(_, flag)| *flag);
    let flags: MsFlags = flags.collect::<MsFlags>() | MsFlags::MS_RDONLY | MsFlags::MS_NOSUID;
    let remount = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | flags;
    nix::mount::mount(None::<&str>, at, None::<&str>, remount, None::<&str>)
}

/// Where the tools are, below the root.
fn tools(machine: Option<&MachineRoot>) -> &'static str {
    if machine.is_some() { machine_root::TOOLS } else { "bin" }
}

/// Boxlab's own binary in a directory.
fn own_binary(binary: &std::fs::File, path: &Path, at: &Path, lent: &mut Vec<String>) -> Result<(), Act> {
    let to = at.join("boxlab");
    let same = match (std::fs::metadata(path), binary.metadata()) {
        (Ok(there), Ok(own)) => (there.dev(), there.ino()) == (own.dev(), own.ino()),
        _ => false,
    };
    // A binary that was replaced or deleted meanwhile has no path: its bytes are copied then.
    if !same || lend(path, &to, lent).is_err() {
        let mut from = io("open", "/proc/self/exe", binary.try_clone())?;
        let mut copy =
            io("open", &to, std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o755).open(&to))?;
        io("copy", &to, std::io::copy(&mut from, &mut copy))?;
        drop(copy);
        // A mount as well, so that the records are the same; `evidence::names` knows it by its path.
        bind(&to, &to)?;
    }
    // Best effort: where it cannot be, the file is still not the lab's to write to.
    read_only(&to).ok();
    Ok(())
}

/// /bin: a link to the binary for each tool.
fn links(root: &Path) -> Result<(), Act> {
    for name in crate::userland::names() {
        let link = root.join("bin").join(name);
        io("symlink", &link, std::os::unix::fs::symlink("boxlab", &link))?;
    }
    Ok(())
}

/// Used by the doctor: the errno by its name.
impl std::fmt::Display for NoLab {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Errno(errno) = self.failed.errno;
        write!(out, "{} answered {errno:?}", self.act)
    }
}
