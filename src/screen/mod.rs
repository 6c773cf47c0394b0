//! The full screen: another face of the lesson that is stepped, beside the one that goes line by line. `face` has the keys
//! and the time, the engine of `stepper` does what they ask for, `scene` is what is to be seen as plain data, and `draw`
//! makes a frame of it. `shell` is a terminal within the terminal, `told` and `notes` are the presenter's second one.
//! It prints nothing outside of its screen, and puts the terminal back however it ends.

mod content;
pub mod draw;
mod events;
mod face;
mod guard;
mod keys;
pub mod layout;
pub mod notes;
mod overlay;
pub mod scene;
mod shell;
mod sides;
mod state;
pub mod terminal;
pub mod theme;
mod time;
pub mod told;
pub mod view;

pub use face::{Wishes, run};

/// Why there can be no full screen here, as a sentence; none where there can.
pub fn lacks() -> Option<String> {
    use std::io::IsTerminal;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Some("This is no terminal, so the lesson goes line by line.".to_owned());
    }
    match std::env::var("TERM").as_deref() {
        Err(_) | Ok("" | "dumb") => Some(
            "This terminal says that it cannot do more than lines (TERM), so the lesson goes line by line.".to_owned(),
        ),
        _ => None,
    }
}
