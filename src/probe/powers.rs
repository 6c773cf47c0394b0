//! What a process is allowed to do, from its status: the capability sets (capabilities(7)), no_new_privs (prctl(2)) and
//! seccomp(2). Read from outside; a process cannot forge it.

use crate::evidence::{Key, Value};
use crate::kernel::capabilities::NAMES;
use procfs::process::Status;
use std::fs::File;
use std::io::Read;

/// All capabilities that have a name.
pub const ALL: u64 = (1 << NAMES.len()) - 1;

/// The facts of the family `Powers`. `all` are the capabilities that this kernel has.
pub fn facts(status: &Status, all: u64, filters: Option<i64>) -> Vec<(Key, Value)> {
    let mut facts = vec![(Key::CapInheritable, capabilities(status.capinh, all))];
    facts.extend(status.capbnd.map(|set| (Key::CapBounding, capabilities(set, all))));
    facts.extend(status.capamb.map(|set| (Key::CapAmbient, capabilities(set, all))));
    facts.extend(status.nonewprivs.map(|set| (Key::NoNewPrivs, yes_no(set != 0))));
    let mode = match status.seccomp {
        Some(0) => "none",
        Some(1) => "strict",
        Some(2) => "filter",
        _ => "unknown",
    };
    facts.push((Key::Seccomp, Value::Text(mode.to_owned())));
    facts.extend(filters.map(|count| (Key::SeccompFilters, Value::Number(count))));
    facts
}

/// How many filters a status tells of (Linux 5.9); the parser of the procfs crate leaves that line out.
pub fn filters(status: nix::Result<File>) -> Option<i64> {
    let mut text = String::new();
    status.ok()?.read_to_string(&mut text).ok()?;
    text.lines().find_map(|line| line.strip_prefix("Seccomp_filters:"))?.trim().parse().ok()
}

fn yes_no(yes: bool) -> Value {
    Value::Text(if yes { "yes" } else { "no" }.to_owned())
}

/// `all`, `none`, or the shorter of two lists: those that are there, or those that are missing.
pub fn capabilities(set: u64, all: u64) -> Value {
    let name = |number: usize| NAMES.get(number).map_or_else(|| format!("cap_{number}"), |name| (*name).to_owned());
    let names = |bits: u64| (0..64).filter(|at| bits & (1 << at) != 0).map(name).collect::<Vec<_>>();
    let missing = all & !set;
    Value::Text(match (set, missing) {
        (0, _) => "none".to_owned(),
        (_, 0) => "all".to_owned(),
        _ if missing.count_ones() < set.count_ones() => format!("all but {}", names(missing).join(", ")),
        _ => names(set).join(", "),
    })
}
