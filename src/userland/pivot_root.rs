//! `pivot_root NEW OLD`: makes the mount at NEW the root of this mount namespace and puts the old root at OLD.
//! Manual: pivot_root(2), mount_namespaces(7).

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use nix::errno::Errno;

use super::report::{self, Failure};

/// Make the mount at NEW the root, and put the old root at OLD
#[derive(Parser)]
#[command(name = "pivot_root")]
struct Arguments {
    /// A mount point; its parent mount must not be shared
    new: PathBuf,
    /// A directory at or under NEW
    old: PathBuf,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |Arguments { new, old }: Arguments| {
        nix::unistd::pivot_root(&new, &old).map_err(|errno| {
            let failure =
                Failure::errno(format!("cannot make {} the root, old root to {}", new.display(), old.display()), errno);
            match errno {
                Errno::EINVAL => failure.hint(
                    "the new root must be a mount point (bind it to itself), neither it nor its parent may be shared \
                     (mount --make-rprivate /), and the old root must go to a place under the new one",
                ),
                Errno::EBUSY => failure.hint("the new root and the old one must not be on the mount that is / now"),
                Errno::EPERM => {
                    failure.hint("it needs CAP_SYS_ADMIN in the user namespace that owns this mount namespace")
                }
                _ => failure,
            }
        })?;
        Ok(0)
    })
}
