//! A second look at where a probe is. The probe is executed by somebody else's program, which may have changed its memory
//! before it spoke. So what can be seen from its namespaces and its root is read again by a fork of the stage that enters
//! them (setns(2) with a pidfd, Linux 5.8), and that counts: it runs nothing that the program has touched, and nobody in the
//! lab may trace it, since its memory belongs to the user namespace outside.

use super::patience::readable;
use super::serve::Stage;
use crate::evidence::{Fact, Key, Value, View};
use crate::kernel::process;
use nix::fcntl::OFlag;
use nix::sched::{CloneFlags, setns};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::ForkResult;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;

/// More is no list of facts.
const LONGEST: u64 = 4 * 1024 * 1024;

impl Stage {
    /// Puts what a fork of ours has read in the place of what the probes have said.
    pub(super) fn witness(&self, facts: &mut Vec<Fact>) {
        let Some(program) = &self.program else { return };
        for actor in self.actors.iter().filter(|it| it.alive && program.probes.contains(&it.name)) {
            let pid = actor.pid.as_raw();
            let files = self.watch.files.iter().filter(|(name, _)| *name == actor.name).map(|(_, key)| key.clone());
            let files: Vec<Key> = files.collect();
            // In another user namespace the owners of files have other numbers.
            let same = self.proc.link(pid, "ns/user").ok() == self.proc.own_link("ns/user");
            let counts =
                |fact: &Fact| fact.subject == actor.name && fact.view == View::Inside && seen_by_all(&fact.key, same);
            match self.look_from(pid, &actor.name, &files) {
                Some(Looked::Facts(read)) => {
                    facts.retain(|fact| !counts(fact));
                    facts.extend(read.into_iter().filter(counts));
                }
                // Somebody has ended it: then nobody has seen anything.
                Some(Looked::Killed) => facts.retain(|fact| !counts(fact)),
                None => {}
            }
            let number = self.proc.status(pid).ok().and_then(|status| status.nspid?.last().copied());
            let own =
                |fact: &&mut Fact| fact.subject == actor.name && fact.view == View::Inside && fact.key == Key::Pid;
            if let (Some(number), Some(fact)) = (number, facts.iter_mut().find(own)) {
                fact.value = Value::Number(i64::from(number));
            }
        }
    }

    /// None: it could not go there.
    fn look_from(&self, pid: i32, name: &str, files: &[Key]) -> Option<Looked> {
        let there = process::pidfd(pid).ok()?;
        let root = self.proc.open_with(&format!("{pid}/root"), OFlag::O_PATH | OFlag::O_DIRECTORY).ok()?;
        let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC).ok()?;
        // SAFETY: the stage has one thread.
        match unsafe { nix::unistd::fork() }.ok()? {
            ForkResult::Child => {
                nix::sys::prctl::set_dumpable(false).ok();
                if enter(&there, &root).is_ok() {
                    let facts = crate::probe::inside::facts(name, files, &self.watch.families);
                    File::from(write).write_all(&serde_json::to_vec(&facts).unwrap_or_default()).ok();
                }
                // SAFETY: nothing of the stage's is to be run in its child.
                unsafe { libc::_exit(0) }
            }
            ForkResult::Parent { child } => {
                drop(write);
                let mut text = Vec::new();
                // The program is root of the lab, and may have stopped it.
                if !readable(&read) {
                    nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL).ok();
                }
                File::from(read).take(LONGEST).read_to_end(&mut text).ok();
                match waitpid(child, None) {
                    Ok(WaitStatus::Signaled(..)) => Some(Looked::Killed),
                    _ => serde_json::from_slice(&text).ok().map(Looked::Facts),
                }
            }
        }
    }
}

enum Looked {
    Facts(Vec<Fact>),
    Killed,
}

/// Facts that each process in the same namespaces, with the same root, reads alike.
fn seen_by_all(key: &Key, same_users: bool) -> bool {
    match key {
        Key::Hostname | Key::RootEntries | Key::Queues | Key::Forwarding | Key::RouteLocalnet => true,
        Key::Link(_) | Key::Address(_) | Key::Route(_) | Key::Nft(_) => true,
        Key::Line(path) => !path.starts_with("/proc"),
        Key::File(path) | Key::Bytes(path) | Key::Attributes(path) => same_users && !path.starts_with("/proc"),
        _ => false,
    }
}

fn enter(there: &OwnedFd, root: &OwnedFd) -> nix::Result<()> {
    let kinds =
        CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS;
    setns(there, kinds)?;
    nix::unistd::fchdir(root)?;
    nix::unistd::chroot(".")
}
