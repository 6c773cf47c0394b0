//! The line between host and guest: frames over the machine's second serial port.
//! A frame is a mark, a letter, the length in two bytes, and so many bytes. The first serial port is the kernel's, so
//! nothing that the kernel writes comes between.

use serde::{Deserialize, Serialize};

const MARK: u8 = 0xb7;
const HEAD: usize = 4;
/// The longest content.
pub const LONGEST: usize = 0xffff;

/// What is said. The first ones are the guest's, the last four the host's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The command is about to start; and what is not as it should be.
    Ready(Vec<String>),
    Out(Vec<u8>),
    Err(Vec<u8>),
    /// The learner's progress, as it is now.
    Progress(Vec<u8>),
    /// The command has ended.
    Exit(Exit),
    /// The guest could not be set up.
    Trouble(String),
    /// The answer to `Ping`.
    Alive,
    /// Keys.
    In(Vec<u8>),
    /// The terminal's rows and columns.
    Window(u16, u16),
    /// Are you alive?
    Ping,
}

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exit {
    Status(u8),
    Signal(i32),
}

impl Frame {
    fn parts(&self) -> (u8, Vec<u8>) {
        match self {
            Frame::Ready(notes) => (b'R', serde_json::to_vec(notes).unwrap_or_default()),
            Frame::Out(bytes) => (b'O', bytes.clone()),
            Frame::Err(bytes) => (b'E', bytes.clone()),
            Frame::Progress(bytes) => (b'P', bytes.clone()),
            Frame::Exit(Exit::Status(status)) => (b'X', vec![*status]),
            Frame::Exit(Exit::Signal(signal)) => (b'S', vec![u8::try_from(*signal).unwrap_or_default()]),
            Frame::Trouble(text) => (b'T', text.clone().into_bytes()),
            Frame::Alive => (b'A', Vec::new()),
            Frame::In(bytes) => (b'I', bytes.clone()),
            Frame::Window(rows, columns) => (b'W', [rows.to_be_bytes(), columns.to_be_bytes()].concat()),
            Frame::Ping => (b'G', Vec::new()),
        }
    }

    fn of(letter: u8, bytes: &[u8]) -> Option<Frame> {
        Some(match (letter, bytes) {
            (b'R', _) => Frame::Ready(serde_json::from_slice(bytes).ok()?),
            (b'O', _) => Frame::Out(bytes.to_vec()),
            (b'E', _) => Frame::Err(bytes.to_vec()),
            (b'P', _) => Frame::Progress(bytes.to_vec()),
            (b'X', [status]) => Frame::Exit(Exit::Status(*status)),
            (b'S', [signal]) => Frame::Exit(Exit::Signal(i32::from(*signal))),
            (b'T', _) => Frame::Trouble(String::from_utf8_lossy(bytes).into_owned()),
            (b'A', []) => Frame::Alive,
            (b'I', _) => Frame::In(bytes.to_vec()),
            (b'W', [a, b, c, d]) => Frame::Window(u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])),
            (b'G', []) => Frame::Ping,
            _ => return None,
        })
    }

    /// As it goes over the line. What is too long for a frame is cut: senders keep to `LONGEST`.
    pub fn bytes(&self) -> Vec<u8> {
        let (letter, mut content) = self.parts();
        content.truncate(LONGEST);
        let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
        let mut bytes = vec![MARK, letter, high, low];
        bytes.append(&mut content);
        bytes
    }
}

/// Puts frames together from what comes in pieces.
#[derive(Default)]
pub struct Frames {
    waiting: Vec<u8>,
}

/// What came is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbled;

impl Frames {
    pub fn add(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// The next frame that is complete. Errors: somebody else writes on the line.
    pub fn take(&mut self) -> Result<Option<Frame>, Garbled> {
        match self.waiting.as_slice() {
            [] => return Ok(None),
            [MARK, ..] => {}
            _ => return Err(Garbled),
        }
        let Some([_, letter, high, low]) = self.waiting.get(..HEAD) else { return Ok(None) };
        let (letter, end) = (*letter, HEAD + usize::from(u16::from_be_bytes([*high, *low])));
        let Some(content) = self.waiting.get(HEAD..end) else { return Ok(None) };
        let frame = Frame::of(letter, content).ok_or(Garbled)?;
        self.waiting.drain(..end);
        Ok(Some(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_through_in_any_pieces() {
        let all = [
            Frame::Ready(vec!["a note".into()]),
            Frame::Out(b"text\n".to_vec()),
            Frame::Err(vec![0, MARK, 255]),
            Frame::Progress(Vec::new()),
            Frame::Trouble("ä".into()),
            Frame::Alive,
            Frame::In(b"\x03".to_vec()),
            Frame::Window(24, 80),
            Frame::Ping,
            Frame::Out(vec![7; LONGEST]),
            Frame::Exit(Exit::Signal(2)),
            Frame::Exit(Exit::Status(3)),
        ];
        let bytes: Vec<u8> = all.iter().flat_map(Frame::bytes).collect();
        for size in [1, 3, 1000, bytes.len()] {
            let mut frames = Frames::default();
            let mut come = Vec::new();
            for piece in bytes.chunks(size) {
                frames.add(piece);
                while let Some(frame) = frames.take().expect("frames") {
                    come.push(frame);
                }
            }
            assert_eq!(come, all);
        }
    }

    #[test]
    fn what_is_no_frame_is_an_error() {
        for bytes in [&b"Kernel panic"[..], &[MARK, b'?', 0, 0], &[MARK, b'A', 0, 1, 0]] {
            let mut frames = Frames::default();
            frames.add(bytes);
            assert_eq!(frames.take(), Err(Garbled));
        }
    }
}
