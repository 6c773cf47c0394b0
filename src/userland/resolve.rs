//! From a host name to an IPv4 address: a number, /etc/hosts, then the name servers of /etc/resolv.conf, in that order.
//! It is what the C library does (hosts(5), resolv.conf(5), nsswitch.conf(5)); that needs libraries which a static
//! program lacks. A container has no name resolution of its own: these two files are all of it.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, Question, RCODE, TYPE};

use super::report::Failure;

const HOSTS: &str = "/etc/hosts";
const SERVERS: &str = "/etc/resolv.conf";

/// The address of a host. `wait` is how long each name server may take.
pub fn resolve(name: &str, wait: Duration) -> Result<Ipv4Addr, Failure> {
    if let Ok(address) = name.parse() {
        return Ok(address);
    }
    if let Some(address) = in_hosts(name) {
        return Ok(address);
    }
    ask_all(name, &servers(), wait).map(|(_, address)| address)
}

/// What /etc/hosts says. `localhost` needs no file.
pub fn in_hosts(name: &str) -> Option<Ipv4Addr> {
    let hosts = std::fs::read_to_string(HOSTS).unwrap_or_default();
    let found = hosts.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?.parse().ok()?;
        words.any(|word| word == name).then_some(address)
    });
    found.or((name == "localhost").then_some(Ipv4Addr::LOCALHOST))
}

/// The name servers; without any, the one on this host, as resolv.conf(5) says.
pub fn servers() -> Vec<Ipv4Addr> {
    let text = std::fs::read_to_string(SERVERS).unwrap_or_default();
    let server = |line: &str| line.strip_prefix("nameserver")?.split_whitespace().next()?.parse().ok();
    let found: Vec<Ipv4Addr> = text.lines().filter_map(server).collect();
    if found.is_empty() { vec![Ipv4Addr::LOCALHOST] } else { found }
}

/// Asks one after the other: the server that answered, and the address. An answer `no such name` counts as one.
pub fn ask_all(name: &str, servers: &[Ipv4Addr], wait: Duration) -> Result<(Ipv4Addr, Ipv4Addr), Failure> {
    let mut last = Failure::new(format!("{name} is not in {HOSTS}, and {SERVERS} names no server"));
    for server in servers {
        match ask(name, *server, wait) {
            Ok(Some(address)) => return Ok((*server, address)),
            Ok(None) => return Err(Failure::new(format!("{name}: the name server {server} knows no such name"))),
            Err(error) => {
                let what = format!("{name} is not in {HOSTS}, and the name server {server} does not answer");
                let failure = if error.kind() == ErrorKind::TimedOut {
                    Failure::new(what).hint(format!("nothing came back in {} s", wait.as_secs_f64()))
                } else {
                    Failure::io(what, &error)
                };
                last = hinted(failure, &error);
            }
        }
    }
    Err(last)
}

fn hinted(failure: Failure, error: &std::io::Error) -> Failure {
    if std::fs::metadata(SERVERS).is_err() {
        return failure.hint(format!("there is no {SERVERS}, so the server on this host itself was asked"));
    }
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENETUNREACH) => failure.hint("no route leads there (ip route)"),
        _ => failure,
    }
}

/// One question for the IPv4 address of a name. None: there is no such name.
fn ask(name: &str, server: Ipv4Addr, wait: Duration) -> std::io::Result<Option<Ipv4Addr>> {
    let invalid = |_| std::io::Error::from(ErrorKind::InvalidInput);
    let number = std::process::id() as u16;
    let mut query = Packet::new_query(number);
    query.set_flags(simple_dns::PacketFlag::RECURSION_DESIRED);
    let host = Name::new(name).map_err(invalid)?;
    query.questions.push(Question::new(host, TYPE::A.into(), CLASS::IN.into(), false));
    let bytes = query.build_bytes_vec().map_err(invalid)?;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    // Connected, it gets the ICMP answer of a port where nobody listens: ECONNREFUSED.
    socket.connect(SocketAddrV4::new(server, 53))?;
    socket.send(&bytes)?;
    let until = Instant::now() + wait;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        socket.set_read_timeout(Some(left))?;
        let mut buffer = [0; 512];
        let length = match socket.recv(&mut buffer) {
            Ok(length) => length,
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => continue,
            Err(error) => return Err(error),
        };
        let Ok(answer) = Packet::parse(&buffer[..length]) else { continue };
        if answer.id() != number {
            continue;
        }
        let address = answer.answers.iter().find_map(|record| match &record.rdata {
            RData::A(found) => Some(Ipv4Addr::from(found.address)),
            _ => None,
        });
        return match (address, answer.rcode()) {
            (None, RCODE::ServerFailure | RCODE::Refused) => Err(ErrorKind::ConnectionAborted.into()),
            (address, _) => Ok(address),
        };
    }
}
