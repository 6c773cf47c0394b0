//! The world outside, as far as lessons need one: a process with one thread that answers HTTP on port 80 and DNS on
//! port 53 of its network namespace, until the process that made it ends. It says to each client which address it sees
//! it come from, which is what lessons ask it.

mod dns;
mod http;

use super::error::{Errno, Failed};
use super::operation::Serve;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::AsFd;

/// The two sockets, before there is a process for them.
pub struct Server {
    http: TcpListener,
    dns: UdpSocket,
    names: Serve,
}

// ANCHOR: serve
/// Opens both sockets, so that they take requests as soon as the step is done: socket(2), bind(2), listen(2).
pub fn open(names: &Serve) -> Result<Server, Failed> {
    let failed = |error: std::io::Error, port: &str| Failed::new("bind", Errno::from_io(&error)).on(port);
    let http = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 80)).map_err(|error| failed(error, "TCP port 80"))?;
    let dns = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 53)).map_err(|error| failed(error, "UDP port 53"))?;
    Ok(Server { http, dns, names: names.clone() })
}

/// Answers, one request after the other. Returns where it cannot wait for more.
pub fn live(server: &Server) {
    loop {
        let ready = |it| PollFd::new(it, PollFlags::POLLIN);
        let mut waits = [ready(server.http.as_fd()), ready(server.dns.as_fd())];
        match poll(&mut waits, PollTimeout::NONE) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(_) => return,
        }
        let [http, dns] = waits.map(|it| it.any() == Some(true));
        if http {
            http::answer(&server.http).ok();
        }
        if dns {
            dns::answer(&server.dns, &server.names.names).ok();
        }
    }
}
// ANCHOR_END: serve
