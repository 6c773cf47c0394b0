//! The host's side while the machine runs: what the guest writes goes to the learner's terminal or files, keys go to
//! the guest, and somebody watches whether it is alive. One loop waits for all of it (poll(2)).
//! Until the guest is ready the terminal stays as it is, so that Ctrl-C ends the machine; then every key is the guest's.

use super::channel::{Exit, Frame, Frames};
use super::qemu::Machine;
use super::trouble::Trouble;
use crate::problem::unprinted;
use crate::stepper::terminal::{self, Raw, Signals};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// After so much silence the guest is asked.
const QUIET: Duration = Duration::from_secs(5);
/// After so much it is taken for dead. Seconds, since a busy machine may not run it at all for some.
const SILENT: Duration = Duration::from_secs(30);
/// Ctrl-C is the guest's; if it does not even answer for so long, it ends the machine.
const OBEYED: Duration = Duration::from_secs(3);
/// How much of what the kernel says is kept.
const LOG: usize = 16 * 1024;
const INTERRUPT: u8 = 0x03;

pub struct Limits {
    pub boot: Duration,
    pub whole: Option<Duration>,
}

/// How it ended.
pub struct Done {
    pub exit: Exit,
    pub progress: Option<Vec<u8>>,
}

/// Joins a machine with the terminal, until its command has ended.
pub struct Console<'a> {
    machine: &'a mut Machine,
    signals: &'a Signals,
    /// The command has a terminal in the guest.
    terminal: bool,
    memory: u32,
    limits: Limits,
    started: Instant,
    ready: bool,
    heard: Instant,
    asked: bool,
    interrupted: Option<Instant>,
    frames: Frames,
    log: Vec<u8>,
    kernel_talks: bool,
    to_send: Vec<u8>,
    progress: Option<Vec<u8>>,
    raw: Option<Raw>,
}

