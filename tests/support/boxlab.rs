//! Starting the program under test: with a home of its own, as the caller or as `nobody`, and a mark in its environment
//! by which every process that it makes is found again.

use super::host::Mark;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The user and group that mean nobody on most systems.
pub const NOBODY: u32 = 65534;

/// A run of the program, being prepared.
pub struct Boxlab {
    pub command: Command,
    /// HOME, TMPDIR and the state directory lie in here; it goes with the value.
    pub home: TempDir,
    pub mark: Mark,
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub status: Option<i32>,
}

/// Who runs the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Me,
    Nobody,
}

/// The caller; and nobody too, where the caller is root and so can become that.
pub fn everyone() -> Vec<Who> {
    if !nix::unistd::geteuid().is_root() {
        return vec![Who::Me];
    }
    let reached = |path: &Path| path.metadata().is_ok_and(|about| about.permissions().mode() & 0o001 != 0);
    if !program().ancestors().all(reached) {
        super::skip("as nobody: the program lies in a folder that only root may enter");
        return vec![Who::Me];
    }
    vec![Who::Me, Who::Nobody]
}

/// The program under test.
pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_boxlab"))
}

impl Boxlab {
    pub fn new<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Boxlab {
        Boxlab::by(Who::Me, arguments)
    }

    pub fn by<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(who: Who, arguments: I) -> Boxlab {
        let mut boxlab = Boxlab::of(who, &program());
        boxlab.command.args(arguments);
        boxlab
    }

    /// Another program, which starts this one.
    pub fn of(who: Who, program: &Path) -> Boxlab {
        let home = TempDir::new().expect("a temporary folder");
        let mark = Mark::new();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", home.path())
            .env("TMPDIR", home.path())
            .env("LANG", "C.UTF-8")
            .env(Mark::NAME, mark.text())
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if who == Who::Nobody {
            std::os::unix::fs::chown(home.path(), Some(NOBODY), Some(NOBODY)).expect("root may give a folder away");
            command.uid(NOBODY).gid(NOBODY);
        }
        Boxlab { command, home, mark }
    }

    /// Runs it in another one's home: the same learner, again.
    pub fn at_home_of(self, other: &Path) -> Boxlab {
        self.env("HOME", other).env("TMPDIR", other)
    }

    pub fn without(mut self, name: &str) -> Boxlab {
        self.command.env_remove(name);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Boxlab {
        self.command.env(name, value);
        self
    }

    /// Does something in the child before it becomes the program.
    pub fn before(mut self, act: impl Fn() -> nix::Result<()> + Send + Sync + 'static) -> Boxlab {
        // SAFETY: the closures that tests hand in make system calls only.
        unsafe { self.command.pre_exec(move || act().map_err(std::io::Error::from)) };
        self
    }

    pub fn spawn(&mut self) -> Child {
        self.command.spawn().expect("the program starts")
    }

    /// Runs it to its end, and checks that nothing is left of it.
    pub fn run(self) -> Ran {
        self.run_and(|| {})
    }

    /// The same, and does something while its home is still there.
    pub fn run_and(mut self, then: impl FnOnce()) -> Ran {
        let child = self.spawn();
        let output = child.wait_with_output().expect("it ends");
        self.mark.assert_nothing_left();
        then();
        Ran {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status.code(),
        }
    }

    /// Runs it, and expects this exit status.
    #[track_caller]
    pub fn expect(self, status: i32) -> Ran {
        let ran = self.run();
        assert_eq!(ran.status, Some(status), "stdout:\n{}\nstderr:\n{}", ran.stdout, ran.stderr);
        ran
    }
}

/// The ids and numbers of steps of all lessons, as `boxlab list` has them.
pub fn lessons() -> Vec<(String, usize)> {
    let ran = Boxlab::new(["list", "--json"]).expect(0);
    let list: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let lesson = |it: &serde_json::Value| {
        (it["id"].as_str().unwrap_or_default().to_owned(), it["steps"].as_u64().unwrap_or(0) as usize)
    };
    list.as_array().expect("a list").iter().map(lesson).collect()
}
