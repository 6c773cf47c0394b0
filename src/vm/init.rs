//! The guest's first process: what the kernel starts as /init, with nothing set up (bootparam(7), early userspace).
//! The root that the kernel gives is one that pivot_root(2) cannot leave, and a process with another root than its mount
//! namespace's may not make a user namespace. So the root is mounted on itself, and that mount is moved over it
//! (MS_MOVE): now `/` is a mount like any other. Then come the special file systems, the modules, `lo` and the users.

use super::channel::Frame;
use super::guest;
use super::job::{self, Job, User};
use crate::kernel::network;
use nix::kmod::{ModuleInitFlags, finit_module};
use nix::mount::{MsFlags, mount};
use nix::sys::reboot::{RebootMode, reboot};
use nix::unistd::{chdir, chroot};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

/// Whether this process is the first one of a guest that Boxlab made.
pub fn is_first(arguments: &[OsString]) -> bool {
    // The name first: programs are started in boxes too, where a record shows each system call that they make.
    arguments.first().is_some_and(|name| name == "/init") && std::process::id() == 1 && Path::new(job::PATH).exists()
}

/// Does all of it, and ends the machine. The host sees the end on the line, or that the machine is gone.
pub fn run() {
    match line() {
        Ok(line) => {
            let frame =
                match set_up().and_then(|(job, notes)| guest::run(&job, notes, &line).map_err(|it| it.to_string())) {
                    Ok(exit) => Frame::Exit(exit),
                    Err(sentence) => Frame::Trouble(sentence),
                };
            (&line).write_all(&frame.bytes()).ok();
            nix::sys::termios::tcdrain(&line).ok();
        }
        // The kernel's console: the host shows its last lines.
        Err(sentence) => drop(writeln!(std::io::stderr(), "boxlab: {sentence}")),
    }
    reboot(RebootMode::RB_AUTOBOOT).ok();
}

/// The second serial port, without what a terminal makes of bytes.
fn line() -> Result<File, String> {
    // The kernel may have mounted it already.
    special("devtmpfs", "/dev", "").ok();
    let file = File::options().read(true).write(true).open("/dev/ttyS1");
    let file = file.map_err(|error| format!("the second serial port cannot be opened: {error}"))?;
    let raw = |errno| format!("the second serial port cannot be set up: {errno}");
    let mut settings = nix::sys::termios::tcgetattr(&file).map_err(raw)?;
    nix::sys::termios::cfmakeraw(&mut settings);
    nix::sys::termios::cfsetospeed(&mut settings, nix::sys::termios::BaudRate::B115200).map_err(raw)?;
    nix::sys::termios::cfsetispeed(&mut settings, nix::sys::termios::BaudRate::B115200).map_err(raw)?;
    nix::sys::termios::tcsetattr(file.as_fd(), nix::sys::termios::SetArg::TCSANOW, &settings).map_err(raw)?;
    Ok(file)
}

/// The guest as a lesson wants it; and what is not as it should be.
fn set_up() -> Result<(Job, Vec<String>), String> {
    let job = fs::read(job::PATH).map_err(|error| format!("{}: {error}", job::PATH))?;
    let job: Job = serde_json::from_slice(&job).map_err(|error| format!("{}: {error}", job::PATH))?;
    let mut notes = Vec::new();
    own_root().map_err(|errno| format!("The root could not be moved: {errno}."))?;
    for (kind, at, data) in [
        ("proc", "/proc", ""),
        ("sysfs", "/sys", ""),
        ("devtmpfs", "/dev", ""),
        ("devpts", "/dev/pts", "mode=620,ptmxmode=666"),
        ("tmpfs", "/dev/shm", ""),
        ("tmpfs", "/tmp", "mode=1777"),
        ("tmpfs", "/run", "mode=755"),
        ("cgroup2", "/sys/fs/cgroup", ""),
    ] {
        let made = special(kind, at, data);
        // Without these two no lesson runs; what else a kernel lacks, the lesson that needs it tells.
        match made {
            Err(errno) if ["proc", "devtmpfs"].contains(&kind) => {
                return Err(format!("{kind} could not be mounted: {errno}."));
            }
            Err(errno) => notes.push(format!("{kind} could not be mounted: {errno}.")),
            Ok(()) => {}
        }
    }
    notes.extend(load_modules());
    if let Err(failed) = network::link::set(&up("lo"), None) {
        notes.push(format!("lo is down: {failed}."));
    }
    nix::unistd::sethostname("microvm").ok();
    if let Err(error) = users(&job) {
        notes.push(format!("Files of the system could not be written: {error}."));
    }
    if let Err(error) = groups(job.user) {
        notes.push(format!("The control group could not be made: {error}."));
    }
    Ok((job, notes))
}

