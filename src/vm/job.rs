//! What the guest is to do: the host writes it into the initramfs, the guest's first process reads it there.

use serde::{Deserialize, Serialize};

/// Where it lies in the guest.
pub const PATH: &str = "/job.json";
/// The folder of kernel modules, in the order in which they are to be loaded.
pub const MODULES: &str = "/modules";
/// The lessons of `--lessons`.
pub const LESSONS: &str = "/lessons";
/// Boxlab itself.
pub const PROGRAM: &str = "/bin/boxlab";

/// One command of Boxlab, and how it is run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The command line without the program's name.
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    /// Rows and columns of the terminal that it gets; none: its output is two pipes.
    pub terminal: Option<(u16, u16)>,
    pub user: User,
    /// The learner's progress, to go on with.
    pub progress: Option<String>,
}

/// Who runs it in the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum User {
    Root,
    Nobody,
}

impl User {
    pub fn id(self) -> u32 {
        match self {
            User::Root => 0,
            User::Nobody => 65534,
        }
    }

    pub fn home(self) -> &'static str {
        match self {
            User::Root => "/root",
            User::Nobody => "/home/nobody",
        }
    }
}
