//! The state directory: the only place outside of a lab that Boxlab writes to (XDG base directory specification:
//! `$XDG_STATE_HOME/boxlab`, else `~/.local/state/boxlab`). `progress` is how far the learner is; `exercises` the same of those; `quiz` is
//! which questions come again, and when; `document` is how all three are kept. `ledger` is
//! what exists outside of a lab now, entered before it is made, so that `clean` finds it after a kill; `groups` takes control
//! groups away; `presenting` has the sockets of lessons that are being presented.

mod document;
pub mod exercises;
pub mod groups;
pub mod ledger;
pub mod presenting;
pub mod progress;
pub mod quiz;

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now, as it is kept: in seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// The state directory; none where neither variable is set.
pub fn directory() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    Some(base.join("boxlab"))
}

/// Replaces a file as a whole: a reader sees the old text or the new one, whenever the writer is killed (rename(2)).
/// The temporary file has the writer's PID in its name; `clean` removes those whose writer is gone.
pub fn replace(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let directory = path.parent().ok_or(std::io::ErrorKind::NotFound)?;
    std::fs::create_dir_all(directory)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = directory.join(format!(".{name}.{}", std::process::id()));
    let written = (|| {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    })();
    if written.is_err() {
        std::fs::remove_file(&temporary).ok();
    }
    written
}
