//! One command of Boxlab in the guest, and everything that goes between it and the host: its output, keys, the size of
//! the terminal, its end. This is the first process, so it also waits for orphans (the kernel's reaper, wait(2)).

use super::channel::{Exit, Frame, Frames};
use super::init::DELEGATED;
use super::job::{self, Job};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::openpty;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Where output comes from, and what it is.
struct Source {
    file: File,
    frame: fn(Vec<u8>) -> Frame,
    open: bool,
}

impl Source {
    fn new(descriptor: OwnedFd, frame: fn(Vec<u8>) -> Frame) -> nix::Result<Source> {
        fcntl(&descriptor, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(Source { file: File::from(descriptor), frame, open: true })
    }

    /// Passes on what is there now.
    fn pass(&mut self, mut line: &File) -> std::io::Result<()> {
        let mut bytes = [0; 8 * 1024];
        while self.open {
            match self.file.read(&mut bytes) {
                Ok(0) => self.open = false,
                Ok(count) => line.write_all(&(self.frame)(bytes[..count].to_vec()).bytes())?,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // A terminal that nobody has open any more answers EIO.
                Err(_) => self.open = false,
            }
        }
        Ok(())
    }
}

/// Runs it to its end.
pub fn run(job: &Job, notes: Vec<String>, mut line: &File) -> std::io::Result<Exit> {
    let mut ended = SigSet::empty();
    ended.add(Signal::SIGCHLD);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&ended), None)?;
    let signals = SignalFd::with_flags(&ended, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
    line.write_all(&Frame::Ready(notes).bytes())?;
    let (child, mut sources, terminal) = start(job)?;
    let mut frames = Frames::default();
    loop {
        let mut waits =
            vec![PollFd::new(line.as_fd(), PollFlags::POLLIN), PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
        waits.extend(sources.iter().filter(|it| it.open).map(|it| PollFd::new(it.file.as_fd(), PollFlags::POLLIN)));
        match poll(&mut waits, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let (from_host, some_ended) = (waits[0].any() == Some(true), waits[1].any() == Some(true));
        for source in &mut sources {
            source.pass(line)?;
        }
        if from_host {
            let mut bytes = [0; 4096];
            let count = line.read(&mut bytes)?;
            frames.add(&bytes[..count]);
            while let Some(frame) = frames.take().map_err(|_| std::io::Error::other("the host is not understood"))? {
                obey(&frame, terminal.as_ref(), line)?;
            }
        }
        if some_ended {
            while let Ok(Some(_)) = signals.read_signal() {}
            if let Some(exit) = reap(child) {
                for source in &mut sources {
                    source.pass(line)?;
                }
                if let Ok(progress) = std::fs::read(format!("{}/.local/state/boxlab/progress.json", job.user.home())) {
                    line.write_all(&Frame::Progress(progress).bytes())?;
                }
                return Ok(exit);
            }
        }
    }
}

fn obey(frame: &Frame, terminal: Option<&File>, mut line: &File) -> std::io::Result<()> {
    match (frame, terminal) {
        (Frame::Ping, _) => line.write_all(&Frame::Alive.bytes()),
        // If nobody reads the keys, the rest is dropped: a terminal that is full would stop us.
        (Frame::In(bytes), Some(mut terminal)) => {
            terminal.write_all(bytes).ok();
            Ok(())
        }
        (Frame::Window(rows, columns), Some(terminal)) => {
            crate::stepper::terminal::set_size(terminal.as_fd(), (*rows, *columns));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Waits for all that have ended. The command's own end, if it is among them.
fn reap(child: Pid) -> Option<Exit> {
    let mut exit = None;
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, status)) if pid == child => {
                exit = Some(Exit::Status(u8::try_from(status & 0xff).unwrap_or(1)));
            }
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == child => exit = Some(Exit::Signal(signal as i32)),
            Ok(WaitStatus::StillAlive) | Err(_) => return exit,
            Ok(_) => {}
        }
    }
}

/// Starts it, as its user, in its control group. Gives the other ends of its output, and of its terminal.
fn start(job: &Job) -> std::io::Result<(Pid, Vec<Source>, Option<File>)> {
    let mut command = Command::new(job::PROGRAM);
    command
        .arg0("boxlab")
        .args(&job.arguments)
        .env_clear()
        .envs(job.environment.iter().map(|(name, value)| (name, value)))
        .env("HOME", job.user.home())
        .env("PATH", "/bin")
        .current_dir(job.user.home())
        .uid(job.user.id())
        .gid(job.user.id());
    let (mut sources, mut terminal, mut kept) = (Vec::new(), None, None);
    if let Some((rows, columns)) = job.terminal {
        let size = nix::pty::Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(&size, None)?;
        std::os::unix::fs::fchown(&pty.slave, Some(job.user.id()), Some(job.user.id()))?;
        command.stdin(pty.slave.try_clone()?).stdout(pty.slave.try_clone()?).stderr(pty.slave);
        terminal = Some(File::from(pty.master.try_clone()?));
        sources.push(Source::new(pty.master, Frame::Out)?);
    } else {
        command.stdin(Stdio::null());
        let (out, theirs) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
        let (err, theirs_too) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
        command.stdout(theirs).stderr(theirs_too);
        sources.push(Source::new(out, Frame::Out)?);
        sources.push(Source::new(err, Frame::Err)?);
    }
    // Opened by root: a user may enter the group, but not leave the one that he is in now.
    if let Ok(group) = File::options().write(true).open(format!("{DELEGATED}/session/cgroup.procs")) {
        kept = Some(group);
    }
    let (group, has_terminal) = (kept.as_ref().map(AsRawFd::as_raw_fd), job.terminal.is_some());
    // SAFETY: system calls only, on numbers and constants.
    unsafe {
        command.pre_exec(move || {
            nix::unistd::setsid()?;
            if has_terminal {
                Errno::result(libc::ioctl(0, libc::TIOCSCTTY, 0))?;
            }
            if let Some(group) = group {
                libc::write(group, c"0".as_ptr().cast(), 1);
            }
            Ok(())
        });
    }
    let child = command.spawn()?;
    drop(kept);
    Ok((Pid::from_raw(child.id().cast_signed()), sources, terminal))
}
