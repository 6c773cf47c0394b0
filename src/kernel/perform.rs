//! From an operation's form to the function of its facility. An agent calls this on itself.
//! `fork`, `wait`, `exit` and `serve` are not here: they make and end processes, which is the stage's concern.

use super::error::Failed;
use super::files::Kept;
use super::network::{address, capture, link, route, socket};
use super::operation::{Enter, Operation};
use super::{capabilities, files, mounts, namespaces, nftables, process, programs, rootfs, uts};

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

/// Does it. `pid_of` gives the PID of another actor as the caller's /proc numbers it, for `setns` and `link_set`.
/// Errors: whatever the system call answered.
pub fn perform(operation: &Operation, kept: &mut Kept, pid_of: Option<i32>) -> Result<Output, Failed> {
    let nothing = Output::default();
    match operation {
        Operation::Look | Operation::Fork(_) | Operation::Wait(_) | Operation::Exit(_) => Ok(nothing),
        Operation::Serve(_) => Ok(nothing),
        Operation::Unshare(kinds) => namespaces::unshare(kinds).map(|()| nothing),
        Operation::Setns(enter) => setns(enter, pid_of).map(|()| nothing),
        Operation::Run(command) => {
            let ran = process::run(command)?;
            Ok(Output { text: ran.text, ended: (ran.ended != "exit 0").then_some(ran.ended) })
        }
        Operation::Kill(it) => process::kill(it).map(|()| nothing),
        Operation::Sethostname(name) => uts::sethostname(name).map(|()| nothing),
        Operation::Mount(it) => mounts::mount(it).map(|()| nothing),
        Operation::Bind(it) => mounts::bind(it).map(|()| nothing),
        Operation::Remount(it) => mounts::remount(it).map(|()| nothing),
        Operation::Propagation(it) => mounts::propagation(it).map(|()| nothing),
        Operation::Umount(it) => mounts::umount(it).map(|()| nothing),
        Operation::Chroot(path) => rootfs::chroot(path).map(|()| nothing),
        Operation::Chdir(path) => rootfs::chdir(path).map(|()| nothing),
        Operation::PivotRoot(it) => rootfs::pivot_root(it).map(|()| nothing),
        Operation::Mkdir(paths) => files::mkdir(paths).map(|()| nothing),
        Operation::Write(it) => files::write(it).map(|()| nothing),
        Operation::Read(path) => files::read(path).map(text),
        Operation::Symlink(it) => files::symlink(it).map(|()| nothing),
        Operation::Remove(path) => files::remove(path).map(|()| nothing),
        Operation::Chmod(it) => files::chmod(it).map(|()| nothing),
        Operation::Open(it) => files::open(it, kept).map(|()| nothing),
        Operation::Close(name) => files::close(name, kept).map(|()| nothing),
        Operation::Fchdir(name) => files::fchdir(name, kept).map(|()| nothing),
        Operation::Place(it) => programs::place(it).map(|()| nothing),
        Operation::Drop(list) => capabilities::drop(list).map(|()| nothing),
        Operation::Raise(list) => capabilities::raise(list).map(|()| nothing),
        Operation::LinkAdd(it) => link::add(it).map(|()| nothing),
        Operation::LinkSet(it) => link::set(it, pid_of).map(|()| nothing),
        Operation::LinkDelete(name) => link::delete(name).map(|()| nothing),
        Operation::AddressAdd(it) => address::add(it).map(|()| nothing),
        Operation::RouteAdd(it) => route::add(it).map(|()| nothing),
        Operation::Nft(it) => nftables::nft(it).map(|()| nothing),
        Operation::Capture(it) => capture::capture(it, kept).map(|()| nothing),
        Operation::Captured(name) => capture::captured(name, kept).map(text),
        Operation::NftDelete(table) => nftables::nft_delete(table).map(|()| nothing),
        Operation::Ping(to) => socket::ping(to).map(text),
        Operation::Listen(it) => socket::open(it, kept).map(|()| nothing),
        Operation::Connect(it) => socket::reach(it).map(text),
        Operation::Accept(name) => socket::accept(name, kept).map(text),
    }
}

/// One file for one kind; several kinds of a process in one call take a pidfd (setns(2), Linux 5.8).
fn setns(enter: &Enter, pid_of: Option<i32>) -> Result<(), Failed> {
    if let Some(path) = &enter.file {
        return namespaces::setns(namespaces::open(path)?, &enter.kinds);
    }
    let pid = pid_of.ok_or_else(|| Failed::new("pidfd_open", nix::errno::Errno::ESRCH))?;
    namespaces::setns(process::pidfd(pid)?, &enter.kinds)
}
