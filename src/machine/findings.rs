//! From answers to findings: one table row for each thing that was tried, with what depends on it.
//! A row that failed gets its reason from `explain`; a row that was not reached says which failure stood before it.
//! Pure functions: the trials are over when this file begins.

use super::child::Answers;
use super::explain::{explain, struck};
use super::explain_rest::yama;
use super::facts::{Facts, limit_name};
use super::report::{Finding, Group, Status};
use super::step::Step;
use crate::kernel::error::Failed;

struct Row {
    need: &'static str,
    group: Group,
    title: &'static str,
    /// All must work.
    steps: &'static [Step],
    blocks: &'static str,
    /// What its failure is: `Blocked` where the lab host needs it, `Limited` where only some lessons do.
    failing: Status,
}

const EVERY: &str = "every lesson: the lab host is made of it";

const fn row(need: &'static str, group: Group, title: &'static str, steps: &'static [Step]) -> Row {
    Row { need, group, title, steps, blocks: EVERY, failing: Status::Blocked }
}

impl Row {
    const fn only(mut self, blocks: &'static str) -> Row {
        self.blocks = blocks;
        self.failing = Status::Limited;
        self
    }

    const fn blocking(mut self, blocks: &'static str) -> Row {
        self.blocks = blocks;
        self
    }
}

const SPACES: Group = Group::Namespaces;
const FILES: Group = Group::FileSystems;
const TRACE: Group = Group::Tracing;
const NET: Group = Group::Network;

#[rustfmt::skip]
const ROWS: [Row; 22] = [
    row("user-namespace", SPACES, "User namespace", &[Step::User, Step::Setgroups, Step::UidMap, Step::GidMap]),
    row("mount-namespace", SPACES, "Mount namespace", &[Step::Mount]),
    row("pid-namespace", SPACES, "PID namespace", &[Step::Pid, Step::Fork]),
    row("uts-namespace", SPACES, "UTS namespace", &[Step::Uts]),
    row("ipc-namespace", SPACES, "IPC namespace", &[Step::Ipc]),
    row("net-namespace", SPACES, "Network namespace", &[Step::Net]),
    row("cgroup-namespace", SPACES, "Cgroup namespace", &[Step::Cgroup]).only("the lessons on control groups"),
    row("time-namespace", SPACES, "Time namespace", &[Step::Time]).only("the steps on clocks"),
    row("nested-user-namespace", SPACES, "User namespace in the lab host", &[Step::NestedUser, Step::NestedMap])
        .blocking("the lessons on user ids, and rootless containers in the lab host"),
    row("root", FILES, "A root of its own", &[Step::Private, Step::Tmpfs, Step::PivotRoot, Step::Detach]),
    row("proc", FILES, "proc", &[Step::Proc]),
    row("sysfs", FILES, "sysfs", &[Step::Sysfs]).only("the steps that mount /sys"),
    row("devpts", FILES, "devpts", &[Step::Devpts]).only("shells with a terminal of the container's own"),
    row("mqueue", FILES, "mqueue", &[Step::Mqueue]).only("the steps on message queues"),
    row("xattrs", FILES, "Attributes in a tmpfs", &[Step::Xattr]).only("the steps on opaque directories"),
    row("overlay", FILES, "overlay", &[Step::Overlay]).blocking("the lessons on image layers"),
    row("ptrace", TRACE, "Tracing", &[Step::Seize, Step::SyscallInfo])
        .blocking("the record of system calls in every lesson"),
    row("seccomp", TRACE, "seccomp filters", &[Step::Seccomp]).only("the lesson on seccomp"),
    row("loopback", NET, "lo", &[Step::Loopback]).only("the lessons on networks"),
    row("veth", NET, "veth pairs", &[Step::Veth]).only("the lessons on networks"),
    row("bridge", NET, "bridges", &[Step::Bridge]).only("the lesson on bridges"),
    row("nf-tables", NET, "nf_tables", &[Step::Nft]).only("the steps on address translation"),
];

