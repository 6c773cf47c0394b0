//! The room that acts: one file a kernel facility, and in it the operations that a lesson's step can ask for.
//! Each function is one kernel procedure, read from top to bottom, and returns a `Failed` that names the call.
//! This room never prints and never reads what it changed; `probe` does that, and shares no parser with it.

pub mod attach;
pub mod capabilities;
pub mod capability_sets;
pub mod cgroups;
pub mod clock;
pub mod code;
pub mod error;
pub mod files;
pub mod idmaps;
pub mod init;
pub mod mount_forms;
pub mod mounts;
pub mod namespaces;
pub mod network;
pub mod nftables;
pub mod operation;
mod operation_name;
pub mod perform;
pub mod privileges;
pub mod process;
pub mod programs;
pub mod queues;
pub mod raw_calls;
pub mod rootfs;
pub mod seccomp;
pub mod seccomp_profile;
pub mod server;
pub mod shell_words;
pub mod start;
pub mod uts;

pub use namespaces::Namespace;
pub use operation::Operation;
pub use perform::perform;
