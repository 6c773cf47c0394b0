//! Docker's default seccomp profile, read from its own JSON in `data/docker`: a list of what is allowed, some of it only
//! with a capability, on a processor, on a kernel, or with certain arguments. All else is refused.
//! The form is Docker's (its documentation: "Seccomp security profiles for Docker"); a filter for the processor that this
//! program was built for comes out. A program of another architecture (i386 on amd64) is killed, where Docker allows it.

use super::capabilities::Capability;
use super::seccomp::{Section, number};
use seccompiler::{SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompRule};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The version of Docker that the data is of.
pub const VERSION: &str = "20.10.24";
const JSON: &str = include_str!("../../data/docker/seccomp-20.10.24.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    default_action: String,
    #[serde(default)]
    default_errno_ret: Option<u32>,
    syscalls: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    names: Vec<String>,
    action: String,
    #[serde(default)]
    errno_ret: Option<u32>,
    #[serde(default)]
    args: Option<Vec<Argument>>,
    #[serde(default)]
    includes: Condition,
    #[serde(default)]
    excludes: Condition,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Argument {
    index: u8,
    value: u64,
    #[serde(default)]
    value_two: u64,
    op: String,
}

/// When an entry counts, or does not.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Condition {
    caps: Vec<String>,
    arches: Vec<String>,
    min_kernel: Option<String>,
}

fn read() -> Option<Profile> {
    serde_json::from_str(JSON).ok()
}

/// Whether the profile names this system call for whatever processor.
pub fn names(call: &str) -> bool {
    read().is_some_and(|profile| profile.syscalls.iter().any(|entry| entry.names.iter().any(|name| name == call)))
}

/// The profile for a container with these capabilities, here and now: its sections, and what all other calls get.
pub(super) fn docker(has: &dyn Fn(u8) -> bool) -> Option<(Vec<Section>, SeccompAction)> {
    let profile = read()?;
    let default = action(&profile.default_action, profile.default_errno_ret)?;
    let kernel = nix::sys::utsname::uname().ok().and_then(|it| version(it.release().to_str()?))?;
    let mut allowed: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    let mut always = Vec::new();
    let mut sections = Vec::new();
    for entry in profile.syscalls.iter().filter(|entry| counts(entry, has, kernel)) {
        let action = action(&entry.action, entry.errno_ret)?;
        let numbers = entry.names.iter().filter_map(|name| number(name));
        let rule = rule(entry.args.as_deref().unwrap_or_default())?;
        match (action, rule) {
            // Several entries of one call: any of them allows it, and one without arguments allows all.
            (SeccompAction::Allow, Some(rule)) => {
                numbers.for_each(|number| allowed.entry(number).or_default().push(rule.clone()));
            }
            (SeccompAction::Allow, None) => always.extend(numbers),
            (action, None) => sections.push(Section { action, calls: numbers.map(|it| (it, Vec::new())).collect() }),
            // Docker's has none: a refusal by argument would have to come after the calls that are allowed.
            (_, Some(_)) => return None,
        }
    }
    allowed.extend(always.into_iter().map(|number| (number, Vec::new())));
    sections.push(Section { action: SeccompAction::Allow, calls: allowed });
    Some((sections, default))
}