/// The findings of all trials.
pub fn of(facts: &Facts, answers: &Answers) -> Vec<Finding> {
    ROWS.iter().map(|row| finding(row, facts, answers)).collect()
}

fn finding(row: &Row, facts: &Facts, answers: &Answers) -> Finding {
    let settings = settings(row.need, facts);
    let said = |text: String| if settings.is_empty() { text } else { format!("{text}; {settings}") };
    if let Some((step, errno)) = row.steps.iter().find_map(|step| Some((*step, answers.failed(*step)?))) {
        let reason = explain(step, errno, facts, answers);
        return Finding::ok(row.need, row.group, row.title, said(format!("{} answered {errno:?}", step.call())))
            .status(row.failing)
            .because(reason.why, row.blocks, reason.remedy);
    }
    if row.steps.iter().all(|step| answers.worked(*step)) {
        let calls: Vec<_> = row.steps.iter().map(|step| step.call()).collect();
        return Finding::ok(row.need, row.group, row.title, said(format!("{} worked", sentence(&calls))));
    }
    if let (Some(end), Some(step)) = (&answers.end, answers.struck())
        && row.steps.contains(&step)
    {
        let reason = struck(step, end, facts, answers);
        return Finding::ok(row.need, row.group, row.title, format!("{} gave no answer: {end}", step.call()))
            .status(row.failing)
            .because(reason.why, row.blocks, reason.remedy);
    }
    let before = match first_failure(answers).or_else(|| answers.struck()) {
        Some(step) => format!("not tried, since {} failed", step.call()),
        None => "not tried".to_owned(),
    };
    Finding::ok(row.need, row.group, row.title, before).status(Status::Unknown)
}

fn first_failure(answers: &Answers) -> Option<Step> {
    Step::ALL.into_iter().skip(3).find(|step| answers.failed(*step).is_some())
}

/// The settings that bear on it, whether it works or not.
fn settings(need: &str, facts: &Facts) -> String {
    let mut list = Vec::new();
    match need {
        "user-namespace" => {
            let number = |name: &str, value: Option<u32>| value.map(|value| format!("{name} is {value}"));
            list.extend(number("kernel.unprivileged_userns_clone", facts.unprivileged_userns_clone));
            list.extend(number("kernel.apparmor_restrict_unprivileged_userns", facts.apparmor_restrict));
            list.extend(number("Seccomp", facts.seccomp.filter(|mode| *mode != 0)));
        }
        "proc" if !facts.proc_covers.is_empty() => {
            list.push(format!("mounts that cover parts of /proc: {}", facts.proc_covers.len()));
        }
        "ptrace" => list.push(yama(facts.yama).to_owned()),
        _ => {}
    }
    let step = ROWS.iter().find(|row| row.need == need).and_then(|row| row.steps.first());
    if let Some(kind) = step.and_then(|step| step.namespace())
        && let Some(limit) = facts.limit(kind)
        && need != "nested-user-namespace"
    {
        list.push(format!("{} is {limit}", limit_name(kind)));
    }
    list.join(", ")
}

fn sentence(calls: &[&str]) -> String {
    match calls {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The lab host itself, made and ended.
pub fn lab(outcome: Result<(), Failed>, facts: &Facts, answers: &Answers) -> Finding {
    let title = "The lab host";
    match outcome {
        Ok(()) => Finding::ok("lab-host", SPACES, title, "it was made and ended"),
        Err(failed) => {
            let on = failed.on.clone().unwrap_or_default();
            let reason = super::explain_failure(&failed.call, failed.errno.0, &on, facts, answers);
            Finding::ok("lab-host", SPACES, title, reason.what.trim_end_matches('.').to_owned())
                .status(Status::Blocked)
                .because(reason.why, "every lesson", reason.remedy)
        }
    }
}
