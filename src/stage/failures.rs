//! Of all the failed calls of a command, those that count: most failures are part of a program's work (a file is looked
//! for in five places) and are forgotten when the same call succeeds, or when its process ends well.

use super::call::only_looks;
use crate::evidence::record::{Arg, Call, Reason};
use nix::unistd::Pid;

/// No more are kept; the oldest go first.
const MOST: usize = 256;

/// A failed call, and why.
#[derive(Clone, Debug)]
pub struct Failure {
    pub pid: Pid,
    pub call: Call,
    pub reason: Option<Reason>,
    /// Its process has ended, so its number may come to mean another one.
    over: bool,
    /// It only looked, and its process went on to speak to somebody: it could do without.
    passed: bool,
}

/// The failed calls, in order.
#[derive(Debug, Default)]
pub struct Failures {
    open: Vec<Failure>,
    /// The words of all programs that were started.
    said: String,
    /// The last one that somebody coped with.
    coped: Option<Failure>,
    /// The last call that succeeded and changed nothing.
    vain: Option<Failure>,
}

/// As much of the words is kept.
const MOST_SAID: usize = 64 * 1024;
/// Parts of paths that programs look for on every start, and can do without.
const USUAL: [&str; 12] = [
    "nsswitch.conf",
    "/.cargo/",
    "locale",
    "/ld.so",
    "localtime",
    "terminfo",
    "/etc/profile",
    // Who asks for a host's address: hosts(5), resolv.conf(5), host.conf(5), gai.conf(5). What it did without is seen by the
    // answer that it got.
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/nscd/",
];

/// Whether a call only looks, or reads a file.
fn looks(call: &Call) -> bool {
    let writes = |arg: &Arg| matches!(arg, Arg::Flags(flags) if ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|it| flags.contains(it)));
    only_looks(call) || (call.name.starts_with("open") && !call.args.iter().any(writes))
}

fn is_usual(call: &Call) -> bool {
    // The standard library asks about nothing at all, to find out whether the kernel knows the call.
    if only_looks(call) && program(call).is_none() {
        return true;
    }
    call.args.iter().any(|arg| matches!(arg, Arg::Text(path) if USUAL.iter().any(|part| path.contains(part))))
}

/// The path that a call names first.
pub fn program(call: &Call) -> Option<&str> {
    call.args.iter().find_map(|arg| match arg {
        Arg::Text(path) => Some(path.as_str()),
        _ => None,
    })
}

/// The last component of a path.
fn name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// access(2) with X_OK: how a shell searches along PATH.
fn asks_to_execute(call: &Call) -> bool {
    matches!(call.name.as_str(), "access" | "faccessat") && call.args.contains(&Arg::Number(1))
}

/// Whether a call replaces the program.
pub fn is_exec(call: &Call) -> bool {
    matches!(call.name.as_str(), "execve" | "execveat")
}

impl Failures {
    pub fn failed(&mut self, pid: Pid, call: Call, reason: Option<Reason>) {
        if self.open.len() >= MOST {
            self.open.remove(0);
        }
        self.open.push(Failure { pid, call, reason, over: false, passed: false });
    }

    /// The same call has succeeded. An execve that did makes up for the tries in other directories.
    pub fn succeeded(&mut self, pid: Pid, call: &Call) {
        if is_exec(call) && self.said.len() < MOST_SAID {
            self.said.extend(call.args.iter().map(ToString::to_string));
        }
        let same = |it: &Failure| {
            let same_call = it.call.name == call.name && it.call.args == call.args;
            !it.over && it.pid == pid && (same_call || (is_exec(&it.call) && is_exec(call)))
        };
        self.cope(same);
        // A program that lacks a file which it needs ends before it speaks to another host.
        if matches!(call.name.as_str(), "connect" | "sendto" | "recvfrom" | "recvmsg") {
            let before = self.open.iter_mut().filter(|it| it.pid == pid && !it.over && looks(&it.call));
            before.for_each(|it| it.passed = true);
        }
    }

    /// A process has ended; with 0 it coped with what failed in it.
    pub fn ended(&mut self, pid: Pid, status: i32) {
        if status == 0 {
            self.cope(|it| !it.over && it.pid == pid);
        }
        for failure in self.open.iter_mut().filter(|it| it.pid == pid) {
            failure.over = true;
        }
    }

    fn cope(&mut self, with: impl Fn(&Failure) -> bool) {
        if let Some(last) = self.open.iter().rev().find(|it| with(it)) {
            self.coped = Some(last.clone());
            self.open.retain(|it| !with(it));
        }
    }

