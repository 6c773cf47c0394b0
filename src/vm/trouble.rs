//! What can go wrong with a machine, and how a person is told.

use super::image::NoImage;
use super::packages::{self, Part};
use crate::problem::{CANNOT, FAILED, Problem, WRONG};
use nix::sys::signal::Signal;
use std::time::Duration;

/// Why there is no result.
#[derive(Debug)]
pub enum Trouble {
    /// The learner, or who closes the terminal, ended it.
    Interrupted(Signal),
    /// The guest's first process did not come up in time; the last lines of the kernel.
    NoBoot { limit: Duration, log: String },
    /// The kernel gave up: its own sentence.
    Panic { sentence: String, memory: u32 },
    /// QEMU ended by itself; what it said, and the kernel's last lines.
    Gone { said: String, log: String, memory: u32 },
    /// Nothing came any more, and no question was answered.
    Hung { silent: Duration, log: String },
    /// It took longer than the caller allows.
    TimeLimit(Duration),
    /// The guest could not be set up.
    SetUp(String),
    /// What came over the line was not ours.
    Garbled,
    /// The command was killed in the guest, since memory was full.
    Memory(u32),
    /// Standard output or input does not work any more.
    Own(Problem),
}

/// The kernel is told by its last lines; these are enough of them.
const LINES: usize = 6;

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    match last {
        [] => "Its kernel has said nothing.".to_owned(),
        last => format!("The last that its kernel said:\n{}", last.join("\n")),
    }
}

fn more_memory(memory: u32) -> String {
    format!("give it more: boxlab vm --memory {} LESSON", (memory * 2).max(512))
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Problem {
        match trouble {
            Trouble::Interrupted(_) => Problem::new(FAILED, ""),
            Trouble::NoBoot { limit, log } => {
                let what = format!("The machine did not come up within {} seconds, and was ended.", limit.as_secs());
                let next = format!(
                    "give it more time (--boot-limit {}), or another kernel (--kernel FILE)",
                    limit.as_secs() * 3
                );
                Problem::new(CANNOT, what).because(last_lines(&log)).next(next)
            }
            Trouble::Panic { sentence, memory } => {
                let starved = ["memory", "init", "root fs", "unpacking"].iter().any(|word| sentence.contains(word));
                let next = if starved {
                    more_memory(memory)
                } else {
                    "try another kernel: boxlab vm --kernel FILE LESSON".to_owned()
                };
                Problem::new(CANNOT, "The machine's kernel gave up.").because(sentence).next(next)
            }
            Trouble::Gone { said, log, memory } => {
                let too_much = said.contains("allocate memory");
                let why = if said.is_empty() { last_lines(&log) } else { format!("It said: {said}") };
                let no_room = said.contains("initrd is too large");
                let next = if no_room || (said.is_empty() && log.trim().is_empty()) {
                    // A kernel that has no room for itself ends before it can say so; QEMU says it of the initramfs.
                    more_memory(memory)
                } else if too_much {
                    "give the machine less memory (--memory 256), or close other programs".to_owned()
                } else {
                    "try again with --accelerator tcg, or another kernel: --kernel FILE".to_owned()
                };
                Problem::new(CANNOT, "QEMU ended before the lesson did.").because(why).next(next)
            }
            Trouble::Hung { silent, log } => {
                let what = format!("The machine gave no sign of life for {} seconds, and was ended.", silent.as_secs());
                Problem::new(CANNOT, what).because(last_lines(&log)).next("boxlab vm LESSON, which starts a new one")
            }
            Trouble::TimeLimit(limit) => {
                let limit = limit.as_secs();
                Problem::new(FAILED, format!("It was not done after {limit} seconds, and the machine was ended."))
                    .because("--time-limit says so.")
                    .next(format!("give it more time: --time-limit {}", limit * 3))
            }
            Trouble::SetUp(sentence) => Problem::new(CANNOT, "The machine could not be made ready for a lesson.")
                .because(sentence)
                .next("try another kernel: boxlab vm --kernel FILE LESSON"),
            Trouble::Garbled => Problem::new(CANNOT, "What came from the machine cannot be understood.")
                .because("Something else than Boxlab writes to its second serial port.")
                .next("try another kernel: boxlab vm --kernel FILE LESSON"),
            Trouble::Memory(memory) => {
                Problem::new(CANNOT, "The lesson was killed in the machine: its memory was full.")
                    .because(format!("The machine has {memory} MiB."))
                    .next(more_memory(memory))
            }
            Trouble::Own(problem) => problem,
        }
    }
}

/// There is no kernel to start.
pub fn no_image(no: NoImage, given: bool) -> Problem {
    let or = "or give one that is elsewhere: boxlab vm --kernel FILE [--modules DIR] LESSON";
    match no {
        NoImage::Nowhere => Problem::new(CANNOT, "There is no kernel that the machine could start.")
            .because("None is in /boot, nor beside the modules in /usr/lib/modules.")
            .next(format!("{}\n{or}", packages::install(Part::Kernel))),
        NoImage::Unreadable(path, error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let path = path.display();
            Problem::new(if given { WRONG } else { CANNOT }, format!("The kernel {path} cannot be read."))
                .because(format!(
                    "{error}: Ubuntu and others let only root read kernels, though each is in a public package."
                ))
                .next(format!("$ sudo chmod a+r {path}\n{or}"))
        }
        NoImage::Unreadable(path, error) => Problem::new(
            WRONG,
            format!("The kernel {} cannot be read.", path.display()),
        )
        .because(error.to_string())
        .next("give a kernel image: boxlab vm --kernel FILE LESSON; without --kernel the newest in /boot is taken"),
        NoImage::NotAKernel(path) => {
            Problem::new(WRONG, format!("{} is not a Linux kernel for this machine.", path.display()))
                .because("An image for a PC (bzImage) has the letters HdrS in its head, and its release.")
                .next("give an image as it lies in /boot: vmlinuz-VERSION, not vmlinux nor a package")
        }
    }
}

/// QEMU is not installed.
pub fn no_emulator(program: &str) -> Problem {
    Problem::new(CANNOT, format!("{program} is not installed, or not on the PATH."))
        .because("It is the program that runs the machine.")
        .next(packages::install(Part::Emulator))
}
