//! Of all the failed calls of a command, those that count: most failures are part of a program's work (a file is looked
//! for in five places) and are forgotten when the same call succeeds, or when its process ends well.

use crate::evidence::record::{Call, Reason};
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
}

/// The failed calls, in order.
#[derive(Debug, Default)]
pub struct Failures {
    open: Vec<Failure>,
    /// The last one that somebody coped with.
    coped: Option<Failure>,
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
        self.open.push(Failure { pid, call, reason, over: false });
    }

    /// The same call has succeeded. An execve that did makes up for the tries in other directories.
    pub fn succeeded(&mut self, pid: Pid, call: &Call) {
        let same = |it: &Failure| {
            let same_call = it.call.name == call.name && it.call.args == call.args;
            !it.over && it.pid == pid && (same_call || (is_exec(&it.call) && is_exec(call)))
        };
        self.cope(same);
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
        self.open.last()
    }

    /// The execve tries of the same process that lead up to the last failure.
    pub fn tries(&self) -> Vec<&Failure> {
        let Some(last) = self.last() else { return Vec::new() };
        let mut tries: Vec<&Failure> =
            self.open.iter().rev().take_while(|it| it.pid == last.pid && is_exec(&it.call)).collect();
        tries.reverse();
        tries
    }

    /// The last failure that was coped with.
    pub fn coped(&self) -> Option<&Failure> {
        self.coped.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::Arg;

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
        failures.failed(pid(2), call("openat", "/missing"), None);
        failures.succeeded(pid(2), &call("openat", "/etc/passwd"));
        failures.ended(pid(2), 1);
        assert_eq!(failures.last().map(|it| it.call.clone()), Some(call("openat", "/missing")));
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
