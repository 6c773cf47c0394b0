//! Diagnosis: why a system call failed, computed from the facts at the moment it failed.
//! One file a call. A cause is named only if a fact shows it; the facts that were looked at are listed with it. A step
//! of a lesson and `why COMMAND` ask the same functions. This room reads /proc and opens paths without reading them;
//! it changes nothing, and shares no parser with `kernel`.

mod access;
mod attach;
mod chroot;
mod execve;
mod files;
mod files_changed;
mod files_opened;
mod findings;
mod fork;
mod id_map;
mod ids;
mod inherited;
mod journey;
mod journey_rules;
mod links;
mod mount;
mod mtu;
mod network;
mod new_mount;
mod nft;
mod overlay;
mod paths;
mod pivot_root;
mod powers;
mod processes;
mod program;
mod rename;
mod rights;
mod scene;
mod sending;
mod setns;
mod signals;
mod small;
mod umount;
mod unshare;
mod untraced;
mod uts;
mod walk;

pub use untraced::call_of;

use crate::evidence::record::{Call, Reason, Returned};
use crate::probe::outside::Proc;
use nix::errno::Errno;
use scene::Scene;

/// Explains a failed call of the process `pid`, which is stopped at its return. None: nothing is known of it.
pub fn explain(proc: &Proc, pid: i32, call: &Call) -> Option<Reason> {
    explain_of(proc, pid, call, None)
}

/// The same, for a call that took a pidfd which may be closed by now: `of` is the process that it stood for.
pub fn explain_of(proc: &Proc, pid: i32, call: &Call, of: Option<i32>) -> Option<Reason> {
    let scene = &Scene::new(proc, pid);
    let Some(Returned::Failed(errno)) = &call.result else { return sending::no_such_name(call) };
    let errno = errno.0;
    let own = match call.name.as_str() {
        "unshare" => unshare::explain(scene, call, errno),
        "setns" => setns::explain(scene, call, errno, of),
        "fork" | "vfork" | "clone" | "clone3" => fork::explain(scene, call, errno),
        "mount" => mount::explain(scene, call, errno),
        "open_tree" | "move_mount" => attach::explain(scene, call, errno, of),
        "umount2" => umount::explain(scene, call, errno),
        "chroot" => chroot::explain(scene, call, errno),
        "pivot_root" => pivot_root::explain(scene, call, errno),
        "rename" => rename::explain(scene, call, errno),
        "execve" | "execveat" => execve::explain(scene, call, errno),
        "clock_settime" if errno == Errno::EPERM => rights::machines(scene, "sys_time", "the time of day"),
        "sethostname" => uts::explain(scene, call, errno),
        "write" => id_map::explain(scene, call, errno)
            .or_else(|| small::offsets(scene, call, errno))
            .or_else(|| files::explain(scene, call, errno)),
        "msgget" => small::msgget(scene, call, errno),
        "kill" | "pidfd_open" | "wait4" | "capset" => processes::explain(scene, call, errno),
        "chown" | "setuid" | "setgid" | "setresuid" | "setresgid" | "setgroups" => ids::explain(scene, call, errno),
        "bind" | "connect" | "sendto" | "recvfrom" | "recvmsg" | "accept4" | "socket" => {
            sending::explain(scene, call, errno)
        }
        "ioctl" => links::explain(scene, call, errno),
        request if request.starts_with("NFT_MSG_") || request.starts_with("NFNL_") => nft::explain(scene, call, errno),
        request if request.starts_with("RTM_") => links::explain(scene, call, errno),
        "prctl" | "seccomp" | "setxattr" => powers::explain(scene, call, errno),
        _ => files::explain(scene, call, errno),
    };
    own.map(|reason| powers::beside_a_filter(scene, errno, reason)).or_else(|| {
        // What came back from a network is no filter's answer, though one could give it.
        let from_elsewhere =
            [Errno::EHOSTUNREACH, Errno::ENETUNREACH, Errno::ECONNREFUSED, Errno::ETIMEDOUT, Errno::EMSGSIZE];
        if from_elsewhere.contains(&errno) { None } else { powers::filtered(scene, &[]) }
    })
}

/// Why a call that is about to be made will succeed and change nothing: a signal, and the process that it is for.
pub fn without_effect(proc: &Proc, pid: i32, call: &Call) -> Option<Reason> {
    signals::lost(&Scene::new(proc, pid), call)
}

/// Whether the program that a failed execve names is there, so that something else about it is wrong.
pub fn program_is_there(proc: &Proc, pid: i32, call: &Call) -> bool {
    execve::is_there(&Scene::new(proc, pid), call)
}
