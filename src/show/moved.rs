//! Mount points that went to another place together, as pivot_root does it: one row instead of twenty.

use crate::evidence::Key;
use crate::evidence::record::Change;
use std::collections::BTreeMap;

/// Fewer than this are listed one by one.
const FEW: usize = 3;

/// Subject, number of mount points, the place that they were below, the place that they are below.
pub type Moved<'a> = (&'a str, usize, String, String);

/// Takes out of the changes the mount points that vanished at one path and came, the same, at that path below another.
pub fn moved(changes: &[Change]) -> (Vec<Moved<'_>>, Vec<&Change>) {
    // By subject and both places: where in the list each mount point vanished, and where it came.
    type Pairs<'a> = BTreeMap<(&'a str, String, String), Vec<(usize, usize)>>;
    let mut pairs = Pairs::new();
    for (gone_at, gone) in changes.iter().enumerate() {
        let (Key::Mount(old), Some(text), None) = (&gone.key, &gone.before, &gone.after) else { continue };
        for (come_at, come) in changes.iter().enumerate().filter(|(_, come)| come.subject == gone.subject) {
            let (Key::Mount(new), None, Some(now)) = (&come.key, &come.before, &come.after) else { continue };
            if text != now {
                continue;
            }
            let places = match (new.strip_suffix(old.as_str()), old.strip_suffix(new.as_str())) {
                (Some(below), _) if !below.is_empty() => ("/".to_owned(), below.to_owned()),
                (_, Some(below)) if !below.is_empty() => (below.to_owned(), "/".to_owned()),
                _ => continue,
            };
            pairs.entry((&gone.subject, places.0, places.1)).or_default().push((gone_at, come_at));
        }
    }
    pairs.retain(|_, list| list.len() >= FEW);
    let taken: Vec<usize> = pairs.values().flatten().flat_map(|(gone, come)| [*gone, *come]).collect();
    let moved = pairs.into_iter().map(|((subject, from, to), list)| (subject, list.len(), from, to)).collect();
    let rest = changes.iter().enumerate().filter(|(at, _)| !taken.contains(at)).map(|(_, change)| change).collect();
    (moved, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::View;

    fn change(path: &str, before: Option<&str>, after: Option<&str>) -> Change {
        Change {
            subject: "container".into(),
            view: View::Outside,
            key: Key::Mount(path.into()),
            before: before.map(Into::into),
            after: after.map(Into::into),
            raw: None,
        }
    }

    #[test]
    fn mounts_that_moved_together_are_one() {
        let mut changes: Vec<Change> = ["/proc", "/dev/pts", "/bin/boxlab"]
            .into_iter()
            .flat_map(|path| [change(path, Some("x"), None), change(&format!("/old{path}"), None, Some("x"))])
            .collect();
        changes.push(change("/mnt", Some("x"), None));
        let (moved, rest) = moved(&changes);
        assert_eq!(moved, [("container", 3, "/".to_owned(), "/old".to_owned())]);
        assert_eq!(rest, [&changes[6]]);
    }
}
