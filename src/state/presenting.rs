//! Which lessons are being presented: a socket for each in the state directory (unix(7)), by which whoever has the
//! presenter's notes on another terminal follows. It is bound by its presenter and goes with him; what a killed one left
//! is told from a living one by connecting.

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;

/// What the sockets' names end with.
const END: &str = ".sock";

/// The folder of the sockets.
pub fn folder() -> Option<PathBuf> {
    super::directory().map(|directory| directory.join("presenting"))
}

/// A lesson that is this process' to present.
#[derive(Debug)]
pub struct Claim {
    pub listener: UnixListener,
    path: PathBuf,
}

impl Drop for Claim {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
        // Nobody else presents anything.
        self.path.parent().map(std::fs::remove_dir);
    }
}

/// Why a lesson cannot be presented.
#[derive(Debug)]
pub enum Refused {
    /// Somebody does so: his process.
    Presented(i32),
    /// The state directory cannot be used.
    Failed(std::io::Error),
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Refused {
        Refused::Failed(error)
    }
}

/// A path that is short enough for a socket, however long that of the folder is.
fn short(folder: &File, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/{name}", folder.as_raw_fd()))
}

fn name(lesson: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' };
    format!("{}{END}", lesson.chars().map(plain).collect::<String>())
}

/// Claims a lesson.
pub fn claim(lesson: &str) -> Result<Claim, Refused> {
    let none = || std::io::Error::other("neither HOME nor XDG_STATE_HOME is set");
    let folder = folder().ok_or_else(none)?;
    std::fs::create_dir_all(&folder)?;
    // One at a time: whoever finds a dead socket takes its place before the next one looks.
    let locked = Flock::lock(File::open(&folder)?, FlockArg::LockExclusive);
    let locked = locked.map_err(|(_, errno)| std::io::Error::from(errno))?;
    let (path, short) = (folder.join(name(lesson)), short(&locked, &name(lesson)));
    match UnixStream::connect(&short) {
        Ok(other) => return Err(Refused::Presented(process(&other))),
        Err(_) => drop(std::fs::remove_file(&path)),
    }
    let listener = UnixListener::bind(&short)?;
    listener.set_nonblocking(true)?;
    Ok(Claim { listener, path })
}

/// Who is at the other end (SO_PEERCRED).
fn process(stream: &UnixStream) -> i32 {
    nix::sys::socket::getsockopt(stream, nix::sys::socket::sockopt::PeerCredentials).map_or(0, |it| it.pid())
}

/// The lessons that have a socket, by name.
pub fn lessons() -> Vec<String> {
    let entries = folder().and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(END).map(str::to_owned));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Follows a lesson. Errors: nobody presents it.
pub fn follow(lesson: &str) -> std::io::Result<UnixStream> {
    let folder = folder().ok_or_else(|| std::io::Error::from(Errno::ENOENT))?;
    let folder = File::open(folder)?;
    match UnixStream::connect(short(&folder, &name(lesson))) {
        // It is a killed one's, or its presenter has bound it and does not listen yet. He does both under the lock.
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            let locked = Flock::lock(folder, FlockArg::LockShared).map_err(|_| error)?;
            UnixStream::connect(short(&locked, &name(lesson)))
        }
        tried => tried,
    }
}

/// Removes what killed presenters left, and says so.
pub fn clean() -> Vec<String> {
    let Some(folder) = folder() else { return Vec::new() };
    let mut done = Vec::new();
    for lesson in lessons() {
        let path = folder.join(name(&lesson));
        if follow(&lesson).is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
            && std::fs::remove_file(&path).is_ok()
        {
            done.push(format!("Removed {}, which a killed presenter left.", path.display()));
        }
    }
    std::fs::remove_dir(folder).ok();
    done
}
