//! `setpriv`: runs a command as another user, with fewer capabilities, or so that no program it starts gets more.
//! What takes a right is done while the right is still there: the bounding set first, the user id last but for the ambient
//! set, which a change of the user id would empty. Manual: capabilities(7), credentials(7), PR_SET_NO_NEW_PRIVS in prctl(2).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Parser;
use nix::errno::Errno;

use super::program::become_command;
use super::report::{self, Failure, Outcome};
use crate::kernel::capabilities::{Capability, NAMES};
use crate::kernel::capability_sets::{ChangeSets, List, Set, change};
use crate::kernel::error::Failed;
use crate::kernel::idmaps;
use crate::kernel::privileges::{Securebit, no_new_privs, securebits};
use crate::kernel::seccomp;

/// Run a command as another user, or with fewer powers
#[derive(Parser)]
#[command(name = "setpriv")]
struct Arguments {
    /// No program that it starts gets more powers (set-user-ID, file capabilities)
    #[arg(long, visible_alias = "nnp")]
    no_new_privs: bool,
    /// The user id, real and effective
    #[arg(long, value_name = "UID")]
    reuid: Option<u32>,
    /// The group id, real and effective
    #[arg(long, value_name = "GID")]
    regid: Option<u32>,
    /// No supplementary groups
    #[arg(long, conflicts_with_all = ["keep_groups", "groups"])]
    clear_groups: bool,
    /// The supplementary groups as they are
    #[arg(long, conflicts_with = "groups")]
    keep_groups: bool,
    /// These supplementary groups
    #[arg(long, value_name = "GID", value_delimiter = ',')]
    groups: Option<Vec<u32>>,
    /// Out of the bounding set: -NAME, or -all,+NAME to keep some
    #[arg(long, value_name = "CAPS", allow_hyphen_values = true)]
    bounding_set: Option<String>,
    /// Into and out of the inheritable set: +NAME, -NAME, +all, -all
    #[arg(long, value_name = "CAPS", allow_hyphen_values = true)]
    inh_caps: Option<String>,
    /// Into and out of the ambient set
    #[arg(long, value_name = "CAPS", allow_hyphen_values = true)]
    ambient_caps: Option<String>,
    /// With the seccomp filter in FILE: BPF instructions of eight bytes each
    #[arg(long, value_name = "FILE")]
    seccomp_filter: Option<PathBuf>,
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    if arguments.regid.is_some() && !(arguments.clear_groups || arguments.keep_groups || arguments.groups.is_some()) {
        return Err(Failure::new("--regid needs --clear-groups, --keep-groups or --groups")
            .hint("the supplementary groups of the caller would count as well"));
    }
    if arguments.no_new_privs {
        no_new_privs(true).map_err(|failed| failure("cannot set no_new_privs", &failed))?;
    }
    if let Some(words) = &arguments.bounding_set {
        let change = Change::parse(words)?;
        change.apply(&[Set::Bounding]).map_err(|failed| failure("cannot change the bounding set", &failed))?;
    }
    if let Some(words) = &arguments.inh_caps {
        let change = Change::parse(words)?;
        change.apply(&[Set::Inheritable]).map_err(|failed| failure("cannot change the inheritable set", &failed))?;
    }
    let ambient = arguments.ambient_caps.as_deref().map(Change::parse).transpose()?;
    if ambient.is_some() && arguments.reuid.is_some() {
        securebits(&[Securebit::KeepCaps]).map_err(|failed| failure("cannot keep the capabilities", &failed))?;
    }
    let groups = if arguments.clear_groups { Some(vec![]) } else { arguments.groups };
    if let Some(groups) = groups {
        idmaps::setgroups(&groups).map_err(|failed| failure("cannot set the supplementary groups", &failed))?;
    }
    if let Some(id) = arguments.regid {
        idmaps::setgid(id).map_err(|failed| failure(&format!("cannot take the group id {id}"), &failed))?;
    }
    if let Some(id) = arguments.reuid {
        idmaps::setuid(id).map_err(|failed| failure(&format!("cannot take the user id {id}"), &failed))?;
    }
    if let Some(change) = ambient {
        change.apply(&[Set::Ambient]).map_err(|failed| failure("cannot change the ambient set", &failed))?;
    }
    // Last of all: it may forbid what was done above.
    if let Some(file) = &arguments.seccomp_filter {
        seccomp_filter(file)?;
    }
    Ok(become_command("setpriv", &arguments.command))
}

