//! What this machine offers, how that was found out, and the way out where something is missing.
//! Everything is tried (`trials`, in forked children) and only then explained (`explain`, from what /proc and /sys say):
//! a setting that looks right proves nothing, and an errno without its reason helps nobody.
//! Used by `boxlab doctor`, and to skip a lesson with its reason. Nothing here changes the machine or the calling process.

mod child;
mod netlink;
mod report;
mod step;
mod tracing;
mod trials;

pub use report::{Finding, Group, LessonLine, Reason, Report, Status};
pub use step::Step;

/// debugging
pub fn raw() -> String {
    format!("{:#?}", trials::run(&trials::Ground::ready()))
}
