//! A panic in a process of the lab. Its standard error is /dev/null, so it is told over the wire that the process
//! answers on: by the stage to the controller, by an agent to the stage. Then the process ends at once, since what would
//! be unwound and dropped belongs to the controller, of which it is a copy.

use super::message::{Answer, Told};
use super::wire::Wire;
use std::os::fd::RawFd;
use std::sync::Mutex;

/// Who this process is, and the number of its wire.
#[derive(Clone, Copy)]
pub enum Teller {
    Stage(RawFd),
    Agent(RawFd),
    /// A shell has a standard error of its own, and what the program says there for a panic is right.
    Nobody,
}

static TELLER: Mutex<Teller> = Mutex::new(Teller::Nobody);

/// From here on this process is that.
pub fn tell_as(teller: Teller) {
    if let Ok(mut now) = TELLER.lock() {
        *now = teller;
    }
}

/// Installs the hook. To be called once, by the stage: its forks have it too.
pub fn install() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let teller = TELLER.lock().map_or(Teller::Nobody, |teller| *teller);
        match teller {
            Teller::Nobody => return before(panic),
            Teller::Stage(wire) => Wire::lent(wire).send(&Answer::Broken(said(panic)), &[]),
            Teller::Agent(wire) => Wire::lent(wire).send(&Told::Broken(said(panic)), &[]),
        }
        .ok();
        // SAFETY: nothing of this process is to be run at its end.
        unsafe { libc::_exit(101) }
    }));
}

fn said(panic: &std::panic::PanicHookInfo<'_>) -> String {
    let message = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    format!("{message} ({place})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::{ForkResult, fork};

    /// Forks a child that panics as `teller` on its end of a wire, and gives our end.
    fn panicking(teller: impl Fn(RawFd) -> Teller) -> Wire {
        let (own, other) = Wire::pair().expect("a wire");
        // SAFETY: the child installs its hook, panics, and ends there.
        match unsafe { fork() }.expect("fork") {
            ForkResult::Child => {
                install();
                tell_as(teller(other.number()));
                panic!("made for a test");
            }
            ForkResult::Parent { .. } => own,
        }
    }

    #[test]
    fn a_panic_is_told_over_the_wire() {
        let answer = panicking(Teller::Stage).receive::<Answer>().expect("an answer").message;
        assert!(matches!(&answer, Answer::Broken(said) if said.starts_with("made for a test (src/stage/broken.rs:")));
        let told = panicking(Teller::Agent).receive::<Told>().expect("an answer").message;
        assert!(matches!(&told, Told::Broken(said) if said.contains("made for a test")));
    }
}
