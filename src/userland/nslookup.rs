//! `nslookup NAME [SERVER]`: asks a name server for an IPv4 address, and says which server that was.
//! It does not read /etc/hosts: the difference between the two is often the mistake. Manual: resolv.conf(5).

use std::ffi::OsString;
use std::io::Write as _;
use std::net::Ipv4Addr;

use clap::Parser;

use super::report::{self, Outcome};
use super::resolve;

/// Ask a name server for the IPv4 address of a name
#[derive(Parser)]
#[command(name = "nslookup")]
struct Arguments {
    /// Seconds to wait for a server's answer
    #[arg(short = 't', long, default_value_t = 2.0)]
    timeout: f64,
    name: String,
    /// The server, in place of those in /etc/resolv.conf
    server: Option<Ipv4Addr>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    let wait = report::seconds(arguments.timeout)?;
    let servers = arguments.server.map_or_else(resolve::servers, |server| vec![server]);
    let (server, address) = resolve::ask_all(&arguments.name, &servers, wait)?;
    writeln!(std::io::stdout(), "Server:  {server}\nName:    {}\nAddress: {address}", arguments.name)?;
    Ok(0)
}
