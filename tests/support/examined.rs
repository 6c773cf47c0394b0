//! Runs the examination in a process of its own that was crippled before it started: the test binary again, with the
//! ignored test `examine_here`. What it found comes back as JSON on a line of its own.

use super::skip;
use nix::errno::Errno;
use serde_json::Value;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

pub const MARK: &str = "EXAMINED ";

pub struct Examined(pub Value);

impl Examined {
    pub fn finding(&self, need: &str) -> &Value {
        let findings = self.0["report"]["findings"].as_array().expect("a list");
        findings.iter().find(|finding| finding["need"] == need).unwrap_or_else(|| panic!("no finding {need}"))
    }

    pub fn text(&self, need: &str, field: &str) -> &str {
        self.finding(need)[field].as_str().unwrap_or_default()
    }

    /// The finding has this status, says how it was found out, why, and the way out.
    pub fn assert(&self, need: &str, status: &str, found: &str, why: &str, remedy: &str) {
        let finding = self.finding(need);
        assert_eq!(finding["status"], status, "{finding:#}");
        for (field, part) in [("found", found), ("why", why), ("remedy", remedy)] {
            assert!(self.text(need, field).contains(part), "{field} should say {part:?}: {finding:#}");
        }
    }

    /// The reason why a need (namespaces, userns, overlay: 0, 1, 2) cannot be met.
    pub fn lacks(&self, number: usize) -> &Value {
        &self.0["lacks"][number]
    }
}

/// Examines from a process that `cripple` was done to, between fork and exec.
pub fn examined(
    change: impl FnOnce(&mut Command),
    cripple: impl FnMut() -> Result<(), Errno> + Send + Sync + 'static,
) -> Option<Examined> {
    let program = std::env::current_exe().expect("a program");
    let mut command = Command::new(program);
    command.args(["--exact", "examine_here", "--ignored", "--nocapture", "--test-threads=1"]);
    command.stdin(Stdio::null());
    change(&mut command);
    run(command, cripple)
}

pub fn run(
    mut command: Command,
    mut cripple: impl FnMut() -> Result<(), Errno> + Send + Sync + 'static,
) -> Option<Examined> {
    // SAFETY: the closures make system calls with what was made ready before; none of them allocates.
    unsafe { command.pre_exec(move || cripple().map_err(std::io::Error::from)) };
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            skip(&format!("the machine of this test cannot be made here: {error}"));
            return None;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix(MARK));
    let line = line.unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)));
    Some(Examined(serde_json::from_str(line).expect("JSON")))
}
