//! What a presenter's screen tells those who follow it: where it is, a line of JSON each time something changes. And the
//! listening end of it, which the face waits for among everything else.

use crate::state::presenting::Claim;
use nix::errno::Errno;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// A question of the step, for the presenter: with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub ask: String,
    pub options: Vec<(String, String)>,
    pub answer: String,
    pub because: String,
}

/// Where the presenter is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    pub lesson: String,
    pub number: u8,
    pub title: String,
    /// The step on the screen, 0 before the first, and how many there are.
    pub step: usize,
    pub of: usize,
    pub actor: String,
    pub say: String,
    /// Whether it is done.
    pub done: bool,
    pub over: bool,
    pub notes: Option<String>,
    pub question: Option<Asked>,
    pub why: String,
    /// The step after it, and its notes.
    pub next: Option<(usize, String, Option<String>)>,
    /// When the lesson began, in seconds since 1970.
    pub began: u64,
    /// Seconds that are planned for the whole lesson, for all steps before this one, and for this one.
    pub planned: u64,
    pub planned_before: u64,
    pub planned_here: u64,
}

/// The presenter's end.
pub struct Speaker {
    claim: Claim,
    followers: Vec<UnixStream>,
    said: String,
}

impl Speaker {
    pub fn new(claim: Claim) -> Speaker {
        Speaker { claim, followers: Vec::new(), said: String::new() }
    }

    /// For poll(2): who wants to follow, and who may have gone.
    pub fn ends(&self) -> Vec<BorrowedFd<'_>> {
        let followers = self.followers.iter().map(AsFd::as_fd);
        std::iter::once(self.claim.listener.as_fd()).chain(followers).collect()
    }

    /// Tells all of them, if it is news.
    pub fn tell(&mut self, now: &Now) {
        let Ok(line) = serde_json::to_string(now) else { return };
        let line = format!("{line}\n");
        if line != self.said {
            self.said = line;
            let said = &self.said;
            // One that does not read is not waited for.
            self.followers.retain_mut(|it| it.write_all(said.as_bytes()).is_ok());
        }
    }

    /// Somebody has come or gone.
    pub fn look(&mut self) {
        while let Ok((mut new, _)) = self.claim.listener.accept() {
            if new.set_nonblocking(true).is_ok() && new.write_all(self.said.as_bytes()).is_ok() {
                self.followers.push(new);
            }
        }
        // They say nothing; only their end can be read.
        self.followers.retain(|it| {
            let peeked = nix::sys::socket::recv(
                std::os::fd::AsRawFd::as_raw_fd(it),
                &mut [0; 16],
                nix::sys::socket::MsgFlags::MSG_DONTWAIT,
            );
            matches!(peeked, Err(Errno::EAGAIN | Errno::EINTR) | Ok(1..))
        });
    }
}
