//! Subordinate ids: what /etc/subuid and /etc/subgid lend to a user beside his own id (subuid(5)).
//! The kernel lets nobody map ids that are not his. So a user's wider map is written by newuidmap(1) and newgidmap(1),
//! which are set-uid root and look into these files; root writes it without them, and keeps to the same lines.
//! The lab host's map has then a second line: its ids 1 to `COUNT` are the first ones that are lent.

use crate::kernel::error::Errno;
use crate::kernel::idmaps::Line;
use nix::unistd::Pid;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How many of them a lab takes. On every machine the same, so that records are; usually a user has 65536.
pub const COUNT: u32 = 2000;

/// The helpers look into a directory of users maybe, over a network.
const LIMIT: Duration = Duration::from_secs(10);

/// The first id outside of those that are lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subids {
    pub uid: u32,
    pub gid: u32,
}

/// Why a user has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoLine {
    /// The file has no line for him, or cannot be read.
    Missing { file: &'static str },
    /// What it lends is less than `COUNT`.
    TooFew { file: &'static str, most: u32 },
}

/// Why a wider map could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotWritten {
    /// The helper is not on the PATH.
    NoProgram(&'static str),
    /// The helper refused: what it said.
    Refused(&'static str, String),
    /// The kernel refused root's own write.
    Kernel(nix::errno::Errno),
}

/// What is lent to a user, by his id. `read` gives a file's text.
pub fn lent(user: u32, read: impl Fn(&'static str) -> Option<String>) -> Result<Subids, NoLine> {
    let mut names = vec![user.to_string()];
    let passwd = read("/etc/passwd").unwrap_or_default();
    let known =
        passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).filter(|it| it.get(2) == Some(&&*names[0]));
    let known: Vec<String> = known.filter_map(|it| it.first().map(|name| (*name).to_owned())).collect();
    // A user of a directory service is in no file; the session knows its name.
    names.extend(if known.is_empty() { std::env::var("USER").ok().into_iter().collect() } else { known });
    let first = |file: &'static str| -> Result<u32, NoLine> {
        let text = read(file).ok_or(NoLine::Missing { file })?;
        let ranges: Vec<(u32, u32)> = text.lines().filter_map(|line| range(line, &names)).collect();
        let enough = ranges.iter().find(|(_, count)| *count >= COUNT).map(|(start, _)| *start);
        enough.ok_or(match ranges.iter().map(|(_, count)| *count).max() {
            Some(most) => NoLine::TooFew { file, most },
            None => NoLine::Missing { file },
        })
    };
    Ok(Subids { uid: first("/etc/subuid")?, gid: first("/etc/subgid")? })
}

/// `name:first:count`, if it is a line for one of these names.
fn range(line: &str, names: &[String]) -> Option<(u32, u32)> {
    let mut parts = line.trim().split(':');
    let name = parts.next()?;
    names.iter().any(|it| it == name).then_some(())?;
    let (start, count) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    // Id 0 is nobody's to lend.
    (start != 0).then_some((start, count))
}

/// Writes both maps of a process that is in a fresh user namespace: its own id as 0, and what is lent from 1 on.
pub fn write(process: Pid, own: (u32, u32), subids: Subids) -> Result<(), NotWritten> {
    let lines = |own: u32, lent: u32| {
        [Line { inside: 0, outside: own, count: 1 }, Line { inside: 1, outside: lent, count: COUNT }]
    };
    let maps = [("gid_map", "newgidmap", lines(own.1, subids.gid)), ("uid_map", "newuidmap", lines(own.0, subids.uid))];
    for (file, program, [first, second]) in maps {
        if nix::unistd::geteuid().is_root() {
            std::fs::write(format!("/proc/{process}/{file}"), format!("{first}\n{second}"))
                .map_err(|error| NotWritten::Kernel(Errno::from_io(&error)))?;
        } else {
            help(program, &format!("{process} {first} {second}"))?;
        }
    }
    Ok(())
}

fn help(program: &'static str, arguments: &str) -> Result<(), NotWritten> {
    let refused = |why: String| NotWritten::Refused(program, why);
    let mut command = Command::new(program);
    command.args(arguments.split(' ')).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => NotWritten::NoProgram(program),
        _ => refused(error.to_string()),
    })?;
    if !super::lab::ended_within(Pid::from_raw(child.id().cast_signed()), LIMIT) {
        child.kill().ok();
    }
    let output = child.wait_with_output().map_err(|error| refused(error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(refused(said)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_if_it_is_the_users_own_and_long_enough() {
        let file = |name: &'static str| {
            Some(match name {
                "/etc/passwd" => "ada:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n".to_owned(),
                "/etc/subuid" => "ada:100000:65536\nbob:200000:10\nbob:300000:2000\n1002:0:65536\n".to_owned(),
                _ => "ada:100000:65536\n1001:400000:65536\n".to_owned(),
            })
        };
        assert_eq!(lent(1000, file), Ok(Subids { uid: 100_000, gid: 100_000 }));
        assert_eq!(lent(1001, file), Ok(Subids { uid: 300_000, gid: 400_000 }));
        assert_eq!(lent(1002, file), Err(NoLine::Missing { file: "/etc/subuid" }));
        let few = |name: &'static str| if name == "/etc/subgid" { Some("1000:5:1999".to_owned()) } else { file(name) };
        assert_eq!(lent(1000, few), Err(NoLine::TooFew { file: "/etc/subgid", most: 1999 }));
    }
}
