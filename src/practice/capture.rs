//! What a program prints: read as it comes, as much as is allowed, and shown so that it cannot do anything to a terminal.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// So much is kept, in bytes.
pub const KEPT: usize = 64 * 1024;
/// A program that prints more has failed.
pub const MOST: usize = 1024 * 1024;

/// The reading ends of a program's standard output and error.
pub struct Capture {
    ends: Vec<OwnedFd>,
    bytes: Vec<u8>,
    count: usize,
}

impl Capture {
    /// The ends to write to come with it: standard output and error, in the order that they are written.
    /// Errors: as pipe2(2).
    pub fn new() -> nix::Result<(Capture, OwnedFd)> {
        let (own, other) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
        fcntl(&own, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok((Capture { ends: vec![own], bytes: Vec::new(), count: 0 }, other))
    }

    /// What is still open, for poll(2).
    pub fn ends(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.ends.iter().map(AsFd::as_fd)
    }

    /// Takes what has come. False: it is more than is allowed.
    pub fn read(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        let mut at = 0;
        while at < self.ends.len() {
            match nix::unistd::read(&self.ends[at], &mut buffer) {
                Ok(0) => drop(self.ends.remove(at)),
                Ok(count) => {
                    self.count += count;
                    let room = KEPT.saturating_sub(self.bytes.len());
                    self.bytes.extend(&buffer[..count.min(room)]);
                    if self.count > MOST {
                        return false;
                    }
                }
                Err(Errno::EINTR) => {}
                Err(_) => at += 1,
            }
        }
        true
    }

    /// What was printed.
    pub fn text(&self) -> String {
        let mut text = shown(&self.bytes);
        if self.count > self.bytes.len() {
            text.push_str("\n[more was printed, and is not kept]\n");
        }
        text
    }
}

/// As text: what a terminal would obey, and what is no text, is written as `\x1b`.
pub fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\n' | '\t' => text.push(letter),
                '\r' => {}
                _ if letter.is_control() => text.push_str(&format!("\\x{:02x}", u32::from(letter))),
                _ => text.push(letter),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_no_text_or_would_move_the_cursor_is_written_as_a_number() {
        assert_eq!(super::shown(b"plain\tline\r\n"), "plain\tline\n");
        assert_eq!(super::shown("\u{1b}[2J\u{9b}ö".as_bytes()), "\\x1b[2J\\x9bö");
        assert_eq!(super::shown(&[0, 0xff, b'a']), "\\x00\\xffa");
    }
}
