//! What the tests share: a skip that is seen and counted, and ways to cripple a process before it starts.
//! Everything here is done to a child between fork and exec, or to a namespace of its own: user_namespaces(7), seccomp(2),
//! mount(2). Nothing is done to the machine, and nothing is pretended: the kernel itself refuses.
#![allow(dead_code)]

pub mod boxlab;
pub mod examined;
pub mod host;
pub mod junit;
pub mod lesson;
pub mod machine;
pub mod pty;
pub mod schema;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::Mode;
use std::ffi::{CStr, CString};
use std::io::Write;

/// Leaves a test out, with its reason: a line on stderr, and one in a file that the last test target, `zz_skipped`,
/// sums up. Each line has the PID of the `cargo test` that it belongs to, so that those of another run are not counted.
pub fn skip(reason: &str) {
    eprintln!("SKIPPED: {reason}");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(skipped());
    let written = file.and_then(|mut file| writeln!(file, "{} {reason}", std::os::unix::process::parent_id()));
    if let Err(error) = written {
        eprintln!("It will not be in the sum: {}: {error}", skipped().display());
    }
}

/// The file of all that was skipped.
pub fn skipped() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped")
}

/// The maps of a user namespace, made ready before the fork: the ids inside are those outside.
pub struct Maps {
    uid: CString,
    gid: CString,
}

impl Maps {
    pub fn same() -> Maps {
        Maps::of(boxlab::Who::Me)
    }

    /// Those of who is to run the program.
    pub fn of(who: boxlab::Who) -> Maps {
        let line = |id: u32| CString::new(format!("{id} {id} 1\n")).expect("digits");
        match who {
            boxlab::Who::Me => {
                Maps { uid: line(nix::unistd::geteuid().as_raw()), gid: line(nix::unistd::getegid().as_raw()) }
            }
            boxlab::Who::Nobody => Maps { uid: line(boxlab::NOBODY), gid: line(boxlab::NOBODY) },
        }
    }

    /// Puts the calling process into a user namespace of its own and further ones.
    pub fn enter(&self, more: CloneFlags) -> Result<(), Errno> {
        unshare(CloneFlags::CLONE_NEWUSER | more)?;
        write_file(c"/proc/self/setgroups", c"deny")?;
        write_file(c"/proc/self/uid_map", &self.uid)?;
        write_file(c"/proc/self/gid_map", &self.gid)?;
        if more.contains(CloneFlags::CLONE_NEWNS) {
            mount(None::<&CStr>, c"/", None::<&CStr>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&CStr>)?;
        }
        Ok(())
    }
}

pub fn write_file(path: &CStr, text: &CStr) -> Result<(), Errno> {
    let file = open(path, OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    nix::unistd::write(file, text.to_bytes()).map(drop)
}

pub fn tmpfs_on(path: &CStr, flags: MsFlags) -> Result<(), Errno> {
    mount(Some(c"none"), path, Some(c"tmpfs"), flags, None::<&CStr>)
}

/// The settings of the book, for one of other pages: what is said there of single chapters is left out.
pub fn book_settings() -> String {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/book/book.toml")).expect("the settings");
    let general = text.split("\n[output.boxlab.html.search.chapter]").next();
    general.expect("a text").to_owned()
}

pub const EPERM: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
pub const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;

/// A seccomp filter that answers one system call with `action` and allows the rest.
pub fn filter(call: libc::c_long, action: u32) -> Result<(), Errno> {
    install(&mut only(call, action), 0).map(drop)
}

/// The same for calls of which one argument is this.
pub fn filter_argument(call: libc::c_long, at: u32, is: u32, action: u32) -> Result<(), Errno> {
    let mut program = [
        statement(0x20, 0, 0, 0),
        statement(0x15, 0, 3, call as u32),
        // The lower half of the argument, on processors that store it first.
        statement(0x20, 0, 0, 16 + 8 * at),
        statement(0x15, 0, 1, is),
        statement(0x06, 0, 0, action),
        statement(0x06, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    install(&mut program, 0).map(drop)
}

/// A filter that lets one system call wait for an answer that nobody gives (seccomp_unotify(2)).
pub fn hang(call: libc::c_long) -> Result<(), Errno> {
    let mut program = only(call, libc::SECCOMP_RET_USER_NOTIF);
    let listener = install(&mut program, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER)?;
    // SAFETY: duplicates a descriptor of ours. The copy stays open over exec, unlike the first, and so keeps the call waiting.
    Errno::result(unsafe { libc::dup(listener as libc::c_int) }).map(drop)
}

/// BPF_LD | BPF_W | BPF_ABS of the call's number; BPF_JMP | BPF_JEQ | BPF_K; BPF_RET | BPF_K.
fn only(call: libc::c_long, action: u32) -> [libc::sock_filter; 4] {
    [
        statement(0x20, 0, 0, 0),
        statement(0x15, 0, 1, call as u32),
        statement(0x06, 0, 0, action),
        statement(0x06, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}

fn statement(code: u16, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter { code, jt, jf, k }
}

fn install(program: &mut [libc::sock_filter], flags: libc::c_ulong) -> Result<libc::c_long, Errno> {
    nix::sys::prctl::set_no_new_privs()?;
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the program points to valid instructions, which live across the call.
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) };
    Errno::result(answer)
}
