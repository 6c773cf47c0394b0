//! Why sethostname(2) failed: the capability, and the user namespace that it must count in; or the length.

use super::findings::{Findings, reason};
use super::rights;
use super::scene::{Scene, text_at};
use crate::evidence::record::{Arg, Call, Reason};
use nix::errno::Errno;

/// __NEW_UTS_LEN of the kernel.
const LONGEST: i64 = 64;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let mut findings = Findings::default();
    match errno {
        Errno::EPERM => {
            let fresh = "unshare(CLONE_NEWUTS) first: the new one belongs to the caller's own user namespace";
            let lacks = rights::lacks(scene, "sys_admin", "UTS namespace", "uts", fresh);
            findings.ask("CAP_SYS_ADMIN does not count in the owner of the UTS namespace", lacks);
        }
        Errno::EINVAL => {
            let length = match call.args.get(1) {
                Some(Arg::Number(length)) => *length,
                _ => text_at(call, 0).map_or(0, |name| i64::try_from(name.len()).unwrap_or(i64::MAX)),
            };
            let long = (length > LONGEST).then(|| {
                let cause = format!("the name is {length} bytes long, and the kernel keeps {LONGEST}");
                reason(cause, &[format!("length: {length}; a UTS namespace holds at most {LONGEST}")], "a shorter name")
            });
            findings.ask("the name is longer than 64 bytes", long);
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}
