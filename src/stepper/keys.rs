//! Keys, one at a time. In raw mode a terminal sends a byte for a letter and a few for an arrow (console_codes(4)).

use super::terminal::Signals;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use std::os::fd::{AsFd, AsRawFd};

/// What the learner did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Enter,
    /// A letter or digit, as typed.
    Char(char),
    Left,
    Right,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Tab,
    BackTab,
    F2,
    Backspace,
    /// What the mouse did, and where: column and row, from 0.
    Mouse(Mouse, u16, u16),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Stop,
    /// Escape, alone.
    Escape,
    Other,
}

/// What a mouse does that is of use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    Click,
    WheelUp,
    WheelDown,
}

/// What came: a key, a signal, or the end of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Key(Key),
    Signal(Signal),
    End,
}

/// Waits for what comes next. Keys that were typed ahead are kept.
pub struct Input {
    signals: Signals,
    waiting: std::collections::VecDeque<Key>,
}

impl Input {
    pub fn new(signals: Signals) -> Input {
        Input { signals, waiting: std::collections::VecDeque::new() }
    }

    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    pub fn wait(&mut self) -> Event {
        loop {
            if let Some(signal) = self.signals.next() {
                return Event::Signal(signal);
            }
            if let Some(key) = self.waiting.pop_front() {
                return Event::Key(key);
            }
            let stdin = std::io::stdin();
            let mut waits =
                [PollFd::new(stdin.as_fd(), PollFlags::POLLIN), PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
            if poll(&mut waits, PollTimeout::NONE).is_err() || waits[0].any() != Some(true) {
                continue;
            }
            let mut bytes = [0; 64];
            match nix::unistd::read(&stdin, &mut bytes) {
                Ok(0) => return Event::End,
                Ok(count) => self.waiting.extend(keys(&bytes[..count])),
                Err(nix::errno::Errno::EINTR | nix::errno::Errno::EAGAIN) => {}
                Err(_) => return Event::End,
            }
        }
    }

    /// Forgets what was typed ahead, in the terminal too.
    pub fn forget(&mut self) {
        self.waiting.clear();
        // SAFETY: the call takes numbers only.
        unsafe { libc::tcflush(std::io::stdin().as_raw_fd(), libc::TCIFLUSH) };
    }
}

/// The keys in what the terminal sent.
pub fn keys(bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = bytes;
    while let Some((key, after)) = first(rest) {
        keys.push(key);
        rest = after;
    }
    keys
}

/// The first of them, and what follows it.
pub fn first(bytes: &[u8]) -> Option<(Key, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let key = match first {
        b'\r' | b'\n' => Key::Enter,
        0x03 => Key::Interrupt,
        0x1a => Key::Stop,
        0x7f | 0x08 => Key::Backspace,
        b'\t' => Key::Tab,
        0x1b => match rest {
            // The Linux console's F2 is not of this form.
            [b'[', b'[', b'B', after @ ..] => {
                rest = after;
                Key::F2
            }
            [lead @ (b'[' | b'O'), sequence @ ..] => {
                let ends = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'~';
                let end = sequence.iter().position(ends).unwrap_or(sequence.len().saturating_sub(1));
                rest = sequence.get(end + 1..).unwrap_or_default();
                named(*lead, sequence.get(..=end).unwrap_or_default())
            }
            _ => Key::Escape,
        },
        byte if byte.is_ascii_graphic() || *byte == b' ' => Key::Char(char::from(*byte)),
        _ => Key::Other,
    };
    Some((key, rest))
}

/// The key that a sequence stands for: what follows `ESC [`, or `ESC O`, up to its last letter.
fn named(lead: u8, sequence: &[u8]) -> Key {
    match sequence {
        [b'A'] => Key::Up,
        [b'B'] => Key::Down,
        [b'C'] => Key::Right,
        [b'D'] => Key::Left,
        [b'H'] | b"1~" | b"7~" => Key::Home,
        [b'F'] | b"4~" | b"8~" => Key::End,
        [b'Z'] => Key::BackTab,
        b"5~" => Key::PageUp,
        b"6~" => Key::PageDown,
        b"12~" => Key::F2,
        [b'Q'] if lead == b'O' => Key::F2,
        [b'<', report @ .., b'M'] => mouse(report).unwrap_or(Key::Other),
        _ => Key::Other,
    }
}

/// A report of the mouse in the form of SGR: the button, the column and the row, from 1.
fn mouse(report: &[u8]) -> Option<Key> {
    let numbers: Vec<u16> = std::str::from_utf8(report).ok()?.split(';').filter_map(|it| it.parse().ok()).collect();
    let [button, column, row] = numbers.try_into().ok()?;
    let what = match button {
        0 => Mouse::Click,
        64 => Mouse::WheelUp,
        65 => Mouse::WheelDown,
        _ => return None,
    };
    Some(Key::Mouse(what, column.checked_sub(1)?, row.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_and_unknown_sequences_are_one_key_each() {
        assert_eq!(keys(b"\x1b[C\x1b[Da"), [Key::Right, Key::Left, Key::Char('a')]);
        assert_eq!(keys(b"\x1b[15~b"), [Key::Other, Key::Char('b')]);
        assert_eq!(keys(b"\x1b"), [Key::Escape]);
        assert_eq!(keys(b"\x1b[5~\x1bOQ\x1b[[B\x1b[Z"), [Key::PageUp, Key::F2, Key::F2, Key::BackTab]);
        assert_eq!(keys(b"\x1b[<64;3;9M\x1b[<0;1;1mx"), [Key::Mouse(Mouse::WheelUp, 2, 8), Key::Other, Key::Char('x')]);
        // Cut off in the middle, and nothing else.
        assert_eq!(keys(b"\x1b["), [Key::Other]);
    }
}
