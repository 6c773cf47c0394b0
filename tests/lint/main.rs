//! What an author is told about a lesson's file: each mistake at its place, all of them in one run, and never a panic,
//! whatever the file holds. The good lessons are in tests/fixtures/lessons; each test here breaks a copy of them.

mod files;
mod many;
mod mutations;
mod names;
mod rendered;
mod support;
mod table;
