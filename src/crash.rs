//! When the program itself is wrong: the terminal is put back, and it is said what to do (std::panic).
//! A process of a lab is a fork of the controller and has this hook too; there a panic ends the process at once, since
//! what would be unwound and dropped belongs to the controller.

use crate::problem::{FAILED, Problem, complain, told};
use nix::unistd::{Pid, getpid};

/// From here on a panic is told in this form. To be called once, by the controller.
pub fn install() {
    let controller = getpid();
    std::panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let message = payload.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        end(controller, message, &place);
    }));
}

fn end(controller: Pid, message: &str, place: &str) {
    if getpid() != controller {
        complain(&format!("{message} ({place})"));
        // SAFETY: the process ends here, and its memory is a copy of the controller's.
        unsafe { libc::_exit(101) }
    }
    crate::stepper::terminal::restore();
    complain(&told(&problem(message, place)).trim_end());
}

fn problem(message: &str, place: &str) -> Problem {
    Problem::new(FAILED, "Boxlab has a mistake of its own, and stops here.")
        .because(format!(
            "{message} ({place}, version {})\nNothing is left of the lab, and your progress is kept.",
            env!("CARGO_PKG_VERSION")
        ))
        .next("boxlab run, which goes on where you are; please report these lines if it happens again")
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_says_what_happened_and_what_to_do() {
        let problem = super::problem("index out of range", "src/x.rs:3:5");
        let text = problem.to_string();
        assert!(text.contains("index out of range (src/x.rs:3:5"), "{text}");
        assert!(text.contains("boxlab run"), "{text}");
    }
}
