//! Sending: an echo request as ping(8) does (icmp(7), raw(7)), and connections (tcp(7)).
//! A socket belongs to the network namespace in which it was made, and stays there. The kernel answers for a listening
//! socket by itself: a connection stands before anybody has called accept(2), as long as its queue has room.

use super::form::{Connect, Listen, Ping};
use crate::kernel::error::Failed;
use crate::kernel::files::Kept;
use nix::errno::Errno;
use nix::sys::socket::sockopt::{Ipv4RecvErr, ReceiveTimeout, ReuseAddr, SendTimeout};
use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, accept4, bind, connect,
    getpeername, getsockname, listen, recv, send, setsockopt, socket,
};
use nix::sys::time::{TimeVal, TimeValLike};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

/// After so many milliseconds nobody in a lab answers any more. The kernel itself would try for about two minutes.
const PATIENCE: i64 = 300;

/// The largest port that a program is to choose itself: above, the kernel takes any that is free.
const CHOSEN: u16 = 32767;

fn failed<'a>(call: &'a str, on: &'a str) -> impl Fn(Errno) -> Failed + 'a {
    move |errno| Failed::new(call, errno).on(on)
}

fn invalid(call: &str, on: &str) -> Failed {
    failed(call, on)(Errno::EINVAL)
}

/// Still waiting when the time of SO_SNDTIMEO is over: socket(7).
fn in_time(errno: Errno) -> Errno {
    if errno == Errno::EINPROGRESS { Errno::ETIMEDOUT } else { errno }
}

// ANCHOR: ping
/// Sends one ICMP echo request and waits for the answer: socket(2), connect(2), sendto(2), recvfrom(2).
pub fn ping(Ping { to, size }: &Ping) -> Result<String, Failed> {
    let address = SockaddrIn::from(SocketAddrV4::new(to.parse().map_err(|_| invalid("connect", to))?, 0));
    let icmp = socket(AddressFamily::Inet, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::Icmp);
    let icmp = icmp.map_err(failed("socket", to))?;
    setsockopt(&icmp, ReceiveTimeout, &TimeVal::milliseconds(PATIENCE)).map_err(failed("setsockopt", to))?;
    // An error message that comes back is an errno: ip(7), IP_RECVERR.
    setsockopt(&icmp, Ipv4RecvErr, &true).map_err(failed("setsockopt", to))?;
    if size.is_some() {
        never_cut(&icmp).map_err(failed("setsockopt", to))?;
    }
    connect(icmp.as_raw_fd(), &address).map_err(failed("connect", to))?;
    let mut request = ECHO.to_vec();
    // Zeros leave the checksum as it is.
    request.resize(ECHO.len() + usize::from(size.unwrap_or(0)), 0);
    send(icmp.as_raw_fd(), &request, MsgFlags::empty()).map_err(failed("sendto", to))?;
    let until = Instant::now() + Duration::from_millis(PATIENCE.unsigned_abs());
    let mut packet = [0; 128];
    while Instant::now() < until {
        match recv(icmp.as_raw_fd(), &mut packet, MsgFlags::empty()) {
            Ok(length) if is_answer(&packet[..length]) => return Ok(format!("{to} answers, ttl {}", packet[8])),
            // On lo the request itself comes by as well.
            Ok(_) | Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => break,
            Err(errno) => return Err(failed("recvfrom", to)(errno)),
        }
    }
    Err(failed("recvfrom", to)(Errno::ETIMEDOUT))
}
// ANCHOR_END: ping

/// Don't Fragment in all that the socket sends: ip(7), IP_MTU_DISCOVER.
fn never_cut(socket: &OwnedFd) -> Result<(), Errno> {
    let value = libc::IP_PMTUDISC_DO;
    let (at, length) = ((&raw const value).cast(), size_of_val(&value) as libc::socklen_t);
    // SAFETY: an open socket, and a number that lives across the call, with its length.
    let result = unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_IP, libc::IP_MTU_DISCOVER, at, length) };
    Errno::result(result).map(drop)
}

/// Echo request: type 8, code 0, checksum, identifier, number.
const ECHO: [u8; 8] = [8, 0, 0xb5, 0x87, 0x42, 0x78, 0, 0];

