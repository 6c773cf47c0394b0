//! Capabilities: root's power, cut into pieces (capabilities(7)).
//! A thread has five sets; the kernel asks the *effective* one. What is left out there can come back from the
//! *permitted* set until it is dropped there too. A capability counts within a user namespace and those below it.

use super::error::Failed;
use serde::{Deserialize, Serialize};

/// The names of <linux/capability.h> in the order of their numbers, in lower case and without `CAP_`.
pub const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// One capability, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Capability(pub u8);

impl From<Capability> for String {
    fn from(capability: Capability) -> String {
        NAMES.get(usize::from(capability.0)).map_or_else(|| format!("cap_{}", capability.0), |name| (*name).to_owned())
    }
}

impl TryFrom<String> for Capability {
    type Error = String;
    fn try_from(name: String) -> Result<Capability, String> {
        let at = NAMES.iter().position(|known| *known == name);
        at.and_then(|number| u8::try_from(number).ok()).map(Capability).ok_or_else(|| {
            format!("`{name}` is no capability: write it in lower case without CAP_, for example sys_admin")
        })
    }
}

/// Effective, permitted, inheritable, as capget(2) has them: two words of 32 bits each.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(super) struct Data {
    pub effective: u32,
    pub permitted: u32,
    pub inheritable: u32,
}

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

/// _LINUX_CAPABILITY_VERSION_3
const VERSION: u32 = 0x2008_0522;

pub(super) fn get() -> Result<[Data; 2], Failed> {
    let mut header = Header { version: VERSION, pid: 0 };
    let mut data = [Data::default(); 2];
    // SAFETY: header and data are of the layout that version 3 of capget(2) asks for, and live across the call.
    let result = unsafe { libc::syscall(libc::SYS_capget, &raw mut header, data.as_mut_ptr()) };
    nix::errno::Errno::result(result).map(|_| data).map_err(|errno| Failed::new("capget", errno))
}

pub(super) fn set(data: &[Data; 2]) -> Result<(), Failed> {
    let mut header = Header { version: VERSION, pid: 0 };
    // SAFETY: as for capget above; the kernel only reads both.
    let result = unsafe { libc::syscall(libc::SYS_capset, &raw mut header, data.as_ptr()) };
    nix::errno::Errno::result(result).map(|_| ()).map_err(|errno| Failed::new("capset", errno))
}

// ANCHOR: capset
fn set_effective(change: impl Fn(u32, u32, u32) -> u32, capabilities: &[Capability]) -> Result<(), Failed> {
    let mut data = get()?;
    for capability in capabilities {
        let word = &mut data[usize::from(capability.0 / 32)];
        word.effective = change(word.effective, word.permitted, 1 << (capability.0 % 32));
    }
    set(&data)
}

/// Takes them out of the effective set. They stay permitted, so `raise` can bring them back.
pub fn drop(capabilities: &[Capability]) -> Result<(), Failed> {
    set_effective(|effective, _, bit| effective & !bit, capabilities)
}
// ANCHOR_END: capset

/// Puts them back into the effective set, as far as they are permitted.
pub fn raise(capabilities: &[Capability]) -> Result<(), Failed> {
    set_effective(|effective, permitted, bit| effective | (permitted & bit), capabilities)
}
