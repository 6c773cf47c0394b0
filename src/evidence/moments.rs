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
        let came = |it: &&Change| it.key == Key::State && it.after.as_deref() == Some("running");
        let mut born: Vec<&str> = changes.iter().filter(came).map(|it| it.subject.as_str()).collect();
        // Parents before their children.
        born.sort_by_key(|subject| number(changes, subject, &Key::Pid).and_then(|pid| pid.parse::<i64>().ok()));
        for change in changes.iter().filter(|it| it.key == Key::State && !born.contains(&it.subject.as_str())) {
            let dead = change.after.as_deref() == Some("zombie");
            facts.retain(|it| {
                it.subject != change.subject || it.key == Key::State || (dead && outlives(&it.key, it.view))
            });
        }
        let rest = changes.iter().filter(|it| !born.contains(&it.subject.as_str()));
        apply(&mut facts, rest, step.number)?;
        // A child is compared with its parent as that is after the step.
        for subject in &born {
            inherit(&mut facts, subject, number(changes, subject, &Key::Ppid));
            apply(&mut facts, changes.iter().filter(|it| it.subject == *subject), step.number)?;
        }
        all.push(facts);
    }
    Ok(all)
}

/// What is known of a process that has ended and was not waited for.
fn outlives(key: &Key, view: View) -> bool {
    view == View::Outside && matches!(key, Key::Pid | Key::Ppid | Key::Nspid)
}

/// One of the numbers that a new process is known by.
fn number<'a>(changes: &'a [Change], subject: &str, key: &Key) -> Option<&'a str> {
    let of = |it: &&Change| it.subject == subject && it.view == View::Outside && it.key == *key;
    changes.iter().find(of)?.after.as_deref()
}

/// A new process has what its parent has.
fn inherit(facts: &mut Vec<Shown>, subject: &str, parent: Option<&str>) {
    facts.retain(|it| it.subject != subject);
    let is_parent = |it: &&Shown| it.view == View::Outside && it.key == Key::Pid && Some(it.text.as_str()) == parent;
    let Some(parent) = facts.iter().find(is_parent).map(|it| it.subject.clone()) else { return };
    let own = |key: &Key| {
        matches!(key, Key::File(_) | Key::Line(_) | Key::Bytes(_) | Key::Attributes(_) | Key::Group(_) | Key::State)
    };
    let inherited: Vec<Shown> = facts.iter().filter(|it| it.subject == parent && !own(&it.key)).cloned().collect();
    facts.extend(inherited.into_iter().map(|it| Shown { subject: subject.to_owned(), ..it }));
}

fn apply<'a>(facts: &mut Vec<Shown>, changes: impl Iterator<Item = &'a Change>, step: usize) -> Result<(), String> {
    for change in changes {
        let place = |it: &Shown| it.subject == change.subject && it.view == change.view && it.key == change.key;
        let found = facts.iter().position(place);
        if let (Some(before), Some(at)) = (&change.before, found)
            && facts[at].text != *before
        {
            let (subject, key, was) = (&change.subject, &change.key, &facts[at].text);
            return Err(format!("step {step}: {subject} {key} changes from `{before}`, and was `{was}`"));
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
    }
    Ok(())
}
