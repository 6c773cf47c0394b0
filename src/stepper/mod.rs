//! Stepping through a lesson by hand: keys, prompts, going back, a shell in the half-built container.
//! What is shown comes from `show`, what happens from `lesson::walk`; this room holds the terminal and nothing else.

mod commands;
pub mod engine;
pub mod keys;
pub mod live;
pub mod pane;
pub mod session;
pub mod terminal;
