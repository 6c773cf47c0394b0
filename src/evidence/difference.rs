//! The difference between two moments: which facts came, went, or have another value.
//! It is computed from the facts as shown, so that a new mount with the old text is no change, and never by an author.

use super::record::{Change, Shown};
use super::{Key, View};
use std::collections::BTreeMap;

type Place<'a> = (&'a str, &'a Key, View);

fn by_place(facts: &[Shown]) -> BTreeMap<Place<'_>, &Shown> {
    facts.iter().map(|fact| ((fact.subject.as_str(), &fact.key, fact.view), fact)).collect()
}

/// What changed from `before` to `after`, ordered by subject, then by key as `Key` orders them.
pub fn difference(before: &[Shown], after: &[Shown]) -> Vec<Change> {
    let (old, new) = (by_place(before), by_place(after));
    let places: std::collections::BTreeSet<&Place<'_>> = old.keys().chain(new.keys()).collect();
    let changes = places.into_iter().filter_map(|place| {
        let (was, is) = (old.get(place), new.get(place));
        let (before, after) = (was.map(|fact| fact.text.clone()), is.map(|fact| fact.text.clone()));
        if before == after {
            return None;
        }
        let raw = (was.and_then(|fact| fact.raw.clone()), is.and_then(|fact| fact.raw.clone()));
        let raw = (raw != (None, None)).then_some(raw);
        Some(Change { subject: place.0.to_owned(), view: place.2, key: place.1.clone(), before, after, raw })
    });
    changes.collect()
}
