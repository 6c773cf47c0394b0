//! Boxlab builds a real Linux container, one system call at a time, and shows what the kernel says changed.
//! ARCHITECTURE.md has the map of these rooms and what must never happen in each.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "Boxlab needs a Linux kernel: it makes namespaces and mounts, and shows what the kernel says of them. \
     On macOS or Windows, build it inside a Linux virtual machine (Lima, Multipass, WSL 2) and run it there."
);

#[cfg(all(target_os = "linux", not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
compile_error!("Boxlab writes small programs for its lessons, and knows the machine code of x86_64 and aarch64 only.");

pub mod book;
pub mod cli;
pub mod crash;
pub mod diagnosis;
pub mod evidence;
pub mod export;
pub mod kernel;
pub mod lesson;
pub mod letters;
pub mod machine;
pub mod practice;
pub mod probe;
pub mod problem;
pub mod screen;
pub mod show;
pub mod stage;
pub mod state;
pub mod stepper;
pub mod userland;
pub mod vm;
