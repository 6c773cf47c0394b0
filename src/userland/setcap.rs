//! `setcap cap_net_raw+ep FILE`: capabilities that a program file brings to whoever executes it, in its attribute
//! `security.capability`. `-r` takes them away. Manual: capabilities(7), "File capabilities"; setcap(8).

use std::ffi::OsString;

use clap::Parser;
use nix::errno::Errno;

use super::report::{self, Failure, Outcome};
use super::setpriv::capability;
use crate::kernel::error::Failed;
use crate::kernel::privileges::{FileCapabilities, setcap};

/// Give a program file capabilities
#[derive(Parser)]
#[command(name = "setcap", override_usage = "setcap NAME[,NAME]+ep FILE\n       setcap -r FILE")]
struct Arguments {
    /// Take them away
    #[arg(short)]
    remove: bool,
    #[arg(required = true, num_args = 1..=2, value_name = "CAPS FILE")]
    words: Vec<String>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    match (arguments.remove, arguments.words.as_slice()) {
        (true, [file]) => xattr::remove(file, "security.capability")
            .map_err(|error| Failure::io(format!("cannot take them from {file}"), &error))?,
        (false, [words, file]) => {
            let names = words.strip_suffix("+ep").or_else(|| words.strip_suffix("=ep"));
            let names = names.ok_or_else(|| {
                Failure::new(format!("{words}: write NAME[,NAME]+ep, which is permitted, and effective from the start"))
            })?;
            let capabilities = names.split(',').map(capability).collect::<Result<_, _>>()?;
            let change = FileCapabilities { at: file.clone(), capabilities };
            setcap(&change).map_err(|failed| failure(file, &failed))?;
        }
        _ => return Err(Failure::new("setcap NAME[,NAME]+ep FILE, or setcap -r FILE")),
    }
    Ok(0)
}

fn failure(file: &str, failed: &Failed) -> Failure {
    let errno = failed.errno.0;
    let failure = Failure::errno(format!("cannot give {file} capabilities"), errno);
    match errno {
        Errno::EPERM => failure.hint("it takes CAP_SETFCAP (caps), where the file system belongs"),
        Errno::EOPNOTSUPP => failure.hint("the file system keeps no such attributes"),
        _ => failure,
    }
}
