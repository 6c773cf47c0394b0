//! An agent: a process with one thread that does one operation on itself when told, and waits for the next.
//! Between two steps a half-built container is therefore simply alive. An agent forks the agents of its children, so
//! these inherit what it is. It ends when its wire closes, or by the operation `exit`.

use super::births::NO_WIRE;
use super::message::{ShellOrder, Task, Told};
use super::wire::Wire;
use crate::kernel::error::Failed;
use crate::kernel::files::Kept;
use crate::kernel::init::{self, Init};
use crate::kernel::operation::Serve;
use crate::kernel::perform::Output;
use crate::kernel::start::{Start, start};
use crate::kernel::{Operation, perform, process, server};
use nix::unistd::{ForkResult, Pid};
use std::collections::BTreeMap;
use std::io::Read;
use std::os::fd::OwnedFd;

struct Agent {
    name: String,
    wire: Wire,
    kept: Kept,
    children: BTreeMap<String, Pid>,
    /// The duties of PID 1, once a lesson gives it these.
    init: Option<Init>,
}

/// Lives as the actor `name` until the wire closes. Never returns to the code that forked it.
/// `kept` are the descriptors that its parent kept: it has inherited them, under the same names.
pub fn live(name: &str, wire: Wire, kept: Kept) -> ! {
    serve(name, wire, kept);
    // SAFETY: nothing of this process is to be run at its end: its memory is a copy of its parent's.
    unsafe { libc::_exit(0) }
}

/// The same, for a process that has something to do afterwards.
pub fn serve(name: &str, wire: Wire, kept: Kept) {
    super::title::set(name);
    super::broken::tell_as(super::broken::Teller::Agent(wire.number()));
    let mut agent = Agent { name: name.to_owned(), wire, kept, children: BTreeMap::new(), init: None };
    let _gone = agent.serve();
}

impl Agent {
    fn serve(&mut self) -> nix::Result<()> {
        self.wire.send(&Told::Here { wire: self.wire.number() }, &[])?;
        loop {
            if let Some(init) = &mut self.init {
                init.until_readable(&self.wire)?;
            }
            let received = self.wire.receive::<Task>()?;
            match received.message {
                Task::Act { operation, pid_of } => {
                    let result = self.act(&operation, pid_of, received.descriptors);
                    self.wire.send(&Told::Acted(result), &[])?;
                }
                Task::Several(several) => {
                    let (mut done, mut failed) = (0, None);
                    for one in several {
                        done += 1;
                        failed = self.act(&one.operation, one.pid_of, Vec::new()).err().filter(|_| !one.may_fail);
                        if failed.is_some() {
                            break;
                        }
                    }
                    self.wire.send(&Told::Several { done, failed }, &[])?;
                }
                Task::Look { files, families } => {
                    let facts = crate::probe::inside::facts(&self.name, &files, &families);
                    self.wire.send(&Told::Facts(facts), &[])?;
                }
                Task::Settle => {
                    let done = self.init.as_mut().map(|init| {
                        init.turn();
                        init.done
                    });
                    self.wire.send(&Told::Settled(done), &[])?;
                }
                Task::Links => {
                    // An actor that may not ask has no links to wait for.
                    crate::probe::carrier::until_links_send().ok();
                    self.wire.send(&Told::LinksSend, &[])?;
                }
                Task::Shell(order) => self.shell(&order, received.descriptors)?,
            }
        }
    }

    fn act(&mut self, operation: &Operation, pid_of: Option<i32>, descriptors: Vec<OwnedFd>) -> Result<Output, Failed> {
        match operation {
            Operation::Fork(name) => self.fork(name, descriptors).map(|()| Output::default()),
            Operation::Start(it) => self.start(it, descriptors).map(|()| Output::default()),
            Operation::Wait(name) => {
                let none = || Failed::new("wait4", nix::errno::Errno::ECHILD).on(name);
                let child = self.children.get(name).copied().or(pid_of.map(Pid::from_raw)).ok_or_else(none)?;
                let ended = process::wait(child)?;
                self.children.remove(name);
                Ok(Output { text: String::new(), ended: Some(ended) })
            }
            Operation::Serve(names) => self.serve_outside(names).map(|()| Output::default()),
            Operation::Init(of) => {
                let none = || Failed::new("init", nix::errno::Errno::ECHILD);
                let main =
                    of.main.as_ref().map(|name| self.children.get(name).copied().ok_or_else(none)).transpose()?;
                self.init = Some(init::init(main)?);
                Ok(Output::default())
            }
            // SAFETY: as in `live`.
            Operation::Exit(status) => unsafe { libc::_exit(i32::from(*status)) },
            other => perform(other, &mut self.kept, pid_of),
        }
    }

