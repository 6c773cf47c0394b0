//! Another root for a lab host: what the machine has, read only, and a copy of one folder that can be written to. A
//! learner's program may be written in any language, so it finds here what it finds outside (shells, interpreters,
//! libraries), and can harm none of it: each directory of the machine's root is bound, made read-only with all that is
//! mounted below it (mount_setattr(2), AT_RECURSIVE), and the root itself is a tmpfs that ends with the lab.
//! Not taken are /proc, /sys and /dev, which a lab has of its own, and /tmp and /run, which hold the sockets of others.

use crate::kernel::error::Failed;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use std::cell::OnceCell;
use std::fs::{File, Permissions};
use std::io::{Seek, SeekFrom};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where the copy of the folder is.
pub const FOLDER: &str = "/exercise";
/// Where Boxlab's own binary is, and the tools that come before the machine's in PATH: those that make a container, which a
/// machine may not have, or in another version than the exercises were written with.
pub const TOOLS: &str = "boxlab/bin";
pub const FIRST: [&str; 19] = [
    "caps",
    "chroot",
    "hostname",
    "ip",
    "lsns",
    "mount",
    "nc",
    "nft",
    "nsenter",
    "nslookup",
    "ping",
    "pivot_root",
    "setcap",
    "setpriv",
    "tcpdump",
    "umount",
    "unshare",
    "wget",
    "why",
];
/// All tools, for the end of PATH: a shell of the machine's own knows more than ours.
pub const MORE: &str = "boxlab/more";
/// Where the probe is.
pub const PROBE: &str = "/probe";

/// What such a lab is given.
#[derive(Debug)]
pub struct MachineRoot {
    /// A tar file of the folder, read from its beginning.
    pub folder: File,
    /// Directories of the machine's root that are not shown: `home`.
    pub hidden: Vec<String>,
    /// Directories below those that are shown all the same.
    pub shown: Vec<PathBuf>,
    /// Directories in whose place an empty one is.
    pub covered: Vec<PathBuf>,
    /// Those that are shown, opened by whoever may.
    opened: OnceCell<Vec<(PathBuf, OwnedFd)>>,
}

/// Directories that the lab has of its own.
const OWN: [&str; 12] =
    ["boxlab", TOOLS, MORE, "dev", "dev/pts", "dev/shm", "exercise", "mnt", "proc", "run", "srv", "sys"];
/// Further ones of the machine that are not taken.
const LEFT_OUT: [&str; 5] = ["tmp", "lost+found", "boot", "media", "probe"];

impl MachineRoot {
    /// With everything that the lab's user may look into.
    pub fn new(folder: File) -> MachineRoot {
        let (hidden, shown, covered) = (Vec::new(), Vec::new(), Vec::new());
        MachineRoot { folder, hidden, shown, covered, opened: OnceCell::new() }
    }

    /// Opens what is shown. To be called in the lab's mount namespace, by somebody who is still the learner: the lab's
    /// user may have no right to go there.
    pub fn open(&self) {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let open = |path: &PathBuf| Some((path.clone(), nix::fcntl::open(path, flags, Mode::empty()).ok()?));
        self.opened.set(self.shown.iter().filter_map(open).collect()).ok();
    }

    /// Fills a fresh tmpfs at `root`. The caller is in a mount namespace of its own, whose mounts are private.
    /// Errors: as of the calls; the name says what it was about.
    pub fn lay(&self, root: &Path) -> Result<(), Failed> {
        let make = |name: &str, mode: u32| {
            let path = root.join(name);
            let made =
                std::fs::create_dir(&path).and_then(|()| std::fs::set_permissions(&path, Permissions::from_mode(mode)));
            made.map_err(|error| Failed::io("mkdir", &error, format!("/{name}")))
        };
        OWN.iter().try_for_each(|name| make(name, 0o755))?;
        make("tmp", 0o1777)?;
        let list = std::fs::read_dir("/").map_err(|error| Failed::io("openat", &error, "/"))?;
        for entry in list.flatten() {
            let (from, name) = (entry.path(), entry.file_name());
            let text = name.to_string_lossy();
            let own = OWN.contains(&&*text) || LEFT_OUT.contains(&&*text) || self.hidden.iter().any(|it| *it == text);
            // What is the place of the new root cannot be bound into it.
            if own || root.starts_with(&from) {
                continue;
            }
            let to = root.join(&name);
            let kind = entry.file_type().map_err(|error| Failed::io("stat", &error, from.display().to_string()))?;
            if kind.is_symlink() {
                let target = std::fs::read_link(&from);
                let linked = target.and_then(|target| std::os::unix::fs::symlink(target, &to));
                linked.map_err(|error| Failed::io("symlink", &error, to.display().to_string()))?;
            } else if kind.is_dir() {
                make(&text, 0o755)?;
                show(&from, &to)?;
            }
        }
        for (path, opened) in self.opened.get().into_iter().flatten() {
            let to = root.join(path.strip_prefix("/").unwrap_or(path));
            // It is there already, with what it lies in.
            if to.exists() {
                continue;
            }
            std::fs::create_dir_all(&to).map_err(|error| Failed::io("mkdir", &error, to.display().to_string()))?;
            show(Path::new(&format!("/proc/self/fd/{}", opened.as_raw_fd())), &to)?;
        }
        for path in &self.covered {
            let at = root.join(path.strip_prefix("/").unwrap_or(path));
            if at.is_dir() {
                let (none, flags) = (None::<&str>, nix::mount::MsFlags::MS_RDONLY);
                nix::mount::mount(none, &at, Some("tmpfs"), flags, none)
                    .map_err(|errno| Failed::new("mount", errno).on(path.display().to_string()))?;
            }
        }
        Ok(())
    }

