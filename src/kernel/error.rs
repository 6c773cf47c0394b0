//! A system call that failed: its name, its errno, and the path or name it was about.
//! Each function in this room returns one of these, so that an error always names the call that made it.
//! What an errno *means* here and now is not decided in this room: `diagnosis` computes it from the facts.

use serde::{Deserialize, Serialize};

/// An error number of the kernel, shown by its name (errno(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Errno(pub nix::errno::Errno);

impl Errno {
    /// The errno behind a `std::io::Error`; EIO where the standard library made the error up itself.
    pub fn from_io(error: &std::io::Error) -> nix::errno::Errno {
        nix::errno::Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO))
    }

    /// `EPERM`, `EINVAL`, …
    pub fn name(self) -> String {
        format!("{:?}", self.0)
    }
}

impl std::fmt::Display for Errno {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:?}", self.0)
    }
}

impl From<Errno> for String {
    fn from(errno: Errno) -> String {
        errno.name()
    }
}

impl TryFrom<String> for Errno {
    type Error = String;

    /// Takes `EPERM` and the like. The names are those of this kernel: it asks nix for each number there is.
    fn try_from(name: String) -> Result<Errno, String> {
        // 0 stands for a number that has no name; the kernel has a few that are not in errno(3).
        (0..134)
            .map(nix::errno::Errno::from_raw)
            .find(|errno| format!("{errno:?}") == name)
            .map(Errno)
            .ok_or_else(|| format!("`{name}` is no error name: write it as errno(3) does, for example EPERM"))
    }
}

/// A failed operation: which call, on what, with which errno.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{call}{}: {errno}", .on.as_deref().map(|on| format!(" {on}")).unwrap_or_default())]
pub struct Failed {
    /// The system call's name, as in section 2 of the manual.
    pub call: String,
    /// The path or name it was about, if one.
    pub on: Option<String>,
    pub errno: Errno,
}

impl Failed {
    pub fn new(call: &str, errno: nix::errno::Errno) -> Failed {
        Failed { call: call.to_owned(), on: None, errno: Errno(errno) }
    }

    /// Says what the call was about.
    pub fn on(mut self, on: impl Into<String>) -> Failed {
        self.on = Some(on.into());
        self
    }

    /// As text for a pipe to the parent.
    pub fn packed(&self) -> String {
        [&self.call, self.on.as_deref().unwrap_or_default(), &(self.errno.0 as i32).to_string()].join("\0")
    }

    /// What a child has packed; none if it has written something else, or nothing.
    pub fn unpacked(text: &str) -> Option<Failed> {
        let [call, on, errno] = text.split('\0').collect::<Vec<_>>().try_into().ok()?;
        let failed = Failed::new(call, nix::errno::Errno::from_raw(errno.parse().ok()?));
        Some(if on.is_empty() { failed } else { failed.on(on) })
    }

    /// From an error of the standard library.
    pub fn io(call: &str, error: &std::io::Error, on: impl Into<String>) -> Failed {
        Failed::new(call, Errno::from_io(error)).on(on)
    }
}
