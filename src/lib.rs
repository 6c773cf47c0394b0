//! Boxlab builds a real Linux container, one system call at a time, and shows what the kernel says changed.
//! ARCHITECTURE.md has the map of these rooms and what must never happen in each.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "Boxlab needs a Linux kernel: it makes namespaces and mounts, and shows what the kernel says of them. \
     On macOS or Windows, build it inside a Linux virtual machine (Lima, Multipass, WSL 2) and run it there."
);

pub mod evidence;
pub mod kernel;
pub mod lesson;
pub mod userland;