    /// The one that the command most likely ended by.
    pub fn last(&self) -> Option<&Failure> {
        let last = self.open.last()?;
        // What a program asks besides (for the words of its message, say) hides its failure only if there was no other.
        let of_it: Vec<&Failure> = self.open.iter().filter(|it| it.pid == last.pid).collect();
        let newest = |fits: &dyn Fn(&Failure) -> bool| of_it.iter().rev().copied().find(|it| fits(it));
        let acts = |it: &Failure| !looks(&it.call);
        let meant = |it: &Failure| self.is_said(&it.call) && (self.is_said_in_full(&it.call) || !is_usual(&it.call));
        newest(&acts).or_else(|| newest(&meant)).or_else(|| {
            let others = |it: &&Failure| acts(it) || meant(it);
            self.open.iter().rev().find(others).or_else(|| newest(&|it| !it.passed && !is_usual(&it.call)))
        })
    }

    /// Whether a path of the call is among the words of the command, or of a program that it started.
    fn is_said(&self, call: &Call) -> bool {
        call.args.iter().any(|arg| match arg {
            Arg::Text(path) => self.said.contains(path.as_str()) || self.said.contains(&format!("{}\"", name(path))),
            _ => false,
        })
    }

    /// The same of a path from `/` on. Somebody who names such a file wants it, usual or not.
    fn is_said_in_full(&self, call: &Call) -> bool {
        program(call).is_some_and(|path| path.starts_with('/') && self.said.contains(&format!("{path}\"")))
    }

    /// Where the last failure ended a search along PATH: all its tries, in order.
    pub fn tries(&self) -> Vec<&Failure> {
        let Some(last) = self.last() else { return Vec::new() };
        let Some(name) = program(&last.call).map(name) else { return Vec::new() };
        let searches = |call: &Call| is_exec(call) || asks_to_execute(call);
        let same = |it: &&Failure| searches(&it.call) && program(&it.call).map(self::name) == Some(name);
        let own = self.open.iter().filter(|it| it.pid == last.pid);
        if searches(&last.call) { own.filter(same).collect() } else { Vec::new() }
    }

    /// The call succeeded, and changes nothing.
    pub fn in_vain(&mut self, pid: Pid, call: Call, reason: Reason) {
        self.vain = Some(Failure { pid, call, reason: Some(reason), over: false, passed: false });
    }

    /// The last call that succeeded and changed nothing.
    pub fn vain(&self) -> Option<&Failure> {
        self.vain.as_ref()
    }

    /// The last failure that was coped with.
    pub fn coped(&self) -> Option<&Failure> {
        self.coped.as_ref()
    }
}

/// Whether the kernel makes the call again by itself (ERESTARTSYS and its like): when a signal has interrupted it, or when
/// a lock was not free, as at a write to a switch of the network. So it has not failed, and will be seen once more.
pub fn is_repeated(value: i64) -> bool {
    (512..=516).contains(&-value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, path: &str) -> Call {
        Call { name: name.into(), args: vec![Arg::Text(path.into())], result: None, child: true }
    }

    fn pid(number: i32) -> Pid {
        Pid::from_raw(number)
    }

    #[test]
    fn a_search_along_path_that_ends_well_is_no_failure() {
        let mut failures = Failures::default();
        failures.failed(pid(2), call("execve", "/bin/ls"), None);
        failures.succeeded(pid(2), &call("execve", "/usr/bin/ls"));
        assert!(failures.last().is_none());
        assert_eq!(failures.coped().map(|it| it.call.clone()), Some(call("execve", "/bin/ls")));
    }

    #[test]
    fn another_file_that_opens_makes_up_for_nothing() {
        let mut failures = Failures::default();
        failures.succeeded(pid(2), &call("execve", "cat /missing\""));
        failures.failed(pid(2), call("openat", "/missing"), None);
        failures.succeeded(pid(2), &call("openat", "/etc/passwd"));
        failures.failed(pid(2), call("openat", "/etc/nsswitch.conf"), None);
        failures.ended(pid(2), 1);
        assert_eq!(failures.last().map(|it| it.call.clone()), Some(call("openat", "/missing")));
    }

    #[test]
    fn a_file_that_is_missing_before_somebody_is_asked_is_no_cause() {
        let mut failures = Failures::default();
        failures.failed(pid(2), call("openat", "/root/.wgetrc"), None);
        let sent = Call { args: vec![Arg::Flags("10.88.0.1:53".into())], ..call("sendto", "") };
        failures.succeeded(pid(2), &sent);
        failures.ended(pid(2), 1);
        assert!(failures.last().is_none());
        // The same of a program that stops there.
        failures.failed(pid(3), call("openat", "/root/.wgetrc"), None);
        failures.ended(pid(3), 1);
        assert_eq!(failures.last().map(|it| it.pid), Some(pid(3)));
    }

    #[test]
    fn a_process_that_ends_well_has_coped_and_its_number_may_return() {
        let mut failures = Failures::default();
        failures.failed(pid(2), call("mkdir", "/a"), None);
        failures.ended(pid(2), 1);
        failures.failed(pid(2), call("mkdir", "/b"), None);
        failures.ended(pid(2), 0);
        assert_eq!(failures.last().map(|it| it.call.clone()), Some(call("mkdir", "/a")));
    }
}
