//! Somebody else's program in the lab, and the probes that it starts. The program is a child of the stage, as root of the
//! lab host, with nothing of the learner's but its folder's copy. What it says proves nothing: a probe counts only if the
//! kernel says that the process behind the socket runs Boxlab's own binary, unchanged, and that nobody traces it. The stage and its
//! agents cannot be traced either: they have a capability more than the program (ptrace(2), "access mode checking").

use super::births::{AGENTS_LIMIT, NO_WIRE, agents_wire};
use super::descriptors::OWN_BINARY;
use super::guest::{Hello, SOCKET, VARIABLE};
use super::message::{Answer, Happened, ProgramOrder};
use super::serve::{Actor, Stage};
use super::wire::Wire;
use crate::kernel::capabilities::Capability;
use crate::kernel::capability_sets::{self, ChangeSets, List, Set};
use crate::kernel::error::Failed;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, getsockopt, recvmsg, socketpair, sockopt,
};
use nix::sys::wait::WaitStatus;
use nix::unistd::{ForkResult, Pid};
use std::fs::File;
use std::io::{IoSliceMut, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

/// linux/capability.h; libc has no names for these.
const CAP_SYS_PTRACE: Capability = Capability(19);
/// The name that the program has among the actors. It is looked at from outside only.
const PROGRAM: &str = "program";
/// Likewise the first process of the PID namespace that a probe is in.
const INIT: &str = "init";

/// A program that was started.
pub(super) struct Program {
    pub pid: Pid,
    rendezvous: OwnedFd,
    pub probes: Vec<String>,
    /// The socket's other end is closed everywhere.
    nobody_speaks: bool,
    ended: Option<String>,
}

impl Program {
    pub(super) fn has_ended(&mut self, status: WaitStatus) {
        self.ended = Some(match status {
            WaitStatus::Signaled(_, signal, _) => format!("signal {}", signal.as_str().trim_start_matches("SIG")),
            WaitStatus::Exited(_, status) => format!("exit {status}"),
            _ => "exit 1".to_owned(),
        });
    }
}

impl Stage {
    pub(super) fn start_program(&mut self, order: &ProgramOrder, descriptors: Vec<OwnedFd>) -> Answer {
        match self.try_start(order, &descriptors) {
            Ok(()) => Answer::ProgramStarted,
            Err(failed) => Answer::ProgramFailed(failed),
        }
    }

    fn try_start(&mut self, order: &ProgramOrder, descriptors: &[OwnedFd]) -> Result<(), Failed> {
        let failed = |call: &'static str| move |errno| Failed::new(call, errno);
        let pair = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC);
        let (own, other) = pair.map_err(failed("socketpair"))?;
        let (ready, tell) = nix::unistd::pipe2(OFlag::O_CLOEXEC).map_err(failed("pipe2"))?;
        // SAFETY: the stage has one thread.
        let pid = match unsafe { nix::unistd::fork() }.map_err(failed("fork"))? {
            ForkResult::Child => become_program(order, descriptors, &other, tell),
            ForkResult::Parent { child } => child,
        };
        drop((tell, other));
        // The end of the file says that execve has succeeded.
        let mut errno = [0; 4];
        if File::from(ready).read_exact(&mut errno).is_ok() {
            nix::sys::wait::waitpid(pid, None).ok();
            let errno = Errno::from_raw(i32::from_ne_bytes(errno));
            return Err(Failed::new("execve", errno).on(order.command.first().map_or("", String::as_str)));
        }
        let probes = order.probes.clone();
        self.program = Some(Program { pid, rendezvous: own, probes, nobody_speaks: false, ended: None });
        self.note(PROGRAM, pid);
        Ok(())
    }

    /// A process that is looked at from outside, and does nothing for the stage.
    fn note(&mut self, name: &str, pid: Pid) {
        let Ok((wire, _)) = agents_wire() else { return };
        self.actors.retain(|it| it.name != name);
        let (name, wire_there) = (name.to_owned(), NO_WIRE);
        let (alive, is_program, done_as_init, gone) = (false, true, None, false);
        let actor = Actor { name, pid, wire, wire_there, alive, is_program, done_as_init, gone };
        self.actors.push(actor);
    }

    /// Waits for a probe, or for the program's end.
    pub(super) fn happens(&mut self, milliseconds: u64) -> Happened {
        let deadline = Instant::now() + Duration::from_millis(milliseconds);
        loop {
            // What it has said before its end comes first.
            if let Some(happened) = self.heard() {
                return happened;
            }
            self.reap();
            let Some(program) = &self.program else { return Happened::Nothing };
            if let Some(ended) = &program.ended {
                return Happened::Ended(ended.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(process) = crate::kernel::process::pidfd(program.pid.as_raw()) else { continue };
            let watched = PollFlags::POLLIN;
            // The controller says nothing meanwhile: whatever is seen there is its end.
            let mut waits = vec![PollFd::new(process.as_fd(), watched), PollFd::new(self.controller.as_fd(), watched)];
            if !program.nobody_speaks {
                waits.push(PollFd::new(program.rendezvous.as_fd(), watched));
            }
            let ready = poll(&mut waits, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX));
            if waits[1].any().unwrap_or(false) {
                // SAFETY: PID 1 of the lab host ends, and all of the lab with it.
                unsafe { libc::_exit(0) }
            }
            if ready == Ok(0) {
                return Happened::Nothing;
            }
        }
    }

    /// What has come on the socket that the program was given, if anything has.
    fn heard(&mut self) -> Option<Happened> {
        let program = self.program.as_ref()?;
        let mut space = nix::cmsg_space!([RawFd; 4]);
        let mut text = [0; 256];
        let mut pieces = [IoSliceMut::new(&mut text)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC | MsgFlags::MSG_DONTWAIT;
        let got = recvmsg::<()>(program.rendezvous.as_raw_fd(), &mut pieces, Some(&mut space), flags).ok()?;
        let count = got.bytes;
        let mut descriptors = Vec::new();
        for control in got.cmsgs().into_iter().flatten() {
            if let ControlMessageOwned::ScmRights(numbers) = control {
                // SAFETY: the kernel has just put these descriptors into our table; nobody else knows them.
                descriptors.extend(numbers.into_iter().map(|number| unsafe { OwnedFd::from_raw_fd(number) }));
            }
        }
        if count == 0 && descriptors.is_empty() {
            // All who had the socket have closed it.
            self.program.as_mut()?.nobody_speaks = true;
            return None;
        }
        let wire = (descriptors.len() == 1).then(|| descriptors.pop()).flatten();
        Some(match (wire, serde_json::from_slice::<Hello>(&text[..count])) {
            (Some(wire), Ok(hello)) => match self.adopt(&hello.name, wire) {
                Ok(()) => Happened::Probe(hello.name),
                Err(sentence) => Happened::Foreign(sentence),
            },
            _ => Happened::Foreign("Something was written to the checker's socket that no probe has sent.".to_owned()),
        })
    }

    /// Takes a probe among the actors. Errors: why it is none.
    fn adopt(&mut self, name: &str, wire: OwnedFd) -> Result<(), String> {
        let asked = self.program.as_ref().is_some_and(|program| program.probes.iter().any(|it| it == name));
        if !asked {
            return Err(format!("A probe called itself `{name}`, and nobody has asked for one of this name."));
        }
        if self.actors.iter().any(|it| it.name == name) {
            return Err(format!("Two probes called themselves `{name}`."));
        }
        let maker = getsockopt(&wire, sockopt::PeerCredentials).map(|who| who.pid()).unwrap_or(0);
        self.examine(maker)?;
        let wire =
            Wire::from_descriptor(wire).with_limit(AGENTS_LIMIT).map_err(|errno| format!("Its socket: {errno}."))?;
        self.meet(name, wire).map_err(|errno| format!("What calls itself the probe does not answer: {errno:?}."))?;
        if let Some(actor) = self.actors.last_mut() {
            // A sender who is root of a PID namespace may say another number; who made the socket pair is beyond it.
            actor.pid = Pid::from_raw(maker);
        }
        // Again, since it may have become another program before it was asked.
        self.examine(maker)?;
        self.note_init(maker);
        Ok(())
    }

    /// Whether a process is the probe. Errors: what it is instead.
    fn examine(&self, pid: i32) -> Result<(), String> {
        // The stage's own agents run the same binary, and are no probes.
        let probes = self.program.as_ref().map_or(&[][..], |program| &program.probes);
        let own = |it: &Actor| it.pid.as_raw() == pid && it.alive && !probes.contains(&it.name);
        if pid <= 1 || self.actors.iter().any(own) {
            return Err("The socket that was sent as the probe's was made by nobody in the lab.".to_owned());
        }
        let status = self.proc.status(pid).map_err(|_| "What called itself the probe has ended.".to_owned())?;
        let file = self.proc.open_with(&format!("{pid}/exe"), OFlag::O_RDONLY).map(File::from);
        if !file.is_ok_and(|file| is_own_binary(&file)) {
            return Err(format!("The report came from `{}`, which is not the probe.", status.name));
        }
        if status.tracerpid != 0 {
            return Err("Another process traces the probe, and could change what it says.".to_owned());
        }
        Ok(())
    }

    /// Finds the first process of the PID namespace that a probe is in, so that it can be looked at.
    fn note_init(&mut self, probe: i32) {
        if self.actors.iter().any(|it| it.name == INIT) {
            return;
        }
        let place = |pid: i32| self.proc.link(pid, "ns/pid").ok();
        let own = place(probe);
        let first = |pid: &i32| {
            let pids = self.proc.status(*pid).ok().and_then(|status| status.nspid).unwrap_or_default();
            pids.last() == Some(&1) && place(*pid) == own
        };
        let found = self.proc.pids().into_iter().filter(|pid| *pid > 1).find(first);
        if let Some(pid) = found {
            self.note(INIT, Pid::from_raw(pid));
        }
    }

    pub(super) fn release(&mut self, name: &str) -> Answer {
        let Some(at) = self.actors.iter().position(|it| it.name == name) else {
            return Answer::Refused(format!("There is no probe `{name}`."));
        };
        // It ends with its wire, and the facts are to be those after its end. Of one that has ended already the wire keeps
        // the network namespace that it was made in.
        if let Ok((closed, _)) = agents_wire() {
            drop(std::mem::replace(&mut self.actors[at].wire, closed));
        }
        if self.actors[at].alive {
            self.has_ended(at);
        }
        Answer::Done
    }
}

/// The same file, or a copy of it: a root file system may bring one.
fn is_own_binary(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(own) = own_binary().try_clone_to_owned().map(File::from) else { return false };
    let (Ok(one), Ok(other)) = (file.metadata(), own.metadata()) else { return false };
    if (one.dev(), one.ino()) == (other.dev(), other.ino()) {
        return true;
    }
    if one.len() != other.len() {
        return false;
    }
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut at = 0;
    loop {
        match (file.read_at(&mut left, at), own.read_at(&mut right, at)) {
            (Ok(0), Ok(0)) => return true,
            (Ok(one), Ok(other)) if one == other && left[..one] == right[..other] => at += one as u64,
            _ => return false,
        }
    }
}

/// In the child: becomes the program.
fn become_program(order: &ProgramOrder, output: &[OwnedFd], socket: &OwnedFd, tell: OwnedFd) -> ! {
    let errno = prepare(order, output, socket).err().unwrap_or_else(|| {
        let words: Vec<_> =
            order.command.iter().filter_map(|word| std::ffi::CString::new(word.as_str()).ok()).collect();
        match words.first() {
            Some(program) if words.len() == order.command.len() => match nix::unistd::execvp(program, &words) {
                Err(errno) => errno,
                Ok(never) => match never {},
            },
            _ => Errno::EINVAL,
        }
    });
    File::from(tell).write_all(&(errno as i32).to_ne_bytes()).ok();
    // SAFETY: what belongs to the stage is not to be run in its child.
    unsafe { libc::_exit(127) }
}

fn prepare(order: &ProgramOrder, output: &[OwnedFd], socket: &OwnedFd) -> nix::Result<()> {
    super::broken::tell_as(super::broken::Teller::Nobody);
    nix::unistd::setsid()?;
    // When memory runs out, the kernel is to end this one before others; and before this one what a probe runs, which
    // adds to it.
    std::fs::write("/proc/self/oom_score_adj", "500").ok();
    if let Some(root) = &order.chroot {
        nix::unistd::chroot(root.as_str())?;
    }
    nix::unistd::chdir(order.directory.as_str())?;
    if !order.ptrace {
        // execve(2) gives root what is in this set. With less than the agents have, it can neither trace them nor write to their
        // memory; its own children have no more than it has. Only a namespace of its own gives it all again, and not over these.
        let gone = Some(List::Named(vec![CAP_SYS_PTRACE]));
        let never_again = ChangeSets { keep: None, drop: gone, raise: None, sets: vec![Set::Bounding] };
        capability_sets::change(&never_again).map_err(|failed| failed.errno.0)?;
    }
    let limits =
        [(Resource::RLIMIT_CORE, 0), (Resource::RLIMIT_NPROC, order.processes), (Resource::RLIMIT_DATA, order.memory)];
    for (what, most) in limits {
        setrlimit(what, most, most)?;
    }
    // SAFETY: there is one thread; the numbers 1, 2 and SOCKET belong to this child alone, and what is copied there is
    // open. Number 0 is /dev/null as in all processes of the lab.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        for (number, from) in (1..).zip(output) {
            Errno::result(libc::dup2(from.as_raw_fd(), number))?;
        }
        Errno::result(libc::dup2(socket.as_raw_fd(), SOCKET))?;
        for (name, _) in std::env::vars_os() {
            std::env::remove_var(name);
        }
        for (name, value) in &order.environment {
            std::env::set_var(name, value);
        }
        std::env::set_var(VARIABLE, SOCKET.to_string());
    }
    crate::userland::use_program(own_binary());
    Ok(())
}

/// Boxlab's own binary, for programs that are tools of ours.
fn own_binary() -> BorrowedFd<'static> {
    // SAFETY: it is open as long as the process lives, and never closed.
    unsafe { BorrowedFd::borrow_raw(OWN_BINARY) }
}
