//! The way out that needs nothing of this kernel: `boxlab vm`. Whether its two parts are here, and where it helps.

use super::Reason;
use super::report::{Finding, Group, Status};
use crate::vm::image::{self, Image, NoImage};
use crate::vm::packages::{self, Part};
use crate::vm::qemu;

const WAY: &str = "Or run lessons on a kernel of their own, in a throw-away virtual machine:\n$ boxlab vm LESSON";

/// QEMU, and a kernel that can be read.
pub fn finding() -> Finding {
    let program = qemu::program_name();
    let (emulator, kernel) = (qemu::find(), Image::newest(image::candidates()));
    let kernels = match &kernel {
        Ok(image) => format!("the kernel {} can be read", image.path.display()),
        Err(NoImage::Unreadable(path, error)) => {
            format!("the kernel {} cannot be read ({})", path.display(), error.kind())
        }
        Err(NoImage::NotAKernel(path)) => format!("{} is no kernel for it", path.display()),
        Err(NoImage::Nowhere) => "there is no kernel image in /boot or /usr/lib/modules".to_owned(),
    };
    let found = format!("{program} is {}; {kernels}", if emulator.is_some() { "there" } else { "missing" });
    let finding = Finding::ok("micro-vm", Group::Surroundings, "A micro-VM", found);
    let mut lines = Vec::new();
    if emulator.is_none() {
        lines.push(packages::install(Part::Emulator));
    }
    match kernel {
        Ok(_) => {}
        Err(NoImage::Unreadable(path, _)) => lines.push(format!("$ sudo chmod a+r {}", path.display())),
        Err(_) => lines.push(packages::install(Part::Kernel)),
    }
    if lines.is_empty() {
        return finding;
    }
    lines.push("A kernel that lies elsewhere will do as well: boxlab vm --kernel FILE LESSON".to_owned());
    finding.status(Status::NotNeeded).because(
        "It is not set up.",
        "lessons in a virtual machine of their own: boxlab vm",
        Some(lines.join("\n")),
    )
}

/// What a step that starts one lacks here.
pub fn lacks() -> Option<Reason> {
    let finding = finding();
    (finding.status != Status::Ok).then(|| Reason {
        what: "A micro-VM is not set up here.".to_owned(),
        why: format!("{}.", finding.found),
        remedy: finding.remedy,
    })
}

/// Names it in the first finding of each kind that lessons would need.
pub fn way_out(findings: &mut [Finding]) {
    for group in Group::ALL.into_iter().filter(|group| *group != Group::Surroundings) {
        let missing = |it: &&mut Finding| it.group == group && matches!(it.status, Status::Blocked | Status::Limited);
        if let Some(finding) = findings.iter_mut().find(missing) {
            let own = finding.remedy.take().map(|own| format!("{own}\n")).unwrap_or_default();
            finding.remedy = Some(own + WAY);
        }
    }
}
