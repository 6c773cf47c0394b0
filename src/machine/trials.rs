//! The trials: in a child process, every call that the lab host and the lessons will make, each answered by the kernel.
//! user_namespaces(7), mount_namespaces(7), pivot_root(2), proc(5), ptrace(2), seccomp(2). The order is the lab host's own:
//! user namespace, maps, the other namespaces, fork, mounts, pivot_root; and then what lessons do inside it.
//! A failed step does not stop those that do not build on it. Runs in forked children: nothing here may allocate
//! (see `child`), and nothing here explains.

use super::child::{Answers, Teller, attempt, descend, wait};
use super::step::Step;
use super::{netlink, tracing};
use crate::kernel::namespaces::Namespace;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::Mode;
use nix::sys::wait::WaitStatus;
use nix::unistd::{chdir, mkdir, pivot_root};
use std::ffi::{CStr, CString};
use std::path::Path;

/// What the child needs, made ready before the fork.
pub struct Ground {
    /// One line each: root inside is us outside.
    uid_map: CString,
    gid_map: CString,
    /// Directories that the new root could be mounted on, in a mount namespace of its own.
    places: Vec<CString>,
}

impl Ground {
    pub fn ready() -> Ground {
        let map = |id: u32| CString::new(format!("0 {id} 1\n")).expect("no NUL in digits");
        let temp = std::env::temp_dir();
        let places = [temp.as_path(), Path::new("/tmp"), Path::new("/mnt"), Path::new("/run"), Path::new("/etc")]
            .into_iter()
            .filter(|place| place.is_dir())
            .filter_map(|place| CString::new(place.as_os_str().as_encoded_bytes()).ok())
            .collect();
        Ground { uid_map: map(nix::unistd::geteuid().as_raw()), gid_map: map(nix::unistd::getegid().as_raw()), places }
    }
}

/// Tries everything, in one go.
pub fn run(ground: &Ground) -> Answers {
    attempt(|teller| outer(ground, teller))
}

/// Tries a user namespace in a user namespace, and nothing else.
pub fn nested_user_namespace() -> bool {
    let ground = Ground::ready();
    let answers = attempt(|teller| {
        let made = unshare(CloneFlags::CLONE_NEWUSER)
            .and_then(|()| write_file(c"/proc/self/setgroups", c"deny"))
            .and_then(|()| write_file(c"/proc/self/uid_map", &ground.uid_map))
            .and_then(|()| write_file(c"/proc/self/gid_map", &ground.gid_map))
            .and_then(|()| unshare(CloneFlags::CLONE_NEWUSER));
        let _ = teller.tell(Step::NestedUser, made);
    });
    answers.worked(Step::NestedUser)
}

fn outer(ground: &Ground, teller: Teller) {
    fingerprints(teller);
    if teller.tell(Step::User, unshare(CloneFlags::CLONE_NEWUSER)).is_err() {
        return;
    }
    // The order matters: the kernel takes a gid_map from an ordinary user only once setgroups is denied for good.
    let mapped = teller.tell(Step::Setgroups, write_file(c"/proc/self/setgroups", c"deny")).is_ok()
        & teller.tell(Step::UidMap, write_file(c"/proc/self/uid_map", &ground.uid_map)).is_ok()
        & teller.tell(Step::GidMap, write_file(c"/proc/self/gid_map", &ground.gid_map)).is_ok();
    for step in [Step::Uts, Step::Ipc, Step::Net, Step::Cgroup, Step::Time, Step::Pid] {
        let kind = step.namespace().map_or(CloneFlags::empty(), Namespace::flag);
        if teller.tell(step, unshare(kind)).is_ok() && step == Step::Net {
            netlink::try_links(teller);
        }
    }
    let mounts = teller.tell(Step::Mount, unshare(CloneFlags::CLONE_NEWNS)).is_ok();
    let child = descend(|| {
        // Tracing needs no mounts, but the nested map is written through the /proc that is mounted here.
        if mounts {
            try_mounts(ground, teller);
        }
        tracing::try_tracing(teller, mapped);
        let _ = teller.tell(Step::Seccomp, tracing::filter());
    });
    // A filter may answer with a signal. It strikes the child, so hand it on, for our own parent to see.
    if let Ok(child) = teller.tell(Step::Fork, child)
        && let Some(WaitStatus::Signaled(_, signal, _)) = wait(child)
    {
        let _ = nix::sys::signal::raise(signal);
    }
}