    /// Links to the binary for each tool.
    /// Errors: as symlink(2).
    pub fn link(root: &Path) -> Result<(), Failed> {
        let all = crate::userland::names().iter().map(|name| (MORE, "../bin/boxlab", *name));
        let first = FIRST.iter().filter(|name| crate::userland::names().contains(name));
        all.chain(first.map(|name| (TOOLS, "boxlab", *name))).try_for_each(|(place, to, name)| {
            let link = root.join(place).join(name);
            std::os::unix::fs::symlink(to, &link)
                .map_err(|error| Failed::io("symlink", &error, link.display().to_string()))
        })
    }

    /// Unpacks the folder in its place. To be called in the new root.
    /// Errors: a full tmpfs.
    pub fn unpack(&self) -> Result<(), Failed> {
        let failed = |error: std::io::Error| Failed::io("untar", &error, FOLDER);
        let mut file = self.folder.try_clone().map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut archive = tar::Archive::new(std::io::BufReader::with_capacity(1 << 20, file));
        archive.set_preserve_permissions(true);
        archive.set_preserve_ownerships(false);
        archive.unpack(FOLDER).map_err(failed)
    }
}

/// Binds a directory with all that is below it, read only.
fn show(from: &Path, to: &Path) -> Result<(), Failed> {
    use nix::mount::{MsFlags, mount};
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount(Some(from), to, None::<&str>, flags, None::<&str>)
        .map_err(|errno| Failed::new("mount", errno).on(from.display().to_string()))?;
    match read_only(to) {
        // Before Linux 5.12 there is no such call.
        Err(Errno::ENOSYS) => one_by_one(to),
        other => other.map_err(|errno| Failed::new("mount_setattr", errno).on(from.display().to_string())),
    }
}

fn read_only(at: &Path) -> nix::Result<()> {
    let path = std::ffi::CString::new(at.as_os_str().as_encoded_bytes()).map_err(|_| Errno::EINVAL)?;
    // SAFETY: the structure has only numbers, for which 0 is a value.
    let mut attributes: libc::mount_attr = unsafe { std::mem::zeroed() };
    attributes.attr_set = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID;
    // SAFETY: path and structure live across the call, and the size is that of the structure.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::AT_RECURSIVE,
            &raw const attributes,
            std::mem::size_of_val(&attributes),
        )
    };
    Errno::result(answer).map(drop)
}

/// Each mount below a directory by itself, with the flags that it has, since the kernel may have locked them.
fn one_by_one(at: &Path) -> Result<(), Failed> {
    let failed = |errno| Failed::new("mount", errno).on(at.display().to_string());
    let table = procfs::process::Process::myself().and_then(|own| own.mountinfo());
    for mount in table.map_err(|_| failed(Errno::EIO))?.iter().filter(|it| it.mount_point.starts_with(at)) {
        super::host::read_only(&mount.mount_point).map_err(failed)?;
    }
    Ok(())
}

/// What is to be in the copy, for a process that has no right to read the folder itself: a tar file in memory.
/// Errors: as memfd_create(2).
pub fn memory_file(name: &str) -> std::io::Result<File> {
    let name = std::ffi::CString::new(name)?;
    let file = nix::sys::memfd::memfd_create(name.as_c_str(), nix::sys::memfd::MFdFlags::MFD_CLOEXEC)?;
    Ok(File::from(file))
}
