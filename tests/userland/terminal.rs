//! A terminal for a test: a real pty, a vt100 screen behind it, and answers to the questions that programs ask.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{Winsize, openpty};

const PATIENCE: Duration = Duration::from_secs(20);

pub struct Terminal {
    child: Child,
    pty: File,
    screen: vt100::Parser,
    /// Everything since the last text that was waited for.
    unread: Vec<u8>,
}

impl Terminal {
    /// Starts a program as the leader of a session on its own terminal.
    pub fn start(mut command: Command) -> Terminal {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let ends = openpty(Some(&size), None).expect("a pty");
        let give = || ends.slave.try_clone().expect("a descriptor");
        command.stdin(give()).stdout(give()).stderr(give()).env("TERM", "xterm-256color");
        // SAFETY: between fork and exec only two system calls are made.
        unsafe {
            command.pre_exec(|| {
                nix::unistd::setsid()?;
                nix::errno::Errno::result(libc::ioctl(0, libc::TIOCSCTTY, 0))?;
                Ok(())
            });
        }
        let child = command.spawn().expect("the program starts");
        // The command holds the other end too; the terminal must end with the program.
        drop(command);
        drop(ends.slave);
        Terminal { child, pty: File::from(ends.master), screen: vt100::Parser::new(24, 80, 0), unread: vec![] }
    }

    pub fn keys(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Reads until the text was printed, wherever on the screen it is.
    pub fn until(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let plain = strip(&self.unread);
            if let Some(at) = plain.find(text) {
                self.unread = plain.as_bytes()[at + text.len()..].to_vec();
                return;
            }
            assert!(self.read(deadline), "{text:?} did not come; the screen:\n{}", self.screen.screen().contents());
        }
    }

    /// Reads until the line with the cursor is this one.
    pub fn until_line(&mut self, line: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.line() != line {
            assert!(self.read(deadline), "{line:?} did not come; the screen:\n{}", self.screen.screen().contents());
        }
        self.unread.clear();
    }

    fn line(&self) -> String {
        let (row, _) = self.screen.screen().cursor_position();
        self.screen.screen().rows(0, 80).nth(row.into()).unwrap_or_default().trim_end().to_string()
    }

    /// Waits until the program has ended.
    pub fn end(mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while self.read(deadline) {}
        assert!(Instant::now() < deadline, "it did not end; the screen:\n{}", self.screen.screen().contents());
        self.child.wait().expect("an exit status")
    }

    /// Reads once; false at the end of the terminal, or when the patience is over.
    fn read(&mut self, deadline: Instant) -> bool {
        let left = PollTimeout::try_from(deadline.saturating_duration_since(Instant::now())).expect("a short time");
        if poll(&mut [PollFd::new(self.pty.as_fd(), PollFlags::POLLIN)], left) == Ok(0) {
            return false;
        }
        let mut bytes = [0; 4096];
        // EIO is how a pty says that nobody is at the other end.
        let Ok(length @ 1..) = self.pty.read(&mut bytes) else { return false };
        let bytes = &bytes[..length];
        for part in bytes.split_inclusive(|byte| *byte == b'n') {
            self.screen.process(part);
            if part.ends_with(b"\x1b[6n") {
                let (row, column) = self.screen.screen().cursor_position();
                self.keys(&format!("\x1b[{};{}R", row + 1, column + 1));
            }
        }
        self.unread.extend(bytes);
        true
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Without escape sequences, so that a text is found in what an editor painted.
fn strip(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\x1b' {
            plain.push(letter);
        } else if letters.next() == Some('[') {
            letters.by_ref().find(|letter| letter.is_ascii_alphabetic());
        }
    }
    plain
}