impl<'a> Console<'a> {
    pub fn new(
        machine: &'a mut Machine,
        signals: &'a Signals,
        terminal: bool,
        memory: u32,
        limits: Limits,
    ) -> Console<'a> {
        let now = Instant::now();
        Console {
            machine,
            signals,
            terminal,
            memory,
            limits,
            started: now,
            ready: false,
            heard: now,
            asked: false,
            interrupted: None,
            frames: Frames::default(),
            log: Vec::new(),
            kernel_talks: true,
            to_send: Vec::new(),
            progress: None,
            raw: None,
        }
    }

    /// `on_ready` is called once, when the command is about to start.
    pub fn run(mut self, on_ready: impl Fn(Duration, &[String])) -> Result<Done, Trouble> {
        loop {
            let (channel, console, signals, stdin) = self.wait()?;
            if signals {
                self.signals()?;
            }
            if console {
                self.listen()?;
            }
            if channel && let Some(exit) = self.receive(&on_ready)? {
                return Ok(Done { exit, progress: self.progress.take() });
            }
            if stdin {
                self.keys()?;
            }
            self.send()?;
            self.watch()?;
        }
    }

    fn reads_keys(&self) -> bool {
        self.ready && self.terminal
    }

    /// Which of channel, kernel's console, signals and standard input have something.
    fn wait(&self) -> Result<(bool, bool, bool, bool), Trouble> {
        let stdin = std::io::stdin();
        let more = if self.to_send.is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT };
        let mut waits = vec![
            PollFd::new(self.machine.channel.as_fd(), PollFlags::POLLIN | more),
            PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
        ];
        if self.kernel_talks {
            waits.push(PollFd::new(self.machine.console.as_fd(), PollFlags::POLLIN));
        }
        if self.reads_keys() {
            waits.push(PollFd::new(stdin.as_fd(), PollFlags::POLLIN));
        }
        // One more millisecond, so that the limit is over when the wait is.
        let left = self.next_limit().saturating_duration_since(Instant::now()) + Duration::from_millis(1);
        match poll(&mut waits, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Trouble::Own(unprinted(&errno.into()))),
        }
        let has = |at: usize| waits.get(at).is_some_and(|it| it.any() == Some(true));
        let console = self.kernel_talks && has(2);
        Ok((has(0), console, has(1), self.reads_keys() && has(2 + usize::from(self.kernel_talks))))
    }

    fn next_limit(&self) -> Instant {
        let life = match (self.ready, self.asked) {
            (false, _) => self.started + self.limits.boot,
            (true, false) => self.heard + QUIET,
            (true, true) => self.heard + SILENT,
        };
        let whole = self.limits.whole.map(|limit| self.started + limit);
        let obeyed = self.interrupted.map(|at| at + OBEYED);
        [Some(life), whole, obeyed].into_iter().flatten().min().unwrap_or(life)
    }

    /// What time it is: too late for something?
    fn watch(&mut self) -> Result<(), Trouble> {
        let now = Instant::now();
        if let Some(limit) = self.limits.whole
            && now >= self.started + limit
        {
            return Err(Trouble::TimeLimit(limit));
        }
        if !self.ready && now >= self.started + self.limits.boot {
            return Err(Trouble::NoBoot { limit: self.limits.boot, log: self.log() });
        }
        if self.interrupted.is_some_and(|at| now >= at + OBEYED) {
            return Err(Trouble::Interrupted(Signal::SIGINT));
        }
        if self.ready && self.asked && now >= self.heard + SILENT {
            return Err(Trouble::Hung { silent: SILENT, log: self.log() });
        }
        if self.ready && !self.asked && now >= self.heard + QUIET {
            self.asked = true;
            self.queue(&Frame::Ping);
        }
        Ok(())
    }

    fn signals(&mut self) -> Result<(), Trouble> {
        while let Some(signal) = self.signals.next() {
            match signal {
                Signal::SIGWINCH if self.reads_keys() => self.window(),
                Signal::SIGWINCH => {}
                Signal::SIGTSTP => {
                    self.machine.pause(true);
                    let was_raw = self.raw.take().is_some();
                    terminal::obey(signal);
                    self.raw = if was_raw { Raw::pass_through().ok() } else { None };
                    self.machine.pause(false);
                    self.heard = Instant::now();
                }
                other => return Err(Trouble::Interrupted(other)),
            }
        }
        Ok(())
    }

    /// The kernel's words, kept for the case of trouble.
    fn listen(&mut self) -> Result<(), Trouble> {
        let mut bytes = [0; 4096];
        match (&self.machine.console).read(&mut bytes) {
            Ok(0) => self.kernel_talks = false,
            Ok(count) => {
                self.log.extend_from_slice(&bytes[..count]);
                let more = self.log.len().saturating_sub(LOG);
                self.log.drain(..more);
                if let Some(sentence) = self.panic() {
                    return Err(Trouble::Panic { sentence, memory: self.memory });
                }
            }
            Err(error) if again(&error) => {}
            Err(_) => self.kernel_talks = false,
        }
        Ok(())
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&self.log).into_owned()
    }

    /// The kernel's last sentence, when its line is complete.
    fn panic(&self) -> Option<String> {
        let log = self.log();
        let (_, rest) = log.split_once("Kernel panic - ")?;
        let (line, _) = rest.split_once('\n')?;
        Some(format!("Kernel panic - {}", line.trim_end()))
    }

    fn receive(&mut self, on_ready: &impl Fn(Duration, &[String])) -> Result<Option<Exit>, Trouble> {
        let mut bytes = [0; 16 * 1024];
        match (&self.machine.channel).read(&mut bytes) {
            Ok(0) => return Err(self.gone()),
            Ok(count) => self.frames.add(&bytes[..count]),
            Err(error) if again(&error) => return Ok(None),
            Err(_) => return Err(self.gone()),
        }
        while let Some(frame) = self.frames.take().map_err(|_| Trouble::Garbled)? {
            (self.asked, self.interrupted) = (false, None);
            match frame {
                Frame::Ready(notes) => {
                    on_ready(self.started.elapsed(), &notes);
                    self.ready = true;
                    if self.terminal {
                        self.raw = Raw::pass_through().ok();
                        self.window();
                    }
                }
                Frame::Out(bytes) => written(&mut std::io::stdout().lock(), &bytes)?,
                // Where nobody can be told, nothing can be done.
                Frame::Err(bytes) => drop(written(&mut std::io::stderr().lock(), &bytes)),
                Frame::Progress(bytes) => self.progress = Some(bytes),
                Frame::Exit(Exit::Signal(libc::SIGKILL)) if self.log().contains("Out of memory") => {
                    return Err(Trouble::Memory(self.memory));
                }
                Frame::Exit(exit) => return Ok(Some(exit)),
                Frame::Trouble(sentence) => return Err(Trouble::SetUp(sentence)),
                Frame::Alive | Frame::In(_) | Frame::Window(..) | Frame::Ping => {}
            }
        }
        // After the output was written: a slow reader is not the guest's silence.
        self.heard = Instant::now();
        Ok(None)
    }

    /// QEMU has closed the line: it has ended. What the kernel said is read to its end first.
    fn gone(&mut self) -> Trouble {
        while self.kernel_talks {
            let before = self.log.len();
            if let Err(trouble) = self.listen() {
                return trouble;
            }
            if self.log.len() == before {
                break;
            }
        }
        Trouble::Gone { said: self.machine.said(), log: self.log(), memory: self.memory }
    }

    fn keys(&mut self) -> Result<(), Trouble> {
        let mut bytes = [0; 1024];
        match nix::unistd::read(std::io::stdin(), &mut bytes) {
            // The terminal is closed.
            Ok(0) => return Err(Trouble::Interrupted(Signal::SIGHUP)),
            Ok(count) => {
                if bytes[..count].contains(&INTERRUPT) {
                    self.interrupted.get_or_insert(Instant::now());
                    self.queue(&Frame::Ping);
                }
                self.queue(&Frame::In(bytes[..count].to_vec()));
            }
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(_) => return Err(Trouble::Interrupted(Signal::SIGHUP)),
        }
        Ok(())
    }

    fn window(&mut self) {
        let (rows, columns) = terminal::size();
        self.queue(&Frame::Window(rows, columns));
    }

    fn queue(&mut self, frame: &Frame) {
        self.to_send.extend(frame.bytes());
    }

    fn send(&mut self) -> Result<(), Trouble> {
        while !self.to_send.is_empty() {
            match (&self.machine.channel).write(&self.to_send) {
                Ok(count) => drop(self.to_send.drain(..count)),
                Err(error) if again(&error) => break,
                Err(_) => return Err(self.gone()),
            }
        }
        Ok(())
    }
}

fn again(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::Interrupted)
}

fn written(out: &mut impl Write, bytes: &[u8]) -> Result<(), Trouble> {
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| Trouble::Own(unprinted(&error)))
}
