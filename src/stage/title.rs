//! What ps(1) shows for a process of the lab: the actor's name, in `comm` and in `cmdline` (proc_pid_cmdline(5)).
//! They were forked from the controller without an execve, so they would show its command line.

use std::ffi::CString;

/// Sets both. Where the place of the arguments in memory cannot be found, only `comm`.
pub fn set(name: &str) {
    let Ok(text) = CString::new(name) else { return };
    nix::sys::prctl::set_name(&text).ok();
    let Some((start, end)) = arguments() else { return };
    let bytes = text.as_bytes_with_nul();
    // SAFETY: the kernel put this process' arguments there, and they stay mapped and writable as long as it lives. The
    // standard library reads them only when it is asked for them, which no process of a lab does.
    unsafe {
        let place = std::slice::from_raw_parts_mut(start as *mut u8, end - start);
        place.fill(0);
        let length = bytes.len().min(place.len());
        place[..length].copy_from_slice(&bytes[..length]);
    }
}

/// Where the arguments begin and end: fields 48 and 49 of proc_pid_stat(5).
fn arguments() -> Option<(usize, usize)> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(45);
    let (start, end) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    (start < end).then_some((start, end))
}
