//! A process that has come, as one row: after lesson 03 its PIDs and its parent's are known matters, and eight rows of
//! them would hide what the step is about.

use crate::evidence::record::Change;
use crate::evidence::{Key, View};

/// What each new process is known by.
const KNOWN: [Key; 5] = [Key::State, Key::Pid, Key::Ppid, Key::Nspid, Key::ProcSelf];

/// Takes out of the changes what is known of new processes, except what `named` keeps. Gives of each who it is and one text.
pub fn births<'a>(
    changes: Vec<&'a Change>,
    named: &impl Fn(&Change) -> bool,
) -> (Vec<(&'a str, String)>, Vec<&'a Change>) {
    let came = |it: &&&Change| it.key == Key::State && it.before.is_none() && it.after.as_deref() == Some("running");
    let new: Vec<&str> = changes.iter().filter(came).map(|it| it.subject.as_str()).collect();
    let known = |it: &&Change| {
        new.contains(&it.subject.as_str()) && it.before.is_none() && KNOWN.contains(&it.key) && !named(it)
    };
    let (folded, rest): (Vec<&Change>, Vec<&Change>) = changes.into_iter().partition(known);
    let number = |who: &str, key: &Key, view: View| {
        folded.iter().find(|it| it.subject == who && it.key == *key && it.view == view)?.after.as_deref()
    };
    let both =
        |who: &str, key: &Key, name: &str| match (number(who, key, View::Inside), number(who, key, View::Outside)) {
            (Some(inside), Some(outside)) if inside != outside => {
                Some(format!("{name} {inside} inside, {outside} outside"))
            }
            (Some(one), _) | (None, Some(one)) => Some(format!("{name} {one}")),
            (None, None) => None,
        };
    let text = |who: &str| {
        let parts = [both(who, &Key::Pid, "PID"), both(who, &Key::Ppid, "parent")];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "+ running".to_owned() } else { format!("+ {}", parts.join("; ")) }
    };
    let with_rows = new.into_iter().filter(|who| folded.iter().any(|it| it.subject == *who));
    (with_rows.map(|who| (who, text(who))).collect(), rest)
}
