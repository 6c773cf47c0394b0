//! The stage: a throw-away lab host, the agents that act in it, and the observer that watches them.
//! `lab` is the controller's handle, `host` makes the namespaces and the root, `serve` is the lab host's first
//! process, `agent` does one operation on itself when told, `trace` records system calls, `wire` carries messages.
//! It runs operations without knowing what they mean, and it ends with the controller, however that ends.

pub mod agent;
mod births;
mod broken;
pub mod call;
pub mod descriptors;
pub mod elsewhere;
pub mod failures;
mod flag_names;
mod frozen;
pub mod groups;
pub mod guest;
pub mod host;
pub mod ids;
pub mod lab;
mod level;
pub mod limits;
pub mod machine_root;
mod memory;
pub mod message;
mod named;
mod network_call;
pub mod patience;
mod prctl;
mod program;
mod replay;
pub mod rootfs;
pub mod seize;
pub mod serve;
mod settle;
pub mod shell;
pub mod skeleton;
mod sockets;
mod starving;
pub mod subids;
pub mod title;
pub mod trace;
pub mod why;
pub mod wire;
mod witness;

pub use lab::Lab;
