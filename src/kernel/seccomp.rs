//! Filters of system calls: seccomp(2). A filter is a small program (BPF) that the kernel runs before each system call
//! of the process. It sees the call's number and the six registers, not what they point to, and says: allow, refuse with
//! an errno, or kill. It is inherited over fork(2) and execve(2), and nothing takes it away; a further one can be added.
//! The program is compiled by the crate seccompiler; loading is done here, since seccompiler sets no_new_privs by itself.

use super::capability_sets::{List, prctl};
use super::error::{Errno, Failed};
use super::seccomp_profile;
use nix::errno::Errno as Number;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, SeccompRule, TargetArch, sock_filter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;

/// A filter, as a lesson writes it: rules of its own, or a profile. What no rule names is allowed, unless `default` says
/// otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Calls that are refused, and with which errno; `0` says that all went well, and does nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deny: BTreeMap<CallName, Refusal>,
    /// Calls that end the process, by SIGSYS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kill: Vec<CallName>,
    /// Calls that are allowed where `default` refuses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<CallName>,
    /// What calls get that no rule names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Refusal>,
    /// A whole profile, in place of rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The capabilities that the profile is made for; otherwise those of the actor's bounding set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<List>,
}

impl Filter {
    /// Whether it has rules of its own.
    pub fn has_rules(&self) -> bool {
        !self.deny.is_empty() || !self.kill.is_empty() || !self.allow.is_empty() || self.default.is_some()
    }
}

/// A profile that Boxlab knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// That of a container for which Docker is told nothing else.
    Docker,
}

/// The name of a system call, here or on another processor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallName(String);

impl CallName {
    /// Its number on this processor; none where it is a call of others, as `mkdir` on arm64.
    pub fn number(&self) -> Option<i64> {
        number(&self.0)
    }
}

/// The number of a system call on this processor.
pub(super) fn number(name: &str) -> Option<i64> {
    syscalls::Sysno::from_str(name).ok().map(|known| i64::from(known.id()))
}

impl TryFrom<String> for CallName {
    type Error = String;
    fn try_from(name: String) -> Result<CallName, String> {
        if number(&name).is_some() || seccomp_profile::names(&name) {
            Ok(CallName(name))
        } else {
            Err(format!("`{name}` is no system call: write it as syscalls(2) does, for example mkdir"))
        }
    }
}

impl From<CallName> for String {
    fn from(name: CallName) -> String {
        name.0
    }
}

/// What a refused call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Refusal {
    Errno(Errno),
    /// Success, though nothing was done.
    Nothing,
}

impl TryFrom<String> for Refusal {
    type Error = String;
    fn try_from(text: String) -> Result<Refusal, String> {
        if text == "0" { Ok(Refusal::Nothing) } else { Errno::try_from(text).map(Refusal::Errno) }
    }
}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> String {
        match refusal {
            Refusal::Errno(errno) => errno.name(),
            Refusal::Nothing => "0".to_owned(),
        }
    }
}

impl From<Refusal> for SeccompAction {
    fn from(refusal: Refusal) -> SeccompAction {
        SeccompAction::Errno(match refusal {
            Refusal::Errno(errno) => errno.0 as u32,
            Refusal::Nothing => 0,
        })
    }
}

/// The calls that get one answer. A call without rules gets it always, otherwise where one of its rules fits.
pub(super) struct Section {
    pub action: SeccompAction,
    pub calls: BTreeMap<i64, Vec<SeccompRule>>,
}

impl Section {
    fn of<'a>(action: SeccompAction, names: impl Iterator<Item = &'a CallName>) -> Section {
        Section { action, calls: names.filter_map(CallName::number).map(|number| (number, Vec::new())).collect() }
    }
}

