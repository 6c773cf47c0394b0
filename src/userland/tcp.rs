//! TCP connections for the tools, made by blocking calls: a failure is then the errno of connect(2) itself, which `why`
//! sees too. TCP_USER_TIMEOUT is how long the kernel goes on asking. Manual: tcp(7), ip(7), connect(2).

use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::sockopt::{ReuseAddr, SendTimeout, TcpUserTimeout};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrIn, bind, listen, setsockopt, socket};
use nix::sys::time::{TimeVal, TimeValLike};

use super::report::Failure;

fn tcp() -> Result<OwnedFd, Failure> {
    let failed = |errno| Failure::errno("cannot make a socket", errno);
    let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).map_err(failed)?;
    setsockopt(&socket, ReuseAddr, &true).map_err(failed)?;
    Ok(socket)
}

/// A connection. Without `wait` the kernel tries for about two minutes.
pub fn connect(to: SocketAddrV4, from_port: Option<u16>, wait: Option<Duration>) -> Result<TcpStream, Failure> {
    let socket = tcp()?;
    if let Some(port) = from_port {
        bound(&socket, SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port))?;
    }
    let failed = |errno| Failure::errno("cannot set a time limit", errno);
    if let Some(wait) = wait {
        let limit = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1);
        setsockopt(&socket, TcpUserTimeout, &limit).map_err(failed)?;
        // The kernel looks at its own limit first when it asks again, after a second.
        let latest = TimeVal::milliseconds(i64::from(limit) + 1500);
        setsockopt(&socket, SendTimeout, &latest).map_err(failed)?;
    }
    match nix::sys::socket::connect(socket.as_raw_fd(), &SockaddrIn::from(to)) {
        Ok(()) => {}
        Err(errno) => return Err(not_connected(to, wait, errno)),
    }
    // From here on it is the caller who waits.
    setsockopt(&socket, TcpUserTimeout, &0).map_err(failed)?;
    setsockopt(&socket, SendTimeout, &TimeVal::milliseconds(0)).map_err(failed)?;
    Ok(TcpStream::from(socket))
}

fn not_connected(to: SocketAddrV4, wait: Option<Duration>, errno: Errno) -> Failure {
    // The second: the time of SO_SNDTIMEO is over.
    if matches!(errno, Errno::ETIMEDOUT | Errno::EINPROGRESS) {
        let time = wait.map(|wait| format!(" in {} s", wait.as_secs_f64())).unwrap_or_default();
        return Failure::errno(format!("cannot connect to {to}: nothing came back{time}"), Errno::ETIMEDOUT)
            .hint("something on the way drops it, or the answer has no way back");
    }
    let failure = Failure::errno(format!("cannot connect to {to}"), errno);
    match errno {
        Errno::ECONNREFUSED => failure.hint("the host is there, and nobody listens on this port of it"),
        Errno::ENETUNREACH => failure.hint("no route leads there (ip route)"),
        Errno::EHOSTUNREACH => failure.hint("there is a route, but nobody answered for the address (ip neigh)"),
        _ => failure,
    }
}

fn bound(socket: &OwnedFd, to: SocketAddrV4) -> Result<(), Failure> {
    bind(socket.as_raw_fd(), &SockaddrIn::from(to)).map_err(|errno| {
        let failure = Failure::errno(format!("cannot open port {} of {}", to.port(), to.ip()), errno);
        match errno {
            Errno::EADDRINUSE => failure.hint("another program of this network namespace has it"),
            Errno::EADDRNOTAVAIL => failure.hint("no link of this network namespace has this address (ip addr)"),
            Errno::EACCES => failure
                .hint("ports below /proc/sys/net/ipv4/ip_unprivileged_port_start take CAP_NET_BIND_SERVICE (caps)"),
            _ => failure,
        }
    })
}

/// A port that waits for connections.
pub fn open(at: SocketAddrV4) -> Result<TcpListener, Failure> {
    let socket = tcp()?;
    bound(&socket, at)?;
    listen(&socket, Backlog::MAXCONN).map_err(|errno| Failure::errno(format!("cannot listen on {at}"), errno))?;
    Ok(TcpListener::from(socket))
}
