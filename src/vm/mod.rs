//! The micro-VM: a throw-away QEMU machine with a distribution's kernel, in which Boxlab is the first process.
//! On the host `image` finds a kernel and `modules` what it needs, `initramfs` packs them with Boxlab itself, `qemu`
//! starts the machine and `console` joins it with the learner's terminal. In the guest `init` sets up what a boot
//! loader's user space would, and `guest` runs one command of Boxlab. Both sides talk over a serial line: `channel`.

pub mod accelerator;
pub mod channel;
pub mod console;
pub mod elf;
pub mod guest;
pub mod image;
pub mod init;
pub mod initramfs;
pub mod job;
pub mod module_file;
pub mod modules;
pub mod packages;
pub mod places;
pub mod qemu;
pub mod trouble;