/// The IP header, then type 0 with the identifier of the request.
fn is_answer(packet: &[u8]) -> bool {
    let header = usize::from(packet.first().unwrap_or(&0) & 15) * 4;
    packet.get(header..header + 6).is_some_and(|icmp| icmp[0] == 0 && icmp[4..] == ECHO[4..6])
}

fn tcp(on: &str, flags: SockFlag) -> Result<OwnedFd, Failed> {
    let flags = flags | SockFlag::SOCK_CLOEXEC;
    let socket = socket(AddressFamily::Inet, SockType::Stream, flags, None).map_err(failed("socket", on))?;
    setsockopt(&socket, ReuseAddr, &true).map_err(failed("setsockopt", on))?;
    Ok(socket)
}

// ANCHOR: listen
/// Opens a port and keeps the socket: socket(2), bind(2), listen(2).
pub fn open(new: &Listen, kept: &mut Kept) -> Result<(), Failed> {
    let address = new.address.as_deref().unwrap_or("0.0.0.0");
    let on = format!("{address}:{}", new.port);
    let address: Ipv4Addr = address.parse().map_err(|_| invalid("bind", &on))?;
    let socket = tcp(&on, SockFlag::SOCK_NONBLOCK)?;
    let address = SockaddrIn::from(SocketAddrV4::new(address, new.port));
    bind(socket.as_raw_fd(), &address).map_err(failed("bind", &on))?;
    listen(&socket, Backlog::MAXALLOWABLE).map_err(failed("listen", &on))?;
    kept.insert(new.name.clone(), File::from(socket));
    Ok(())
}
// ANCHOR_END: listen

// ANCHOR: connect
/// Connects to a port, says a line if there is one, and hangs up: socket(2), connect(2).
pub fn reach(it: &Connect) -> Result<String, Failed> {
    let to: SocketAddrV4 = it.to.parse().map_err(|_| invalid("connect", &it.to))?;
    let socket = tcp(&it.to, SockFlag::empty())?;
    if let Some(port) = it.from_port {
        let own = SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port));
        bind(socket.as_raw_fd(), &own).map_err(failed("bind", &it.to))?;
    }
    setsockopt(&socket, SendTimeout, &TimeVal::milliseconds(PATIENCE)).map_err(failed("setsockopt", &it.to))?;
    connect(socket.as_raw_fd(), &SockaddrIn::from(to)).map_err(in_time).map_err(failed("connect", &it.to))?;
    let own: SockaddrIn = getsockname(socket.as_raw_fd()).map_err(failed("getsockname", &it.to))?;
    if let Some(line) = &it.say {
        File::from(socket).write_all(line.as_bytes()).map_err(|error| Failed::io("write", &error, &it.to))?;
    }
    Ok(format!("{} is connected to {to}", shown(own)))
}
// ANCHOR_END: connect

// ANCHOR: accept
/// Takes the next connection from the queue of a socket that `listen` kept, and says who it is from: accept4(2).
pub fn accept(name: &str, kept: &Kept) -> Result<String, Failed> {
    let listening = kept.get(name).ok_or_else(|| failed("accept4", name)(Errno::EBADF))?;
    let socket = accept4(listening, SockFlag::SOCK_CLOEXEC).map_err(failed("accept4", name))?;
    let from: SockaddrIn = getpeername(socket.as_raw_fd()).map_err(failed("getpeername", name))?;
    setsockopt(&socket, ReceiveTimeout, &TimeVal::milliseconds(PATIENCE)).map_err(failed("setsockopt", name))?;
    let mut said = [0; 256];
    let length = File::from(socket).read(&mut said).unwrap_or(0);
    let said = String::from_utf8_lossy(&said[..length]);
    Ok(if length == 0 { format!("from {}", shown(from)) } else { format!("from {}: {said}", shown(from)) })
}
// ANCHOR_END: accept

/// A port that the kernel chose says nothing, and is another one in each run.
fn shown(address: SockaddrIn) -> String {
    if address.port() > CHOSEN { address.ip().to_string() } else { format!("{}:{}", address.ip(), address.port()) }
}
