//! A part of the work in a process of its own, which is this program again: a lab is forked from a process that has one
//! thread, so several at once are several processes. What is not waited for any more ends with whoever waited.

use crate::stage::machine_root::memory_file;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};

/// One that runs, and what it prints.
pub struct Part {
    child: Child,
    process: OwnedFd,
    printed: File,
    complaints: File,
}

impl Drop for Part {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Part {
    /// Starts this program; `arguments` gives it what it is to do. What it prints is kept in memory: a full disk is no
    /// reason for having no result. Errors: as of memfd_create(2), fork(2) and execve(2).
    pub fn start(arguments: impl FnOnce(&mut Command)) -> io::Result<Part> {
        let (printed, complaints) = (memory_file("printed")?, memory_file("complaints")?);
        let mut command = Command::new("/proc/self/exe");
        arguments(&mut command);
        command.stdin(Stdio::null()).stdout(printed.try_clone()?).stderr(complaints.try_clone()?);
        let mut child = command.spawn()?;
        match crate::kernel::process::pidfd(child.id().cast_signed()) {
            Ok(process) => Ok(Part { child, process, printed, complaints }),
            Err(failed) => {
                child.kill().and_then(|()| child.wait()).ok();
                Err(failed.errno.0.into())
            }
        }
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().ok().flatten().is_some()
    }

    /// What it has printed, or so many bytes of that.
    pub fn printed(&mut self, most: u64) -> io::Result<Vec<u8>> {
        read(&mut self.printed, most)
    }

    /// The same of what it has complained of.
    pub fn complaints(&mut self, most: u64) -> io::Result<Vec<u8>> {
        read(&mut self.complaints, most)
    }
}

fn read(file: &mut File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Until one of them has ended, or the time is over.
pub fn wait<'a>(running: impl Iterator<Item = &'a Part>, limit: PollTimeout) {
    let mut waits: Vec<_> = running.map(|part| PollFd::new(part.process.as_fd(), PollFlags::POLLIN)).collect();
    poll(&mut waits, limit).ok();
}
