//! What a process finds out about itself by its own system calls: uname(2), getpid(2), getcwd(2), and by reading the
//! directories that its root shows. Run in an agent, between two steps and outside the recording.
//! Where something cannot be read from in there (no /proc, say), that is the fact.

use crate::evidence::fact::FileFact;
use crate::evidence::family::Family;
use crate::evidence::{Fact, Key, Value, View};
use crate::kernel::error::Errno;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};

/// At most so many bytes of a watched file are shown.
const TEXT_LIMIT: u64 = 120;
/// A line is looked for in so many bytes at the beginning of its file.
const LINES_LIMIT: u64 = 4096;

/// Every fact that is read from inside. `subject` is the name of the actor that runs this; `files` are the facts about paths,
/// and `families` the groups of facts, that the lesson asks for.
pub fn facts(subject: &str, files: &[Key], families: &[Family]) -> Vec<Fact> {
    let mut facts = Vec::with_capacity(16);
    let mut add = |key: Key, value: Value| {
        facts.push(Fact { subject: subject.to_owned(), view: View::Inside, key, value });
    };
    add(Key::Pid, Value::Number(i64::from(nix::unistd::getpid().as_raw())));
    add(Key::Ppid, Value::Number(i64::from(nix::unistd::getppid().as_raw())));
    add(Key::Uid, Value::Number(i64::from(nix::unistd::geteuid().as_raw())));
    add(Key::Gid, Value::Number(i64::from(nix::unistd::getegid().as_raw())));
    add(
        Key::Hostname,
        nix::sys::utsname::uname().map_or_else(
            |errno| Value::Unreadable(Errno(errno)),
            |names| Value::Text(names.nodename().to_string_lossy().into_owned()),
        ),
    );
    add(Key::Cwd, cwd());
    add(Key::RootEntries, entries("/"));
    add(Key::Processes, processes());
    add(Key::ProcSelf, link("/proc/self"));
    for (key, value) in super::small::inside(families) {
        add(key, value);
    }
    for key in files {
        match key {
            Key::File(path) => add(key.clone(), file(path, families.contains(&Family::Ids))),
            Key::Line(path) => add(key.clone(), line(path)),
            Key::Bytes(path) => add(key.clone(), super::storage::bytes(path)),
            Key::Attributes(path) => add(key.clone(), super::storage::attributes(path)),
            _ => {}
        }
    }
    if families.contains(&Family::Network) {
        for (key, value) in super::network::facts().unwrap_or_default() {
            add(key, value);
        }
    }
    // Without CAP_NET_ADMIN the kernel tells nothing of the rules, and there is no fact.
    if families.contains(&Family::Nft) {
        for (key, value) in super::nft::facts().unwrap_or_default().into_iter().chain(super::nft::switches()) {
            add(key, value);
        }
    }
    facts
}

fn unreadable(error: &std::io::Error) -> Value {
    Value::Unreadable(Errno(Errno::from_io(error)))
}

/// The kernel's own answer: a working directory outside the root reads `(unreachable)/…`, which libraries hide.
fn cwd() -> Value {
    let mut buffer = [0u8; 4096];
    // SAFETY: the buffer is as long as is said, and the call writes a string with its end into it.
    let length = unsafe { libc::syscall(libc::SYS_getcwd, buffer.as_mut_ptr(), buffer.len()) };
    match nix::errno::Errno::result(length).map(usize::try_from) {
        Ok(Ok(length)) => Value::Text(String::from_utf8_lossy(&buffer[..length.saturating_sub(1)]).into_owned()),
        Ok(Err(_)) => Value::Unreadable(Errno(nix::errno::Errno::EIO)),
        Err(errno) => Value::Unreadable(Errno(errno)),
    }
}

fn names(path: &str) -> std::io::Result<Vec<String>> {
    let mut names: Vec<String> =
        std::fs::read_dir(path)?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn entries(path: &str) -> Value {
    names(path).map_or_else(|error| unreadable(&error), Value::List)
}

/// `1 lab, 2 host`: each process that has a directory in /proc, with the name that it gives itself.
fn processes() -> Value {
    let names = match names("/proc") {
        Ok(names) => names,
        Err(error) => return unreadable(&error),
    };
    let mut pids: Vec<i32> = names.iter().filter_map(|name| name.parse().ok()).collect();
    pids.sort_unstable();
    let named = |pid: &i32| {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        format!("{pid} {}", name.trim_end())
    };
    Value::List(pids.iter().map(named).collect())
}

fn link(path: &str) -> Value {
    std::fs::read_link(path)
        .map_or_else(|error| unreadable(&error), |target| Value::Text(target.to_string_lossy().into_owned()))
}

fn file(path: &str, owner_too: bool) -> Value {
    let about = match std::fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Value::Absent,
        Err(error) => return unreadable(&error),
    };
    let kind = about.file_type();
    let (name, text) = if kind.is_symlink() {
        ("link", std::fs::read_link(path).ok().map(|target| target.to_string_lossy().into_owned()))
    } else if kind.is_dir() {
        ("directory", names(path).ok().filter(|names| names.len() <= 12).map(|names| names.join(" ")))
    } else if kind.is_file() {
        ("file", small_text(path, about.len()))
    } else if kind.is_char_device() {
        ("character device", Some(format!("{}:{}", libc::major(about.rdev()), libc::minor(about.rdev()))))
    } else {
        ("special file", None)
    };
    Value::File(FileFact {
        kind: name.to_owned(),
        mode: about.permissions().mode() & 0o7777,
        uid: about.uid(),
        gid: about.gid(),
        owner_too,
        device: about.dev(),
        inode: about.ino(),
        text,
    })
}

/// One line of a file: the first, or the one whose number follows a `#`.
fn line(path: &str) -> Value {
    let (path, nth) = path.split_once('#').unwrap_or((path, "1"));
    let nth = nth.parse::<usize>().unwrap_or(1).max(1);
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LINES_LIMIT).read_to_string(&mut text));
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Value::Absent,
        Err(error) => unreadable(&error),
        Ok(_) => text.lines().nth(nth - 1).map_or(Value::Absent, |line| Value::Line(line.to_owned())),
    }
}

/// Its text, if it is short and is text. Files of /proc say that their size is 0 and have no end that one could rely
/// on: where more comes than the size says, there is no text.
fn small_text(path: &str, size: u64) -> Option<String> {
    if size > TEXT_LIMIT {
        return None;
    }
    let mut text = String::new();
    let file = std::fs::File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path).ok()?;
    file.take(TEXT_LIMIT + 1).read_to_string(&mut text).ok()?;
    (text.len() as u64 <= size && !text.contains('\0')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::small_text;

    #[test]
    fn a_short_text_is_read_and_a_file_that_has_more_than_it_says_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let path = path.to_str().expect("text");
        for (text, size, read) in [("", 0, true), ("short\n", 6, true), ("longer than it said", 6, false)] {
            std::fs::write(path, text).expect("a file");
            assert_eq!(small_text(path, size), read.then(|| text.to_owned()), "{text}");
        }
        assert_eq!(small_text("/proc/self/stat", 0), None);
        assert_eq!(small_text("/dev/zero", 0), None);
    }
}
