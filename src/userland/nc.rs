//! `nc HOST PORT`: a TCP connection by hand. Standard input goes into it, what comes is printed, and it ends when the other
//! side closes; `-l` waits for somebody else's. A connection is made by the kernels of both sides: that one is made does
//! not say that a program has taken it, so "cannot connect" and "nothing came" are told apart. Manual: tcp(7).

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpStream};
use std::os::fd::AsFd;
use std::time::Duration;

use clap::Parser;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::report::{self, Failure, Outcome};
use super::{resolve, tcp};

/// Make a TCP connection, or wait for one (IPv4)
#[derive(Parser)]
#[command(name = "nc", override_usage = "nc [OPTIONS] HOST PORT\n       nc -l [-k] [ADDRESS] PORT")]
struct Arguments {
    /// Wait for a connection
    #[arg(short, long)]
    listen: bool,
    /// With -l: after a connection wait for the next
    #[arg(short, long)]
    keep_open: bool,
    /// The own port
    #[arg(short, value_name = "PORT")]
    port: Option<u16>,
    /// Seconds to wait for the connection, and then for anything to come
    #[arg(short, value_name = "SECONDS")]
    wait: Option<f64>,
    /// Only see whether the port is open
    #[arg(short = 'z')]
    only_look: bool,
    /// Say who is connected
    #[arg(short, long)]
    verbose: bool,
    #[arg(value_name = "HOST PORT", num_args = 0..=2)]
    place: Vec<String>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

/// How long a name server may take, where nobody has said how long.
const RESOLVE: Duration = Duration::from_secs(5);

fn work(arguments: Arguments) -> Outcome {
    let wait = arguments.wait.map(report::seconds).transpose()?;
    let (host, port) = place(&arguments)?;
    let resolved = |host: &str| resolve::resolve(host, wait.unwrap_or(RESOLVE));
    let mut input = Input::new();
    if arguments.listen {
        let at = host.map_or(Ok(Ipv4Addr::UNSPECIFIED), resolved)?;
        let listener = tcp::open(SocketAddrV4::new(at, port))?;
        loop {
            let (stream, from) = listener.accept().map_err(|error| Failure::io("cannot take a connection", &error))?;
            if arguments.verbose {
                writeln!(io::stderr(), "nc: connected from {from}")?;
            }
            let ended = talk(&stream, &mut input, wait, Side::Called);
            match ended {
                Ok(_) if !arguments.keep_open => return Ok(0),
                Ok(_) => {}
                Err(failure) if !arguments.keep_open => return Err(failure),
                Err(failure) => drop(report::end("nc", Err(failure))),
            }
        }
    }
    let to = SocketAddrV4::new(resolved(host.unwrap_or_default())?, port);
    let stream = tcp::connect(to, arguments.port, wait)?;
    if arguments.verbose {
        writeln!(io::stderr(), "nc: connected to {to}")?;
    }
    if arguments.only_look {
        return Ok(0);
    }
    match (talk(&stream, &mut input, wait, Side::Calls)?, wait) {
        (End::Silence, Some(wait)) => {
            report::note("nc", &format!("connected to {to}, but nothing came in {} s", wait.as_secs_f64()));
        }
        (End::NothingCame, _) => report::note("nc", &format!("connected to {to}, which closed and had sent nothing")),
        _ => {}
    }
    Ok(0)
}

/// Host and port of the command line; to listen, the address may be left out, and the port may be the option's.
fn place(arguments: &Arguments) -> Result<(Option<&str>, u16), Failure> {
    let number = |text: &str| match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(Failure::new(format!("{text} is no port: a number from 1 to 65535"))),
    };
    if arguments.keep_open && !arguments.listen {
        return Err(Failure::new("-k goes with -l: it waits for the next connection"));
    }
    match (arguments.listen, arguments.place.as_slice(), arguments.port) {
        (false, [host, port], _) => Ok((Some(host), number(port)?)),
        (false, ..) => Err(Failure::new("to whom? nc HOST PORT, or nc -l PORT to wait for somebody")),
        (true, [], Some(port)) => Ok((None, port)),
        (true, [port], None) => Ok((None, number(port)?)),
        (true, [address], Some(port)) => Ok((Some(address), port)),
        (true, [address, port], None) => Ok((Some(address), number(port)?)),
        (true, ..) => Err(Failure::new("on which port? nc -l PORT, nc -l ADDRESS PORT, or nc -l -p PORT")),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Calls,
    Called,
}

/// How a connection ended.
enum End {
    /// Something had come.
    Heard,
    /// The other side closed first.
    NothingCame,
    /// Neither: the time was over.
    Silence,
}

/// Standard input, as long as there is more.
struct Input {
    open: bool,
    read: bool,
}

impl Input {
    fn new() -> Input {
        // A job in the background that reads from the terminal would be stopped: tty_ioctl(4), SIGTTIN.
        let stdin = io::stdin();
        let others = stdin.is_terminal() && nix::unistd::tcgetpgrp(&stdin).ok() != Some(nix::unistd::getpgrp());
        Input { open: !others, read: false }
    }
}

fn talk(mut stream: &TcpStream, input: &mut Input, wait: Option<Duration>, side: Side) -> Result<End, Failure> {
    let limit = wait.map_or(PollTimeout::NONE, |wait| PollTimeout::try_from(wait).unwrap_or(PollTimeout::MAX));
    let mut heard = false;
    let mut buffer = vec![0; 16 * 1024];
    let lost = |error: io::Error| Failure::io("the connection is lost", &error);
    let ended = |heard: bool| if heard { End::Heard } else { End::NothingCame };
    loop {
        let stdin = io::stdin();
        let mut waits = vec![PollFd::new(stream.as_fd(), PollFlags::POLLIN)];
        if input.open {
            waits.push(PollFd::new(stdin.as_fd(), PollFlags::POLLIN));
        }
        match poll(&mut waits, limit) {
            Ok(0) => return Ok(if heard { End::Heard } else { End::Silence }),
            Ok(_) => {}
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(Failure::errno("cannot wait", errno)),
        }
        let ready = |at: usize| waits.get(at).and_then(PollFd::any).unwrap_or(false);
        let (came, typed) = (ready(0), ready(1));
        if typed {
            // Not by the standard library's buffer, of which poll(2) knows nothing.
            let length = nix::unistd::read(&stdin, &mut buffer).unwrap_or(0);
            if length > 0 {
                input.read = true;
                stream.write_all(&buffer[..length]).map_err(lost)?;
            } else {
                input.open = false;
                // Who waits for others and has nothing to say, as in the background, still listens.
                if side == Side::Calls || input.read {
                    stream.shutdown(Shutdown::Write).ok();
                }
            }
        }
        if came {
            let length = match stream.read(&mut buffer) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(lost(error)),
            };
            if length == 0 {
                return Ok(ended(heard || input.read));
            }
            heard = true;
            let mut out = io::stdout().lock();
            out.write_all(&buffer[..length])?;
            out.flush()?;
        }
    }
}
