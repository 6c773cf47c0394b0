//! Packets as they pass a link: a packet socket (packet(7)) gets a copy of each, on its way in and on its way out.
//! It sits below the packet filter: what comes in is seen before any rule has changed it, what goes out after all have.
//! Kept are the packets that open something: of TCP those with SYN, and UDP and ICMP.

use super::index;
use crate::kernel::error::Failed;
use crate::kernel::files::Kept;
use crate::kernel::operation::Capture;
use etherparse::{Icmpv4Type, NetSlice, SlicedPacket, TransportSlice};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, recv};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

/// Ports from here on are given to clients by the kernel (net.ipv4.ip_local_port_range), and differ by run.
const EPHEMERAL: u16 = 32768;

// ANCHOR: capture
/// Opens a packet socket on a link, and keeps it: socket(AF_PACKET), bind(2). It needs CAP_NET_RAW.
pub fn capture(it: &Capture, kept: &mut Kept) -> Result<(), Failed> {
    let failed = |call: &str, errno| Failed::new(call, errno).on(&it.link);
    let index = i32::try_from(index(&it.link)?).map_err(|_| failed("bind", Errno::ENODEV))?;
    // SOCK_DGRAM: without the link's own header. Protocol 0 gets nothing until bind(2) names one.
    let kind = libc::SOCK_DGRAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: the call takes three numbers and gives a new descriptor, which is owned from here on.
    let number = Errno::result(unsafe { libc::socket(libc::AF_PACKET, kind, 0) }).map_err(|no| failed("socket", no))?;
    // SAFETY: the kernel has just given it to us.
    let socket = unsafe { OwnedFd::from_raw_fd(number) };
    // SAFETY: of this structure of numbers 0 is a value.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    address.sll_ifindex = index;
    let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the address is as long as is said, and lives across the call.
    let bound = unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) };
    Errno::result(bound).map_err(|errno| failed("bind", errno))?;
    kept.insert(it.name.clone(), File::from(socket));
    Ok(())
}

/// What has passed since the last time, a line a packet: recvfrom(2) as long as poll(2) says that there is one.
pub fn captured(name: &str, kept: &Kept) -> Result<String, Failed> {
    let failed = |errno| Failed::new("recvfrom", errno).on(name);
    let socket = kept.get(name).ok_or_else(|| failed(Errno::EBADF))?;
    let mut lines = String::new();
    let mut packet = [0; 2048];
    while poll(&mut [PollFd::new(socket.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO) == Ok(1) {
        let length = recv(socket.as_raw_fd(), &mut packet, MsgFlags::empty()).map_err(failed)?;
        lines.extend(line(&packet[..length]).map(|line| line + "\n"));
    }
    Ok(lines)
}
// ANCHOR_END: capture

/// `10.88.0.2:[ephemeral] → 203.0.113.2:80 TCP SYN`. None for what is not IPv4, or opens nothing.
fn line(packet: &[u8]) -> Option<String> {
    let packet = SlicedPacket::from_ip(packet).ok()?;
    let Some(NetSlice::Ipv4(ip)) = &packet.net else { return None };
    let (from, to) = (ip.header().source_addr(), ip.header().destination_addr());
    Some(match packet.transport? {
        TransportSlice::Tcp(tcp) if tcp.syn() => {
            let ports = (port(tcp.source_port()), port(tcp.destination_port()));
            let flags = if tcp.ack() { "SYN ACK" } else { "SYN" };
            format!("{from}:{} → {to}:{} TCP {flags}", ports.0, ports.1)
        }
        TransportSlice::Udp(udp) => {
            format!("{from}:{} → {to}:{} UDP", port(udp.source_port()), port(udp.destination_port()))
        }
        TransportSlice::Icmpv4(icmp) => {
            let what = match icmp.icmp_type() {
                Icmpv4Type::EchoRequest(_) => "echo request",
                Icmpv4Type::EchoReply(_) => "echo reply",
                Icmpv4Type::DestinationUnreachable(_) => "destination unreachable",
                Icmpv4Type::TimeExceeded(_) => "time exceeded",
                _ => "another message",
            };
            format!("{from} → {to} ICMP {what}")
        }
        _ => return None,
    })
}

fn port(number: u16) -> String {
    if number < EPHEMERAL { number.to_string() } else { "[ephemeral]".to_owned() }
}
