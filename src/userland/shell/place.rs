//! Where the shell is: its working directory as the kernel holds it, and as a path.
//!
//! The shell library keeps only the path. But a working directory is a directory, and its path changes under the shell
//! when somebody pivots the root. So `cd` moves the process too, and after a pivot the path is asked for again.
//!
//! Manual: getcwd(2), pivot_root(2).

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::BoxShell;

/// After `cd`: the process goes where the path says. A subshell is the same process and must not take us along.
pub fn follow(shell: &BoxShell) {
    if !shell.is_subshell() && shell.working_dir().is_absolute() {
        let _ = std::env::set_current_dir(shell.working_dir());
    }
}

/// After a pivot, by us or by somebody else: the path is what the kernel says it is now.
pub fn resync(shell: &mut BoxShell) {
    if shell.is_subshell() || shell.working_dir().is_relative() || same(Path::new("."), shell.working_dir()) {
        return;
    }
    // A directory that is not below the root any more has no path; then the root is the only place left to name.
    let here = match std::env::current_dir() {
        Ok(here) if here.is_absolute() => here,
        _ => "/".into(),
    };
    if shell.set_working_dir(&here).is_ok() {
        follow(shell);
    }
}

fn same(one: &Path, other: &Path) -> bool {
    match (one.metadata(), other.metadata()) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}
