//! `{{#fact LESSON NUMBER ACTOR.FACT}}`, in a sentence: what the kernel said of it after that step. So no name, number or path
//! of a run is typed into the text.

use super::Page;
use crate::book::html::escape;
use crate::evidence::expect::Target;
use crate::problem::{Problem, WRONG};

impl Page<'_> {
    pub(super) fn fact(&mut self, words: &[String]) -> Result<String, Problem> {
        let Some((target, rest)) = words.split_last() else {
            return Err(
                Problem::new(WRONG, "It wants a step and a fact.").next("{{#fact hostname 3 runtime.hostname}}")
            );
        };
        let asked = self.asked(rest, &[])?;
        let number = asked.number()?;
        let moment = asked.told.step(number)?;
        let wanted: Target = target.parse().map_err(|why: String| Problem::new(WRONG, format!("{why}.")))?;
        let of = |subject: &str, key: &_, view| subject == wanted.actor && *key == wanted.key && view == wanted.view;
        // What the step looked at comes first: it was read, and needs no reckoning.
        let looked = moment.record.evidence.looked.iter().chain(&moment.after);
        let found = looked.into_iter().find(|it| of(&it.subject, &it.key, it.view));
        match found {
            Some(fact) => Ok(format!("<code class=\"fact\">{}</code>", escape(&fact.text))),
            None => {
                let what = format!("After step {number} of lesson {} there is no fact {target}.", asked.told.lesson.id);
                Err(Problem::new(WRONG, what)
                    .next(format!("boxlab run {} --to {number} --auto --format json", asked.told.lesson.id)))
            }
        }
    }
}
