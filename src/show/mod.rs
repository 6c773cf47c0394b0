//! From records to what is seen: the terminal's text, the closing picture, JSON. Pure functions: this room knows
//! records only, asks nobody anything and writes nowhere. Colours are those of the `colored` crate, which leaves them
//! out for NO_COLOR and where the output is no terminal.

pub mod annotations;
mod births;
pub mod cast;
pub mod drawing;
pub mod finished;
pub mod junit;
mod measured;
mod moved;
mod other_version;
pub mod picture;
pub mod quiz;
mod rounds;
mod rows;
pub mod screen;
pub mod sides;
pub mod table;
pub mod tap;
pub mod verdicts;
mod viewpoints;

pub use screen::Screen;