fn seccomp_filter(file: &Path) -> Result<(), Failure> {
    let named = file.display();
    let bytes = std::fs::read(file).map_err(|error| Failure::io(format!("cannot read {named}"), &error))?;
    seccomp::load_raw(&bytes).map_err(|failed| {
        let failure = Failure::errno(format!("the kernel does not take the filter in {named}"), failed.errno.0);
        match failed.errno.0 {
            Errno::EACCES => failure.hint("without CAP_SYS_ADMIN it takes --no-new-privs"),
            Errno::EINVAL => failure.hint(format!(
                "it is {} bytes long; an instruction has eight, no jump may lead out of it, and the last one returns",
                bytes.len()
            )),
            _ => failure,
        }
    })
}

fn failure(what: &str, failed: &Failed) -> Failure {
    let errno = failed.errno.0;
    let failure = Failure::errno(what, errno);
    match (failed.call.as_str(), errno) {
        ("setuid" | "setgid", Errno::EINVAL) => {
            failure.hint("the id is not in the map of the user namespace (/proc/self/uid_map, gid_map)")
        }
        ("setuid", Errno::EPERM) => failure.hint("another user id takes CAP_SETUID (caps)"),
        ("setgid", Errno::EPERM) => failure.hint("another group id takes CAP_SETGID (caps)"),
        ("setgroups", Errno::EPERM) => {
            failure.hint("it takes CAP_SETGID, and a user namespace that does not deny it (/proc/self/setgroups)")
        }
        ("prctl" | "capset", Errno::EPERM) if what.contains("ambient") => {
            failure.hint("only what is permitted and inheritable can become ambient (--inh-caps +NAME)")
        }
        ("prctl" | "capset", Errno::EPERM) => failure.hint("it takes CAP_SETPCAP (caps)"),
        _ => failure,
    }
}

/// `-all,+kill`: what goes, and what comes.
#[derive(Debug, PartialEq)]
struct Change {
    gone: Vec<Capability>,
    come: Vec<Capability>,
}

impl Change {
    fn parse(words: &str) -> Result<Change, Failure> {
        let mut change = Change { gone: vec![], come: vec![] };
        for word in words.split(',') {
            let (sign, name) = word.split_at_checked(1).unwrap_or((word, ""));
            if !matches!(sign, "+" | "-") {
                return Err(Failure::new(format!("{word}: write +NAME or -NAME, with commas between")));
            }
            let list = if name == "all" { all() } else { vec![capability(name)?] };
            match sign {
                "+" => {
                    change.gone.retain(|it| !list.contains(it));
                    change.come.extend(list);
                }
                _ => {
                    change.come.retain(|it| !list.contains(it));
                    change.gone.extend(list);
                }
            }
        }
        Ok(change)
    }

    fn apply(self, sets: &[Set]) -> Result<(), Failed> {
        let none = || ChangeSets { keep: None, drop: None, raise: None, sets: sets.to_vec() };
        if !self.gone.is_empty() {
            change(&ChangeSets { drop: Some(List::Named(self.gone)), ..none() })?;
        }
        if !self.come.is_empty() {
            change(&ChangeSets { raise: Some(List::Named(self.come)), ..none() })?;
        }
        Ok(())
    }
}

fn all() -> Vec<Capability> {
    NAMES.iter().filter_map(|name| Capability::try_from((*name).to_owned()).ok()).collect()
}

/// A capability by its name, with or without `cap_`, in whatever case.
pub fn capability(name: &str) -> Result<Capability, Failure> {
    let lower = name.to_lowercase();
    let plain = lower.strip_prefix("cap_").unwrap_or(&lower);
    Capability::try_from(plain.to_owned()).map_err(|_| Failure::new(format!("`{name}` is no capability (caps)")))
}

#[cfg(test)]
mod tests {
    use super::{Capability, Change};

    #[test]
    fn later_words_win() {
        let change = Change::parse("-all,+kill,+CAP_SETUID").expect("a change");
        assert_eq!(change.come, [Capability(5), Capability(7)]);
        assert_eq!(change.gone.len(), 39);
        assert!(Change::parse("kill").is_err() && Change::parse("+nothing").is_err() && Change::parse("").is_err());
    }
}
