//! Four functions of termios(3) under the names that the libc crate asks for.
//!
//! Since 0.2.191 it binds them to a version of the shared C library, as `cfsetispeed@GLIBC_2.2.5`; a static C library
//! has no versions, so the link would fail. Each of these is only the way from that name to the plain one. Delete the
//! file when a static program links without it.

use nix::libc::{c_int, speed_t, termios};

unsafe extern "C" {
    fn cfgetispeed(terminal: *const termios) -> speed_t;
    fn cfgetospeed(terminal: *const termios) -> speed_t;
    fn cfsetispeed(terminal: *mut termios, speed: speed_t) -> c_int;
    fn cfsetospeed(terminal: *mut termios, speed: speed_t) -> c_int;
}

macro_rules! versioned {
    ($version:literal) => {
        // SAFETY (all four): the names end in a version, so no function of the C library is replaced.
        #[unsafe(export_name = concat!("cfgetispeed@GLIBC_", $version))]
        unsafe extern "C" fn get_input(terminal: *const termios) -> speed_t {
            // SAFETY: the caller promises what the plain function wants.
            unsafe { cfgetispeed(terminal) }
        }
        #[unsafe(export_name = concat!("cfgetospeed@GLIBC_", $version))]
        unsafe extern "C" fn get_output(terminal: *const termios) -> speed_t {
            // SAFETY: the caller promises what the plain function wants.
            unsafe { cfgetospeed(terminal) }
        }
        #[unsafe(export_name = concat!("cfsetispeed@GLIBC_", $version))]
        unsafe extern "C" fn set_input(terminal: *mut termios, speed: speed_t) -> c_int {
            // SAFETY: the caller promises what the plain function wants.
            unsafe { cfsetispeed(terminal, speed) }
        }
        #[unsafe(export_name = concat!("cfsetospeed@GLIBC_", $version))]
        unsafe extern "C" fn set_output(terminal: *mut termios, speed: speed_t) -> c_int {
            // SAFETY: the caller promises what the plain function wants.
            unsafe { cfsetospeed(terminal, speed) }
        }
    };
}

#[cfg(all(target_feature = "crt-static", target_arch = "x86_64", target_pointer_width = "64"))]
versioned!("2.2.5");
#[cfg(all(target_feature = "crt-static", target_arch = "aarch64"))]
versioned!("2.17");