fn up(name: &str) -> network::form::LinkChange {
    network::form::LinkChange {
        name: name.to_owned(),
        up: Some(true),
        into: None,
        rename: None,
        master: None,
        mtu: None,
    }
}

/// Puts a mount of ours in the place of the kernel's own root.
fn own_root() -> nix::Result<()> {
    let none: Option<&str> = None;
    fs::create_dir_all("/root").ok();
    mount(Some("/"), "/root", none, MsFlags::MS_BIND, none)?;
    chdir("/root")?;
    mount(Some("."), "/", none, MsFlags::MS_MOVE, none)?;
    chroot(".")?;
    chdir("/")
}

/// A file system of the kernel's own.
fn special(kind: &str, at: &str, data: &str) -> nix::Result<()> {
    fs::create_dir_all(at).ok();
    match mount(Some(kind), at, Some(kind), MsFlags::empty(), Some(data)) {
        // The same file system is there already.
        Err(nix::errno::Errno::EBUSY) => Ok(()),
        other => other,
    }
}

/// Loads what is there, in order: finit_module(2). The files then go, as they take memory.
fn load_modules() -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(job::MODULES).into_iter().flatten().flatten().map(|it| it.path()).collect();
    files.sort();
    let mut notes = Vec::new();
    for path in files {
        let name = path.file_stem().map(|name| {
            name.to_string_lossy().trim_start_matches(|it: char| it.is_ascii_digit() || it == '-').to_owned()
        });
        let name = name.unwrap_or_default();
        let loaded = File::open(&path).map_err(|error| error.to_string()).and_then(|file| {
            match finit_module(&file, c"", ModuleInitFlags::empty()) {
                // Built in, or there already.
                Ok(()) | Err(nix::errno::Errno::EEXIST) => Ok(()),
                Err(nix::errno::Errno::ENOEXEC) => Err("ENOEXEC, it was built for another kernel".to_owned()),
                Err(nix::errno::Errno::EINVAL | nix::errno::Errno::ENOENT) => {
                    Err("what it depends on is missing, or was built for another kernel".to_owned())
                }
                Err(errno) => Err(errno.to_string()),
            }
        });
        if let Err(why) = loaded {
            notes.push(format!("The module {name} could not be loaded: {why}."));
        }
        fs::remove_file(&path).ok();
    }
    notes
}

/// Files that programs look into for users and hosts, the home, and the progress so far.
fn users(job: &Job) -> std::io::Result<()> {
    fs::create_dir_all("/etc")?;
    fs::write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home/nobody:/bin/sh\n")?;
    fs::write("/etc/group", "root:x:0:\nnogroup:x:65534:\n")?;
    // Root writes a lab's wider map itself, and keeps to these lines.
    for file in ["/etc/subuid", "/etc/subgid"] {
        fs::write(file, "root:100000:65536\nnobody:200000:65536\n")?;
    }
    fs::write("/etc/hosts", "127.0.0.1 localhost microvm\n")?;
    fs::write("/etc/hostname", "microvm\n")?;
    let home = Path::new(job.user.home());
    let state = home.join(".local/state/boxlab");
    fs::create_dir_all(&state)?;
    if let Some(progress) = &job.progress {
        fs::write(state.join("progress.json"), progress)?;
    }
    if job.user == User::Nobody {
        for path in [
            home.to_owned(),
            home.join(".local"),
            home.join(".local/state"),
            state.clone(),
            state.join("progress.json"),
        ] {
            chown(path, Some(job.user.id()), Some(job.user.id())).ok();
        }
    }
    fs::set_permissions(home, fs::Permissions::from_mode(0o755))
}

/// Where the session's control groups are: one that is the user's, as systemd delegates it.
pub const DELEGATED: &str = "/sys/fs/cgroup/learner";

/// Passes all controllers on, and gives the user a group of his own (cgroups(7), Delegation).
fn groups(user: User) -> std::io::Result<()> {
    let controllers = fs::read_to_string("/sys/fs/cgroup/cgroup.controllers")?;
    let session = Path::new(DELEGATED).join("session");
    fs::create_dir_all(&session)?;
    for group in [Path::new("/sys/fs/cgroup"), Path::new(DELEGATED)] {
        // One by one, since one that is refused must not take the others with it.
        for controller in controllers.split_whitespace() {
            fs::write(group.join("cgroup.subtree_control"), format!("+{controller}")).ok();
        }
    }
    for group in [Path::new(DELEGATED), &session] {
        for file in ["", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"] {
            chown(group.join(file), Some(user.id()), Some(user.id()))?;
        }
    }
    Ok(())
}
