//! Who runs the guest's instructions: the processor itself (kvm), or QEMU's translator (tcg).
//! That /dev/kvm opens does not say that it works: inside a virtual machine it may refuse, or hang. So the kernel is
//! started with it once, and must say its first words within two seconds; the answer is kept until the next boot.

use super::qemu::{Machine, Parts};
use crate::state::directory;
use crate::state::replace;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Accelerator {
    Kvm,
    Tcg,
}

impl Accelerator {
    pub fn name(self) -> &'static str {
        match self {
            Accelerator::Kvm => "kvm",
            Accelerator::Tcg => "tcg",
        }
    }

    /// How many times longer a limit of time is to be in a machine of it.
    pub fn slower(self) -> u32 {
        match self {
            Accelerator::Kvm => 1,
            Accelerator::Tcg => 10,
        }
    }

    /// What QEMU is asked for. The translator keeps what it has translated; a lesson needs little of its usual 1 GiB.
    pub fn option(self) -> &'static str {
        match self {
            Accelerator::Kvm => "kvm",
            Accelerator::Tcg => "tcg,tb-size=128",
        }
    }

    /// The processor that the guest sees. A fifth level of page tables would only be one more to walk for the translator.
    pub fn processor(self) -> &'static str {
        match self {
            Accelerator::Kvm => "host",
            Accelerator::Tcg => "max,la57=off",
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(2);
/// What every kernel says first.
const FIRST_WORDS: &[u8] = b"Linux version";

/// The answer of a trial, and when it was true.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Known {
    boot: String,
    kvm: bool,
}

/// kvm where it works, else tcg.
pub fn choose(program: &Path, kernel: &File) -> Accelerator {
    if File::options().read(true).write(true).open("/dev/kvm").is_err() {
        return Accelerator::Tcg;
    }
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
    let file = directory().map(|it| it.join("kvm.json"));
    let known = file.as_ref().and_then(|file| serde_json::from_slice::<Known>(&std::fs::read(file).ok()?).ok());
    let kvm = match known {
        Some(known) if known.boot == boot => known.kvm,
        _ => {
            let kvm = answers(program, kernel);
            let known = serde_json::to_string(&Known { boot, kvm }).unwrap_or_default();
            // If it cannot be kept, it is tried again the next time.
            file.and_then(|file| replace(&file, &known).ok());
            kvm
        }
    };
    if kvm { Accelerator::Kvm } else { Accelerator::Tcg }
}

fn answers(program: &Path, kernel: &File) -> bool {
    let append = "console=ttyS0 earlyprintk=ttyS0 panic=-1";
    let parts = Parts { program, kernel, initramfs: None, accelerator: Accelerator::Kvm, memory: 128, append };
    let Ok(machine) = Machine::start(&parts) else { return false };
    let end = Instant::now() + PATIENCE;
    let mut heard = Vec::new();
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let mut waits = [PollFd::new(machine.console.as_fd(), PollFlags::POLLIN)];
        let limit = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        if left.is_zero() || poll(&mut waits, limit).unwrap_or(0) == 0 {
            return false;
        }
        let mut bytes = [0; 4096];
        match (&machine.console).read(&mut bytes) {
            Ok(0) | Err(_) => return false,
            Ok(count) => heard.extend_from_slice(&bytes[..count]),
        }
        if heard.windows(FIRST_WORDS.len()).any(|it| it == FIRST_WORDS) {
            return true;
        }
    }
}
