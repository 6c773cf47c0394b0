//! What ps(1) shows for a process of the lab: the actor's name, in `comm` and in `cmdline` (proc_pid_cmdline(5)).
//! They were forked from the controller without an execve, so they would show its command line; and its environment,
//! which is the learner's and not the lab's to read (proc_pid_environ(5)).

use std::ffi::CString;
use std::sync::OnceLock;

/// Where the kernel put them in memory: the same in all forks, which inherit this too.
struct Places {
    arguments: Option<(usize, usize)>,
    environment: Option<(usize, usize)>,
}

static PLACES: OnceLock<Places> = OnceLock::new();

/// Finds the places. To be called once, by the stage, before any step: later a lesson may have put another file where
/// /proc was, and what that says would be written to.
pub fn find() {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    PLACES.set(places(&stat)).ok();
}

/// Fields 48 to 51 of proc_pid_stat(5).
fn places(stat: &str) -> Places {
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let numbers: Vec<usize> = fields.split_whitespace().skip(45).take(4).filter_map(|it| it.parse().ok()).collect();
    let range = |at: usize| match numbers.get(at..at + 2) {
        Some(&[start, end]) if 0 < start && start < end => Some((start, end)),
        _ => None,
    };
    Places { arguments: range(0), environment: range(2) }
}

/// # Safety
/// The range is one of `PLACES`, and nothing else refers to it meanwhile.
unsafe fn memory<'a>((start, end): (usize, usize)) -> &'a mut [u8] {
    // SAFETY: the kernel put this process' arguments and environment there, and they stay mapped and writable as long
    // as it lives.
    unsafe { std::slice::from_raw_parts_mut(start as *mut u8, end - start) }
}

/// Sets both names. Where the place of the arguments in memory is not known, only `comm`.
pub fn set(name: &str) {
    let Ok(text) = CString::new(name) else { return };
    nix::sys::prctl::set_name(&text).ok();
    let Some(range) = PLACES.get().and_then(|places| places.arguments) else { return };
    let bytes = text.as_bytes_with_nul();
    // SAFETY: the standard library reads them only when it is asked for them, which no process of a lab does.
    let place = unsafe { memory(range) };
    place.fill(0);
    let length = bytes.len().min(place.len());
    place[..length].copy_from_slice(&bytes[..length]);
}

/// Takes the learner's environment out of this process and of all that are forked from it, but for Boxlab's own
/// variables. The caller has one thread.
pub fn forget_environment() {
    let own = |name: &[u8]| name.starts_with(b"BOXLAB_");
    for (name, _) in std::env::vars_os() {
        if !own(name.as_encoded_bytes()) {
            // SAFETY: there is one thread.
            unsafe { std::env::remove_var(name) };
        }
    }
    let Some(range) = PLACES.get().and_then(|places| places.environment) else { return };
    // SAFETY: the variables that are overwritten are not in the table of the C library any more.
    let place = unsafe { memory(range) };
    for variable in place.split_mut(|byte| *byte == 0).filter(|variable| !own(variable)) {
        variable.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn the_places_are_read_from_stat_and_nonsense_is_none() {
        let numbers: Vec<String> = (3..=52).map(|field| (field * 100).to_string()).collect();
        let stat = format!("1 (a ) b) {}", numbers.join(" "));
        let found = places(&stat);
        assert_eq!((found.arguments, found.environment), (Some((4800, 4900)), Some((5000, 5100))));
        let reversed: Vec<String> = (3..=52).rev().map(|field: i32| field.to_string()).collect();
        for nonsense in ["", "1 (a)", "1 (a) S 2 3", &format!("1 (a) {}", reversed.join(" ")), &"0 ".repeat(60)] {
            let found = places(nonsense);
            assert_eq!((found.arguments, found.environment), (None, None), "{nonsense}");
        }
    }
}