// ANCHOR: seccomp
/// Compiles the rules and gives them to the kernel: seccomp(SECCOMP_SET_MODE_FILTER).
pub fn filter(filter: &Filter) -> Result<(), Failed> {
    let (sections, default) = sections(filter)?;
    let program = compile(sections, &default).ok_or_else(|| Failed::new("seccomp", Number::EINVAL))?;
    load(&program)
}

/// Which calls get which answer; the first section that names a call decides.
fn sections(filter: &Filter) -> Result<(Vec<Section>, SeccompAction), Failed> {
    if let Some(Profile::Docker) = filter.profile {
        return docker(filter.capabilities.as_ref());
    }
    let mut sections = vec![Section::of(SeccompAction::KillProcess, filter.kill.iter())];
    for (name, refusal) in &filter.deny {
        sections.push(Section::of((*refusal).into(), std::iter::once(name)));
    }
    let Some(default) = filter.default else { return Ok((sections, SeccompAction::Allow)) };
    sections.push(Section::of(SeccompAction::Allow, filter.allow.iter()));
    Ok((sections, default.into()))
}

fn load(program: &BpfProgram) -> Result<(), Failed> {
    let len = u16::try_from(program.len()).map_err(|_| Failed::new("seccomp", Number::EINVAL))?;
    let program = libc::sock_fprog { len, filter: program.as_ptr().cast_mut().cast() };
    // SAFETY: `program` says how many instructions there are, both live across the call, and the kernel only reads them.
    let loaded = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program) };
    Number::result(loaded).map(drop).map_err(|errno| Failed::new("seccomp", errno))
}
// ANCHOR_END: seccomp

/// A filter as the kernel has it: eight bytes an instruction, which are its code, two jumps, and a number.
/// # Errors
/// EINVAL for what is no filter; EACCES without CAP_SYS_ADMIN and no_new_privs.
pub fn load_raw(bytes: &[u8]) -> Result<(), Failed> {
    let (instructions, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(Failed::new("seccomp", Number::EINVAL));
    }
    let instruction = |[code, code_high, jt, jf, k @ ..]: &[u8; 8]| sock_filter {
        code: u16::from_ne_bytes([*code, *code_high]),
        jt: *jt,
        jf: *jf,
        k: u32::from_ne_bytes(*k),
    };
    load(&instructions.iter().map(instruction).collect())
}

// The kernel's instruction, which the crate declares anew.
const _: () = assert!(size_of::<sock_filter>() == size_of::<libc::sock_filter>());

fn docker(capabilities: Option<&List>) -> Result<(Vec<Section>, SeccompAction), Failed> {
    let has = |number: u8| match capabilities {
        Some(list) => list.capabilities().iter().any(|it| it.0 == number),
        None => prctl(libc::PR_CAPBSET_READ, u64::from(number), 0) == Ok(1),
    };
    seccomp_profile::docker(&has).ok_or_else(|| Failed::new("seccomp", Number::EINVAL).on("the profile docker"))
}

/// One program of all sections. seccompiler knows one answer a program; so each section's program loses its last
/// instruction, which gives the answer to all other calls, and the next section's program follows in its place.
pub(super) fn compile(sections: Vec<Section>, default: &SeccompAction) -> Option<BpfProgram> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    let mut program = BpfProgram::new();
    let sections: Vec<Section> = sections.into_iter().filter(|section| !section.calls.is_empty()).collect();
    let last = sections.len().saturating_sub(1);
    for (at, section) in sections.into_iter().enumerate() {
        let otherwise = if at == last { default.clone() } else { SeccompAction::Allow };
        let filter = SeccompFilter::new(section.calls, otherwise, section.action, arch).ok()?;
        program.pop();
        program.extend(BpfProgram::try_from(filter).ok()?);
    }
    if program.is_empty() {
        // Nobody is named: all get the same. The crate wants two answers, though only one is ever given.
        let never = SeccompAction::Trace(0);
        program = SeccompFilter::new(BTreeMap::new(), default.clone(), never, arch).ok()?.try_into().ok()?;
    }
    Some(program)
}
