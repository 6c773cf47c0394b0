//! A terminal for the program under test: a real pty, and vt100 as the screen behind it.
//! Waiting is for a text to appear, never for a time.

use super::boxlab::Boxlab;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{OpenptyResult, Winsize, openpty};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
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
    /// All that was written, as text without the terminal's control sequences is searched in the screen; this is raw.
    pub written: Vec<u8>,
    /// How much of `written` was already waited for.
    seen: usize,
}

impl Terminal {
    /// Starts the program on a terminal of this size.
    pub fn start(mut boxlab: Boxlab, rows: u16, columns: u16) -> Terminal {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let OpenptyResult { master, slave } = openpty(Some(&size), None).expect("a pty");
        let other = || Stdio::from(slave.try_clone().expect("a descriptor"));
        boxlab.command.stdin(other()).stdout(other()).stderr(other()).env("TERM", "xterm-256color");
        let boxlab = boxlab.before(|| {
            nix::unistd::setsid()?;
            // SAFETY: makes descriptor 0, the pty, the terminal of this new session.
            nix::errno::Errno::result(unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) }).map(drop)
        });
        let mut boxlab = boxlab;
        let child = boxlab.spawn();
        // The copies that the command kept must go, or the end of the program would not be seen.
        boxlab.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        drop(slave);
        let screen = vt100::Parser::new(rows, columns, 2000);
        Terminal { master, child, boxlab, screen, written: Vec::new(), seen: 0 }
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

    /// Reads until this text has been written since the last wait.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let plain = plain(&self.written[self.seen..]);
            if plain.contains(text) {
                self.seen = self.written.len();
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.read(left) {
                panic!("`{text}` did not appear in:\n{plain}\nscreen:\n{}", self.screen.screen().contents());
            }
        }
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

    /// Whether the terminal shows what is typed: raw mode is off.
    pub fn is_in_order(&self) -> bool {
        let settings = nix::sys::termios::tcgetattr(&self.master).expect("settings");
        settings.local_flags.contains(nix::sys::termios::LocalFlags::ECHO | nix::sys::termios::LocalFlags::ICANON)
    }

    /// Reads on until the program has ended, and checks that nothing is left of it.
    pub fn end(mut self) -> (ExitStatus, String) {
        let end = Instant::now() + PATIENCE;
        while self.read(end.saturating_duration_since(Instant::now())) {
            assert!(Instant::now() < end, "it does not end:\n{}", self.contents());
        }
        let status = self.child.wait().expect("it ends");
        self.boxlab.mark.assert_nothing_left();
        (status, plain(&self.written))
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