    /// The child becomes an agent of its own, on the wire that came with the task.
    fn fork(&mut self, name: &str, mut descriptors: Vec<OwnedFd>) -> Result<(), Failed> {
        let wire = descriptors.pop().ok_or_else(|| Failed::new("fork", nix::errno::Errno::EBADF).on(name))?;
        // SAFETY: an agent has one thread.
        match unsafe { process::fork() }? {
            ForkResult::Child => {
                // Else the parent's end of file would never come.
                // SAFETY: the child uses its parent's wire nowhere else, and `live` never returns.
                unsafe { libc::close(self.wire.number()) };
                self.init = None;
                init::leave();
                live(name, Wire::from_descriptor(wire), std::mem::take(&mut self.kept))
            }
            ForkResult::Parent { child } => {
                self.children.insert(name.to_owned(), child);
                Ok(())
            }
        }
    }

    /// The child says who it is, for the kernel to add its number, and becomes the program.
    fn start(&mut self, it: &Start, mut descriptors: Vec<OwnedFd>) -> Result<(), Failed> {
        let none = || Failed::new("fork", nix::errno::Errno::EBADF).on(&it.name);
        let wire = Wire::from_descriptor(descriptors.pop().ok_or_else(none)?);
        let child = start(it, || _ = wire.send(&Told::Here { wire: NO_WIRE }, &[]))?;
        self.children.insert(it.name.clone(), child);
        Ok(())
    }

    /// The child answers requests until this agent ends. It is no actor: nothing can be asked of it but by its sockets.
    fn serve_outside(&mut self, names: &Serve) -> Result<(), Failed> {
        let server = server::open(names)?;
        let own = nix::unistd::getpid();
        let pipe = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC);
        let (ready, tell) = pipe.map_err(|errno| Failed::new("pipe2", errno))?;
        // SAFETY: an agent has one thread.
        if let ForkResult::Child = unsafe { process::fork() }? {
            nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).ok();
            super::title::set("server");
            // Else the stage would not see the agent's end.
            // SAFETY: the child uses its parent's wire nowhere else, and never returns.
            unsafe { libc::close(self.wire.number()) };
            self.kept.clear();
            self.init = None;
            init::leave();
            drop((ready, tell));
            // If the agent has gone already, the signal would never come.
            if nix::unistd::getppid() == own {
                server::live(&server);
            }
            // SAFETY: as in `live`.
            unsafe { libc::_exit(0) }
        }
        // Until the child is what it is to be: the end of the file says so.
        drop(tell);
        std::fs::File::from(ready).read_exact(&mut [0]).ok();
        Ok(())
    }

    /// A child of this agent becomes the shell; the agent waits for it.
    fn shell(&mut self, order: &ShellOrder, descriptors: Vec<OwnedFd>) -> nix::Result<()> {
        // SAFETY: an agent has one thread.
        let ended = match unsafe { process::fork() } {
            Ok(ForkResult::Child) => {
                self.init = None;
                init::leave();
                super::shell::become_shell(order, descriptors)
            }
            Ok(ForkResult::Parent { child }) => {
                // The shell alone keeps the terminal open now, so that its end is seen.
                drop(descriptors);
                match &mut self.init {
                    // An init goes on with its duties.
                    Some(init) => init.until_end(child).map_err(|errno| Failed::new("poll", errno)),
                    None => process::wait(child).map(|ended| super::shell::status(&ended)),
                }
            }
            Err(failed) => Err(failed),
        };
        self.wire.send(&Told::ShellEnded(ended), &[])
    }
}
