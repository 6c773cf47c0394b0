//! Facts as pictures ask for them: by actor, side and key; and who lives, in the order of their numbers.

use crate::evidence::record::Shown;
use crate::evidence::{Key, View};
use crate::kernel::Namespace;

/// All facts of a moment.
#[derive(Clone, Copy)]
pub struct Facts<'a>(pub &'a [Shown]);

impl<'a> Facts<'a> {
    pub fn text(self, subject: &str, view: View, key: &Key) -> Option<&'a str> {
        let found = self.0.iter().find(|it| it.subject == subject && it.view == view && it.key == *key);
        found.map(|it| it.text.as_str())
    }

    pub fn inside(self, subject: &str, key: &Key) -> Option<&'a str> {
        self.text(subject, View::Inside, key)
    }

    pub fn outside(self, subject: &str, key: &Key) -> Option<&'a str> {
        self.text(subject, View::Outside, key)
    }

    /// A namespace that somebody is in.
    pub fn namespace(self, subject: &str, kind: Namespace) -> Option<&'a str> {
        self.outside(subject, &Key::Ns(kind))
    }

    /// Whoever lives, by their number on the lab host.
    pub fn actors(self) -> Vec<&'a str> {
        let alive = |it: &&Shown| it.key == Key::State && it.view == View::Outside && it.text == "running";
        let mut names: Vec<&str> = self.0.iter().filter(alive).map(|it| it.subject.as_str()).collect();
        // A micro-VM and the like have no number here, and are no process of the lab.
        names.retain(|name| self.outside(name, &Key::Pid).is_some());
        names.sort_by_key(|name| {
            self.outside(name, &Key::Pid).and_then(|pid| pid.parse::<i64>().ok()).unwrap_or(i64::MAX)
        });
        names
    }

    /// Everything of one actor from one side, with the keys.
    pub fn of(self, subject: &'a str, view: View) -> impl Iterator<Item = (&'a Key, &'a str)> {
        let own = self.0.iter().filter(move |it| it.subject == subject && it.view == view);
        own.map(|it| (&it.key, it.text.as_str()))
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => "nobody".to_owned(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}
