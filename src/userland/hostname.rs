//! `hostname [NAME]`: prints the host name, or sets it in the caller's UTS namespace.
//! Ours, because the errno is the lesson. Manual: sethostname(2), uts_namespaces(7).

use std::ffi::OsString;
use std::io::Write as _;

use clap::Parser;
use nix::errno::Errno;

use super::report::{self, Failure};

/// Print the host name, or set it in this UTS namespace
#[derive(Parser)]
#[command(name = "hostname")]
struct Arguments {
    /// Print only the part before the first dot
    #[arg(short, long)]
    short: bool,
    /// The new name
    name: Option<OsString>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |arguments: Arguments| {
        let Some(name) = arguments.name else {
            let name =
                nix::unistd::gethostname().map_err(|errno| Failure::errno("cannot read the host name", errno))?;
            let name = name.to_string_lossy().into_owned();
            let shown = if arguments.short { name.split('.').next().unwrap_or(&name) } else { &name };
            writeln!(std::io::stdout(), "{shown}")?;
            return Ok(0);
        };
        nix::unistd::sethostname(&name).map_err(|errno| {
            let failure = Failure::errno(format!("cannot set the host name to {}", name.display()), errno);
            match errno {
                Errno::EPERM => {
                    failure.hint("it needs CAP_SYS_ADMIN in the user namespace that owns this UTS namespace")
                }
                Errno::EINVAL => failure.hint("a host name has at most 64 bytes"),
                _ => failure,
            }
        })?;
        Ok(0)
    })
}
