//! `tcpdump -i LINK`: the packets that pass a link, as lessons show them: of TCP those with SYN, UDP and ICMP, a line each.
//! What comes in is seen before the packet filter has changed it, and what goes out after. Manual: packet(7).

use std::ffi::OsString;
use std::io::Write as _;
use std::os::fd::AsFd;

use clap::Parser;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::report::{self, Failure, Outcome};
use crate::kernel::error::Failed;
use crate::kernel::network::capture::{capture, captured};
use crate::kernel::network::form::Capture;

/// Print packets that pass a link: SYN of TCP, UDP, ICMP (IPv4)
#[derive(Parser)]
#[command(name = "tcpdump")]
struct Arguments {
    /// The link
    #[arg(short, value_name = "LINK")]
    interface: String,
    /// Addresses as numbers, which they are anyway
    #[arg(short)]
    n: bool,
    /// End after so many packets
    #[arg(short, value_name = "NUMBER")]
    count: Option<usize>,
}

/// The socket's name among those that are kept.
const SOCKET: &str = "packets";

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    let mut kept = Default::default();
    let link = arguments.interface;
    capture(&Capture { link: link.clone(), name: SOCKET.to_owned() }, &mut kept).map_err(|it| failure(&link, &it))?;
    let mut left = arguments.count.unwrap_or(usize::MAX);
    while left > 0 {
        let socket = kept.get(SOCKET).ok_or_else(|| Failure::new("the socket is gone"))?;
        match poll(&mut [PollFd::new(socket.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Failure::errno("cannot wait for packets", errno)),
        }
        let lines = captured(SOCKET, &kept).map_err(|it| failure(&link, &it))?;
        let mut out = std::io::stdout().lock();
        for line in lines.lines().take(left) {
            writeln!(out, "{line}")?;
        }
        out.flush()?;
        left -= lines.lines().count().min(left);
    }
    Ok(0)
}

fn failure(link: &str, failed: &Failed) -> Failure {
    let errno = failed.errno.0;
    let failure = Failure::errno(format!("cannot see the packets of {link}: {}", failed.call), errno);
    match errno {
        Errno::EPERM => failure.hint("it takes CAP_NET_RAW in the owner of the network namespace (caps)"),
        Errno::ENODEV => failure.hint("there is no such link in this network namespace (ip link)"),
        Errno::ENETDOWN => failure.hint("the link is down (ip link set LINK up)"),
        _ => failure,
    }
}
