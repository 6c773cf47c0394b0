//! How the stage gets to know an actor: the first message on its wire, which the kernel adds the PID to. An agent says
//! where its wire is; a program has said so before it became one, and then its wire is closed.

use super::message::Told;
use super::serve::{Actor, Stage, readable};
use super::wire::Wire;
use nix::errno::Errno;
use nix::unistd::{ForkResult, Pid};
use std::os::fd::RawFd;
use std::time::Duration;

/// What a program says in place of its wire's number.
pub(super) const NO_WIRE: RawFd = -1;

impl Stage {
    /// An actor that the stage itself forks.
    pub(super) fn born(&mut self, name: &str) -> nix::Result<()> {
        let (own, other) = agents_wire()?;
        // SAFETY: this process has one thread.
        match unsafe { nix::unistd::fork() }? {
            ForkResult::Child => {
                // Nothing of the stage's is the agents' to hold: the closing of a wire must be seen, and an open /proc is
                // a way out of a chroot.
                super::descriptors::close_all_but(other.number());
                super::agent::live(name, other, Default::default())
            }
            ForkResult::Parent { .. } => {
                drop(other);
                self.meet(name, own)
            }
        }
    }

    /// Takes a new actor's first message, which says where its wire is; the kernel adds its PID.
    pub(super) fn meet(&mut self, name: &str, wire: Wire) -> nix::Result<()> {
        if !readable(&wire) {
            return Err(Errno::ETIMEDOUT);
        }
        let received = wire.receive::<Told>()?;
        let Told::Here { wire: wire_there } = received.message else { return Err(Errno::EPROTO) };
        let pid = Pid::from_raw(received.sender);
        let is_program = wire_there == NO_WIRE;
        let (name, alive) = (name.to_owned(), !is_program);
        let actor = Actor { name, pid, wire, wire_there, alive, is_program, done_as_init: None, gone: false };
        // An actor of this name that has ended makes room for the new one.
        self.actors.retain(|it| it.name != actor.name);
        self.actors.push(actor);
        Ok(())
    }
}

/// How long an agent may take for a message that it has begun, or for reading one.
const AGENTS_LIMIT: Duration = Duration::from_secs(20);

/// The stage's end and the agent's. Whatever an agent does, it must not keep the stage waiting for ever.
pub(super) fn agents_wire() -> nix::Result<(Wire, Wire)> {
    let (own, other) = Wire::pair()?;
    Ok((own.with_limit(AGENTS_LIMIT)?, other))
}
