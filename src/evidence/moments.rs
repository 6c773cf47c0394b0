//! The facts after each step of a stored record, from those at its beginning and what each step changed.
//! A record lists of a new process what it did not inherit, and of one that has ended only that; so a child begins with
//! its parent's facts here, and whoever ends loses his. What only the actor itself was asked for, files say, nobody inherits.

use super::record::{Change, Shown};
use super::stored::Stored;
use super::{Key, View};

/// The facts at the beginning, and after each step of the record; or which change does not follow from those before it.
pub fn moments(record: &Stored) -> Result<Vec<Vec<Shown>>, String> {
    let mut all = vec![record.initial.clone()];
    for step in &record.steps {
        let mut facts = all.last().cloned().unwrap_or_default();
        let changes = &step.evidence.changes;
        for change in changes.iter().filter(|it| it.key == Key::State) {
            match change.after.as_deref() {
                Some("running") => born(&mut facts, &change.subject, changes),
                Some("zombie") => facts.retain(|it| it.subject != change.subject || outlives(&it.key, it.view)),
                _ => facts.retain(|it| it.subject != change.subject),
            }
        }
        for change in changes {
            apply(&mut facts, change).map_err(|was| {
                let from = change.before.as_deref().unwrap_or("nothing");
                format!(
                    "step {}: {} {} changes from `{from}`, and was `{was}`",
                    step.number, change.subject, change.key
                )
            })?;
        }
        all.push(facts);
    }
    Ok(all)
}

/// What is known of a process that has ended and was not waited for.
fn outlives(key: &Key, view: View) -> bool {
    view == View::Outside && matches!(key, Key::Pid | Key::Ppid | Key::Nspid)
}

/// A new process has what its parent has.
fn born(facts: &mut Vec<Shown>, subject: &str, changes: &[Change]) {
    facts.retain(|it| it.subject != subject);
    let ppid = changes.iter().find(|it| it.subject == subject && it.view == View::Outside && it.key == Key::Ppid);
    let ppid = ppid.and_then(|it| it.after.as_deref());
    let is_parent = |it: &&Shown| it.view == View::Outside && it.key == Key::Pid && Some(it.text.as_str()) == ppid;
    let Some(parent) = facts.iter().find(is_parent).map(|it| it.subject.clone()) else { return };
    let own = |key: &Key| {
        matches!(key, Key::File(_) | Key::Line(_) | Key::Bytes(_) | Key::Attributes(_) | Key::Group(_) | Key::State)
    };
    let inherited: Vec<Shown> = facts.iter().filter(|it| it.subject == parent && !own(&it.key)).cloned().collect();
    facts.extend(inherited.into_iter().map(|it| Shown { subject: subject.to_owned(), ..it }));
}

/// Gives what the fact was, where that is not what the change begins with.
fn apply(facts: &mut Vec<Shown>, change: &Change) -> Result<(), String> {
    let place = |it: &Shown| it.subject == change.subject && it.view == change.view && it.key == change.key;
    let found = facts.iter().position(place);
    if let (Some(before), Some(at)) = (&change.before, found)
        && facts[at].text != *before
    {
        return Err(facts[at].text.clone());
    }
    match (&change.after, found) {
        (Some(after), Some(at)) => facts[at].text.clone_from(after),
        (Some(after), None) => facts.push(Shown {
            subject: change.subject.clone(),
            view: change.view,
            key: change.key.clone(),
            text: after.clone(),
            raw: None,
        }),
        (None, Some(at)) => drop(facts.remove(at)),
        (None, None) => {}
    }
    Ok(())
}