/// Three calls that change nothing, and whose answer by the kernel is known beforehand. A seccomp filter answers before
/// the kernel looks at the arguments, and so gives itself away.
fn fingerprints(teller: Teller) {
    let _ = teller.tell(Step::EmptyUnshare, unshare(CloneFlags::empty()));
    let none = std::ptr::null();
    // SAFETY: null pointers are allowed to the kernel, which answers EFAULT for the missing target.
    let mounted = Errno::result(unsafe { libc::mount(none, none, none, 0, none.cast()) });
    let _ = teller.tell(Step::EmptyMount, expected(mounted, Errno::EFAULT));
    let traced = nix::sys::ptrace::cont(nix::unistd::Pid::from_raw(0), None);
    let _ = teller.tell(Step::EmptyPtrace, expected(traced, Errno::ESRCH));
}

/// Turns the errno that was foreseen into success.
fn expected<T>(answer: Result<T, Errno>, errno: Errno) -> Result<(), Errno> {
    match answer {
        Err(other) if other != errno => Err(other),
        _ => Ok(()),
    }
}

/// As PID 1 of the new PID namespace: a root of our own, the special file systems, and the way into it.
fn try_mounts(ground: &Ground, teller: Teller) {
    let none: Option<&CStr> = None;
    // Before anything else: on most machines / is shared, and a mount made here would otherwise be made outside too.
    if teller.tell(Step::Private, mount(none, c"/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)).is_err() {
        return;
    }
    let mut answer = Err(Errno::ENOENT);
    for place in &ground.places {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        answer = mount(Some(c"boxlab"), place.as_c_str(), Some(c"tmpfs"), flags, Some(c"mode=755"))
            .and_then(|()| chdir(place.as_c_str()));
        if answer.is_ok() {
            break;
        }
    }
    if teller.tell(Step::Tmpfs, answer).is_err() {
        return;
    }
    for directory in [c"proc", c"sys", c"pts", c"mqueue", c"lower", c"upper", c"work", c"merged"] {
        let _ = mkdir(directory, Mode::S_IRWXU);
    }
    let quiet = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let special = |step, kind: &CStr, on: &CStr, data: Option<&CStr>, flags: MsFlags| {
        let _ = teller.tell(step, mount(Some(kind), on, Some(kind), flags, data));
    };
    special(Step::Proc, c"proc", c"proc", None, quiet);
    // Read-only, as the lab host has it: so it is allowed also where the machine's own is.
    special(Step::Sysfs, c"sysfs", c"sys", None, quiet | MsFlags::MS_RDONLY);
    special(Step::Devpts, c"devpts", c"pts", Some(c"newinstance,ptmxmode=0666"), MsFlags::MS_NOSUID);
    special(Step::Mqueue, c"mqueue", c"mqueue", None, quiet);
    let noted = rustix::fs::setxattr(c"lower", c"user.boxlab", b"y", rustix::fs::XattrFlags::empty());
    let _ = teller.tell(Step::Xattr, noted.map_err(|error| Errno::from_raw(error.raw_os_error())));
    let layers = c"lowerdir=lower,upperdir=upper,workdir=work";
    special(Step::Overlay, c"overlay", c"merged", Some(layers), MsFlags::empty());
    // Twice the same directory: the old root is then mounted over the new one, and is taken off from there.
    if teller.tell(Step::PivotRoot, pivot_root(c".", c".")).is_ok() {
        let _ = teller.tell(Step::Detach, umount2(c".", MntFlags::MNT_DETACH));
        let _ = chdir(c"/");
    }
}

/// Opens and writes a file of /proc in one go.
pub fn write_file(path: &CStr, text: &CStr) -> Result<(), Errno> {
    let file = open(path, OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    nix::unistd::write(file, text.to_bytes()).map(drop)
}
