//! Pictures drawn from facts, and from what was measured, as SVG in the page. Colours are classes, so a picture is light or dark with its page; each has
//! a sentence for those who do not see it. One file a kind of picture; `canvas` has the few shapes that they are made of.

mod axis;
mod canvas;
pub mod capabilities;
pub mod curve;
pub mod facts;
pub mod groups;
pub mod layers;
pub mod mounts;
pub mod namespaces;
pub mod network;
pub mod periods;
pub mod share;
mod tree;
pub mod whole;

pub use canvas::Drawn;

/// The width of a picture on a wide page, and on a narrow one, in pixels at the size it is drawn.
pub const WIDE: i32 = 700;
pub const NARROW: i32 = 320;
