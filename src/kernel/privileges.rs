//! What execve(2) may add: capabilities(7), "Transformation of capabilities during execve".
//! For user id 0 it gives all of the bounding set; a file may bring capabilities in its attribute
//! `security.capability`, as a set-user-ID program brings a user. PR_SET_NO_NEW_PRIVS ends both, for the process and all
//! its descendants; SECBIT_NOROOT ends only what user id 0 gets.

use super::capabilities::Capability;
use super::capability_sets::prctl;
use super::error::Failed;
use serde::{Deserialize, Serialize};

/// A program file and the capabilities that whoever executes it shall have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCapabilities {
    pub at: String,
    pub capabilities: Vec<Capability>,
}

/// What user id 0 loses of its special treatment (capabilities(7), "The securebits flags").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Securebit {
    /// execve(2) gives user id 0 nothing that it would not give others.
    Noroot,
    /// A change of the user id changes no capability set.
    NoSetuidFixup,
    /// The permitted set stays when the last user id of 0 goes.
    KeepCaps,
}

// ANCHOR: no_new_privs
/// From now on execve(2) adds no powers, whatever the program: PR_SET_NO_NEW_PRIVS. There is no way back.
pub fn no_new_privs(on: bool) -> Result<(), Failed> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, u64::from(on), 0).map(drop)
}
// ANCHOR_END: no_new_privs

// ANCHOR: securebits
/// Sets these of the securebits, and no others: PR_SET_SECUREBITS. Needs CAP_SETPCAP.
pub fn securebits(bits: &[Securebit]) -> Result<(), Failed> {
    let bits = bits.iter().fold(0, |all, bit| {
        all | match bit {
            Securebit::Noroot => 1 << 0,
            Securebit::NoSetuidFixup => 1 << 2,
            Securebit::KeepCaps => 1 << 4,
        }
    });
    prctl(libc::PR_SET_SECUREBITS, bits, 0).map(drop)
}
// ANCHOR_END: securebits

// ANCHOR: setcap
/// Writes the attribute `security.capability` of a file (struct vfs_cap_data, version 2): permitted, and effective from
/// the start. The kernel adds whose user namespace it counts in.
pub fn setcap(file: &FileCapabilities) -> Result<(), Failed> {
    const VERSION_2: u32 = 0x0200_0000;
    const EFFECTIVE: u32 = 1;
    let permitted = file.capabilities.iter().fold(0u64, |bits, it| bits | 1 << it.0);
    let words = [VERSION_2 | EFFECTIVE, permitted as u32, 0, (permitted >> 32) as u32, 0];
    let value: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    xattr::set(&file.at, "security.capability", &value).map_err(|error| Failed::io("setxattr", &error, &file.at))
}
// ANCHOR_END: setcap
