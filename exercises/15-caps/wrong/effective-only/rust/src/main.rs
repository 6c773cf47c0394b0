//! Starts the command that it is given with no other capabilities than chown, kill and net_bind_service, for good.

use nix::errno::Errno;
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

/// The effective set holds KEPT afterwards, and no program that is executed gets more.
fn keep_few_capabilities() -> nix::Result<()> {
    set_capabilities(KEPT.iter().map(|number| 1 << number).sum())
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
        Half { effective: set, permitted: !0, inheritable: 0 },
        Half { effective: 0, permitted: 0x1ff, inheritable: 0 },
    ];
    // SAFETY: header and halves have the kernel's form, and live across the call.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &header, halves.as_ptr()) }).map(drop)
}
