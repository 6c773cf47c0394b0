//! QEMU: its command line, and the process.
//! It gets all files as descriptors that it inherits, so nothing has a name that could be left behind; it dies with its
//! parent (PR_SET_PDEATHSIG), and at the end of the value. The command line is the quickest of those that were measured.
//! Without ACPI too it would be quicker by a third of a second, but the kernel then finds no clock that a program can
//! read without a system call, and records show which calls are made.

use super::accelerator::Accelerator;
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What a machine is made of.
pub struct Parts<'a> {
    pub program: &'a Path,
    pub kernel: &'a File,
    pub initramfs: Option<&'a File>,
    pub accelerator: Accelerator,
    /// In MiB.
    pub memory: u32,
    /// The kernel's command line.
    pub append: &'a str,
}

/// A machine that runs. It ends with the value.
pub struct Machine {
    child: Child,
    /// The first serial port: what the kernel says.
    pub console: UnixStream,
    /// The second one: ours.
    pub channel: UnixStream,
    said: File,
}

/// The name of the program for this processor.
pub fn program_name() -> String {
    format!("qemu-system-{}", std::env::consts::ARCH)
}

/// Where it is; none if it is not installed.
pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let files =
        std::env::split_paths(&path).filter(|it| it.is_absolute()).map(|directory| directory.join(program_name()));
    files.into_iter().find(|file| nix::unistd::eaccess(file, nix::unistd::AccessFlags::X_OK).is_ok() && file.is_file())
}

impl Machine {
    /// Errors: as fork(2) and execve(2).
    pub fn start(parts: &Parts<'_>) -> std::io::Result<Machine> {
        let (console, their_console) = UnixStream::pair()?;
        let (channel, their_channel) = UnixStream::pair()?;
        let said = File::from(rustix::fs::memfd_create("boxlab-qemu", rustix::fs::MemfdFlags::CLOEXEC)?);
        let mut inherited = vec![parts.kernel.as_raw_fd(), their_console.as_raw_fd(), their_channel.as_raw_fd()];
        inherited.extend(parts.initramfs.map(AsRawFd::as_raw_fd));
        let mut command = Command::new(parts.program);
        command
            .args(arguments(parts, their_console.as_raw_fd(), their_channel.as_raw_fd()))
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said.try_clone()?)
            // Ctrl-C is ours: it ends the machine when the terminal is in order.
            .process_group(0);
        let parent = nix::unistd::getpid();
        // SAFETY: system calls only, on numbers; no memory is allocated.
        unsafe {
            command.pre_exec(move || {
                nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
                // Whoever was killed before that call has left us to another parent.
                if nix::unistd::getppid() != parent {
                    return Err(nix::errno::Errno::ESRCH.into());
                }
                for number in &inherited {
                    nix::errno::Errno::result(libc::fcntl(*number, libc::F_SETFD, 0))?;
                }
                Ok(())
            });
        }
        let child = command.spawn()?;
        console.set_nonblocking(true)?;
        channel.set_nonblocking(true)?;
        Ok(Machine { child, console, channel, said })
    }

    /// What QEMU itself has said: why it ended.
    pub fn said(&mut self) -> String {
        let mut text = Vec::new();
        self.said.rewind().and_then(|()| self.said.read_to_end(&mut text)).ok();
        String::from_utf8_lossy(&text).trim().to_owned()
    }

    /// The process that is the machine.
    pub fn number(&self) -> u32 {
        self.child.id()
    }

    /// Stops it, or lets it go on.
    pub fn pause(&self, pause: bool) {
        use nix::sys::signal::{Signal, kill};
        let signal = if pause { Signal::SIGSTOP } else { Signal::SIGCONT };
        // Not yet waited for, so the number is still this child's.
        kill(nix::unistd::Pid::from_raw(self.child.id().cast_signed()), signal).ok();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn arguments(parts: &Parts<'_>, console: RawFd, channel: RawFd) -> Vec<OsString> {
    let descriptor = |file: &File| format!("/proc/self/fd/{}", file.as_raw_fd());
    let port = |name: &str, number: RawFd| format!("socket,id={name},fd={number}");
    let mut arguments: Vec<String> =
        ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"].map(str::to_owned).into();
    let mut add = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
    add("-M", "pc,hpet=off".to_owned());
    add("-cpu", parts.accelerator.processor().to_owned());
    add("-accel", parts.accelerator.option().to_owned());
    add("-m", parts.memory.to_string());
    add("-chardev", port("kernel", console));
    add("-serial", "chardev:kernel".to_owned());
    add("-chardev", port("boxlab", channel));
    add("-serial", "chardev:boxlab".to_owned());
    add("-kernel", descriptor(parts.kernel));
    if let Some(initramfs) = parts.initramfs {
        add("-initrd", descriptor(initramfs));
    }
    add("-append", parts.append.to_owned());
    arguments.into_iter().map(OsString::from).collect()
}
