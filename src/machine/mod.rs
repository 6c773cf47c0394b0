//! What this machine offers, how that was found out, and the way out where something is missing.
//! Everything is tried (`trials`, in forked children) and only then explained (`explain`, from what /proc and /sys say):
//! a setting that looks right proves nothing, and an errno without its reason helps nobody.
//! Used by `boxlab doctor`, and to skip a lesson with its reason. Nothing here changes the machine or the calling process.

mod cgroups;
mod child;
mod container;
mod explain;
mod explain_mounts;
mod explain_rest;
#[cfg(test)]
mod explain_tests;
mod facts;
mod findings;
mod micro_vm;
mod netlink;
mod remedy;
mod report;
mod step;
mod subids;
mod surroundings;
mod text;
#[cfg(test)]
mod text_tests;
mod tracing;
mod trials;

use crate::kernel::error::Failed;
use crate::lesson::model::Need;
use nix::errno::Errno;
use std::sync::OnceLock;
use std::time::Instant;

pub use container::Place;
pub use facts::Facts;
pub use report::{Finding, Group, LessonLine, Reason, Report, Status};
pub use step::Step;
pub use subids::find as subids;
pub use text::text;

/// Makes a lab host, ends it, and says what failed. `examine` is given it, since only `stage` knows how that is done.
pub type LabTrial<'a> = &'a dyn Fn() -> Result<(), Failed>;

/// Examines this machine. With `lab`, the lab host is made for real as well.
pub fn examine(lab: Option<LabTrial>) -> Report {
    let start = Instant::now();
    let facts = Facts::read();
    let answers = trials::run(&trials::Ground::ready());
    let mut findings = findings::of(&facts, &answers);
    if let Some(lab) = lab {
        findings.insert(0, findings::lab(lab(), &facts, &answers));
    }
    findings.extend(cgroups::findings(&facts));
    micro_vm::way_out(&mut findings);
    findings.extend(surroundings::findings(&facts));
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    Report { kernel: facts.release, architecture: facts.architecture, milliseconds, findings }
}

/// What a lesson's need lacks here; `None` where it can be met. Tried once for a run of the program.
pub fn lacks(need: Need) -> Option<Reason> {
    if need == Need::Subids {
        return subids().as_ref().err().cloned();
    }
    if need == Need::Vm {
        return micro_vm::lacks();
    }
    if need == Need::NewPrivs {
        return no_new_privs();
    }
    if !need.controllers().is_empty() {
        return cgroups::lacks(need);
    }
    static TRIED: OnceLock<(Facts, child::Answers)> = OnceLock::new();
    let (facts, answers) = TRIED.get_or_init(|| (Facts::read(), trials::run(&trials::Ground::ready())));
    first_failure(steps_of(need), facts, answers)
}

/// Set by somebody around this program, and inherited by whatever a lesson starts.
fn no_new_privs() -> Option<Reason> {
    let set = nix::sys::prctl::get_no_new_privs().is_ok_and(|set| set);
    set.then(|| Reason {
        what: "no_new_privs is set for this program.".to_owned(),
        why: "So no execve adds a capability here, and what it does elsewhere cannot be shown.".to_owned(),
        remedy: Some(
            "Start it from a shell that nobody has given it: in a container without no-new-privileges, in a service \
             without NoNewPrivileges=. Which one it is:\n$ grep -H NoNewPrivs: /proc/$$/status /proc/$PPID/status"
                .to_owned(),
        ),
    })
}

/// The same in one sentence, for a step that is left out.
pub fn lacks_for_step(need: Need) -> Option<String> {
    lacks(need).map(|reason| format!("{} {}", reason.what, reason.why))
}

/// Why a lesson cannot run here, found out as quickly as can be. The lab host itself is not tried: the run is about to
/// make one, and explains a failure then.
pub fn lacks_before_run(needs: &[Need]) -> Option<Reason> {
    needs.iter().find_map(|need| match need {
        Need::Namespaces => None,
        Need::Userns if trials::nested_user_namespace() => None,
        other => lacks(*other),
    })
}

