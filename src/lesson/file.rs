//! Reads one file of a lesson from a folder that may be a stranger's: bounded, regular files only, nothing outside the
//! folder, and text. It does not look at what the text says.

use super::diagnostic::{Diagnostic, Source};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

/// The largest lesson file. A long lesson has some 30 KiB.
pub const LARGEST: u64 = 1024 * 1024;

/// Reads `path`, which must lie in `root` when all links are followed. `shown` is its name in messages.
pub fn read(root: &Path, path: &Path, shown: &str) -> Result<Arc<Source>, Diagnostic> {
    let wrong = |code, problem: String, expected: &str| Diagnostic::of_file(shown, code, problem, expected.to_owned());
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound if path.with_extension("yml").exists() => {
            wrong("no-lesson-file", "The folder has lesson.yml, and no lesson.yaml".into(), "`lesson.yaml`: rename it")
        }
        ErrorKind::NotFound => {
            wrong("no-lesson-file", "The folder has no lesson.yaml".into(), "a file of this name, or no such folder")
        }
        _ => wrong("unreadable", format!("The file cannot be read: {error}"), "a file that you may read"),
    };
    let real = path.canonicalize().map_err(unreadable)?;
    if !root.canonicalize().is_ok_and(|root| real.starts_with(root)) {
        let problem = format!("A link leads out of the lessons' folder, to {}", real.display());
        return Err(wrong("outside-folder", problem, "the file itself in the folder, not a link to another place"));
    }
    let mut file = open(&real).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(wrong(
            "not-a-file",
            "This is no regular file, and is not read".into(),
            "a text file named lesson.yaml",
        ));
    }
    let too_large = |size: u64| {
        wrong(
            "too-large",
            format!("The file has {size} bytes, and is not read"),
            "a lesson of at most 1048576 bytes (1 MiB)",
        )
    };
    if about.len() > LARGEST {
        return Err(too_large(about.len()));
    }
    let mut bytes = Vec::new();
    // It may have grown since: one byte more than allowed is enough to know.
    (&mut file).take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match u64::try_from(bytes.len()) {
        Ok(size) if size <= LARGEST => text(bytes, shown),
        size => Err(too_large(size.unwrap_or(u64::MAX))),
    }
}

/// Links are followed before; one that appears in between is refused. A FIFO or a device must not make us wait.
fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

/// Bytes as text, or where they stop being text.
pub fn text(bytes: Vec<u8>, shown: &str) -> Result<Arc<Source>, Diagnostic> {
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let problem = format!("Byte {at} is zero, so this is no text");
        return Err(at_byte(bytes, at, shown, "binary", problem));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::new(Source { name: shown.to_owned(), text })),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let problem = format!("Byte {at} (0x{:02x}) is not UTF-8", bytes.get(at).copied().unwrap_or_default());
            Err(at_byte(bytes, at, shown, "not-utf8", problem))
        }
    }
}

/// A diagnostic at a byte of something that is no text: what is shown of it is the text before.
fn at_byte(mut bytes: Vec<u8>, at: usize, shown: &str, code: &'static str, problem: String) -> Diagnostic {
    bytes.truncate(at);
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    let start = text.len();
    text.push('\u{fffd}');
    let source = Arc::new(Source { name: shown.to_owned(), text });
    Diagnostic::new(&source, start..source.text.len(), code, problem, "a text file in UTF-8".into())
}
