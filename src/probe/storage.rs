//! What lies below a directory, and what a file has beside its text: lstat(2), xattr(7). Read by the actor itself, since
//! the paths are its own.

use crate::evidence::Value;
use crate::kernel::error::Errno;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// `35 bytes in 1 file`: of the regular files below a directory, by the sizes that they say, links not followed.
pub fn bytes(path: &str) -> Value {
    let (mut bytes, mut files) = (0, 0);
    match count(Path::new(path), &mut bytes, &mut files) {
        Ok(()) => {
            let word = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
            Value::Text(format!("{} in {}", word(bytes, "byte"), word(files, "file")))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Value::Absent,
        Err(error) => Value::Unreadable(Errno(Errno::from_io(&error))),
    }
}

fn count(directory: &Path, bytes: &mut u64, files: &mut u64) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let about = entry.metadata()?;
        if about.is_dir() {
            count(&entry.path(), bytes, files)?;
        } else if about.is_file() {
            *bytes += about.len();
            *files += 1;
        }
    }
    Ok(())
}

/// `user.overlay.opaque=y`: those named `user.`, sorted; others differ by machine.
pub fn attributes(path: &str) -> Value {
    match read_attributes(path) {
        Ok(list) if list.is_empty() => Value::Text("none".to_owned()),
        Ok(list) => Value::Text(list.join(", ")),
        Err(rustix::io::Errno::NOENT) => Value::Absent,
        Err(errno) => Value::Unreadable(Errno(nix::errno::Errno::from_raw(errno.raw_os_error()))),
    }
}

fn read_attributes(path: &str) -> rustix::io::Result<Vec<String>> {
    let mut names = [0u8; 1024];
    let length = rustix::fs::llistxattr(path, &mut names[..])?;
    let mut list = Vec::new();
    for name in names[..length].split(|byte| *byte == 0).filter(|name| name.starts_with(b"user.")) {
        let mut value = [0u8; 256];
        let length = rustix::fs::lgetxattr(path, std::ffi::OsStr::from_bytes(name), &mut value[..])?;
        let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(&value[..length]));
        list.push(format!("{name}={value}"));
    }
    list.sort();
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_is_counted_by_its_size_and_links_are_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("upper");
        let text = path.to_str().expect("text");
        assert_eq!(bytes(text), Value::Absent);
        std::fs::create_dir_all(path.join("etc")).expect("directories");
        assert_eq!(bytes(text), Value::Text("0 bytes in 0 files".to_owned()));
        std::fs::write(path.join("etc/one"), "x").expect("a file");
        std::os::unix::fs::symlink("/bin", path.join("etc/link")).expect("a link");
        assert_eq!(bytes(text), Value::Text("1 byte in 1 file".to_owned()));
        std::fs::write(path.join("two"), "twelve bytes").expect("a file");
        assert_eq!(bytes(text), Value::Text("13 bytes in 2 files".to_owned()));
    }
}
