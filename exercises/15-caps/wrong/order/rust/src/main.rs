//! Starts the command that it is given with no other capabilities than chown, kill and net_bind_service, for good.

use nix::errno::Errno;
use nix::sys::prctl;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What the container keeps: CAP_CHOWN, CAP_KILL, CAP_NET_BIND_SERVICE. Their numbers are in linux/capability.h.
const KEPT: [u32; 3] = [0, 5, 10];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().ok_or("which command?")?;
    keep_few_capabilities()?;
    // exec comes back only if it has failed.
    Err(Command::new(program).args(arguments).exec().into())
}

/// All five sets hold KEPT afterwards, and no program that is executed gets more.
fn keep_few_capabilities() -> nix::Result<()> {
    set_capabilities(KEPT.iter().map(|number| 1 << number).sum())?;
    // What is in the bounding set comes back whenever user 0 executes a program. It goes first, as that takes CAP_SETPCAP.
    for number in (0..=last_capability()).filter(|number| !KEPT.contains(number)) {
        control(libc::PR_CAPBSET_DROP, number, 0)?;
    }
    // For a program that is executed by another user than 0. It takes what is permitted and inheritable.
    for number in KEPT {
        control(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE as u32, number)?;
    }
    // And for the files that bring capabilities.
    prctl::set_no_new_privs()
}

/// The highest number that this kernel knows.
fn last_capability() -> u32 {
    (0..63).take_while(|number| control(libc::PR_CAPBSET_READ, *number, 0).is_ok()).last().unwrap_or(0)
}

fn control(option: i32, first: u32, second: u32) -> nix::Result<()> {
    // SAFETY: these options take numbers only.
    let answer = unsafe { libc::prctl(option, libc::c_ulong::from(first), libc::c_ulong::from(second), 0, 0) };
    Errno::result(answer).map(drop)
}

/// The effective, permitted and inheritable set, by capset(2). The three of KEPT are in the lower half.
fn set_capabilities(set: u32) -> nix::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    #[repr(C)]
    struct Half {
        effective: u32,
        permitted: u32,
        inheritable: u32,
    }
    // _LINUX_CAPABILITY_VERSION_3: two halves, for 64 capabilities.
    let header = Header { version: 0x2008_0522, pid: 0 };
    let halves = [
        Half { effective: set, permitted: set, inheritable: set },
        Half { effective: 0, permitted: 0, inheritable: 0 },
    ];
    // SAFETY: header and halves have the kernel's form, and live across the call.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &header, halves.as_ptr()) }).map(drop)
}