/// The profile for a container with these capabilities as container engines give it to their runtime (`linux.seccomp` of the
/// OCI runtime specification): only what counts here, and without its conditions.
pub fn for_engines(has: &dyn Fn(u8) -> bool) -> Option<serde_json::Value> {
    use serde_json::json;
    let profile = read()?;
    let kernel = nix::sys::utsname::uname().ok().and_then(|it| version(it.release().to_str()?))?;
    let call = |entry: &Entry| {
        let mut call = json!({ "names": entry.names, "action": entry.action });
        if let Some(errno) = entry.errno_ret {
            call["errnoRet"] = errno.into();
        }
        let argument =
            |it: &Argument| json!({ "index": it.index, "value": it.value, "valueTwo": it.value_two, "op": it.op });
        let arguments: Vec<_> = entry.args.iter().flatten().map(argument).collect();
        if !arguments.is_empty() {
            call["args"] = arguments.into();
        }
        call
    };
    let calls: Vec<_> = profile.syscalls.iter().filter(|entry| counts(entry, has, kernel)).map(call).collect();
    let architecture = if cfg!(target_arch = "x86_64") { "SCMP_ARCH_X86_64" } else { "SCMP_ARCH_AARCH64" };
    let mut all =
        json!({ "defaultAction": profile.default_action, "architectures": [architecture], "syscalls": calls });
    if let Some(errno) = profile.default_errno_ret {
        all["defaultErrnoRet"] = errno.into();
    }
    Some(all)
}

fn action(name: &str, errno: Option<u32>) -> Option<SeccompAction> {
    Some(match name {
        "SCMP_ACT_ALLOW" => SeccompAction::Allow,
        // runc's default where none is given.
        "SCMP_ACT_ERRNO" => SeccompAction::Errno(errno.unwrap_or(libc::EPERM.cast_unsigned())),
        "SCMP_ACT_KILL" | "SCMP_ACT_KILL_THREAD" => SeccompAction::KillThread,
        "SCMP_ACT_KILL_PROCESS" => SeccompAction::KillProcess,
        "SCMP_ACT_TRAP" => SeccompAction::Trap,
        "SCMP_ACT_LOG" => SeccompAction::Log,
        _ => return None,
    })
}

/// Included by all that `includes` asks for, and not excluded by anything in `excludes`.
fn counts(entry: &Entry, has: &dyn Fn(u8) -> bool, kernel: (u32, u32)) -> bool {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let holds = |name: &String| {
        let name = name.strip_prefix("CAP_").unwrap_or(name).to_lowercase();
        Capability::try_from(name).is_ok_and(|it| has(it.0))
    };
    let here = |condition: &Condition| condition.arches.iter().any(|it| it == arch);
    let new_enough = |least: &String| version(least).is_some_and(|least| kernel >= least);
    let (includes, excludes) = (&entry.includes, &entry.excludes);
    (includes.arches.is_empty() || here(includes))
        && includes.caps.iter().all(holds)
        && includes.min_kernel.as_ref().is_none_or(new_enough)
        && !here(excludes)
        && !excludes.caps.iter().any(holds)
        && !excludes.min_kernel.as_ref().is_some_and(new_enough)
}

/// `6.18.4-arch1` → (6, 18)
fn version(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split(|letter: char| !letter.is_ascii_digit()).map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// All the arguments must fit. None inside: there are no arguments to fit.
fn rule(arguments: &[Argument]) -> Option<Option<SeccompRule>> {
    if arguments.is_empty() {
        return Some(None);
    }
    let mut conditions = Vec::new();
    for argument in arguments {
        let (compare, value) = match argument.op.as_str() {
            "SCMP_CMP_NE" => (SeccompCmpOp::Ne, argument.value),
            "SCMP_CMP_LT" => (SeccompCmpOp::Lt, argument.value),
            "SCMP_CMP_LE" => (SeccompCmpOp::Le, argument.value),
            "SCMP_CMP_EQ" => (SeccompCmpOp::Eq, argument.value),
            "SCMP_CMP_GE" => (SeccompCmpOp::Ge, argument.value),
            "SCMP_CMP_GT" => (SeccompCmpOp::Gt, argument.value),
            // Of the bits in `value`, those in `valueTwo` must be set and the others not.
            "SCMP_CMP_MASKED_EQ" => (SeccompCmpOp::MaskedEq(argument.value), argument.value_two),
            _ => return None,
        };
        conditions.push(SeccompCondition::new(argument.index, SeccompCmpArgLen::Qword, compare, value).ok()?);
    }
    SeccompRule::new(conditions).ok().map(Some)
}
