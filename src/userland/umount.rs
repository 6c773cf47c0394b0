//! `umount [-l] DIR...`. Manual: umount2(2).

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use nix::errno::Errno;
use nix::mount::{MntFlags, umount2};

use super::report::{self, Failure};

/// Unmount file systems
#[derive(Parser)]
#[command(name = "umount")]
struct Arguments {
    /// Detach now, clean up when nobody uses it (MNT_DETACH)
    #[arg(short, long)]
    lazy: bool,
    /// Abort pending requests (MNT_FORCE)
    #[arg(short, long)]
    force: bool,
    #[arg(required = true)]
    directories: Vec<PathBuf>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |arguments: Arguments| {
        let mut flags = MntFlags::UMOUNT_NOFOLLOW;
        flags.set(MntFlags::MNT_DETACH, arguments.lazy);
        flags.set(MntFlags::MNT_FORCE, arguments.force);
        for directory in &arguments.directories {
            umount2(directory, flags).map_err(|errno| {
                let failure = Failure::errno(format!("cannot unmount {}", directory.display()), errno);
                match errno {
                    Errno::EBUSY => failure
                        .hint("something is open or mounted in it, or a process works there; -l detaches it anyway"),
                    Errno::EINVAL => {
                        failure.hint("not a mount point, or a mount that a more privileged namespace has locked")
                    }
                    Errno::EPERM => {
                        failure.hint("it needs CAP_SYS_ADMIN in the user namespace that owns this mount namespace")
                    }
                    _ => failure,
                }
            })?;
        }
        Ok(0)
    })
}
