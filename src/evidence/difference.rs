//! The difference between two moments: which facts came, went, or have another value.
//! It is computed from the facts as shown, so that a new mount with the old text is no change, and never by an author.
//! A process that is new is compared with its parent, since it inherits nearly everything: what is listed of it is
//! what it did not inherit. Of one that has ended only that is listed: all else of it went with it.

use super::record::{Change, Shown};
use super::{Key, View};
use std::collections::{BTreeMap, BTreeSet};

type Place<'a> = (&'a str, &'a Key, View);

fn by_place(facts: &[Shown]) -> BTreeMap<Place<'_>, &Shown> {
    facts.iter().map(|fact| ((fact.subject.as_str(), &fact.key, fact.view), fact)).collect()
}

/// What changed from `before` to `after`, ordered by subject, then by key as `Key` orders them.
pub fn difference(before: &[Shown], after: &[Shown]) -> Vec<Change> {
    let (old, new) = (by_place(before), by_place(after));
    let places: BTreeSet<&Place<'_>> = old.keys().chain(new.keys()).collect();
    let born: BTreeMap<&str, Option<&str>> = after
        .iter()
        .map(|fact| fact.subject.as_str())
        // Of an actor of that name who has ended nothing but that is known, and the new one is another.
        .filter(|subject| !before.iter().any(|fact| fact.subject == *subject && fact.key != Key::State))
        .map(|subject| (subject, parent(subject, after)))
        .collect();
    let ended = |subject: &str| {
        let state = new.get(&(subject, &Key::State, View::Outside));
        state.is_some_and(|state| state.text != "running")
    };
    let changes = places.into_iter().filter_map(|place| {
        if *place.1 != Key::State && ended(place.0) {
            return None;
        }
        let (was, is) = (old.get(place), new.get(place));
        // A file that is not there is the same as none that was looked for.
        let there = |fact: Option<&&Shown>| fact.map(|it| it.text.clone()).filter(|text| text != "absent");
        if there(was) == there(is) {
            return None;
        }
        if let Some(Some(parent)) = born.get(place.0) {
            let inherited = new.get(&(*parent, place.1, place.2));
            if *place.1 != Key::State && inherited.map(|fact| &fact.text) == is.map(|fact| &fact.text) {
                return None;
            }
        }
        let was = was.filter(|_| !born.contains_key(place.0));
        let raw = (was.and_then(|fact| fact.raw.clone()), is.and_then(|fact| fact.raw.clone()));
        Some(Change {
            subject: place.0.to_owned(),
            view: place.2,
            key: place.1.clone(),
            before: there(was),
            after: there(is),
            raw: (raw != (None, None)).then_some(raw),
        })
    });
    changes.collect()
}

/// The actor that is a new actor's parent, by its PID.
fn parent<'a>(subject: &str, facts: &'a [Shown]) -> Option<&'a str> {
    let outside = |key: Key| move |fact: &&Shown| fact.view == View::Outside && fact.key == key;
    let ppid = facts.iter().filter(outside(Key::Ppid)).find(|fact| fact.subject == subject)?;
    let parent = facts.iter().filter(outside(Key::Pid)).find(|fact| fact.text == ppid.text)?;
    Some(&parent.subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(subject: &str, key: Key, text: &str) -> Shown {
        Shown { subject: subject.into(), view: View::Outside, key, text: text.into(), raw: None }
    }

    #[test]
    fn a_new_process_shows_only_what_it_did_not_inherit() {
        let before = vec![fact("runtime", Key::Pid, "3"), fact("runtime", Key::Root, "/")];
        let mut after = before.clone();
        after.push(fact("container", Key::Pid, "4"));
        after.push(fact("container", Key::Ppid, "3"));
        after.push(fact("container", Key::Root, "/"));
        let keys: Vec<Key> = difference(&before, &after).into_iter().map(|change| change.key).collect();
        assert_eq!(keys, [Key::Pid, Key::Ppid]);
    }

    #[test]
    fn a_name_that_had_ended_is_a_new_process() {
        let before =
            vec![fact("runtime", Key::Pid, "3"), fact("runtime", Key::Root, "/"), fact("app", Key::State, "ended")];
        let mut after = before[..2].to_vec();
        after.extend([fact("app", Key::State, "running"), fact("app", Key::Pid, "5"), fact("app", Key::Ppid, "3")]);
        after.push(fact("app", Key::Root, "/"));
        let keys: Vec<Key> = difference(&before, &after).into_iter().map(|change| change.key).collect();
        assert_eq!(keys, [Key::State, Key::Pid, Key::Ppid]);
    }

    #[test]
    fn of_a_process_that_ended_only_that_is_listed() {
        let before = vec![fact("child", Key::State, "running"), fact("child", Key::Root, "/")];
        let after = vec![fact("child", Key::State, "zombie")];
        let keys: Vec<Key> = difference(&before, &after).into_iter().map(|change| change.key).collect();
        assert_eq!(keys, [Key::State]);
    }

    #[test]
    fn what_came_and_what_went_are_both_listed() {
        let before = vec![fact("host", Key::Mount("/a".into()), "tmpfs")];
        let after = vec![fact("host", Key::Mount("/b".into()), "tmpfs")];
        let changes = difference(&before, &after);
        assert_eq!(changes.len(), 2);
        assert_eq!((changes[0].before.as_deref(), changes[0].after.as_deref()), (Some("tmpfs"), None));
        assert_eq!((changes[1].before.as_deref(), changes[1].after.as_deref()), (None, Some("tmpfs")));
    }
}
