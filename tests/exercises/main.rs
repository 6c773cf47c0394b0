//! Exercises as a learner uses them: real programs, real labs, as the caller and as nobody. What a program may do is done
//! here, and what it may not do is tried.

#[path = "../support/mod.rs"]
mod support;

mod authors;
mod contributing;
mod full_disk;
mod grade;
mod hostile;
mod learner;
mod made;
mod walk;
mod watch;
