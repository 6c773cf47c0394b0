//! `ping ADDRESS`: ICMP echo over IPv4, and the errno's reason when it cannot even be sent.
//! A datagram socket needs no capability (net.ipv4.ping_group_range); a raw one is the second try.
//! Manual: icmp(7), raw(7), ip(7).

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write as _};
use std::net::{IpAddr, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::time::Instant;

use clap::Parser;
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};

use super::report::{self, Failure, Outcome};
use super::resolve::resolve;

/// Send ICMP echo requests (IPv4)
#[derive(Parser)]
#[command(name = "ping")]
struct Arguments {
    /// How many
    #[arg(short, default_value_t = 4)]
    count: u16,
    /// Bytes of data in each request
    #[arg(short, default_value_t = 56)]
    size: u16,
    /// `do`: no router may cut the packet
    #[arg(short = 'M', value_parser = ["do", "dont"])]
    cut: Option<String>,
    /// Seconds to wait for each answer
    #[arg(short = 'W', default_value_t = 2.0)]
    wait: f64,
    /// Seconds between requests
    #[arg(short, default_value_t = 1.0)]
    interval: f64,
    /// Print only the summary
    #[arg(short, long)]
    quiet: bool,
    address: String,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    let wait = report::seconds(arguments.wait)?;
    let address = resolve(&arguments.address, wait)?;
    let interval = report::seconds(arguments.interval)?;
    let (socket, raw) = open()?;
    let size = arguments.size;
    if let Some(cut) = &arguments.cut {
        may_cut(&socket, cut == "dont").map_err(|errno| Failure::errno("cannot set IP_MTU_DISCOVER", errno))?;
    }
    let identifier = std::process::id() as u16;
    let mut out = std::io::stdout().lock();
    writeln!(out, "PING {address} {size}({}) bytes of data.", u32::from(size) + 28)?;
    let (mut sent, mut received) = (0, 0);
    for number in 1..=arguments.count.max(1) {
        let begun = Instant::now();
        let request = request(identifier, number, size);
        sent += 1;
        socket.send_to(&request, (address, 0)).map_err(|error| hinted(format!("cannot send to {address}"), &error))?;
        match answer(&socket, raw, identifier, number, begun + wait)? {
            Some((from, ttl)) => {
                received += 1;
                if !arguments.quiet {
                    let time = begun.elapsed().as_secs_f64() * 1e3;
                    let ttl = ttl.map_or(String::new(), |ttl| format!(" ttl={ttl}"));
                    writeln!(
                        out,
                        "{} bytes from {from}: icmp_seq={number}{ttl} time={time:.3} ms",
                        u32::from(size) + 8
                    )?;
                }
            }
            None if !arguments.quiet => writeln!(out, "no answer to icmp_seq={number} in {} s", arguments.wait)?,
            None => {}
        }
        out.flush()?;
        if number < arguments.count {
            std::thread::sleep(interval.saturating_sub(begun.elapsed()));
        }
    }
    writeln!(out, "\n--- {address} ping statistics ---")?;
    let lost = 100 * (sent - received) / sent;
    writeln!(out, "{sent} packets transmitted, {received} received, {lost}% packet loss")?;
    Ok(i32::from(received == 0))
}

/// An ICMP socket, and whether it is a raw one. The standard library's type for UDP sends and receives on either.
fn open() -> Result<(UdpSocket, bool), Failure> {
    let icmp = SockProtocol::Icmp;
    if let Ok(fd) = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, icmp) {
        return Ok((fd.into(), false));
    }
    match socket(AddressFamily::Inet, SockType::Raw, SockFlag::SOCK_CLOEXEC, icmp) {
        Ok(fd) => Ok((fd.into(), true)),
        Err(errno) => Err(Failure::errno("cannot open an ICMP socket", errno)
            .hint("it needs CAP_NET_RAW, or the group in /proc/sys/net/ipv4/ping_group_range")),
    }
}

fn hinted(what: String, error: &io::Error) -> Failure {
    let failure = Failure::io(what, error);
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENETUNREACH) => {
            failure.hint("the network namespace has no route there; is lo up? (ip link set lo up; ip route)")
        }
        Some(Errno::EHOSTUNREACH) => failure.hint("there is a route, but nobody answered for the address (ip neigh)"),
        Some(Errno::EMSGSIZE) => {
            failure.hint("the packet is larger than the MTU of a link on its way (ip link), and may not be cut")
        }
        Some(Errno::EPERM) => failure.hint("a packet filter forbids it"),
        _ => failure,
    }
}

/// Whether routers may cut the packets of the socket into fragments: ip(7), IP_MTU_DISCOVER.
fn may_cut(socket: &UdpSocket, may: bool) -> Result<(), Errno> {
    let value = if may { libc::IP_PMTUDISC_DONT } else { libc::IP_PMTUDISC_DO };
    let (at, length) = ((&raw const value).cast(), size_of_val(&value) as libc::socklen_t);
    // SAFETY: an open socket, and a number that lives across the call, with its length.
    let result = unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_IP, libc::IP_MTU_DISCOVER, at, length) };
    Errno::result(result).map(drop)
}

/// Type 8, code 0, checksum, identifier, number, and the data.
fn request(identifier: u16, number: u16, size: u16) -> Vec<u8> {
    let mut packet = vec![8, 0, 0, 0];
    packet.extend(identifier.to_be_bytes());
    packet.extend(number.to_be_bytes());
    packet.extend((0..size).map(|byte| byte as u8));
    let pair = |pair: &[u8]| u32::from(u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)]));
    let mut sum: u32 = packet.chunks(2).map(pair).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    packet[2..4].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    packet
}

/// Waits for the answer to this request; other packets on the socket are passed over.
fn answer(
    socket: &UdpSocket,
    raw: bool,
    identifier: u16,
    number: u16,
    until: Instant,
) -> Result<Option<(IpAddr, Option<u8>)>, Failure> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        let mut buffer = [0; 1500];
        let (length, from) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(hinted("the request came back".into(), &error)),
        };
        let packet = &buffer[..length];
        // A raw socket shows the IP header too; a datagram socket renumbers the identifier.
        let header = if raw { usize::from(packet.first().unwrap_or(&0) & 15) * 4 } else { 0 };
        let Some(icmp) = packet.get(header..).filter(|icmp| icmp.len() >= 8) else { continue };
        let ours = !raw || icmp[4..6] == identifier.to_be_bytes();
        if icmp[0] == 0 && ours && icmp[6..8] == number.to_be_bytes() {
            return Ok(Some((from.ip(), if raw { packet.get(8).copied() } else { None })));
        }
    }
}
