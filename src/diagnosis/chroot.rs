//! Why chroot(2) failed: the path, or the capability. The kernel looks at the path first.

use super::findings::Findings;
use super::scene::{Scene, text_at};
use super::{paths, rights};
use crate::evidence::record::{Call, Reason};
use nix::errno::Errno;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let mut findings = Findings::default();
    paths::directory(&mut findings, scene, errno, text_at(call, 0)?);
    if errno == Errno::EPERM {
        // chroot changes the caller alone, so the capability counts in its own user namespace.
        findings.ask("CAP_SYS_CHROOT is not effective", rights::not_effective(scene, "sys_chroot"));
    } else if !findings.found() {
        findings.ask("a part of the path is missing, is no directory, or may not be searched", None);
    }
    Some(findings.verdict(scene))
}
