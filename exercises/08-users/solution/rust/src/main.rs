//! Starts the command that it is given as user 0 of a user namespace of its own.

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};
use std::os::unix::process::CommandExt;
use std::process::Command;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().ok_or("which command?")?;
    user_namespace()?;
    // exec comes back only if it has failed.
    Err(Command::new(program).args(arguments).exec().into())
}

/// A user namespace in which the caller is user 0, and nobody else is there.
fn user_namespace() -> Result<(), Box<dyn std::error::Error>> {
    // Afterwards both are 65534, since no map is there yet.
    let (user, group) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER)?;
    // A group may be there to keep its members out of something. So the map of groups is taken only if nobody can leave one.
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/gid_map", format!("0 {group} 1"))?;
    std::fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
    Ok(())
}
