//! A terminal for the program under test: a real pty, and vt100 as the screen behind it.
//! Waiting is for a text to appear, never for a time.

use super::boxlab::Boxlab;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;
use nix::sys::termios::{Termios, tcgetattr};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A bound for a broken program, not a claim about speed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program on a terminal.
pub struct Terminal {
    master: OwnedFd,
    pub child: Child,
    pub boxlab: Boxlab,
    screen: vt100::Parser,
    /// All that was written, with the terminal's control sequences.
    pub written: Vec<u8>,
    /// How much of the text without them was already waited for, in bytes.
    seen: usize,
    /// The settings before the program started, which must be there again after it.
    settings: Termios,
}

impl Terminal {
    /// Starts the program on a terminal of this size.
    pub fn start(boxlab: Boxlab, rows: u16, columns: u16) -> Terminal {
        Terminal::start_as(boxlab, rows, columns, "xterm-256color")
    }

    /// The same on one that calls itself this.
    pub fn start_as(mut boxlab: Boxlab, rows: u16, columns: u16, term: &str) -> Terminal {
        let (master, slave) = pair(rows, columns).expect("a pty");
        let settings = tcgetattr(&slave).expect("settings");
        let other = || Stdio::from(slave.try_clone().expect("a descriptor"));
        boxlab.command.stdin(other()).stdout(other()).stderr(other()).env("TERM", term);
        let boxlab = boxlab.before(|| {
            nix::unistd::setsid()?;
            // Where the tests are run by nohup(1), or behind a script's `&`, some would be ignored here too.
            for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM] {
                // SAFETY: no handler is installed; the default action is.
                unsafe { libc::signal(signal, libc::SIG_DFL) };
            }
            // SAFETY: makes descriptor 0, the pty, the terminal of this new session.
            Errno::result(unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) }).map(drop)
        });
        let mut boxlab = boxlab;
        let child = boxlab.spawn();
        // The copies that the command kept must go, or the end of the program would not be seen.
        boxlab.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        drop(slave);
        let screen = vt100::Parser::new(rows, columns, 2000);
        Terminal { master, child, boxlab, screen, written: Vec::new(), seen: 0, settings }
    }

    pub fn master(&self) -> &OwnedFd {
        &self.master
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        let mut bytes = keys.as_bytes();
        while !bytes.is_empty() {
            let count = nix::unistd::write(&self.master, bytes).expect("the terminal takes keys");
            bytes = &bytes[count..];
        }
    }

    /// Reads until this text has been written, behind the one that was waited for last.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        self.wait_within(PATIENCE, text);
    }

    /// The same for what the program itself is patient with.
    #[track_caller]
    pub fn wait_long_for(&mut self, text: &str) {
        self.wait_within(PATIENCE * 4, text);
    }

    #[track_caller]
    fn wait_within(&mut self, patience: Duration, text: &str) {
        let end = Instant::now() + patience;
        loop {
            let plain = plain(&self.written);
            let plain = plain.get(self.seen..).unwrap_or_default();
            if let Some(at) = plain.find(text) {
                self.seen += at + text.len();
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.read(left) {
                panic!("`{text}` did not appear in:\n{plain}\nscreen:\n{}", self.screen.screen().contents());
            }
        }
    }

    /// Reads until the screen shows this, wherever. For a program that draws the whole screen.
    #[track_caller]
    pub fn see(&mut self, text: &str) {
        self.see_that(text, |screen| screen.contains(text));
    }

    /// Reads until the screen does not show this any more.
    #[track_caller]
    pub fn see_no(&mut self, text: &str) {
        self.see_that(&format!("no {text}"), |screen| !screen.contains(text));
    }

    /// Reads until the screen is so.
    #[track_caller]
    pub fn see_that(&mut self, what: &str, is: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is(&self.contents()) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && self.read(left), "`{what}` is not on the screen:\n{}", self.contents());
        }
    }

    /// Whether the terminal shows its other screen (xterm's mode 1049).
    pub fn is_on_other_screen(&self) -> bool {
        self.screen.screen().alternate_screen()
    }

    /// The screen as it is now.
    pub fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    /// Everything written, without control sequences.
    pub fn all(&self) -> String {
        plain(&self.written)
    }

    /// Reads what is there. False: the other end is closed.
    fn read(&mut self, limit: Duration) -> bool {
        let mut waits = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
        let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        if poll(&mut waits, limit).unwrap_or(0) == 0 {
            return true;
        }
        let mut bytes = [0; 4096];
        match nix::unistd::read(&self.master, &mut bytes) {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.written.extend(&bytes[..count]);
                self.screen.process(&bytes[..count]);
                self.answer(&bytes[..count]);
                true
            }
        }
    }

    /// A terminal answers where its cursor is when it is asked (ECMA-48 CPR).
    fn answer(&mut self, bytes: &[u8]) {
        for _ in bytes.windows(4).filter(|it| *it == b"\x1b[6n") {
            let (row, column) = self.screen.screen().cursor_position();
            self.send(&format!("\x1b[{};{}R", row + 1, column + 1));
        }
    }

    /// Another size; the kernel sends SIGWINCH.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the structure lives across the call.
        unsafe { libc::ioctl(self.master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
        self.screen.screen_mut().set_size(rows, columns);
    }

    /// Whether the terminal's settings are those from before the program.
    pub fn is_in_order(&self) -> bool {
        tcgetattr(&self.master).expect("settings") == self.settings
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(self.child.id().cast_signed());
        nix::sys::signal::kill(pid, signal).expect("it is alive");
    }

    /// The window is closed, and nobody reads or types any more; the program ends, and nothing is left of it.
    #[track_caller]
    pub fn close(self) {
        let Terminal { master, mut child, boxlab, .. } = self;
        drop(master);
        child.wait().expect("it ends");
        boxlab.mark.assert_nothing_left();
    }

    /// What was written behind the text that was waited for last.
    pub fn since(&self) -> String {
        self.all().get(self.seen..).unwrap_or_default().to_owned()
    }

    /// Reads on until the program has ended, and checks that the terminal is as before and that nothing is left.
    #[track_caller]
    pub fn end(self) -> (ExitStatus, String) {
        let (status, text, _) = self.end_and_screen();
        (status, text)
    }

    /// The same, and whether the terminal shows its other screen at the end.
    #[track_caller]
    pub fn end_and_screen(mut self) -> (ExitStatus, String, bool) {
        let end = Instant::now() + PATIENCE;
        while self.read(end.saturating_duration_since(Instant::now())) {
            assert!(Instant::now() < end, "it does not end:\n{}", self.contents());
        }
        let status = self.child.wait().expect("it ends");
        self.boxlab.mark.assert_nothing_left();
        assert!(self.is_in_order(), "the terminal's settings are not as before:\n{}", self.contents());
        let other = self.is_on_other_screen();
        (status, plain(&self.written), other)
    }
}

/// Both ends of a pty (ioctl_tty(2)). They are closed by exec from the start: a program that another test starts at this
/// moment must not inherit the terminal and keep it open.
fn pair(rows: u16, columns: u16) -> nix::Result<(OwnedFd, OwnedFd)> {
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let master = open("/dev/ptmx", flags, Mode::empty())?;
    let unlock: libc::c_int = 0;
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: each ioctl gets what it asks for; TIOCGPTPEER gives a new descriptor, which is owned from here on.
    unsafe {
        Errno::result(libc::ioctl(master.as_raw_fd(), libc::TIOCSPTLCK, &raw const unlock))?;
        Errno::result(libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size))?;
        let slave = Errno::result(libc::ioctl(master.as_raw_fd(), libc::TIOCGPTPEER, flags.bits()))?;
        Ok((master, OwnedFd::from_raw_fd(slave)))
    }
}

/// Without control sequences and carriage returns.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\u{1b}' => match rest.next() {
                Some('[') => while rest.next().is_some_and(|it| !it.is_ascii_alphabetic()) {},
                Some(']') => while rest.next().is_some_and(|it| it != '\u{7}' && it != '\\') {},
                _ => {}
            },
            '\r' => {}
            other => out.push(other),
        }
    }
    out
}
