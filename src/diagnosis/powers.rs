//! Why a change of the caller's own powers failed: prctl(2) with the options of capabilities(7), seccomp(2), and
//! setxattr(2) of a file's capabilities. And the answer that is no cause of the kernel's own: a seccomp filter's.

use super::findings::{Findings, reason};
use super::rights;
use super::scene::{Scene, flags_at};
use crate::evidence::record::{Arg, Call, Reason};
use crate::kernel::capabilities::NAMES;
use nix::errno::Errno;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let mut findings = Findings::default();
    let option = flags_at(call, 0).first().copied().unwrap_or_default();
    match (call.name.as_str(), option, errno) {
        ("seccomp", _, Errno::EACCES) => {
            findings.ask("no_new_privs is set, or CAP_SYS_ADMIN is effective", unguarded(scene));
        }
        ("prctl", "PR_SET_NO_NEW_PRIVS", Errno::EINVAL) => {
            let off = matches!(call.args.get(1), Some(Arg::Flags(value)) if value == "0");
            let one_way = off.then(|| one_way(scene));
            findings.ask("it was to be taken back", one_way.flatten());
        }
        ("prctl", "PR_CAPBSET_DROP" | "PR_SET_SECUREBITS", Errno::EPERM) => {
            findings.ask("CAP_SETPCAP is not effective", rights::not_effective(scene, "setpcap"));
        }
        ("prctl", "PR_CAP_AMBIENT", Errno::EPERM) => {
            let name = flags_at(call, 2).first().and_then(|it| it.strip_prefix("CAP_")).unwrap_or_default();
            findings.ask("it is not both permitted and inheritable", not_both(scene, &name.to_lowercase()));
        }
        ("setxattr", _, Errno::EPERM) => {
            findings.ask("CAP_SETFCAP is not effective", rights::not_effective(scene, "setfcap"));
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}

/// A filter could make a set-user-ID program do what its author never meant; so who may not gain by such a program
/// anyway may filter himself.
fn unguarded(scene: &Scene<'_>) -> Option<Reason> {
    let free = scene.status()?.nonewprivs == Some(0) && !scene.has("sys_admin");
    free.then(|| {
        let cause = "the caller neither has CAP_SYS_ADMIN nor has given up new privileges (no_new_privs)";
        let seen = ["status: NoNewPrivs: 0".to_owned(), "status: CapEff lacks sys_admin".to_owned()];
        reason(cause, &seen, "prctl(PR_SET_NO_NEW_PRIVS, 1) first")
    })
}

fn one_way(scene: &Scene<'_>) -> Option<Reason> {
    let set = scene.status()?.nonewprivs?;
    let cause = "no_new_privs can only be set; nothing takes it back";
    Some(reason(cause, &[format!("status: NoNewPrivs: {set}")], ""))
}

fn not_both(scene: &Scene<'_>, name: &str) -> Option<Reason> {
    let bit = 1u64 << NAMES.iter().position(|known| *known == name)?;
    let status = scene.status()?;
    let (permitted, inheritable) = (status.capprm & bit != 0, status.capinh & bit != 0);
    (!permitted || !inheritable).then(|| {
        let has = |yes: bool| if yes { "has" } else { "lacks" };
        let cause = "the ambient set takes only what is both permitted and inheritable".to_owned();
        let seen = [
            format!("status: CapPrm {} {name}", has(permitted)),
            format!("status: CapInh {} {name}", has(inheritable)),
        ];
        let missing = if permitted { "inheritable" } else { "permitted" };
        reason(cause, &seen, format!("CAP_{} in the {missing} set first", name.to_uppercase()))
    })
}

/// A cause of the kernel's own, of which it cannot be seen whether a filter came before it.
pub fn beside_a_filter(scene: &Scene<'_>, errno: Errno, mut reason: Reason) -> Reason {
    let filter = scene.status().is_some_and(|status| status.seccomp == Some(2));
    let known = reason.seen.iter().any(|seen| seen.contains("Seccomp: 2"));
    if filter && !known && matches!(errno, Errno::EPERM | Errno::ENOSYS) {
        reason.seen.push("status: Seccomp: 2, a filter is asked first and may have said the same".to_owned());
        reason.remedy = reason.remedy.map(|it| {
            if it.contains("unshare") { format!("{it}; but the filter may refuse that as well") } else { it }
        });
    }
    reason
}

/// Said where nothing else explains an answer: the kernel runs a filter before it looks at a call's arguments, so a
/// filter can answer anything. None: there is no filter.
pub fn filtered(scene: &Scene<'_>, ruled_out: &[String]) -> Option<Reason> {
    (scene.status()?.seccomp == Some(2)).then(|| {
        let cause = "none of the kernel's own causes holds: a seccomp filter of the caller gave this answer";
        let mut seen = vec!["status: Seccomp: 2, a filter is asked first at every call".to_owned()];
        seen.extend(ruled_out.iter().map(|what| format!("does not hold: {what}")));
        reason(cause, &seen, "")
    })
}
