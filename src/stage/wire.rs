//! Messages between two processes over a stream socket pair: a length, then JSON (unix(7)).
//! Descriptors travel beside the length (SCM_RIGHTS), and the kernel adds who sent it (SCM_CREDENTIALS), with the PID
//! as the receiver numbers it: that is how the stage learns an agent's PID, whichever namespace that was born in.

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, sendmsg, setsockopt,
    socketpair, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use serde::{Serialize, de::DeserializeOwned};
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// No message of ours is longer, in bytes.
const LIMIT: usize = 16 * 1024 * 1024;
const MOST_DESCRIPTORS: usize = 4;

/// One end of a socket pair.
#[derive(Debug)]
pub struct Wire {
    end: OwnedFd,
    /// How long a message may take once it has begun.
    limit: Option<Duration>,
}

/// What arrived.
pub struct Received<T> {
    pub message: T,
    pub descriptors: Vec<OwnedFd>,
    /// The sender's PID, in the receiver's PID namespace.
    pub sender: i32,
}

impl Wire {
    /// Two ends; both are closed by execve(2).
    pub fn pair() -> nix::Result<(Wire, Wire)> {
        let (one, other) = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::SOCK_CLOEXEC)?;
        for end in [&one, &other] {
            setsockopt(end, sockopt::PassCred, &true)?;
        }
        Ok((Wire::from_descriptor(one), Wire::from_descriptor(other)))
    }

    pub fn from_descriptor(descriptor: OwnedFd) -> Wire {
        Wire { end: descriptor, limit: None }
    }

    /// The same, with a limit for each message (SO_SNDTIMEO, SO_RCVTIMEO).
    pub fn with_limit(mut self, limit: Duration) -> nix::Result<Wire> {
        let time = TimeVal::seconds(i64::try_from(limit.as_secs()).unwrap_or(i64::MAX));
        setsockopt(&self, sockopt::SendTimeout, &time)?;
        setsockopt(&self, sockopt::ReceiveTimeout, &time)?;
        self.limit = Some(limit);
        Ok(self)
    }

    /// The wire with this number, which somebody else closes.
    pub(super) fn lent(number: RawFd) -> std::mem::ManuallyDrop<Wire> {
        // SAFETY: it is never closed from here.
        std::mem::ManuallyDrop::new(Wire::from_descriptor(unsafe { OwnedFd::from_raw_fd(number) }))
    }

    pub fn into_descriptor(self) -> OwnedFd {
        self.end
    }

    pub fn number(&self) -> RawFd {
        self.end.as_raw_fd()
    }

    /// After an interruption: whether to try again. The kernel counts the limit anew for each call.
    fn again(&self, since: Instant) -> nix::Result<()> {
        let late = self.limit.is_some_and(|limit| since.elapsed() > limit);
        if late { Err(Errno::ETIMEDOUT) } else { Ok(()) }
    }

    /// Sends a message, with descriptors beside it. Errors: EPIPE where the other end is gone.
    pub fn send(&self, message: &impl Serialize, descriptors: &[BorrowedFd<'_>]) -> nix::Result<()> {
        let body = serde_json::to_vec(message).map_err(|_| Errno::EINVAL)?;
        let length = u32::try_from(body.len()).map_err(|_| Errno::EMSGSIZE)?.to_le_bytes();
        let numbers: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        let rights = [ControlMessage::ScmRights(&numbers)];
        let control = if numbers.is_empty() { &[][..] } else { &rights[..] };
        let started = Instant::now();
        let mut sent = 0;
        let total = length.len() + body.len();
        while sent < total {
            let pieces = [IoSlice::new(&length[sent.min(4)..]), IoSlice::new(&body[sent.saturating_sub(4)..])];
            let with = if sent == 0 { control } else { &[] };
            match sendmsg::<()>(self.end.as_raw_fd(), &pieces, with, MsgFlags::MSG_NOSIGNAL, None) {
                Ok(count) => sent += count,
                Err(Errno::EINTR) => self.again(started)?,
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Waits for a message. Errors: ECONNRESET where the other end is gone, EBADMSG where it is no message of ours.
    pub fn receive<T: DeserializeOwned>(&self) -> nix::Result<Received<T>> {
        let mut length = [0; 4];
        let (descriptors, sender) = self.fill_first(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > LIMIT {
            return Err(Errno::EMSGSIZE);
        }
        let mut body = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match nix::sys::socket::recv(self.end.as_raw_fd(), &mut body[filled..], MsgFlags::empty()) {
                Ok(0) => return Err(Errno::ECONNRESET),
                Ok(count) => filled += count,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        let message = serde_json::from_slice(&body).map_err(|_| Errno::EBADMSG)?;
        Ok(Received { message, descriptors, sender })
    }

    /// The length, and what travels with it.
    fn fill_first(&self, length: &mut [u8; 4]) -> nix::Result<(Vec<OwnedFd>, i32)> {
        let mut space = nix::cmsg_space!([RawFd; MOST_DESCRIPTORS], libc::ucred);
        let mut descriptors = Vec::new();
        let mut sender = 0;
        let mut filled = 0;
        while filled < length.len() {
            let mut pieces = [IoSliceMut::new(&mut length[filled..])];
            let flags = MsgFlags::MSG_CMSG_CLOEXEC;
            let got = match recvmsg::<()>(self.end.as_raw_fd(), &mut pieces, Some(&mut space), flags) {
                Err(Errno::EINTR) => continue,
                other => other?,
            };
            for control in got.cmsgs()? {
                match control {
                    // SAFETY: the kernel has just put these descriptors into our table; nobody else knows them.
                    ControlMessageOwned::ScmRights(numbers) => {
                        descriptors.extend(numbers.into_iter().map(|number| unsafe { OwnedFd::from_raw_fd(number) }));
                    }
                    ControlMessageOwned::ScmCredentials(who) => sender = who.pid(),
                    _ => {}
                }
            }
            match got.bytes {
                0 => return Err(Errno::ECONNRESET),
                count => filled += count,
            }
        }
        Ok((descriptors, sender))
    }
}

impl AsFd for Wire {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.end.as_fd()
    }
}