/// What an examination says about a need, without trying again.
fn first_failure(steps: &[Step], facts: &Facts, answers: &child::Answers) -> Option<Reason> {
    for step in steps {
        if let Some(errno) = answers.failed(*step) {
            return Some(explain::explain(*step, errno, facts, answers));
        }
    }
    let untried = steps.iter().find(|step| !answers.worked(**step))?;
    if let (Some(end), Some(step)) = (&answers.end, answers.struck()) {
        return Some(explain::struck(step, end, facts, answers));
    }
    Some(Reason {
        what: format!("{} was not reached.", untried.call()),
        why: "Something before it failed.".to_owned(),
        remedy: Some("$ boxlab doctor".to_owned()),
    })
}

/// The calls that a need is made of, in the order of the lab host.
fn steps_of(need: Need) -> &'static [Step] {
    const LAB: [Step; 15] = [
        Step::User,
        Step::Setgroups,
        Step::UidMap,
        Step::GidMap,
        Step::Uts,
        Step::Ipc,
        Step::Net,
        Step::Mount,
        Step::Pid,
        Step::Fork,
        Step::Private,
        Step::Tmpfs,
        Step::Proc,
        Step::PivotRoot,
        Step::Detach,
    ];
    match need {
        Need::Namespaces => &LAB,
        Need::Userns => &[Step::User, Step::UidMap, Step::NestedUser, Step::NestedMap],
        Need::Overlay => &[Step::User, Step::UidMap, Step::Mount, Step::Private, Step::Tmpfs, Step::Overlay],
        Need::Network => &[Step::User, Step::UidMap, Step::Net, Step::Loopback, Step::Veth, Step::Bridge],
        Need::Nft => &[Step::User, Step::UidMap, Step::Net, Step::Nft],
        Need::Seccomp => &[Step::Seccomp],
        Need::Sysfs => &[Step::User, Step::UidMap, Step::Net, Step::Mount, Step::Private, Step::Tmpfs, Step::Sysfs],
        Need::Mqueue => &[Step::User, Step::UidMap, Step::Ipc, Step::Mount, Step::Private, Step::Tmpfs, Step::Mqueue],
        Need::Xattrs => &[Step::User, Step::UidMap, Step::Mount, Step::Private, Step::Tmpfs, Step::Xattr],
        Need::Time => &[Step::User, Step::UidMap, Step::Time],
        // No calls, but a program of the machine, a setting of this process, control groups: see `lacks`.
        Need::Subids
        | Need::NewPrivs
        | Need::Vm
        | Need::Cgroup
        | Need::Cgroup1
        | Need::Cgroup2
        | Need::Memory
        | Need::Cpu
        | Need::Swap => &[],
    }
}

/// Why a step of making the lab host failed, from this machine's settings at this moment.
/// `call` is the system call; `detail` is what it was about: a path, a file system, or kinds of namespaces.
pub fn explain_lab_failure(call: &str, errno: Errno, detail: &str) -> Reason {
    let facts = Facts::read();
    let answers = trials::run(&trials::Ground::ready());
    explain_failure(call, errno, detail, &facts, &answers)
}

fn explain_failure(call: &str, errno: Errno, detail: &str, facts: &Facts, answers: &child::Answers) -> Reason {
    let what = format!("{call}{}{detail} answered {errno:?}.", if detail.is_empty() { "" } else { " " });
    match Step::of(call, detail) {
        Some(step) => Reason { what, ..explain::explain(step, errno, facts, answers) },
        None => Reason {
            what,
            why: "It is none of the calls that a machine's settings are known to refuse.".to_owned(),
            remedy: Some("$ boxlab doctor".to_owned()),
        },
    }
}

/// Which lessons can run here: id, title, needs.
pub fn judge<'a>(lessons: impl IntoIterator<Item = (&'a str, &'a str, &'a [Need])>) -> Vec<LessonLine> {
    lessons
        .into_iter()
        .map(|(id, title, needs)| LessonLine {
            id: id.to_owned(),
            title: title.to_owned(),
            lacks: needs.iter().find_map(|need| lacks(*need)),
        })
        .collect()
}
