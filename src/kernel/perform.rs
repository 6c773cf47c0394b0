//! From an operation's form to the function of its facility. An agent calls this on itself.
//! `fork`, `start`, `wait`, `exit`, `init` and `serve` are not here: they make and end processes, or change how one lives, which
//! is the stage's concern.

use super::clock::TimeOfDay;
use super::error::Failed;
use super::files::Kept;
use super::network::{address, capture, link, route, socket};
use super::operation::{Enter, Operation};
use super::{
    attach, capabilities, capability_sets, cgroups, clock, files, idmaps, init, mounts, namespaces, nftables,
    privileges, process, programs,
};
use super::{queues, raw_calls, rootfs, seccomp, uts};

/// What an operation left to show, beside what it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Output {
    /// What a program printed, or what was read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// How a program ended, `exit 1`; nothing for `exit 0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

fn text(text: String) -> Output {
    Output { text, ended: None }
}

/// Does it. `pid_of` gives the PID of the other actor that the operation names, as the caller's PID namespace and its
/// /proc number it.
/// Errors: whatever the system call answered.
pub fn perform(operation: &Operation, kept: &mut Kept, pid_of: Option<i32>) -> Result<Output, Failed> {
    let nothing = Output::default();
    match operation {
        Operation::Look
        | Operation::Fork(_)
        | Operation::Start(_)
        | Operation::Wait(_)
        | Operation::Exit(_)
        | Operation::Init(_)
        | Operation::Serve(_) => Ok(nothing),
        Operation::Unshare(kinds) => namespaces::unshare(kinds).map(|()| nothing),
        Operation::Setns(enter) => setns(enter, pid_of).map(|()| nothing),
        Operation::Run(command) | Operation::Log(command) => {
            let ran = process::run(command)?;
            Ok(Output { text: ran.text, ended: (ran.ended != "exit 0").then_some(ran.ended) })
        }
        Operation::Kill(it) => process::kill(it, pid_of).map(|()| nothing),
        Operation::Sethostname(name) => uts::sethostname(name).map(|()| nothing),
        Operation::SetClock(TimeOfDay::Now) => clock::set_to_now().map(|()| nothing),
        Operation::Mount(it) => mounts::mount(it).map(|()| nothing),
        Operation::Bind(it) => mounts::bind(it).map(|()| nothing),
        Operation::Remount(it) => mounts::remount(it).map(|()| nothing),
        Operation::Propagation(it) => mounts::propagation(it).map(|()| nothing),
        Operation::Attach(it) => attach::attach(it, other(pid_of)?).map(|()| nothing),
        Operation::Umount(it) => mounts::umount(it).map(|()| nothing),
        Operation::Chroot(path) => rootfs::chroot(path).map(|()| nothing),
        Operation::Chdir(path) => rootfs::chdir(path).map(|()| nothing),
        Operation::PivotRoot(it) => rootfs::pivot_root(it).map(|()| nothing),
        Operation::Mkdir(paths) => files::mkdir(paths).map(|()| nothing),
        Operation::Write(it) => files::write(it).map(|()| nothing),
        Operation::Read(path) => files::read(path).map(text),
        Operation::Symlink(it) => files::symlink(it).map(|()| nothing),
        Operation::Rename(it) => files::rename(it).map(|()| nothing),
        Operation::Remove(path) => files::remove(path).map(|()| nothing),
        Operation::Mknod(it) => files::mknod(it).map(|()| nothing),
        Operation::Chmod(it) => files::chmod(it).map(|()| nothing),
        Operation::Open(it) => files::open(it, kept).map(|()| nothing),
        Operation::Close(name) => files::close(name, kept).map(|()| nothing),
        Operation::Fchdir(name) => files::fchdir(name, kept).map(|()| nothing),
        Operation::Place(it) => programs::place(it).map(|()| nothing),
        Operation::Msgget(queue) => queues::msgget(queue).map(|()| nothing),
        Operation::Drop(list) => capabilities::drop(list).map(|()| nothing),
        Operation::Raise(list) => capabilities::raise(list).map(|()| nothing),
        Operation::LinkAdd(it) => link::add(it, pid_of).map(|()| nothing),
        Operation::LinkSet(it) => link::set(it, pid_of).map(|()| nothing),
        Operation::LinkDelete(name) => link::delete(name).map(|()| nothing),
        Operation::AddressAdd(it) => address::add(it).map(|()| nothing),
        Operation::RouteAdd(it) => route::add(it).map(|()| nothing),
        Operation::Nft(it) => nftables::nft(it).map(|()| nothing),
        Operation::Capture(it) => capture::capture(it, kept).map(|()| nothing),
        Operation::Captured(name) => capture::captured(name, kept).map(text),
        Operation::NftDelete(table) => nftables::nft_delete(table).map(|()| nothing),
        Operation::Ping(it) => socket::ping(it).map(text),
        Operation::Listen(it) => socket::open(it, kept).map(|()| nothing),
        Operation::Connect(it) => socket::reach(it).map(text),
        Operation::Accept(name) => socket::accept(name, kept).map(text),
        Operation::Capabilities(it) => capability_sets::change(it).map(|()| nothing),
        Operation::Subreaper(on) => init::subreaper(*on).map(|()| nothing),
        Operation::NoNewPrivs(on) => privileges::no_new_privs(*on).map(|()| nothing),
        Operation::Securebits(bits) => privileges::securebits(bits).map(|()| nothing),
        Operation::Setcap(it) => privileges::setcap(it).map(|()| nothing),
        Operation::Seccomp(it) => seccomp::filter(it).map(|()| nothing),
        // A process of the lab host has no machine to give.
        Operation::Boot => Err(Failed::new("boot", nix::errno::Errno::ENOSYS)),
        Operation::Calls(list) => Ok(text(raw_calls::calls(list))),
        Operation::Map(it) => idmaps::map(it, pid_of).map(|()| nothing),
        Operation::Setuid(id) => idmaps::setuid(*id).map(|()| nothing),
        Operation::Setgid(id) => idmaps::setgid(*id).map(|()| nothing),
        Operation::Setgroups(groups) => idmaps::setgroups(groups).map(|()| nothing),
        Operation::Chown(it) => idmaps::chown(it).map(|()| nothing),
        Operation::GroupMake(group) => cgroups::make(group).map(|()| nothing),
        Operation::GroupRemove(group) => cgroups::remove(group).map(|()| nothing),
        Operation::GroupSet(it) => cgroups::set(it).map(|()| nothing),
        Operation::GroupJoin(it) => cgroups::join(it, pid_of).map(|()| nothing),
        Operation::GroupEnable(it) => cgroups::enable(it).map(|()| nothing),
        Operation::GroupKill(group) => cgroups::kill(group).map(|()| nothing),
    }
}

/// One file for one kind; several kinds of a process in one call take a pidfd (setns(2), Linux 5.8).
fn setns(enter: &Enter, pid_of: Option<i32>) -> Result<(), Failed> {
    if let Some(path) = &enter.file {
        return namespaces::setns(namespaces::open(path)?, &enter.kinds);
    }
    namespaces::setns(process::pidfd(other(pid_of)?)?, &enter.kinds)
}

/// The other actor's PID; an operation that names one comes with it.
fn other(pid_of: Option<i32>) -> Result<i32, Failed> {
    pid_of.ok_or_else(|| Failed::new("pidfd_open", nix::errno::Errno::ESRCH))
}
