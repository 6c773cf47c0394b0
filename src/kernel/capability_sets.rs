//! The five sets of capabilities(7), changed by capset(2) and prctl(2). The kernel asks the *effective* set; *permitted*
//! is what can be raised into it; execve(2) computes both anew, from the *inheritable* set, the file and the *ambient*
//! set, and for user id 0 from the *bounding* set. So what is to stay away must leave the bounding set too.
//! Raw calls rather than the crate `caps`, whose errors do not say which errno the kernel gave.

use super::capabilities::{self, Capability, Data, NAMES};
use super::error::Failed;
use nix::errno::Errno;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A change of whole sets: one of `keep`, `drop` and `raise`, and in which sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSets {
    /// All others leave the sets. Nothing is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<List>,
    /// These leave the sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop: Option<List>,
    /// These come into the sets, as far as the kernel allows it. The bounding set never grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raise: Option<List>,
    pub sets: Vec<Set>,
}

/// A set of capabilities that each thread has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Set {
    Effective,
    Permitted,
    Inheritable,
    Bounding,
    Ambient,
}

/// Capabilities by name, or the list that Docker gives to a container: `docker`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    Docker,
    Named(Vec<Capability>),
}

impl List {
    /// Those in the list.
    pub fn capabilities(&self) -> Vec<Capability> {
        match self {
            List::Docker => docker(),
            List::Named(list) => list.clone(),
        }
    }

    fn bits(&self) -> u64 {
        self.capabilities().iter().fold(0, |bits, it| bits | 1 << it.0)
    }
}

/// Docker's default list, from `data/docker`: one name a line, after the comment.
pub fn docker() -> Vec<Capability> {
    const TEXT: &str = include_str!("../../data/docker/capabilities-20.10.24.txt");
    let names = TEXT.lines().filter_map(|line| line.strip_prefix("CAP_"));
    names.filter_map(|name| Capability::try_from(name.trim().to_lowercase()).ok()).collect()
}

// ANCHOR: list_in_yaml
impl Serialize for List {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            List::Docker => out.serialize_str("docker"),
            List::Named(list) => list.serialize(out),
        }
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<List, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = List;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a list of capabilities, or `docker`")
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<List, E> {
                if word == "docker" { Ok(List::Docker) } else { Err(E::custom(format!("`{word}` is no list"))) }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<List, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(List::Named)
            }
        }
        from.deserialize_any(Either)
    }
}
// ANCHOR_END: list_in_yaml

/// Changes the sets: the bounding set first, which needs CAP_SETPCAP, and the ambient set last, which must stay within
/// the permitted and the inheritable one.
pub fn change(change: &ChangeSets) -> Result<(), Failed> {
    let all = (1u64 << NAMES.len()) - 1;
    let (gone, come) = match (&change.keep, &change.drop, &change.raise) {
        (Some(kept), ..) => (all & !kept.bits(), 0),
        (_, Some(dropped), _) => (dropped.bits(), 0),
        (.., Some(raised)) => (0, raised.bits()),
        (None, None, None) => (0, 0),
    };
    if change.sets.contains(&Set::Bounding) {
        drop_from_bounding(gone)?;
    }
    let classic: Vec<Set> =
        change.sets.iter().copied().filter(|set| !matches!(set, Set::Bounding | Set::Ambient)).collect();
    if !classic.is_empty() {
        change_classic(&classic, gone, come)?;
    }
    if change.sets.contains(&Set::Ambient) {
        change_ambient(gone, come)?;
    }
    Ok(())
}

// ANCHOR: sets
/// Effective, permitted and inheritable set, in one call: capset(2).
fn change_classic(sets: &[Set], gone: u64, come: u64) -> Result<(), Failed> {
    let mut data = capabilities::get()?;
    for (word, shift) in data.iter_mut().zip([0, 32]) {
        let (gone, come) = ((gone >> shift) as u32, (come >> shift) as u32);
        for set in sets {
            let place = place(word, *set);
            *place = *place & !gone | come;
        }
    }
    capabilities::set(&data)
}

/// Out of the bounding set, one at a time and for good: PR_CAPBSET_DROP.
fn drop_from_bounding(gone: u64) -> Result<(), Failed> {
    for number in numbers(gone) {
        if prctl(libc::PR_CAPBSET_READ, number, 0)? == 1 {
            prctl(libc::PR_CAPBSET_DROP, number, 0)?;
        }
    }
    Ok(())
}

/// Into and out of the ambient set: PR_CAP_AMBIENT.
fn change_ambient(gone: u64, come: u64) -> Result<(), Failed> {
    for number in numbers(gone) {
        if prctl(libc::PR_CAP_AMBIENT, AMBIENT_IS_SET, number)? == 1 {
            prctl(libc::PR_CAP_AMBIENT, AMBIENT_LOWER, number)?;
        }
    }
    for number in numbers(come) {
        prctl(libc::PR_CAP_AMBIENT, AMBIENT_RAISE, number)?;
    }
    Ok(())
}
// ANCHOR_END: sets

const AMBIENT_IS_SET: u64 = libc::PR_CAP_AMBIENT_IS_SET as u64;
const AMBIENT_RAISE: u64 = libc::PR_CAP_AMBIENT_RAISE as u64;
const AMBIENT_LOWER: u64 = libc::PR_CAP_AMBIENT_LOWER as u64;

fn place(data: &mut Data, set: Set) -> &mut u32 {
    match set {
        Set::Permitted => &mut data.permitted,
        Set::Inheritable => &mut data.inheritable,
        Set::Effective | Set::Bounding | Set::Ambient => &mut data.effective,
    }
}

/// The numbers of a list that this kernel has.
fn numbers(bits: u64) -> impl Iterator<Item = u64> {
    let known = |number: &u64| prctl(libc::PR_CAPBSET_READ, *number, 0).is_ok();
    (0..64).filter(move |number| bits & (1 << number) != 0).filter(known)
}

/// The options of capabilities: all their arguments are numbers.
pub(super) fn prctl(option: i32, first: u64, second: u64) -> Result<i32, Failed> {
    // SAFETY: these options take numbers and touch no memory of ours.
    let result = unsafe { libc::prctl(option, first, second, 0, 0) };
    Errno::result(result).map_err(|errno| Failed::new("prctl", errno))
}
