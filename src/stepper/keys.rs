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
    Backspace,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Stop,
    /// Escape, alone.
    Escape,
    Other,
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
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        keys.push(match first {
            b'\r' | b'\n' => Key::Enter,
            0x03 => Key::Interrupt,
            0x1a => Key::Stop,
            0x7f | 0x08 => Key::Backspace,
            0x1b => match rest {
                [b'[' | b'O', letter, after @ ..] => {
                    rest = after;
                    match letter {
                        b'C' => Key::Right,
                        b'D' => Key::Left,
                        _ => {
                            // The rest of a longer sequence, up to its last letter.
                            if !letter.is_ascii_alphabetic() {
                                let end = rest.iter().position(|byte| byte.is_ascii_alphabetic() || *byte == b'~');
                                rest = &rest[end.map_or(rest.len(), |at| at + 1)..];
                            }
                            Key::Other
                        }
                    }
                }
                _ => Key::Escape,
            },
            byte if byte.is_ascii_graphic() || *byte == b' ' => Key::Char(char::from(*byte)),
            _ => Key::Other,
        });
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_and_unknown_sequences_are_one_key_each() {
        assert_eq!(keys(b"\x1b[C\x1b[Da"), [Key::Right, Key::Left, Key::Char('a')]);
        assert_eq!(keys(b"\x1b[15~b"), [Key::Other, Key::Char('b')]);
        assert_eq!(keys(b"\x1b"), [Key::Escape]);
    }
}
