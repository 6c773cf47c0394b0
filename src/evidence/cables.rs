//! Which link is at the other end, and whose hardware address answered: names for what the kernel numbers.
//! A link's peer is a number that counts in the peer's namespace, so the two are found by looking at the links of all
//! actors: each has the other's number. A hardware address belongs to the link that has it.

use super::fact::{Fact, LinkFact, View};
use super::{Key, Value};
use crate::kernel::Namespace;
use std::collections::BTreeMap;

/// A link of an actor's network namespace.
#[derive(Clone, Debug)]
struct End {
    subject: String,
    namespace: u64,
    name: String,
    index: i32,
    peer: Option<(i32, bool)>,
}

/// All links that there are, as of the last look.
#[derive(Clone, Debug, Default)]
pub struct Cables {
    ends: Vec<End>,
    /// The namespace that an actor is in, by the number of its inode.
    namespaces: BTreeMap<String, u64>,
    /// By hardware address: the name of the link, and whose it is. Also of those that are gone.
    owners: BTreeMap<String, String>,
}

impl Cables {
    /// Takes in the facts of one moment, before any of them is shown.
    pub fn learn(&mut self, facts: &[Fact]) {
        self.namespaces = facts
            .iter()
            .filter(|fact| fact.view == View::Outside && fact.key == Key::Ns(Namespace::Net))
            .filter_map(|fact| match fact.value {
                Value::Namespace(_, inode) => Some((fact.subject.clone(), inode)),
                _ => None,
            })
            .collect();
        self.ends.clear();
        for fact in facts {
            let (Key::Link(name), Value::Link(link)) = (&fact.key, &fact.value) else { continue };
            let Some(namespace) = self.namespaces.get(&fact.subject).copied() else { continue };
            // Of several actors in one namespace the first stands for it.
            if !self.ends.iter().any(|end| (end.namespace, end.index) == (namespace, link.index)) {
                let subject = fact.subject.clone();
                self.owners.insert(link.hardware.clone(), format!("{name} of {subject}"));
                self.ends.push(End { subject, namespace, name: name.clone(), index: link.index, peer: link.peer });
            }
        }
    }

    /// The other end of an actor's link: `eth0 of container`; `p0` where it is in the same namespace; `elsewhere` where no actor has it.
    pub fn peer(&self, subject: &str, link: &LinkFact) -> Option<String> {
        let (index, elsewhere) = link.peer?;
        let own = self.namespaces.get(subject);
        let fits = |end: &&End| {
            let same = own == Some(&end.namespace);
            end.index == index && end.peer == Some((link.index, elsewhere)) && same != elsewhere
        };
        let mut found = self.ends.iter().filter(fits);
        Some(match (found.next(), found.next()) {
            (Some(end), None) if elsewhere => format!("{} of {}", end.name, end.subject),
            (Some(end), None) => end.name.clone(),
            _ => "elsewhere".to_owned(),
        })
    }

    /// Whose hardware address that is, or the address itself.
    pub fn owner<'a>(&'a self, hardware: &'a str) -> &'a str {
        self.owners.get(hardware).map_or(hardware, String::as_str)
    }
}
